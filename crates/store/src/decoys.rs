//! Look-ups whose results nothing depends on, so that an answer takes the same time for every reason
//! before it. An error of one says nothing about that answer, and is ignored.
//!
//! A row that is there costs more than one that is not (its bytes are decoded), so both are looked for in
//! each table that judging a token reads.

use crate::fault::Unavailable;
use crate::records;
use crate::snapshot::Snapshot;
use jeton_domain::id::ClientId;
use jeton_secret::CredentialId;
use std::hint::black_box;
use std::sync::OnceLock;

/// Keys of rows that are there: read once per snapshot.
#[derive(Debug, Default)]
pub(crate) struct Decoys {
    revoked_token: OnceLock<Option<u128>>,
    past_credential: OnceLock<Option<(u64, u64)>>,
}

impl Snapshot {
    /// Does the work of finding a token that was revoked, if there is one.
    pub fn find_a_revoked_token(&self) {
        let first = || Ok(self.revoked_tokens.first()?.map(|(key, _)| key.value()));
        if let Some(name) = key(&self.decoys.revoked_token, first) {
            black_box(self.revoked_tokens.get(name).is_ok());
        }
    }

    /// Does the work of finding a past credential, if there is one.
    pub fn find_a_past_credential(&self) {
        let first = || Ok(self.past_credentials.first()?.map(|(key, _)| key.value()));
        if let Some(key) = key(&self.decoys.past_credential, first)
            && let Ok(Some(row)) = self.past_credentials.get(key)
        {
            black_box(records::read_past_credential(CredentialId(key.1), row.value()).is_ok());
        }
    }

    /// Does the work of looking in vain for a client with an id close to this one.
    pub fn miss_a_client(&self, near: ClientId) {
        black_box(self.cached_client(ClientId(near.0 ^ (1 << 63))).is_some());
        black_box(self.clients.get(near.0 ^ 1).is_ok());
    }
}

fn key<K: Copy>(
    decoy: &OnceLock<Option<K>>,
    first: impl FnOnce() -> Result<Option<K>, Unavailable>,
) -> Option<K> {
    *decoy.get_or_init(|| first().unwrap_or(None))
}
