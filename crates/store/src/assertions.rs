//! Assertions that may be used once, remembered until they would have expired.
//!
//! The rows are durable: a used assertion is refused after a crash as well. They are bounded in all and
//! per client. Where there is no room for one more, the new assertion is refused; no older one is
//! forgotten. The rows of each client are counted in memory from the opening on; rows from before count
//! in all, but for no client.

use crate::command::{CommandError, UsedAssertion};
use crate::expiry::{self, Forgettable};
use crate::fault::EngineError;
use crate::limits::{ASSERTION_KEPT_SECONDS, ASSERTIONS_MAX, ASSERTIONS_PER_CLIENT_MAX};
use crate::schema::USED_ASSERTIONS;
use crate::writing::Writing;
use jeton_domain::id::ClientId;
use jeton_domain::time::{Careful, Moment};
use redb::{ReadableTable, ReadableTableMetadata};
use std::collections::HashMap;

/// The number of rows of each client, and its bounds.
#[derive(Debug)]
pub(crate) struct Assertions {
    rows_max: RowsMax,
    per_client: HashMap<ClientId, u64>,
}

/// The bounds on remembered assertions.
#[derive(Debug, Clone, Copy)]
struct RowsMax {
    in_all: u64,
    per_client: u64,
}

impl Default for Assertions {
    fn default() -> Self {
        let rows_max = RowsMax { in_all: ASSERTIONS_MAX, per_client: ASSERTIONS_PER_CLIENT_MAX };
        Self { rows_max, per_client: HashMap::new() }
    }
}

impl Assertions {
    /// Uses an assertion up. Returns the careful clock at which it expires.
    pub(crate) fn use_up(
        &mut self,
        transaction: &Writing<'_>,
        assertion: UsedAssertion,
        now: Moment,
    ) -> Result<Result<Careful, CommandError>, EngineError> {
        let digest = u128::from_be_bytes(assertion.digest);
        let mut used = transaction.open_table(USED_ASSERTIONS)?;
        if used.get(digest)?.is_some() {
            return Ok(Err(CommandError::AssertionUsed));
        }
        let own = self.per_client.get(&assertion.client).copied().unwrap_or_default();
        if used.len()? >= self.rows_max.in_all || own >= self.rows_max.per_client {
            return Ok(Err(CommandError::TooManyAssertions));
        }
        used.insert(digest, assertion.client.0)?;
        let what = Forgettable::UsedAssertion(digest);
        let due = expiry::forget_after(transaction, what, ASSERTION_KEPT_SECONDS, assertion.until, now)?;
        self.per_client.insert(assertion.client, own.saturating_add(1));
        Ok(Ok(due))
    }

    /// Takes note that an assertion of this client expired.
    pub(crate) fn forget(&mut self, client: ClientId) {
        if let Some(own) = self.per_client.get_mut(&client) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                self.per_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_domain::time::Timestamp;
    use redb::{Database, backends::InMemoryBackend};

    #[test]
    fn beyond_the_bound_an_assertion_is_refused_and_no_older_one_is_forgotten() {
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
        let transaction = database.begin_write().unwrap();
        let transaction = Writing::new(&transaction);
        let at = |seconds| Moment { wall: Timestamp(seconds), careful: Careful(seconds) };
        let mut assertions =
            Assertions { rows_max: RowsMax { in_all: 3, per_client: 2 }, per_client: HashMap::new() };
        let mut use_up = |client, name: u8| {
            let digest = [name; 16];
            let assertion = UsedAssertion { client: ClientId(client), digest, until: Timestamp(10) };
            assertions.use_up(&transaction, assertion, at(0)).unwrap().map(|_| ())
        };
        assert_eq!(use_up(1, 1), Ok(()));
        assert_eq!(use_up(1, 2), Ok(()));
        assert_eq!(use_up(1, 3), Err(CommandError::TooManyAssertions));
        assert_eq!(use_up(1, 1), Err(CommandError::AssertionUsed));
        assert_eq!(use_up(2, 4), Ok(()));
        assert_eq!(use_up(3, 5), Err(CommandError::TooManyAssertions));
        assert!(!assertions.per_client.contains_key(&ClientId(3)), "a refused client left nothing behind");
        let kept = expiry::forget_due(&transaction, at(ASSERTION_KEPT_SECONDS), 100).unwrap();
        assert!(kept.assertions_of.is_empty(), "not yet");
        let due = expiry::forget_due(&transaction, at(ASSERTION_KEPT_SECONDS + 1), 100).unwrap();
        due.assertions_of.into_iter().for_each(|client| assertions.forget(client));
        assert!(assertions.per_client.is_empty());
        let again = UsedAssertion { client: ClientId(3), digest: [5; 16], until: Timestamp(20_000) };
        assert!(assertions.use_up(&transaction, again, at(10_000)).unwrap().is_ok());
    }
}
