//! Throttling of failed authentications (RFC 6749 §2.3.1 and §10.10). Successful ones are never throttled.
//!
//! A secret has 256 bits and is always compared, so refusing before comparing would gain nothing and would
//! let an attacker lock a client out. Only the failure is slowed down: beyond [`FAILURES_MAX`] in a row of
//! one client and source it is answered 429 instead of 401, after the same work, and one is forgiven every
//! [`FAILURE_FORGIVEN_SECONDS`]. The table is bounded; when it is full the pairs closest to being forgiven
//! make room.

use crate::limits::{FAILURE_ENTRIES_MAX, FAILURE_FORGIVEN_SECONDS, FAILURES_MAX, SOURCE_FAILURES_MAX};
use jeton_domain::time::Careful;
use jeton_oauth::credentials::ClientRef;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The source of a request, as far as an attacker can't choose it freely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source {
    /// The address, or the /64 network of IPv6.
    network: IpAddr,
    /// True if many clients may be behind it, as far as can be told.
    is_of_many: bool,
}

impl Source {
    /// The source of an address: itself, or its /64 network for IPv6.
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let network = match address {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
            IpAddr::V4(_) => address,
        };
        Self { network, is_of_many: address.is_loopback() }
    }

    /// The source of a proxy that does not name its client.
    pub fn of_many(address: IpAddr) -> Self {
        Self { is_of_many: true, ..Self::of(address) }
    }

    /// True if it does not identify a client, so that one client must not pay for another: loopback, or a
    /// proxy.
    pub const fn is_of_many(self) -> bool {
        self.is_of_many
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.network {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(network) => write!(f, "{network}/64"),
        }
    }
}

/// The time at which everything is forgiven, by key. The key is a keyed hash: names cost no memory, and
/// collisions can't be chosen.
type Forgiven = HashMap<u64, Careful>;

/// Failed authentications that are not forgiven yet.
#[derive(Debug, Default)]
pub struct AuthThrottle {
    forgiven_at: Mutex<Forgiven>,
    hasher: RandomState,
}

/// A failure beyond the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// Seconds until one more is forgiven, at least 1.
    pub retry_after_seconds: u64,
}

impl AuthThrottle {
    /// Counts a failure of a source, and of the client as it was named, if it was.
    ///
    /// # Errors
    /// [`TooMany`] beyond the bound. These failures are not counted, so the debt has a bound too.
    pub fn count(&self, client: Option<&ClientRef>, source: Source, now: Careful) -> Result<(), TooMany> {
        let mut forgiven_at = self.lock();
        if !source.is_of_many() {
            let _ = OF_SOURCE.charge(&mut forgiven_at, self.key_of_source(source), now);
        }
        OF_PAIR.charge(&mut forgiven_at, self.key(client, source), now)
    }

    /// True if a source failed too often lately, over all clients. A source of many clients never counts as
    /// failing.
    pub fn is_failing(&self, source: Source, now: Careful) -> bool {
        !source.is_of_many() && OF_SOURCE.is_reached(&self.lock(), self.key_of_source(source), now)
    }

    fn key_of_source(&self, source: Source) -> u64 {
        self.hasher.hash_one((3, source))
    }

