//! The way into the database, and the runtime that its connections run on.

use crate::connection::Connector;
use crate::limits::Deadlines;
use crate::url::Address;
use jeton_store::journal::JournalError;
use tokio::task::LocalSet;
use zeroize::Zeroizing;

/// The database, and the right to sign in.
pub struct Access {
    /// Its address.
    pub address: Address,
    /// The password of the role.
    pub password: Option<Zeroizing<String>>,
    /// The times for which answers are waited for.
    pub deadlines: Deadlines,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Access").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Access {
    pub(crate) fn connector(self) -> Result<Connector, JournalError> {
        Connector::new(self.address, self.password, self.deadlines)
    }
}

/// Runs until the future has ended, on a runtime of a thread of its own: the caller may be on one that has a
/// runtime.
pub(crate) fn on_a_thread<T: Send>(
    work: impl AsyncFnOnce() -> Result<T, JournalError> + Send,
) -> Result<T, JournalError> {
    std::thread::scope(|scope| {
        let ended = scope.spawn(|| runtime(work())).join();
        ended.unwrap_or_else(|_| Err(JournalError::Failed("the connection's thread ended".to_owned())))
    })
}

/// Runs until the future has ended, on a runtime of this thread.
pub(crate) fn runtime<T>(work: impl Future<Output = Result<T, JournalError>>) -> Result<T, JournalError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| JournalError::Failed(error.to_string()))?;
    LocalSet::new().block_on(&runtime, work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_not_printed() {
        let address = "postgres://jeton@127.0.0.1/jeton".parse().unwrap();
        let password = Some("hunter2".to_owned().into());
        let access = Access { address, password, deadlines: Deadlines::default() };
        assert!(!format!("{access:?}").contains("hunter2"));
    }
}
