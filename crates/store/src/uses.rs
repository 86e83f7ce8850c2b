//! When credentials were last used, recorded without a write per request.
//!
//! Uses gather in memory and are written together, at most once a minute per credential, in the
//! order of their keys. A crash forgets at most the last minute of them.

use crate::limits::{USES_FLUSH_SECONDS, USES_PENDING_MAX};
use crate::open::Fault;
use crate::schema::LAST_USES;
use jeton_domain::time::Timestamp;
use jeton_secret::CredentialId;
use redb::WriteTransaction;
use std::collections::HashMap;

/// Uses that are not on disk yet.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    pending: HashMap<CredentialId, Timestamp>,
    oldest: Option<Timestamp>,
}

impl Uses {
    pub(crate) fn note(&mut self, credential: CredentialId, at: Timestamp) {
        self.oldest.get_or_insert(at);
        let last = self.pending.entry(credential).or_insert(at);
        *last = at.max(*last);
    }

    pub(crate) fn forget(&mut self, credential: CredentialId) {
        self.pending.remove(&credential);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Old enough, or too many.
    pub(crate) fn are_due(&self, now: Timestamp) -> bool {
        self.pending.len() >= USES_PENDING_MAX
            || self.oldest.is_some_and(|oldest| now.0.saturating_sub(oldest.0) >= USES_FLUSH_SECONDS)
    }

    /// The server stops: write them with the next batch, whatever their age.
    pub(crate) fn make_due(&mut self) {
        self.oldest = self.oldest.map(|_| Timestamp(0));
    }

    /// Writes all of them; the caller clears them when the transaction was committed.
    pub(crate) fn write(&self, transaction: &WriteTransaction) -> Result<(), Fault> {
        let mut sorted: Vec<_> = self.pending.iter().collect();
        sorted.sort_unstable_by_key(|(credential, _)| **credential);
        let mut table = transaction.open_table(LAST_USES)?;
        for (credential, at) in sorted {
            table.insert(credential.0, at.0)?;
        }
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.pending.clear();
        self.oldest = None;
    }
}
