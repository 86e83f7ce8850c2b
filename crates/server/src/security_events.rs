//! Security events, counted and written to the audit trail once a minute: failed client authentications, and
//! calls refused for lack of permission.
//!
//! No request waits for them. A source that fails a million times a minute, in as many names, makes no more
//! records than its bound, and all sources together no more than theirs: events beyond a bound are counted
//! together.

use crate::auth_throttle::Source;
use crate::clock::{Step, SteppedClock};
use crate::limits::{OBSERVATION_TICK, OBSERVED_MAX, OBSERVED_OF_SOURCE_MAX};
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::{ClientId, OrganizationId};
use jeton_management::{Caller, Route};
use jeton_oauth::credentials::ClientRef;
use jeton_store::{Command, Store, StoreHandle};
use jeton_tokens::ImplausibleTokenAlarm;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Security events since the last record.
pub struct SecurityEvents {
    counts: Mutex<Counts>,
    clock: Arc<dyn SteppedClock>,
}

impl fmt::Debug for SecurityEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SecurityEvents").field(&self.counts).finish()
    }
}

#[derive(Debug, Default)]
struct Counts {
    seen: HashMap<Seen, u64>,
    /// The number of client names with which each source failed.
    names_of: HashMap<Source, usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Seen {
    /// A failed client authentication; the named client need not exist.
    Failed(Option<Account>, Source),
    /// Failed authentications for more clients than a source may have records.
    FailedForMore(Source),
    /// A call refused to a user.
    Denied(ClientId, &'static str),
    /// An authentic token with a statement that no token of this store can make.
    Implausible(ClientId),
    /// Events beyond the bound.
    BeyondBound,
}

/// A client as it was named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Account {
    Id(ClientId),
    Name(Box<str>),
}

impl SecurityEvents {
    /// No events yet; steps of this clock are events too.
    pub fn new(clock: Arc<dyn SteppedClock>) -> Self {
        Self { counts: Mutex::default(), clock }
    }

    /// Counts a failed client authentication.
    pub fn note_failed(&self, client: Option<&ClientRef>, source: Source) {
        let account = client.map(|client| match client {
            ClientRef::Id(id) => Account::Id(*id),
            ClientRef::Name(name) => Account::Name(name.folded().into()),
        });
        let seen = Seen::Failed(account, source);
        let mut counts = self.lock();
        let is_new = !counts.seen.contains_key(&seen);
        let names = counts.names_of.get(&source).copied().unwrap_or_default();
        if is_new && names >= OBSERVED_OF_SOURCE_MAX && !source.is_of_many() {
            return counts.add(Seen::FailedForMore(source));
        }
        if is_new && counts.seen.len() < OBSERVED_MAX {
            counts.names_of.insert(source, names.saturating_add(1));
        }
        counts.add(seen);
    }

    /// Counts a refused call.
    pub fn note_denied(&self, caller: &Caller, route: &Route) {
        if let Caller::Bearer(client, _) = caller {
            self.lock().add(Seen::Denied(client.id, route.method));
        }
    }

    /// Writes the counted events every minute, until it is cancelled.
    pub async fn run(&self, store: &Store, store_handle: &StoreHandle) {
        loop {
            tokio::time::sleep(OBSERVATION_TICK).await;
            self.flush(store, store_handle).await;
        }
    }

    /// Writes the events counted so far.
    pub async fn flush(&self, store: &Store, store_handle: &StoreHandle) {
        let seen = self.take();
        let mut entries: Vec<_> = self.clock.take_steps().into_iter().map(clock_stepped).collect();
        entries.extend(seen.into_iter().map(|(seen, count)| seen.entry(store, count)));
        if entries.is_empty() {
            return;
        }
        // A fixed order, so that the same events make the same records.
        entries.sort_by(|a, b| (a.1.subject, &a.1.note).cmp(&(b.1.subject, &b.1.note)));
        let command = Command::Observe { entries, now: store.moment().wall };
        if let Err(error) = store_handle.submit(command).await {
            tracing::warn!(%error, "security events could not be recorded");
        }
    }

