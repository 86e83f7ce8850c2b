//! Decoded clients, kept by id and by username, within a bound on their memory.

use crate::limits::{CLIENT_CACHE_BYTES, CLIENT_CACHE_ENTRIES};
use jeton_domain::client::{Client, Revision};
use jeton_domain::id::ClientId;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// A client and the revision at which these facts were read.
#[derive(Debug, Clone)]
pub struct Versioned {
    /// The client.
    pub client: Arc<Client>,
    /// The revision at which it was read.
    pub as_of: Revision,
}

/// Memory of a small client, with its entry in the cache.
const SMALL_BYTES: u64 = 400;

/// Memory of each element of which a client may have many, besides its bytes.
const THING_BYTES: u64 = 48;

/// A client and its size in memory.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    known: Versioned,
    bytes: u64,
}

/// The weight of an entry: its bytes.
#[derive(Debug, Clone)]
struct ByBytes;

impl<K> Weighter<K, Kept> for ByBytes {
    fn weight(&self, _: &K, kept: &Kept) -> u64 {
        kept.bytes
    }
}

/// Decoded clients, by id and by folded username.
#[derive(Debug)]
pub(crate) struct ClientCache {
    by_id: Cache<ClientId, Kept, ByBytes>,
    by_name: Cache<Box<str>, Kept, ByBytes>,
}

impl ClientCache {
    pub(crate) fn new() -> Self {
        Self::with(CLIENT_CACHE_ENTRIES, CLIENT_CACHE_BYTES)
    }

    /// A cache for about this many clients, and never more than these bytes.
    fn with(entries: usize, bytes: u64) -> Self {
        let by_id = Cache::with_weighter(entries, bytes, ByBytes);
        Self { by_id, by_name: Cache::with_weighter(entries, bytes, ByBytes) }
    }

    /// The client with this id. Counts as a lookup of it.
    pub(crate) fn get(&self, id: ClientId) -> Option<Versioned> {
        self.by_id.get(&id).map(|kept| kept.known)
    }

    /// The client with this id. Does not count as a lookup.
    pub(crate) fn peek(&self, id: ClientId) -> Option<Versioned> {
        self.by_id.peek(&id).map(|kept| kept.known)
    }

    /// The client with this folded username.
    pub(crate) fn named(&self, name: &str) -> Option<Versioned> {
        self.by_name.get(name).map(|kept| kept.known)
    }

    /// Keeps a client that was read from a record of this many bytes.
    pub(crate) fn keep(&self, known: &Versioned, record: usize) {
        let bytes = bytes_of(&known.client, record);
        self.by_id.insert(known.client.id, Kept { known: known.clone(), bytes });
    }

    /// Keeps a client under its username that is already kept by its id.
    pub(crate) fn keep_named(&self, known: &Versioned) {
        if let Some(kept) = self.by_id.peek(&known.client.id) {
            self.by_name.insert(known.client.name.folded().into(), kept);
        }
    }
}

/// The approximate memory of a client.
fn bytes_of(client: &Client, record: usize) -> u64 {
    let user = client.service_user();
    let roles = user.map_or(0, |user| user.authorizations.iter().map(|granted| granted.roles.len()).sum());
    let notes = user.map_or(0, |user| user.metadata.len());
    let things = [roles, notes, client.credentials.len()].into_iter().fold(0, usize::saturating_add);
    let text = (record as u64).saturating_mul(2);
    SMALL_BYTES.saturating_add(text).saturating_add((things as u64).saturating_mul(THING_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invalidation::InvalidationMap;
    use crate::records::tests::user;
    use std::sync::Arc;

    fn known(id: u64) -> Versioned {
        let client = Client { id: ClientId(id), ..user() };
        Versioned { client: Arc::new(client), as_of: InvalidationMap::at_opening().revision() }
    }

    #[test]
    fn large_clients_displace_many_small_ones() {
        const BYTES: u64 = 4 << 20;
        let cache = ClientCache::with(CLIENT_CACHE_ENTRIES, BYTES);
        let kept = |ids: std::ops::Range<u64>| ids.filter(|id| cache.peek(ClientId(*id)).is_some()).count();
        for id in 0..1000 {
            cache.keep(&known(id), 100);
        }
        assert_eq!(kept(0..1000), 1000, "small ones all have room");
        let large = 100_000;
        for id in 1000..2000 {
            cache.keep(&known(id), large);
            cache.keep_named(&known(id));
            assert!(cache.by_id.weight() <= BYTES && cache.by_name.weight() <= BYTES);
        }
        assert!(kept(1000..2000) <= usize::try_from(BYTES).unwrap() / (2 * large), "{}", kept(1000..2000));
    }

    #[test]
    fn a_client_larger_than_the_cache_is_not_kept() {
        let cache = ClientCache::with(8, 10_000);
        cache.keep(&known(1), 5_001);
        cache.keep_named(&known(1));
        assert!(cache.get(ClientId(1)).is_none() && cache.named(known(1).client.name.folded()).is_none());
    }
}
