//! The options of a store.

use crate::limits;
use crate::trail::Retention;
use jeton_secret::AuditKey;
use std::sync::Arc;

/// Options for opening a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes of page cache.
    pub cache_bytes: usize,
    /// The server key's check value ([`jeton_secret::Keys::check_value`]): tells if the key and the
    /// database belong together.
    pub key_check: [u8; 32],
    /// The key that chains the audit trail ([`jeton_secret::Keys::audit_key`]).
    pub audit_key: Arc<AuditKey>,
    /// The time for which events of the audit trail are kept.
    pub retention: Retention,
    /// A random number, the seed of the random parts of ids.
    pub id_seed: u64,
}

impl Options {
    /// The defaults, for a server key.
    pub fn new(key_check: [u8; 32], audit_key: AuditKey, id_seed: u64) -> Self {
        let (cache_bytes, retention) = (limits::CACHE_BYTES, Retention::default());
        Self { cache_bytes, key_check, audit_key: Arc::new(audit_key), retention, id_seed }
    }
}
