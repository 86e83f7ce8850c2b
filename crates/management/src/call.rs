//! One call: its context, and the commands that it executes.

use super::ApiError;
use super::caller::Caller;
use super::reply::Made;
use crate::Management;
use crate::services::KeyRules;
use crate::status::ServerStatus;
use jeton_domain::admin::{AdminCommand, ClientOperation, ClientUpdate, Operation, Outcome, Right};
use jeton_domain::client::Client;
use jeton_domain::id::{ClientId, EventId};
use jeton_domain::instance::{Instance, Lost};
use jeton_domain::time::{Moment, Timestamp};
use jeton_oauth::metadata::Issuer;
use jeton_secret::Mint;
use jeton_store::{Applied, Command, SnapshotGuard, Unavailable};
use jeton_tokens::Tokens;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A call that is being answered.
#[derive(Debug)]
pub(super) struct Call {
    management: Management,
    pub(super) caller: Caller,
    /// The last change of the subject that the caller knows of (`If-Match`).
    pub(super) expected: Option<EventId>,
    /// The rights that its commands needed, once one was applied.
    rights: Mutex<Option<Vec<Right>>>,
    made: OnceLock<Made>,
}

impl Call {
    pub(super) fn new(management: Management, caller: Caller, expected: Option<EventId>) -> Self {
        Self { management, caller, expected, rights: Mutex::default(), made: OnceLock::new() }
    }

    /// The rights that its commands needed; `None` if it changed nothing.
    pub(super) fn rights(&self) -> Option<Vec<Right>> {
        self.lock_rights().clone()
    }

    fn lock_rights(&self) -> MutexGuard<'_, Option<Vec<Right>>> {
        self.rights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The credential that it made.
    pub(super) fn made(&self) -> Option<Made> {
        self.made.get().copied()
    }

    pub(super) const fn management(&self) -> &Management {
        &self.management
    }

    pub(super) fn tokens(&self) -> &Tokens {
        &self.management.services().tokens
    }

    pub(super) fn issuer(&self) -> &Issuer {
        &self.management.services().issuer
    }

    pub(super) fn key_rules(&self) -> KeyRules {
        self.management.services().key_rules
    }

    pub(super) fn status(&self) -> &dyn ServerStatus {
        &*self.management.services().status
    }

    pub(super) fn mint(&self) -> MutexGuard<'_, Mint> {
        self.management.mint()
    }

    /// Writes the last uses of credentials, which are written once a minute otherwise.
    pub(super) async fn flush_last_used(&self) -> Result<(), ApiError> {
        self.management.store_handle().submit(Command::FlushUses).await?;
        Ok(())
    }

    /// Runs work on a thread for keys, in the caller's share.
    pub(super) async fn on_key_thread<T, F>(
        &self,
        work: impl FnOnce(()) -> F + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        Ok(self.management.services().key_work.run(self.caller.party(), 0, (), work).await?)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.management.now()
    }

    pub(super) fn moment(&self) -> Moment {
        self.management.moment()
    }

    pub(super) fn snapshot(&self) -> Result<SnapshotGuard, ApiError> {
        Ok(self.tokens().snapshot()?)
    }

    /// Organizations and projects, as of the last commit.
    pub(super) fn instance(&self) -> Result<Arc<Instance>, ApiError> {
        Ok(Arc::clone(self.snapshot()?.instance()))
    }

    /// All organizations and projects, for listings.
    pub(super) fn whole_instance(&self) -> Result<Arc<Instance>, ApiError> {
        let instance = self.instance()?;
        match instance.lost == Lost::default() {
            true => Ok(instance),
            false => Err(Unavailable::Damage.into()),
        }
    }

    pub(super) fn next_id(&self) -> u64 {
        self.tokens().store().next_id(self.now())
    }

    /// Executes a command.
    pub(super) async fn execute(&self, operation: Operation, now: Timestamp) -> Result<Outcome, ApiError> {
        let (by, expected) = (self.caller.principal(), self.expected);
        let made = Made::by(&operation);
        let command = AdminCommand { by, operation, expected, now };
        let Applied { outcome, rights } = self.management.store_handle().administer(command).await?;
        self.lock_rights().get_or_insert_default().extend(rights);
        if let Some(made) = made {
            let _ = self.made.set(made);
        }
        Ok(outcome)
    }

    /// Updates a client; returns the new client.
    pub(super) async fn update(
        &self,
        client: ClientId,
        update: ClientUpdate,
        now: Timestamp,
    ) -> Result<Arc<Client>, ApiError> {
        self.change(client, ClientOperation::Update(update), now).await
    }

    /// Executes a command on a client; returns the new client.
    pub(super) async fn change(
        &self,
        client: ClientId,
        action: ClientOperation,
        now: Timestamp,
    ) -> Result<Arc<Client>, ApiError> {
        match self.execute(Operation::Client(client, action), now).await? {
            Outcome::Client(client) => Ok(client),
            _ => Err(ApiError::internal()),
        }
    }
}
