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

/// Deletes up to `rows_max` revocations of JWTs that expired by `now`; says how many.
pub(crate) fn purge_revocations(
    revoked: &mut Table<'_, Expiring, ()>,
    now: Timestamp,
    rows_max: usize,
) -> Result<u64, Fault> {
    let mut rows: u64 = 0;
    let mut left = rows_max;
    revoked.retain_in(..=(now.0, u128::MAX), |_, ()| {
        let goes = left > 0;
        left = left.saturating_sub(usize::from(goes));
        rows = rows.saturating_add(u64::from(goes));
        !goes
    })?;
    Ok(rows)
}

/// When the next revocation or assertion expires.
pub(crate) fn next_expiry(transaction: &WriteTransaction) -> Result<Option<Timestamp>, Fault> {
    let revoked = transaction.open_table(REVOKED_JWTS)?;
    let assertions = transaction.open_table(ASSERTION_EXPIRIES)?;
    let first = [revoked.first()?, assertions.first()?];
    Ok(first.into_iter().flatten().map(|(key, _)| Timestamp(key.value().0)).min())
}
