//! The exact reasons of refused requests, for administrators, who have to help clients that can't get a
//! token. The wire reveals less (see `jeton_oauth::denial`).
//!
//! Kept in memory since the start, in bounded number: counts by reason, and the latest of each existing
//! client.

use crate::auth_throttle::Source;
use crate::limits::{REFUSALS_PER_CLIENT, REFUSED_CLIENTS_MAX};
use jeton_domain::id::ClientId;
use jeton_domain::time::Timestamp;
use jeton_oauth::assertion::AssertionError;
use jeton_oauth::authenticate::ClientFault;
use jeton_oauth::denial::Denial;
use jeton_oauth::diagnosis::SecretFault;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The source of a request, and its endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The source.
    pub source: Source,
    /// The endpoint's path.
    pub endpoint: &'static str,
}

/// The exact reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The client is known and lacks a right, or the request is wrong.
    Denial(Denial),
    /// The client did not prove its identity.
    Client(ClientFault),
    /// The presented text can't be a secret of this server.
    Secret(SecretFault),
    /// The assertion is wrong.
    Assertion(AssertionError),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denial(denial) => denial.appearance().description.fmt(f),
            Self::Client(fault) => fault.fmt(f),
            Self::Secret(fault) => fault.fmt(f),
            Self::Assertion(fault) => write!(f, "the assertion is wrong: {fault}"),
        }
    }
}

impl Reason {
    /// The name of the reason for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Denial(denial) => denial.appearance().error.unwrap_or("no_token"),
            Self::Client(fault) => fault.name(),
            Self::Secret(fault) => fault.name(),
            Self::Assertion(_) => "assertion",
        }
    }
}

/// A refusal, with the number of its occurrences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// The exact reason.
    pub reason: Reason,
    /// The source and endpoint.
    pub origin: Origin,
    /// The number of occurrences.
    pub times: u64,
    /// The time of the last occurrence.
    pub last: Timestamp,
}

/// All refusals since the start.
#[derive(Debug, Default)]
pub struct DenialLog(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    reasons: HashMap<Reason, u64>,
    clients: HashMap<ClientId, Vec<Noted>>,
}

impl DenialLog {
    /// Records a refused request; `client` is the client it was about, if known.
    pub fn note(&self, client: Option<ClientId>, reason: Reason, origin: Origin, now: Timestamp) {
        let mut kept = self.lock();
        let times = kept.reasons.entry(reason).or_default();
        *times = times.saturating_add(1);
        let Some(client) = client else { return };
        if kept.clients.len() >= REFUSED_CLIENTS_MAX && !kept.clients.contains_key(&client) {
            make_room(&mut kept.clients);
        }
        let of_client = kept.clients.entry(client).or_default();
        match of_client.iter_mut().find(|known| known.reason == reason && known.origin == origin) {
            Some(known) => {
                known.times = known.times.saturating_add(1);
                known.last = now;
            }
            None => of_client.push(Noted { reason, origin, times: 1, last: now }),
        }
        of_client.sort_by_key(|known| std::cmp::Reverse(known.last));
        of_client.truncate(REFUSALS_PER_CLIENT);
    }

    /// The latest refusals of a client, the last one first.
    pub fn of(&self, client: ClientId) -> Vec<Noted> {
        self.lock().clients.get(&client).cloned().unwrap_or_default()
    }

    /// The number of occurrences of each reason, the most frequent first.
    pub fn by_reason(&self) -> Vec<(Reason, u64)> {
        let mut all: Vec<(Reason, u64)> =
            self.lock().reasons.iter().map(|(reason, times)| (*reason, *times)).collect();
        all.sort_by_key(|(reason, times)| (std::cmp::Reverse(*times), reason.to_string()));
        all
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops the quarter of the clients that were refused longest ago.
fn make_room(clients: &mut HashMap<ClientId, Vec<Noted>>) {
    let last = |refused: &[Noted]| refused.first().map_or(Timestamp(0), |refused| refused.last);
    let mut ages: Vec<(Timestamp, ClientId)> =
        clients.iter().map(|(id, refused)| (last(refused), *id)).collect();
    ages.sort_unstable();
    for (_, id) in ages.iter().take(ages.len().div_ceil(4)) {
        clients.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn origin(last: u8) -> Origin {
        Origin { source: Source::of(IpAddr::from([192, 0, 2, last])), endpoint: "/oauth/v2/token" }
    }

    #[test]
    fn the_same_refusal_is_one_entry_with_a_count() {
        let refusals = DenialLog::default();
        for now in 1..=3 {
            let reason = Reason::Client(ClientFault::Wrong);
            refusals.note(Some(ClientId(1)), reason, origin(1), Timestamp(now));
        }
        refusals.note(None, Reason::Client(ClientFault::Unknown), origin(1), Timestamp(4));
        let of_client = refusals.of(ClientId(1));
        assert_eq!(of_client.len(), 1);
        assert_eq!((of_client[0].times, of_client[0].last), (3, Timestamp(3)));
        assert_eq!(refusals.by_reason().iter().map(|(_, times)| *times).collect::<Vec<_>>(), [3, 1]);
        assert!(refusals.of(ClientId(2)).is_empty());
    }

    #[test]
    fn refusals_are_bounded_per_client_and_in_all() {
        let refusals = DenialLog::default();
        for n in 0..=255 {
            refusals.note(
                Some(ClientId(1)),
                Reason::Client(ClientFault::Wrong),
                origin(n),
                Timestamp(n.into()),
            );
        }
        let of_client = refusals.of(ClientId(1));
        assert_eq!((of_client.len(), of_client[0].origin), (REFUSALS_PER_CLIENT, origin(255)));
        for n in 0..3 * REFUSED_CLIENTS_MAX as u64 {
            refusals.note(
                Some(ClientId(n)),
                Reason::Client(ClientFault::Wrong),
                origin(1),
                Timestamp(1000 + n),
            );
        }
        assert!(refusals.lock().clients.len() <= REFUSED_CLIENTS_MAX);
        assert_eq!(refusals.of(ClientId(3 * REFUSED_CLIENTS_MAX as u64 - 1)).len(), 1);
    }
}
