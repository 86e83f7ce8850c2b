//! Tables as readers see them.
//!
//! Each call into the engine ends with a value: a row, or [`Unavailable`] for damage or a fault of the
//! engine, never a panic and never half an answer. A table whose root is damaged exists, and every lookup
//! in it is unavailable.

use crate::damage::Damage;
use crate::engine::{self, Unwound};
use crate::fault::{EngineError, Unavailable};
use redb::{
    AccessGuard, Key, ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition,
    Value,
};
use std::borrow::Borrow;
use std::ops::RangeBounds;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The report of any reader that an open database no longer works. The writer looks for it and opens
/// another database, with a report of its own.
#[derive(Debug, Default)]
pub(crate) struct Complaint(AtomicBool);

impl Complaint {
    fn make(&self, error: &dyn std::fmt::Display) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "reading the store failed; it will be reopened");
        }
    }

    /// True if a reader has reported a fault.
    pub(crate) fn is_made(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A table as one commit left it.
pub(crate) struct View<K: Key + 'static, V: Value + 'static> {
    table: Result<ReadOnlyTable<K, V>, Damage>,
    complaint: Arc<Complaint>,
}

impl<K: Key + 'static, V: Value + 'static> View<K, V> {
    /// Opens a table of a snapshot.
    ///
    /// # Errors
    /// The engine fails for another reason than a damaged root.
    pub(crate) fn open(
        read: &ReadTransaction,
        table: impl Into<TableDefinition<'static, K, V>>,
        complaint: &Arc<Complaint>,
    ) -> Result<Self, EngineError> {
        let table = match engine::read(|| read.open_table(table.into())) {
            Ok(table) => Ok(table?),
            Err(Unwound::Damage(damage)) => Err(damage),
            Err(error @ Unwound::Panic(_)) => return Err(error.into()),
        };
        Ok(Self { table, complaint: Arc::clone(complaint) })
    }

    fn table(&self) -> Result<&ReadOnlyTable<K, V>, Unavailable> {
        self.table.as_ref().map_err(|_| Unavailable::Damage)
    }

    /// The value at a key.
    pub(crate) fn get<'a>(
        &self,
        key: impl Borrow<K::SelfType<'a>>,
    ) -> Result<Option<AccessGuard<'_, V>>, Unavailable> {
        let table = self.table()?;
        call(&self.complaint, || table.get(key))
    }

    /// The first row.
    pub(crate) fn first(&self) -> Result<Option<Row<'_, K, V>>, Unavailable> {
        let table = self.table()?;
        call(&self.complaint, || table.first())
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> Result<u64, Unavailable> {
        let table = self.table()?;
        call(&self.complaint, || table.len())
    }

    /// Rows in the order of their keys.
    pub(crate) fn range<'a, KR: Borrow<K::SelfType<'a>> + 'a>(
        &self,
        range: impl RangeBounds<KR> + 'a,
    ) -> Result<Rows<'_, K, V>, Unavailable> {
        let table = self.table()?;
        let rows = call(&self.complaint, || ReadableTable::range(table, range))?;
        Ok(Rows { rows: Some(rows), complaint: &self.complaint })
    }

    /// All rows.
    pub(crate) fn iter(&self) -> Result<Rows<'_, K, V>, Unavailable> {
        self.range::<K::SelfType<'_>>(..)
    }
}

/// Rows of a table. They end behind the first that is unavailable.
pub(crate) struct Rows<'t, K: Key + 'static, V: Value + 'static> {
    rows: Option<redb::Range<'t, K, V>>,
    complaint: &'t Complaint,
}

/// A row.
pub(crate) type Row<'t, K, V> = (AccessGuard<'t, K>, AccessGuard<'t, V>);

impl<'t, K: Key + 'static, V: Value + 'static> Rows<'t, K, V> {
    fn advance(
        &mut self,
        step: impl FnOnce(&mut redb::Range<'t, K, V>) -> Option<Result<Row<'t, K, V>, redb::StorageError>>,
    ) -> Option<Result<Row<'t, K, V>, Unavailable>> {
        let rows = self.rows.as_mut()?;
        let row = call(self.complaint, || step(rows).transpose()).transpose();
        if matches!(row, Some(Err(_))) {
            // An iterator that was left by unwinding is not used any more.
            self.rows = None;
        }
        row
    }
}

impl<'t, K: Key + 'static, V: Value + 'static> Iterator for Rows<'t, K, V> {
    type Item = Result<Row<'t, K, V>, Unavailable>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance(Iterator::next)
    }
}

impl<K: Key + 'static, V: Value + 'static> DoubleEndedIterator for Rows<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.advance(DoubleEndedIterator::next_back)
    }
}

/// A reader's call. Its errors become [`Unavailable`].
fn call<T>(
    complaint: &Complaint,
    call: impl FnOnce() -> Result<T, redb::StorageError>,
) -> Result<T, Unavailable> {
    match engine::read(call) {
        Ok(Ok(value)) => Ok(value),
        Err(Unwound::Damage(_)) => Err(Unavailable::Damage),
        // Another database has replaced it meanwhile.
        Ok(Err(redb::StorageError::DatabaseClosed)) => Err(Unavailable::Store),
        Ok(Err(error)) => {
            complaint.make(&error);
            Err(Unavailable::Store)
        }
        Err(error @ Unwound::Panic(_)) => {
            complaint.make(&error);
            Err(Unavailable::Store)
        }
    }
}
