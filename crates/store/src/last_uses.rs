//! The last uses of credentials, recorded without a write per request.
//!
//! Uses gather in memory and are written together, at most once a minute per credential, in the order of
//! their keys. A crash loses at most the last minute of them.

use crate::fault::EngineError;
use crate::limits::{USES_FLUSH_SECONDS, USES_PENDING_MAX};
use crate::schema::LAST_USES;
use crate::writing::Writing;
use jeton_domain::time::Timestamp;
use jeton_secret::CredentialId;
use std::collections::HashMap;

/// Uses that are not on disk yet.
#[derive(Debug, Default)]
pub(crate) struct LastUses {
    pending: HashMap<CredentialId, Timestamp>,
    oldest: Option<Timestamp>,
}

impl LastUses {
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

    /// True if the oldest use is old enough to be written, was noted under a clock that was ahead, or
    /// there are too many.
    pub(crate) fn are_due(&self, now: Timestamp) -> bool {
        self.pending.len() >= USES_PENDING_MAX
            || self.oldest.is_some_and(|oldest| now.0.abs_diff(oldest.0) >= USES_FLUSH_SECONDS)
    }

    /// Makes all uses due for the next batch, because the server stops.
    pub(crate) fn make_due(&mut self) {
        self.oldest = self.oldest.map(|_| Timestamp(0));
    }

    /// Writes all uses. The caller clears them after the commit.
    pub(crate) fn write(&self, transaction: &Writing<'_>) -> Result<(), EngineError> {
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
