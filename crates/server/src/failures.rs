//! Slows down whoever guesses client secrets (RFC 6749 §2.3.1 and §10.10).
//!
//! Failures are counted per pair of client and source (an IPv4 address, or an IPv6 /64), so a
//! stranger can't lock a client out: the same client from another source is not affected. Each
//! pair may fail [`FAILURES_MAX`] times in a row, and is forgiven one failure every
//! [`FAILURE_FORGIVEN_SECONDS`]. The table is bounded; when it is full the pairs closest to being
//! forgiven make room. While nobody fails the check costs one atomic load.

use crate::limits::{FAILURE_ENTRIES_MAX, FAILURE_FORGIVEN_SECONDS, FAILURES_MAX};
use jeton_oauth::time::Timestamp;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where a request comes from, as far as an attacker can't choose it freely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source(IpAddr);

impl Source {
    /// The source of an address: itself, or its /64 network for IPv6.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => Self(IpAddr::V6((address.to_bits() >> 64 << 64).into())),
            IpAddr::V4(address) => Self(IpAddr::V4(address)),
        }
    }

    /// Whether it is this machine.
    pub fn is_loopback(self) -> bool {
        self.0.is_loopback() || self.0 == Self::of(IpAddr::from(std::net::Ipv6Addr::LOCALHOST)).0
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(network) => write!(f, "{network}/64"),
        }
    }
}

/// Failed authentications that are not forgiven yet.
#[derive(Debug, Default)]
pub struct Failures {
    /// When each pair is forgiven everything. The key is a keyed hash: names cost no memory, and
    /// nobody can choose colliding ones.
    forgiven_at: Mutex<HashMap<u64, Timestamp>>,
    entries: AtomicUsize,
    hasher: RandomState,
}

impl Failures {
    /// Whether this pair may try now; otherwise the seconds until it may.
    ///
    /// # Errors
    /// Seconds to wait, at least 1.
    pub fn check(&self, client: &[u8], source: Source, now: Timestamp) -> Result<(), u64> {
        if self.entries.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        let mut forgiven_at = self.lock();
        let key = self.key(client, source);
        let Some(at) = forgiven_at.get(&key).copied() else { return Ok(()) };
        let debt = at.seconds_after(now);
        if debt == 0 {
            forgiven_at.remove(&key);
            self.entries.store(forgiven_at.len(), Ordering::Relaxed);
        }
        let allowed = u64::from(FAILURES_MAX).saturating_sub(1).saturating_mul(FAILURE_FORGIVEN_SECONDS);
        if debt > allowed { Err(debt.saturating_sub(allowed)) } else { Ok(()) }
    }

    /// This pair failed.
    pub fn note(&self, client: &[u8], source: Source, now: Timestamp) {
        let mut forgiven_at = self.lock();
        let key = self.key(client, source);
        if forgiven_at.len() >= FAILURE_ENTRIES_MAX && !forgiven_at.contains_key(&key) {
            make_room(&mut forgiven_at, now);
        }
        let at = forgiven_at.entry(key).or_insert(now);
        *at = Timestamp(now.0.max(at.0).saturating_add(FAILURE_FORGIVEN_SECONDS));
        self.entries.store(forgiven_at.len(), Ordering::Relaxed);
    }

    fn key(&self, client: &[u8], source: Source) -> u64 {
        self.hasher.hash_one((client, source))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Timestamp>> {
        self.forgiven_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops those that are forgiven, and if that is not enough the quarter that would be next. One
/// pass over the table for at least a quarter of it.
fn make_room(forgiven_at: &mut HashMap<u64, Timestamp>, now: Timestamp) {
    forgiven_at.retain(|_, at| *at > now);
    if forgiven_at.len() < FAILURE_ENTRIES_MAX {
        return;
    }
    let mut times: Vec<Timestamp> = forgiven_at.values().copied().collect();
    let quarter = times.len() / 4;
    let (_, cut, _) = times.select_nth_unstable(quarter);
    let cut = *cut;
    let mut surplus = quarter.max(1);
    forgiven_at.retain(|_, at| {
        let goes = *at <= cut && surplus > 0;
        surplus = surplus.saturating_sub(usize::from(goes));
        !goes
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn source(last: u8) -> Source {
        Source::of(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn a_source_that_guesses_has_to_wait_and_is_forgiven_with_time() {
        let failures = Failures::default();
        for _ in 0..FAILURES_MAX {
            assert_eq!(failures.check(b"billing", source(1), NOW), Ok(()));
            failures.note(b"billing", source(1), NOW);
        }
        assert_eq!(failures.check(b"billing", source(1), NOW), Err(FAILURE_FORGIVEN_SECONDS));
        let later = Timestamp(NOW.0 + FAILURE_FORGIVEN_SECONDS);
        assert_eq!(failures.check(b"billing", source(1), later), Ok(()));
    }

    #[test]
    fn a_stranger_locks_nobody_out() {
        let failures = Failures::default();
        for _ in 0..100 {
            failures.note(b"billing", source(1), NOW);
        }
        assert!(failures.check(b"billing", source(1), NOW).is_err());
        assert_eq!(failures.check(b"billing", source(2), NOW), Ok(()));
        assert_eq!(failures.check(b"shipping", source(1), NOW), Ok(()));
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_source() {
        let address = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff::9"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
        assert!(address("::1").is_loopback() && address("127.0.0.9").is_loopback());
    }

    #[test]
    fn the_table_is_bounded_under_a_flood_of_names() {
        let failures = Failures::default();
        for n in 0..FAILURE_ENTRIES_MAX as u64 + 1000 {
            failures.note(&n.to_be_bytes(), source(1), NOW);
        }
        assert!(failures.lock().len() <= FAILURE_ENTRIES_MAX);
    }
}
