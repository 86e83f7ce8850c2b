//! The tables of a write transaction. Those that a change set is made of note what is written to them.
//!
//! A table opens as its definition says: a [`Primary`] one as [`Recorded`], any other one (an index, a count,
//! what is a server's own) as the engine's. So no row of a primary table is written past the record.

use crate::journal::{ChangeSet, ChangedRow};
use redb::{AccessGuard, Key, StorageError, Table, TableDefinition, TableError, Value, WriteTransaction};
use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;

/// A table whose rows are the state; everything else is derived from them, or a server's own.
pub(crate) struct Primary<K: Key + 'static, V: Value + 'static> {
    number: u8,
    name: &'static str,
    definition: TableDefinition<'static, K, V>,
}

impl<K: Key + 'static, V: Value + 'static> Clone for Primary<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Key + 'static, V: Value + 'static> Copy for Primary<K, V> {}

impl<K: Key + 'static, V: Value + 'static> Primary<K, V> {
    /// A table with a number by which change sets name it. A number is never given to another table.
    pub(crate) const fn new(number: u8, name: &'static str) -> Self {
        Self { number, name, definition: TableDefinition::new(name) }
    }

    /// The number.
    pub(crate) const fn number(self) -> u8 {
        self.number
    }

    /// The name.
    pub(crate) const fn name(self) -> &'static str {
        self.name
    }

    /// The table as the engine knows it, for reading.
    pub(crate) const fn definition(self) -> TableDefinition<'static, K, V> {
        self.definition
    }
}

impl<K: Key + 'static, V: Value + 'static> From<Primary<K, V>> for TableDefinition<'static, K, V> {
    fn from(table: Primary<K, V>) -> Self {
        table.definition
    }
}

/// Rows by table and key, as they are now.
type Record = BTreeMap<(u8, Vec<u8>), Option<Vec<u8>>>;

/// A write transaction.
pub(crate) struct Writing<'t> {
    transaction: &'t WriteTransaction,
    /// `None` where no other server is told.
    record: RefCell<Option<Record>>,
}

impl<'t> Writing<'t> {
    /// A transaction whose changes are this server's alone, or come from the journal.
    pub(crate) const fn new(transaction: &'t WriteTransaction) -> Self {
        Self { transaction, record: RefCell::new(None) }
    }

    /// A transaction whose changes other servers will apply.
    pub(crate) const fn recorded(transaction: &'t WriteTransaction) -> Self {
        Self { transaction, record: RefCell::new(Some(Record::new())) }
    }

    /// Opens a table.
    pub(crate) fn open_table<D: Opens>(&self, table: D) -> Result<D::Table<'_>, TableError> {
        table.open(self)
    }

    /// The rows that were changed.
    pub(crate) fn into_change_set(self) -> ChangeSet {
        let rows = self.record.into_inner().into_iter().flatten();
        ChangeSet { rows: rows.map(|((table, key), value)| ChangedRow { table, key, value }).collect() }
    }
}

/// The definition of a table that can be written to.
pub(crate) trait Opens {
    /// The open table.
    type Table<'w>;

    /// Opens it.
    fn open<'w>(self, writing: &'w Writing<'_>) -> Result<Self::Table<'w>, TableError>;
}

impl<K: Key + 'static, V: Value + 'static> Opens for TableDefinition<'static, K, V> {
    type Table<'w> = Table<'w, K, V>;

    fn open<'w>(self, writing: &'w Writing<'_>) -> Result<Self::Table<'w>, TableError> {
        writing.transaction.open_table(self)
    }
}

impl<K: Key + 'static, V: Value + 'static> Opens for Primary<K, V> {
    type Table<'w> = Recorded<'w, K, V>;

    fn open<'w>(self, writing: &'w Writing<'_>) -> Result<Self::Table<'w>, TableError> {
        let table = writing.transaction.open_table(self.definition)?;
        Ok(Recorded { table, number: self.number, record: &writing.record })
    }
}

