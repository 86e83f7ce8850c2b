//! Rows of primary tables as bytes: told to other servers, and taken from them.

use crate::fault::EngineError;
use crate::journal::{ChangedRow, JournalError};
use crate::schema::{
    AUDIT, AUDIT_AGES, AUDIT_GAPS, CLIENTS, EXPIRIES, LAST_USES, METADATA, ORGANIZATIONS, PAST_CREDENTIALS,
    PROJECTS, REMOVALS, RETIRED_IDS, RETIRED_NAMES, REVOKED_TOKENS, SET_ASIDE, SIGNING_KEYS, TOKEN_KEYS,
};
use crate::writing::{Primary, Writing};
use redb::{AccessGuard, Key, ReadTransaction, ReadableTable, Value};
use std::ops::Bound;

/// All primary tables.
pub(crate) const TABLES: [&dyn Raw; 17] = [
    &METADATA,
    &ORGANIZATIONS,
    &PROJECTS,
    &RETIRED_IDS,
    &RETIRED_NAMES,
    &REMOVALS,
    &SIGNING_KEYS,
    &CLIENTS,
    &LAST_USES,
    &TOKEN_KEYS,
    &REVOKED_TOKENS,
    &PAST_CREDENTIALS,
    &EXPIRIES,
    &SET_ASIDE,
    &AUDIT,
    &AUDIT_AGES,
    &AUDIT_GAPS,
];

/// A row from elsewhere that this server can't have in its tables: a newer one wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a row of table {0} has a form that this version doesn't know")]
pub(crate) struct Unfit(pub(crate) u8);

impl From<Unfit> for JournalError {
    fn from(unfit: Unfit) -> Self {
        Self::Failed(unfit.to_string())
    }
}

/// The reason why a row can't be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RawError {
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<redb::StorageError> for RawError {
    fn from(error: redb::StorageError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<redb::TableError> for RawError {
    fn from(error: redb::TableError) -> Self {
        Self::Engine(error.into())
    }
}

/// A primary table whose rows are bytes.
pub(crate) trait Raw: Sync {
    /// The number by which change sets name it.
    fn number(&self) -> u8;

    /// Writes or removes a row; returns the value before.
    fn write(&self, writing: &Writing<'_>, row: &ChangedRow) -> Result<Option<Vec<u8>>, RawError>;

    /// The rows behind a key, at most this many, in the order of their keys.
    fn rows(
        &self,
        read: &ReadTransaction,
        after: Option<&[u8]>,
        rows_max: u32,
    ) -> Result<Vec<ChangedRow>, EngineError>;
}

impl<K: Key + Form + Sync + 'static, V: Value + Form + Sync + 'static> Raw for Primary<K, V> {
    fn number(&self) -> u8 {
        (*self).number()
    }

    fn write(&self, writing: &Writing<'_>, row: &ChangedRow) -> Result<Option<Vec<u8>>, RawError> {
        let fits = K::is_form_of(&row.key) && row.value.as_deref().is_none_or(V::is_form_of);
        if !fits {
            return Err(Unfit((*self).number()).into());
        }
        let mut table = writing.open_table(*self)?;
        let key = K::from_bytes(&row.key);
        let before = match &row.value {
            Some(value) => table.insert(key, V::from_bytes(value))?,
            None => table.remove(key)?,
        };
        Ok(before.map(|before| V::as_bytes(&before.value()).as_ref().to_vec()))
    }

    fn rows(
        &self,
        read: &ReadTransaction,
        after: Option<&[u8]>,
        rows_max: u32,
    ) -> Result<Vec<ChangedRow>, EngineError> {
        let rows_max = usize::try_from(rows_max).unwrap_or(usize::MAX);
        let table = read.open_table(self.definition())?;
        let row = |row: Result<(AccessGuard<'_, K>, AccessGuard<'_, V>), redb::StorageError>| {
            let (key, value) = row?;
            Ok(ChangedRow {
                table: (*self).number(),
                key: K::as_bytes(&key.value()).as_ref().to_vec(),
                value: Some(V::as_bytes(&value.value()).as_ref().to_vec()),
            })
        };
        match after.map(K::from_bytes) {
            Some(after) => {
                let behind = (Bound::Excluded(after), Bound::Unbounded);
                table.range::<K::SelfType<'_>>(behind)?.take(rows_max).map(row).collect()
            }
            None => table.iter()?.take(rows_max).map(row).collect(),
        }
    }
}

/// A type of keys or values whose bytes can be checked. The engine takes bytes of any other form for a
/// damaged page.
pub(crate) trait Form: Value {
    /// True for the bytes of a value.
    fn is_form_of(bytes: &[u8]) -> bool {
        Self::fixed_width().is_none_or(|width| width == bytes.len())
    }
}

impl Form for () {}
impl Form for u64 {}
impl Form for u128 {}
impl Form for &'static [u8] {}
impl Form for (u64, u64) {}
impl Form for (u8, u64) {}
impl Form for (u8, u64, u64) {}
impl Form for (u64, u8, u128) {}
impl Form for (u64, u64, u64, u64) {}

impl Form for &'static str {
    fn is_form_of(bytes: &[u8]) -> bool {
        std::str::from_utf8(bytes).is_ok()
    }
}

impl Form for (u64, bool) {
    fn is_form_of(bytes: &[u8]) -> bool {
        matches!(bytes, [_, _, _, _, _, _, _, _, 0 | 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redb::{Database, backends::InMemoryBackend};
    use std::collections::BTreeSet;

    #[test]
    fn numbers_of_tables_are_unique() {
        let numbers: BTreeSet<u8> = TABLES.iter().map(|table| table.number()).collect();
        assert_eq!(numbers.len(), TABLES.len());
    }

    #[test]
    fn a_row_of_another_form_is_refused_and_never_reaches_the_engine() {
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
        let transaction = database.begin_write().unwrap();
        let writing = Writing::new(&transaction);
        let unfit: [(&dyn Raw, &[u8], &[u8]); 6] = [
            (&CLIENTS, &[1; 7], b"record"),
            (&CLIENTS, &[1; 9], b"record"),
            (&METADATA, &[0xff, 0xfe], b"value"),
            (&REVOKED_TOKENS, &[1; 16], &[0, 0, 0, 0, 0, 0, 0, 0, 2]),
            (&REVOKED_TOKENS, &[1; 16], &[0; 8]),
            (&SET_ASIDE, &[1; 8], b"x"),
        ];
        for (table, key, value) in unfit {
            let row = ChangedRow { table: table.number(), key: key.into(), value: Some(value.into()) };
            let error = table.write(&writing, &row).unwrap_err();
            assert!(matches!(error, RawError::Unfit(Unfit(number)) if number == table.number()), "{row:?}");
        }
    }
}