    fn take(&self) -> HashMap<Seen, u64> {
        std::mem::take(&mut *self.lock()).seen
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ImplausibleTokenAlarm for SecurityEvents {
    /// Counts an authentic token of this client with a statement that no token of this store can make.
    fn raise(&self, client: ClientId) {
        self.lock().add(Seen::Implausible(client));
    }
}

impl Counts {
    fn add(&mut self, seen: Seen) {
        let fits = self.seen.len() < OBSERVED_MAX || self.seen.contains_key(&seen);
        let count = self.seen.entry(if fits { seen } else { Seen::BeyondBound }).or_default();
        *count = count.saturating_add(1);
    }
}

fn clock_stepped(step: Step) -> (Option<OrganizationId>, Entry) {
    let [expected, found] = [step.expected, step.found].map(jeton_api::values::date);
    let [expected, found] =
        [&expected, &found].map(|date| date.as_str().unwrap_or("a date beyond reckoning"));
    let note = format!("the clock read {found} where {expected} was expected");
    (None, Entry::new(EventKind::ClockStepped, 0, 0, note))
}

impl Seen {
    fn entry(self, store: &Store, count: u64) -> (Option<OrganizationId>, Entry) {
        match self {
            Self::Failed(account, source) => {
                let known = account.as_ref().and_then(|account| account.find(store));
                let name = match account {
                    Some(Account::Id(id)) => format!(" for client {id}"),
                    Some(Account::Name(name)) => format!(" for client {name}"),
                    None => String::new(),
                };
                let note = format!("{count} failed authentications{name} from {source}");
                let subject = known.map_or(0, |(id, _)| id.0);
                let entry = Entry::new(EventKind::AuthenticationFailed, subject, 0, note);
                (known.map(|(_, organization)| organization), entry)
            }
            Self::FailedForMore(source) => {
                let note = format!("{count} failed authentications for more clients from {source}");
                (None, Entry::new(EventKind::AuthenticationFailed, 0, 0, note))
            }
            Self::Denied(client, method) => {
                let note = format!("{method} was refused {count} times");
                let organization = Account::Id(client).find(store).map(|(_, organization)| organization);
                (organization, Entry::new(EventKind::PermissionDenied, client.0, 0, note))
            }
            Self::Implausible(client) => {
                tracing::error!(
                    %client, count,
                    "authentic tokens had content that is impossible for this store: a key has leaked, a \
                     backup was restored, or the clock was ahead"
                );
                let note = format!("{count} authentic tokens had content that is impossible for this store");
                let organization = Account::Id(client).find(store).map(|(_, organization)| organization);
                (organization, Entry::new(EventKind::ImplausibleToken, client.0, 0, note))
            }
            Self::BeyondBound => {
                let note = format!("{count} more security events from many clients or sources");
                (None, Entry::new(EventKind::AuthenticationFailed, 0, 0, note))
            }
        }
    }
}

impl Account {
    fn find(&self, store: &Store) -> Option<(ClientId, OrganizationId)> {
        let snapshot = store.snapshot().ok()?;
        let known = match self {
            Self::Id(id) => snapshot.client(*id),
            Self::Name(name) => {
                let name = jeton_domain::id::ClientName::username(name).ok()?;
                snapshot.client_by_name(&name)
            }
        };
        known.ok().flatten().map(|known| (known.client.id, known.client.organization))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use std::net::IpAddr;

    #[test]
    fn a_source_that_fails_in_many_names_leaves_room_for_other_sources() {
        let security_events = SecurityEvents::new(Arc::new(SystemClock::default()));
        let source = |last| Source::of(IpAddr::from([192, 0, 2, last]));
        for id in 0..10_000 {
            security_events.note_failed(Some(&ClientRef::Id(ClientId(id))), source(1));
        }
        security_events.note_failed(Some(&ClientRef::Id(ClientId(0))), source(1));
        security_events.note_failed(Some(&ClientRef::Id(ClientId(0))), source(2));
        let seen = security_events.take();
        assert_eq!(seen.len(), OBSERVED_OF_SOURCE_MAX + 2);
        let failed = |last| seen.get(&Seen::Failed(Some(Account::Id(ClientId(0))), source(last)));
        assert_eq!((failed(1), failed(2)), (Some(&2), Some(&1)));
        let more = 10_000 - OBSERVED_OF_SOURCE_MAX as u64;
        assert_eq!(seen.get(&Seen::FailedForMore(source(1))), Some(&more));
    }

    #[test]
    fn events_beyond_the_bound_are_counted_together() {
        let security_events = SecurityEvents::new(Arc::new(SystemClock::default()));
        let source = Source::of(IpAddr::from([127, 0, 0, 1]));
        for id in 0..10_000 {
            security_events.note_failed(Some(&ClientRef::Id(ClientId(id))), source);
        }
        security_events.note_failed(Some(&ClientRef::Id(ClientId(0))), source);
        let seen = security_events.take();
        assert_eq!(seen.len(), OBSERVED_MAX + 1);
        assert_eq!(seen.values().sum::<u64>(), 10_001);
        let first = Seen::Failed(Some(Account::Id(ClientId(0))), source);
        assert_eq!(seen.get(&first), Some(&2));
        assert!(security_events.take().is_empty());
    }
}