    fn key(&self, client: Option<&ClientRef>, source: Source) -> u64 {
        match client {
            Some(ClientRef::Name(name)) => self.hasher.hash_one((1, name.folded(), source)),
            Some(ClientRef::Id(id)) => self.hasher.hash_one((2, id, source)),
            None => self.hasher.hash_one((0, source)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Forgiven> {
        self.forgiven_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A bound on failures.
struct Bound {
    in_a_row_max: u32,
    forgiven_seconds: u64,
}

const OF_PAIR: Bound = Bound { in_a_row_max: FAILURES_MAX, forgiven_seconds: FAILURE_FORGIVEN_SECONDS };
const OF_SOURCE: Bound = Bound { in_a_row_max: SOURCE_FAILURES_MAX, forgiven_seconds: 1 };

impl Bound {
    /// Counts a failure, unless it is beyond the bound.
    fn charge(&self, forgiven_at: &mut Forgiven, key: u64, now: Careful) -> Result<(), TooMany> {
        if forgiven_at.len() >= FAILURE_ENTRIES_MAX && !forgiven_at.contains_key(&key) {
            make_room(forgiven_at, now);
        }
        let at = forgiven_at.entry(key).or_insert(now);
        match self.beyond(*at, now) {
            0 => *at = Careful(at.0.max(now.0).saturating_add(self.forgiven_seconds)),
            retry_after_seconds => return Err(TooMany { retry_after_seconds }),
        }
        Ok(())
    }

    fn is_reached(&self, forgiven_at: &Forgiven, key: u64, now: Careful) -> bool {
        forgiven_at.get(&key).is_some_and(|at| self.beyond(*at, now) > 0)
    }

    /// Seconds until one more fits; 0 if it fits now.
    fn beyond(&self, at: Careful, now: Careful) -> u64 {
        let room = u64::from(self.in_a_row_max).saturating_sub(1).saturating_mul(self.forgiven_seconds);
        at.0.saturating_sub(now.0).saturating_sub(room)
    }
}

/// Drops the forgiven entries and, if that is not enough, the quarter that would be next. One pass over the
/// table for at least a quarter of it.
fn make_room(forgiven_at: &mut Forgiven, now: Careful) {
    forgiven_at.retain(|_, at| *at > now);
    if forgiven_at.len() < FAILURE_ENTRIES_MAX {
        return;
    }
    let mut times: Vec<Careful> = forgiven_at.values().copied().collect();
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
    use jeton_domain::id::ClientId;

    const NOW: Careful = Careful(1_000_000);

    fn source(last: u8) -> Source {
        Source::of(IpAddr::from([192, 0, 2, last]))
    }

    fn named(name: &str) -> ClientRef {
        ClientRef::parse(name).unwrap()
    }

    /// The number of failures counted at this time, of this many attempts.
    fn counted(failures: &AuthThrottle, client: Option<&ClientRef>, times: u32, now: Careful) -> u32 {
        let counted = (0..times).filter(|_| failures.count(client, source(1), now).is_ok());
        u32::try_from(counted.count()).unwrap()
    }

    #[test]
    fn failures_in_a_row_are_told_apart_from_those_beyond_the_bound() {
        let (failures, billing) = (AuthThrottle::default(), named("billing"));
        assert_eq!(counted(&failures, Some(&billing), 1000, NOW), FAILURES_MAX);
        let too_many = TooMany { retry_after_seconds: FAILURE_FORGIVEN_SECONDS };
        assert_eq!(failures.count(Some(&billing), source(1), NOW), Err(too_many));
        let later = Careful(NOW.0 + FAILURE_FORGIVEN_SECONDS);
        assert_eq!(counted(&failures, Some(&billing), 1000, later), 1);
        let much_later = Careful(later.0 + u64::from(FAILURES_MAX) * FAILURE_FORGIVEN_SECONDS);
        assert_eq!(counted(&failures, Some(&billing), 1000, much_later), FAILURES_MAX, "the debt is bounded");
    }

    #[test]
    fn each_pair_of_client_and_source_has_its_own_bound_in_any_letter_case() {
        let failures = AuthThrottle::default();
        counted(&failures, Some(&named("billing")), 1000, NOW);
        assert!(failures.count(Some(&named("BILLING")), source(1), NOW).is_err());
        assert!(failures.count(Some(&named("billing")), source(2), NOW).is_ok());
        assert!(failures.count(Some(&named("shipping")), source(1), NOW).is_ok());
        assert!(failures.count(Some(&named("17")), source(1), NOW).is_ok());
        assert!(failures.count(None, source(1), NOW).is_ok());
    }

    #[test]
    fn a_source_that_fails_in_many_names_is_failing_and_a_shared_one_never_is() {
        let failures = AuthThrottle::default();
        let machine = Source::of(IpAddr::from([127, 0, 0, 1]));
        for n in 0..u64::from(SOURCE_FAILURES_MAX) {
            assert!(!failures.is_failing(source(1), NOW), "{n}");
            for source in [source(1), machine] {
                failures.count(Some(&ClientRef::Id(ClientId(n))), source, NOW).unwrap();
            }
        }
        assert!(failures.is_failing(source(1), NOW) && !failures.is_failing(source(2), NOW));
        assert!(!failures.is_failing(machine, NOW));
        assert!(!failures.is_failing(source(1), Careful(NOW.0 + 1)), "one is forgiven");
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_source() {
        let address = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff::9"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
        assert!(address("::1").is_of_many() && address("127.0.0.9").is_of_many());
        assert!(!address("192.0.2.1").is_of_many());
    }

    #[test]
    fn the_table_is_bounded_under_a_flood_of_names() {
        let failures = AuthThrottle::default();
        for n in 0..FAILURE_ENTRIES_MAX as u64 + 1000 {
            let _ = failures.count(Some(&ClientRef::Id(ClientId(n))), source(1), NOW);
        }
        assert!(failures.lock().len() <= FAILURE_ENTRIES_MAX);
    }
}