/// An open primary table. Read it as the engine's.
pub(crate) struct Recorded<'w, K: Key + 'static, V: Value + 'static> {
    table: Table<'w, K, V>,
    number: u8,
    record: &'w RefCell<Option<Record>>,
}

impl<'w, K: Key + 'static, V: Value + 'static> Deref for Recorded<'w, K, V> {
    type Target = Table<'w, K, V>;

    fn deref(&self) -> &Self::Target {
        &self.table
    }
}

impl<K: Key + 'static, V: Value + 'static> Recorded<'_, K, V> {
    /// Writes a row; returns the one before.
    pub(crate) fn insert<'k, 'v>(
        &mut self,
        key: impl Borrow<K::SelfType<'k>>,
        value: impl Borrow<V::SelfType<'v>>,
    ) -> Result<Option<AccessGuard<'_, V>>, StorageError> {
        if let Some(record) = self.record.borrow_mut().as_mut() {
            let bytes = V::as_bytes(value.borrow()).as_ref().to_vec();
            record.insert((self.number, K::as_bytes(key.borrow()).as_ref().to_vec()), Some(bytes));
        }
        self.table.insert(key, value)
    }

    /// Writes a row that is this server's alone, in a table that has others besides.
    pub(crate) fn insert_own<'k, 'v>(
        &mut self,
        key: impl Borrow<K::SelfType<'k>>,
        value: impl Borrow<V::SelfType<'v>>,
    ) -> Result<(), StorageError> {
        self.table.insert(key, value).map(drop)
    }

    /// Removes a row, and returns it.
    pub(crate) fn remove<'k>(
        &mut self,
        key: impl Borrow<K::SelfType<'k>>,
    ) -> Result<Option<AccessGuard<'_, V>>, StorageError> {
        let bytes = self
            .record
            .borrow()
            .is_some()
            .then(|| (self.number, K::as_bytes(key.borrow()).as_ref().to_vec()));
        let removed = self.table.remove(key)?;
        if let (Some(record), Some(bytes), true) =
            (self.record.borrow_mut().as_mut(), bytes, removed.is_some())
        {
            record.insert(bytes, None);
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redb::{Database, ReadableTable, backends::InMemoryBackend};

    const TEXTS: Primary<u64, &str> = Primary::new(7, "texts");
    const OWN: TableDefinition<'static, u64, u64> = TableDefinition::new("own");

    fn changes(write: impl Fn(&Writing<'_>)) -> [ChangeSet; 2] {
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
        let transaction = database.begin_write().unwrap();
        let first = Writing::new(&transaction);
        first.open_table(TEXTS).unwrap().insert(1, "before").unwrap();
        let writing = Writing::recorded(&transaction);
        write(&writing);
        [first.into_change_set(), writing.into_change_set()]
    }

    fn row(key: u64, value: Option<&str>) -> ChangedRow {
        ChangedRow { table: 7, key: key.to_le_bytes().to_vec(), value: value.map(|text| text.into()) }
    }

    #[test]
    fn a_row_is_told_once_as_it_is_in_the_end() {
        let [unrecorded, recorded] = changes(|writing| {
            let mut texts = writing.open_table(TEXTS).unwrap();
            texts.insert(1, "a").unwrap();
            texts.insert(1, "b").unwrap();
            texts.insert(2, "c").unwrap();
            assert_eq!(texts.remove(2).unwrap().unwrap().value(), "c");
            assert_eq!(texts.get(1).unwrap().unwrap().value(), "b");
        });
        assert_eq!(unrecorded, ChangeSet::default());
        assert_eq!(recorded.rows, [row(1, Some("b")), row(2, None)]);
    }

    #[test]
    fn rows_that_were_not_there_and_a_servers_own_are_not_told() {
        let [_, recorded] = changes(|writing| {
            assert!(writing.open_table(TEXTS).unwrap().remove(9).unwrap().is_none());
            writing.open_table(TEXTS).unwrap().insert_own(3, "mine").unwrap();
            writing.open_table(OWN).unwrap().insert(1, 1).unwrap();
        });
        assert_eq!(recorded, ChangeSet::default());
    }
}
