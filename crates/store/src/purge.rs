//! Deleting token rows that have expired: bounded slices from the left edge of their table.

use crate::open::Fault;
use crate::records;
use crate::schema::token_key;
use jeton_oauth::time::Moment;
use redb::{ReadableTable, Table};

/// Deletes up to `rows_max` tokens that are over by both clocks, in the order of expiry, and returns how many. One that
/// is over by the wall clock only holds up those behind it: the clock may be ahead.
pub(crate) fn purge_slice(
    tokens: &mut Table<'_, u128, &'static [u8]>,
    now: Moment,
    rows_max: usize,
) -> Result<u64, Fault> {
    let mut last = None;
    let mut rows: u64 = 0;
    for row in tokens.iter()?.take(rows_max) {
        let (key, record) = row?;
        let expires = token_key(key.value()).expires;
        let Ok(token) = records::read_token(record.value()) else { break };
        let begun = token.facts.issued;
        let length = expires.seconds_after(begun.wall);
        if expires > now.wall || begun.careful.after(length) >= now.careful {
            break;
        }
        last = Some(key.value());
        rows = rows.saturating_add(1);
    }
    if let Some(last) = last {
        // Within the range everything goes; the engine drops whole pages.
        tokens.retain_in(..=last, |_, _| false)?;
    }
    Ok(rows)
}
