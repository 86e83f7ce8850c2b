//! Deleting what has expired: bounded slices from the left edge of tables that are ordered by expiry.

use crate::open::Fault;
use crate::schema::{ASSERTION_EXPIRIES, Expiring, REVOKED_JWTS, token_key};
use jeton_oauth::time::Timestamp;
use redb::{ReadableTable, Table, WriteTransaction};

/// Deletes up to `rows_max` tokens that expired by `now`; says how many.
pub(crate) fn purge_slice(
    tokens: &mut Table<'_, u128, &'static [u8]>,
    now: Timestamp,
    rows_max: usize,
) -> Result<u64, Fault> {
    let mut last = None;
    let mut rows: u64 = 0;
    for row in tokens.iter()?.take(rows_max) {
        let key = row?.0.value();
        if token_key(key).expires > now {
            break;
        }
        last = Some(key);
        rows = rows.saturating_add(1);
    }
    if let Some(last) = last {
        // Within the range everything goes; the engine drops whole pages.
        tokens.retain_in(..=last, |_, _| false)?;
    }
    Ok(rows)
}

/// Deletes up to `rows_max` rows that expired by `now` from a table that is ordered by expiry; what else has to
/// go with each is up to `forget`.
pub(crate) fn purge_expiring(
    table: &mut Table<'_, Expiring, ()>,
    now: Timestamp,
    rows_max: usize,
    mut forget: impl FnMut(u128) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for _ in 0..rows_max {
        let Some((expires, name)) = table.first()?.map(|(key, _)| key.value()) else { break };
        if expires > now.0 {
            break;
        }
        table.remove((expires, name))?;
        forget(name)?;
    }
    Ok(())
}

/// When the next revocation or assertion expires.
pub(crate) fn next_expiry(transaction: &WriteTransaction) -> Result<Option<Timestamp>, Fault> {
    let revoked = transaction.open_table(REVOKED_JWTS)?;
    let assertions = transaction.open_table(ASSERTION_EXPIRIES)?;
    let first = [revoked.first()?, assertions.first()?];
    Ok(first.into_iter().flatten().map(|(key, _)| Timestamp(key.value().0)).min())
}
