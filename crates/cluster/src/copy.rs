//! The whole state in chunks. Each chunk says up to where the history had come when it was read, so a copy is
//! complete once the history was applied from before the first chunk to beyond the last.

use crate::connection::{Link, Parameter};
use crate::fault::Fault;
use crate::wire;
use jeton_store::journal::{ChangedRow, JournalError, Position};
use std::time::Duration;
use tokio_postgres::types::Type;

/// The place of a row: its table and key.
pub type Place = (u8, Vec<u8>);

/// A part of the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The end of the history when it was read.
    pub at: Position,
    /// Its rows, in the order of table and key. None behind the last row of all.
    pub rows: Vec<ChangedRow>,
}

/// The rows after a place, at most so many.
pub(crate) async fn read(
    link: &Link,
    deadline: Duration,
    after: Option<&Place>,
    rows_max: u32,
) -> Result<Chunk, Fault> {
    // No key is before the empty one of the first table.
    let (table, key) = after.map_or((-1, [].as_slice()), |(table, key)| (i16::from(*table), key.as_slice()));
    let statement = "SELECT c.revision, c.id, s.tbl, s.key, s.value FROM jeton.control c LEFT JOIN LATERAL \
        (SELECT tbl, key, value FROM jeton.state WHERE (tbl, key) > ($1, $2) ORDER BY tbl, key LIMIT $3) s ON true \
        ORDER BY s.tbl, s.key";
    let parameters: [Parameter<'_>; 3] =
        [(&table, Type::INT2), (&key, Type::BYTEA), (&i64::from(rows_max), Type::INT8)];
    let rows = link.read(deadline, statement, &parameters).await?;
    let head = rows.first().ok_or_else(|| Fault::undone(JournalError::NotInitialised))?;
    let at = wire::position(head.try_get(0)?, head.try_get(1)?)?;
    let mut state = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(table) = row.try_get::<_, Option<i16>>(2)? else { break };
        let table = u8::try_from(table).map_err(|_| Fault::malformed())?;
        state.push(ChangedRow { table, key: row.try_get(3)?, value: Some(row.try_get(4)?) });
    }
    Ok(Chunk { at, rows: state })
}
