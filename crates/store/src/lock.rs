//! The engine's lock on its file, held as long as this process has the store.
//!
//! The engine takes the lock at every opening. After a fault the new database is opened while the old one
//! still answers readers, so a lock that was taken once stays taken here.

use redb::backends::FileBackend;
use redb::{BackendError, DatabaseError, StorageBackend};
use std::fs::File;
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

/// A range of bytes of a file.
pub(crate) type Range = (Bound<u64>, Bound<u64>);

/// Locks on one file.
#[derive(Debug)]
pub(crate) struct FileLock {
    file: FileBackend,
    held: Mutex<Vec<Range>>,
}

impl FileLock {
    pub(crate) fn new(file: File) -> Result<Self, DatabaseError> {
        Ok(Self { file: FileBackend::new(file)?, held: Mutex::default() })
    }

    /// Takes a lock on a range, unless another process has it. A range that this process has already is
    /// granted again.
    pub(crate) fn take(
        &self,
        range: Range,
        take: impl FnOnce(&FileBackend) -> Result<bool, BackendError>,
    ) -> Result<bool, BackendError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.contains(&range) {
            return Ok(true);
        }
        let taken = take(&self.file)?;
        if taken {
            held.push(range);
        }
        Ok(taken)
    }

    /// True if another process has a conflicting lock.
    pub(crate) fn is_taken_elsewhere(&self, (start, end): Range) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}
