//! Deleting expired tokens: a bounded slice from the left edge of their table.

use crate::open::Fault;
use crate::schema::token_key;
use jeton_oauth::time::Timestamp;
use redb::{ReadableTable, Table};

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
