//! Numbers, names and rows of the database as ours.

use crate::fault::Fault;
use jeton_store::journal::{ChangeId, ChangeSet, ChangedRow, JournalError, Position};

/// A number as the database has it.
pub(crate) fn number(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

/// A revision of the database.
pub(crate) fn revision(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::malformed())
}

/// A position of the database.
pub(crate) fn position(number: i64, id: &[u8]) -> Result<Position, Fault> {
    Ok(Position { revision: revision(number)?, id: ChangeId(name(id)?) })
}

/// A random name of the database.
pub(crate) fn name(bytes: &[u8]) -> Result<[u8; 16], Fault> {
    bytes.try_into().map_err(|_| Fault::malformed())
}

/// The outcome of a function of the schema: zero, or the reason that its number stands for.
pub(crate) fn outcome(number: i32) -> Result<(), Fault> {
    match number {
        0 => Ok(()),
        3 => Err(Fault::undone(JournalError::OtherCluster)),
        4 => Err(Fault::undone(JournalError::NotInitialised)),
        _ => Err(Fault::malformed()),
    }
}

/// A change set as three arrays; a removed row has no value.
pub(crate) struct Columns<'a> {
    pub(crate) tables: Vec<i16>,
    pub(crate) keys: Vec<&'a [u8]>,
    pub(crate) values: Vec<Option<&'a [u8]>>,
}

impl<'a> Columns<'a> {
    pub(crate) fn of(rows: &'a [ChangedRow]) -> Self {
        Self {
            tables: rows.iter().map(|row| i16::from(row.table)).collect(),
            keys: rows.iter().map(|row| row.key.as_slice()).collect(),
            values: rows.iter().map(|row| row.value.as_deref()).collect(),
        }
    }
}

/// The change set of three arrays.
pub(crate) fn change_set(
    tables: Vec<i16>,
    keys: Vec<Vec<u8>>,
    values: Vec<Option<Vec<u8>>>,
) -> Result<ChangeSet, Fault> {
    if tables.len() != keys.len() || keys.len() != values.len() {
        return Err(Fault::malformed());
    }
    let row = |((table, key), value)| {
        let table = u8::try_from(table).map_err(|_| Fault::malformed())?;
        Ok(ChangedRow { table, key, value })
    };
    let rows = tables.into_iter().zip(keys).zip(values).map(row);
    Ok(ChangeSet { rows: rows.collect::<Result<_, Fault>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_different_lengths_and_tables_beyond_a_byte_are_refused() {
        assert!(change_set(vec![1], vec![vec![1]], vec![]).is_err());
        assert!(change_set(vec![1], vec![], vec![None]).is_err());
        assert!(change_set(vec![-1], vec![vec![1]], vec![None]).is_err());
        assert!(change_set(vec![256], vec![vec![1]], vec![None]).is_err());
        let rows = vec![ChangedRow { table: 255, key: vec![1], value: None }];
        assert_eq!(change_set(vec![255], vec![vec![1]], vec![None]), Ok(ChangeSet { rows }));
    }

    #[test]
    fn names_have_sixteen_bytes_and_revisions_are_not_negative() {
        assert!(name(&[0; 15]).is_err() && name(&[0; 17]).is_err() && name(&[0; 16]).is_ok());
        assert!(position(-1, &[0; 16]).is_err());
    }
}
