//! The past credentials of a client.

use crate::batch::{Batch, TransactionError};
use crate::expiry::{self, Forgettable};
use crate::records;
use crate::schema::{LAST_USES, PAST_CREDENTIALS};
use jeton_domain::admin::PastNeeded;
use jeton_domain::client::Client;
use jeton_domain::credential::PastCredential;
use jeton_domain::id::ClientId;
use jeton_domain::limits::TOKEN_LIFETIME_MAX;
use jeton_domain::refusal::OperationError;
use jeton_domain::time::Moment;
use jeton_secret::CredentialId;
use redb::ReadableTable;

impl Batch<'_> {
    pub(super) fn past_needed(
        &self,
        client: ClientId,
        needed: PastNeeded,
    ) -> Result<Vec<PastCredential>, TransactionError> {
        let ids = match needed {
            PastNeeded::None => return Ok(Vec::new()),
            PastNeeded::One(id) => id.0..=id.0,
            PastNeeded::All => 0..=u64::MAX,
        };
        let table = self.transaction.open_table(PAST_CREDENTIALS)?;
        let mut past = Vec::new();
        for row in table.range((client.0, *ids.start())..=(client.0, *ids.end()))? {
            let (key, record) = row?;
            // An unreadable one can't be changed either. Readers report its tokens as unknown.
            past.extend(records::read_past_credential(CredentialId(key.value().1), record.value()));
        }
        Ok(past)
    }

    /// Deletes the row of a past credential that can't be read, which ends its tokens; true if there was one.
    pub(super) fn end_unreadable_credential(
        &mut self,
        client: &Client,
        id: CredentialId,
    ) -> Result<bool, TransactionError> {
        let mut table = self.transaction.open_table(PAST_CREDENTIALS)?;
        let key = (client.id.0, id.0);
        let unreadable =
            table.get(key)?.is_some_and(|row| records::read_past_credential(id, row.value()).is_err());
        if unreadable {
            table.remove(key)?;
        }
        Ok(unreadable)
    }

    /// Remembers a past credential for as long as a token that it obtained can live.
    pub(super) fn write_past(
        &mut self,
        client: ClientId,
        past: &PastCredential,
        now: Moment,
    ) -> Result<(), TransactionError> {
        let record = records::write_past_credential(past).map_err(|_| OperationError::TooLarge)?;
        let key = (client.0, past.credential.id.0);
        let before = self.transaction.open_table(PAST_CREDENTIALS)?.insert(key, record.as_slice())?.is_some();
        if !before {
            let what = Forgettable::PastCredential(client, past.credential.id);
            let until = now.wall.after(TOKEN_LIFETIME_MAX);
            let seconds = u64::from(TOKEN_LIFETIME_MAX.0);
            let due = expiry::forget_after(self.transaction, what, seconds, until, now)?;
            self.state.due_at(due);
        }
        Ok(())
    }

    pub(super) fn forget_use(&mut self, credential: CredentialId) -> Result<(), TransactionError> {
        self.uses.forget(credential);
        self.transaction.open_table(LAST_USES)?.remove(credential.0)?;
        Ok(())
    }
}
