//! Expiry: revocations, used assertions and past credentials are remembered until nothing depends on
//! them.
//!
//! Each expires when its time has passed on *both* clocks: a length of time on the careful clock, so that
//! a wall clock that runs ahead deletes nothing early, and a point in time on the wall clock, so that a
//! clock that was ahead at the time of writing is waited for. While the server is off the careful clock
//! stands still, which only delays the expiry.

use crate::counts::{Counted, adjust};
use crate::fault::EngineError;
use crate::records;
use crate::schema::{
    COUNTS, EXPIRIES, Expiring, LAST_USES, PAST_CREDENTIALS, REVOKED_TOKENS, USED_ASSERTIONS,
};
use crate::writing::Writing;
use jeton_domain::credential::CredentialState;
use jeton_domain::id::ClientId;
use jeton_domain::limits::TOKEN_LIFETIME_MAX;
use jeton_domain::time::{Careful, Moment, Timestamp};
use jeton_secret::CredentialId;
use redb::{ReadableTable, Table};

/// A row that expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgettable {
    /// The revocation of one token, by its name.
    RevokedToken(u128),
    /// A used assertion, by its digest.
    UsedAssertion(u128),
    /// A past credential of a client.
    PastCredential(ClientId, CredentialId),
}

impl Forgettable {
    fn key(self, due: Careful) -> Expiring {
        match self {
            Self::RevokedToken(name) => (due.0, 0, name),
            Self::UsedAssertion(digest) => (due.0, 1, digest),
            Self::PastCredential(client, credential) => {
                (due.0, 2, u128::from(client.0) << 64 | u128::from(credential.0))
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "takes the name apart in halves of 64 bits")]
    pub(crate) const fn of_key((_, kind, name): Expiring) -> Option<Self> {
        match kind {
            0 => Some(Self::RevokedToken(name)),
            1 => Some(Self::UsedAssertion(name)),
            2 => Some(Self::PastCredential(ClientId((name >> 64) as u64), CredentialId(name as u64))),
            _ => None,
        }
    }
}

/// Writes the expiry of a row: after `seconds` on the careful clock, and after `until` on the wall clock.
/// Returns the former as a point on the careful clock.
pub(crate) fn forget_after(
    transaction: &Writing<'_>,
    what: Forgettable,
    seconds: u64,
    until: Timestamp,
    now: Moment,
) -> Result<Careful, EngineError> {
    // Readings are truncated to seconds, so one more must pass.
    let due = now.careful.after(seconds).after(1);
    transaction.open_table(EXPIRIES)?.insert(what.key(due), until.0)?;
    Ok(due)
}

/// The deleted rows.
#[derive(Debug, Default)]
pub(crate) struct Forgotten {
    /// The number of rows.
    pub(crate) rows: u64,
    /// The clients whose assertions were among them.
    pub(crate) assertions_of: Vec<ClientId>,
}

/// Deletes up to `rows_max` expired rows.
pub(crate) fn forget_due(
    transaction: &Writing<'_>,
    now: Moment,
    rows_max: usize,
) -> Result<Forgotten, EngineError> {
    let mut expiries = transaction.open_table(EXPIRIES)?;
    let mut forgotten = Forgotten::default();
    for _ in 0..rows_max {
        let Some((key, until)) = first(&expiries)? else { break };
        if key.0 > now.careful.0 {
            break;
        }
        expiries.remove(key)?;
        forgotten.rows = forgotten.rows.saturating_add(1);
        let Some(what) = Forgettable::of_key(key) else { continue };
        let wait = match until.seconds_after(now.wall) {
            0 => forget(transaction, what, now, &mut forgotten)?,
            seconds => Some(seconds),
        };
        if let Some(seconds) = wait {
            expiries.insert(what.key(now.careful.after(seconds).after(1)), until.0)?;
        }
    }
    Ok(forgotten)
}

/// The point on the careful clock at which the next row may expire.
pub(crate) fn next_due(transaction: &Writing<'_>) -> Result<Option<Careful>, EngineError> {
    let expiries = transaction.open_table(EXPIRIES)?;
    Ok(first(&expiries)?.map(|(key, _)| Careful(key.0)))
}

fn first(table: &Table<'_, Expiring, u64>) -> Result<Option<(Expiring, Timestamp)>, EngineError> {
    Ok(table.first()?.map(|(key, until)| (key.value(), Timestamp(until.value()))))
}

/// Takes note that a revocation expired.
fn forget_revocation(write: &Writing<'_>, client: ClientId, by_others: bool) -> Result<(), EngineError> {
    let mut counts = write.open_table(COUNTS)?;
    adjust(&mut counts, Counted::revoked(client, by_others).key(), -1)?;
    adjust(&mut counts, Counted::RevokedInAll { by_others }.key(), -1)
}

/// Deletes one row, or returns the seconds for which it is still needed.
fn forget(
    transaction: &Writing<'_>,
    what: Forgettable,
    now: Moment,
    forgotten: &mut Forgotten,
) -> Result<Option<u64>, EngineError> {
    match what {
        Forgettable::RevokedToken(name) => {
            let row = transaction.open_table(REVOKED_TOKENS)?.remove(name)?.map(|row| row.value());
            if let Some((client, by_others)) = row {
                forget_revocation(transaction, ClientId(client), by_others)?;
            }
        }
        Forgettable::UsedAssertion(digest) => {
            let mut used = transaction.open_table(USED_ASSERTIONS)?;
            let client = used.remove(digest)?.map(|client| ClientId(client.value()));
            forgotten.assertions_of.extend(client);
        }
        Forgettable::PastCredential(client, credential) => {
            let mut past = transaction.open_table(PAST_CREDENTIALS)?;
            let key = (client.0, credential.0);
            let lives = past.get(key)?.is_some_and(|row| {
                let read = records::read_past_credential(credential, row.value());
                read.is_ok_and(|past| past.state(now) == CredentialState::Live)
            });
            if lives {
                // It became a past credential while the clock was ahead.
                return Ok(Some(u64::from(TOKEN_LIFETIME_MAX.0)));
            }
            past.remove(key)?;
            transaction.open_table(LAST_USES)?.remove(credential.0)?;
        }
    }
    Ok(None)
}
