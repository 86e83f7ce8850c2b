//! The past credentials of clients.

use crate::batch::Batch;
use crate::expiry::{self, Forgettable};
use crate::fault::{EngineError, TransactionError};
use crate::records;
use crate::schema::PAST_CREDENTIALS;
use jeton_domain::admin::{PastFacts, PastNeeded};
use jeton_domain::client::Client;
use jeton_domain::credential::PastCredential;
use jeton_domain::id::ClientId;
use jeton_domain::limits::TOKEN_LIFETIME_MAX;
use jeton_domain::time::Moment;
use jeton_secret::CredentialId;
use redb::ReadableTable;

impl Batch<'_> {
    /// The past credential with this id; None if the client still has it. An unreadable one counts as
    /// absent, so its tokens are not valid.
    pub(super) fn past_of(
        &self,
        client: &Client,
        id: CredentialId,
    ) -> Result<Option<PastCredential>, EngineError> {
        if client.credential(id).is_some() {
            return Ok(None);
        }
        Ok(self.past_credential(client.id, id)?.credentials.pop())
    }

    /// True if a past credential of the client that can be read has this id.
    pub(super) fn has_past(&self, client: ClientId, id: CredentialId) -> Result<bool, EngineError> {
        Ok(!self.past_credential(client, id)?.credentials.is_empty())
    }

    /// The past credential with this id.
    pub(super) fn past_credential(
        &self,
        client: ClientId,
        id: CredentialId,
    ) -> Result<PastFacts, EngineError> {
        let past = self.transaction.open_table(PAST_CREDENTIALS)?;
        let Some(row) = past.get((client.0, id.0))? else { return Ok(PastFacts::default()) };
        Ok(match records::read_past_credential(id, row.value()) {
            Ok(past) => PastFacts { credentials: vec![past], is_unreadable: false },
            Err(_) => PastFacts { credentials: Vec::new(), is_unreadable: true },
        })
    }

    /// The past credentials that a change of the client asks for. Of all, an unreadable one can't be
    /// changed; readers report its tokens as unknown.
    pub(super) fn past(&self, client: ClientId, needed: PastNeeded) -> Result<PastFacts, EngineError> {
        match needed {
            PastNeeded::None => Ok(PastFacts::default()),
            PastNeeded::One(id) => self.past_credential(client, id),
            PastNeeded::All => {
                let table = self.transaction.open_table(PAST_CREDENTIALS)?;
                let mut credentials = Vec::new();
                for row in table.range((client.0, 0)..=(client.0, u64::MAX))? {
                    let (key, record) = row?;
                    let id = CredentialId(key.value().1);
                    credentials.extend(records::read_past_credential(id, record.value()));
                }
                Ok(PastFacts { credentials, is_unreadable: false })
            }
        }
    }

    /// Remembers a past credential for as long as a token that it obtained can live.
    pub(super) fn put_past(
        &mut self,
        client: ClientId,
        id: CredentialId,
        record: &[u8],
        now: Moment,
    ) -> Result<(), TransactionError> {
        let key = (client.0, id.0);
        let before = self.transaction.open_table(PAST_CREDENTIALS)?.insert(key, record)?.is_some();
        if !before {
            let what = Forgettable::PastCredential(client, id);
            let until = now.wall.after(TOKEN_LIFETIME_MAX);
            let seconds = u64::from(TOKEN_LIFETIME_MAX.0);
            let due = expiry::forget_after(self.transaction, what, seconds, until, now)?;
            self.state.due_at(due);
        }
        Ok(())
    }

    /// Deletes the row of a past credential that can't be read, which ends its tokens.
    pub(super) fn remove_unreadable_past(
        &mut self,
        client: ClientId,
        id: CredentialId,
    ) -> Result<(), TransactionError> {
        self.transaction.open_table(PAST_CREDENTIALS)?.remove((client.0, id.0))?;
        Ok(())
    }
}
