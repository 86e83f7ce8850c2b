//! Applying what other servers changed: their rows, and all that is derived from them.
//!
//! A change set has primary rows only. Indexes and counts follow from the rows before and after, and what is
//! in memory is read anew from the tables that changed.

use crate::batch::Batch;
use crate::counts::{Counted, adjust};
use crate::fault::{EngineError, TransactionError};
use crate::index;
use crate::journal::{ChangeSet, ChangedRow};
use crate::raw::{RawError, TABLES, Unfit};
use crate::records;
use crate::schema::{
    AUDIT_AGES, CLIENTS, COUNTS, EXPIRIES, LAST_USES, ORGANIZATIONS, PROJECTS, REMOVALS, REVOKED_TOKENS,
    SET_ASIDE, SIGNING_KEYS, TOKEN_KEYS,
};
use crate::writer_state::Touched;
use jeton_domain::client::Client;
use jeton_domain::id::ClientId;
use jeton_domain::time::Careful;
use jeton_secret::CredentialId;

impl Batch<'_> {
    /// Applies a change set of the journal. Nothing of it may be kept after an error.
    pub(crate) fn apply_set(&mut self, set: &ChangeSet) -> Result<Touched, RawError> {
        let mut touched = Touched::default();
        for row in &set.rows {
            touched = touched.and(self.apply_row(row)?);
        }
        Ok(touched)
    }

    fn apply_row(&mut self, row: &ChangedRow) -> Result<Touched, RawError> {
        let table = TABLES.iter().find(|table| table.number() == row.table).ok_or(Unfit(row.table))?;
        let before = table.write(self.transaction, row)?;
        let mut touched = Touched::default();
        match row.table {
            number if number == CLIENTS.number() => self.follow_client(row, before.as_deref())?,
            number if number == REVOKED_TOKENS.number() => {
                self.follow_revocation(before.as_deref(), -1)?;
                self.follow_revocation(row.value.as_deref(), 1)?;
            }
            number if number == LAST_USES.number() => {
                if let (None, Ok(credential)) = (&row.value, id(row)) {
                    self.uses.forget(CredentialId(credential));
                }
            }
            number if number == EXPIRIES.number() => self.state.due_at(Careful(0)),
            number if number == AUDIT_AGES.number() => self.state.trail.due = Careful(0),
            number
                if [ORGANIZATIONS.number(), PROJECTS.number(), REMOVALS.number(), SET_ASIDE.number()]
                    .contains(&number) =>
            {
                touched.instance = true;
                self.state.changes.mark_all();
            }
            number if number == SIGNING_KEYS.number() => touched.signing_keys = true,
            number if number == TOKEN_KEYS.number() => touched.token_keys = true,
            _ => {}
        }
        Ok(touched)
    }

    /// The indexes of a client.
    fn follow_client(&mut self, row: &ChangedRow, before: Option<&[u8]>) -> Result<(), RawError> {
        let id = ClientId(id(row)?);
        let unfit = || RawError::from(Unfit(row.table));
        let after = row.value.as_deref().map(|record| records::read_client(id, record));
        let after = after.transpose().map_err(|_| unfit())?;
        let before: Option<Client> = match before.map(|record| records::read_client(id, record)) {
            Some(Ok(before)) => Some(before),
            Some(Err(_)) => {
                index::sweep(self.transaction, id)?;
                None
            }
            None => None,
        };
        index::reindex(self.transaction, before.as_ref(), after.as_ref()).map_err(|error| match error {
            TransactionError::EngineError(fault) => fault.into(),
            TransactionError::Rejected(_) => unfit(),
        })?;
        self.state.changes.mark(id);
        Ok(())
    }

    /// The counts of revoked tokens.
    fn follow_revocation(&self, row: Option<&[u8]>, step: i64) -> Result<(), EngineError> {
        let Some((client, [by_others])) = row
            .and_then(|row| row.split_first_chunk::<8>())
            .and_then(|(client, rest)| Some((u64::from_le_bytes(*client), <[u8; 1]>::try_from(rest).ok()?)))
        else {
            return Ok(());
        };
        let (client, by_others) = (ClientId(client), by_others != 0);
        let mut counts = self.transaction.open_table(COUNTS)?;
        adjust(&mut counts, Counted::revoked(client, by_others).key(), step)?;
        adjust(&mut counts, Counted::RevokedInAll { by_others }.key(), step)
    }
}

/// The id that is the key of a row.
fn id(row: &ChangedRow) -> Result<u64, Unfit> {
    row.key.as_slice().try_into().map(u64::from_le_bytes).map_err(|_| Unfit(row.table))
}
