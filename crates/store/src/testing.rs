//! Disks for tests: memory that outlives the database on it and fails on demand.
//!
//! Not part of the program. The engine above it is the real one, and so is all of our code. The disk
//! behaves as Linux does: written data is read back from a cache, and a sync that fails leaves the cache
//! as if there were no dirty data any more.

mod power_loss;

pub use power_loss::{Loss, Trace};

use crate::disk::{Disk, DiskError};
use crate::disk_file::DiskFile;
use crate::fault::OpenError;
use crate::header;
use crate::journal::Journal;
use crate::lock::FileLock;
use crate::options::Options;
use crate::store::{Clock, Store};
use crate::verified::Verified;
use crate::verify::{self, Report};
use jeton_domain::time::Timestamp;
use power_loss::{DiskOperation, File};
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

const BLOCK_BYTES: usize = 4096;

/// A disk in memory, with one database on it.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk(Arc<Platter>);

#[derive(Debug, Default)]
struct Platter {
    /// The database as it is read.
    bytes: Mutex<Vec<u8>>,
    /// The database as it is after a power loss, and the blocks that no sync has brought there.
    durable: Mutex<Durable>,
    /// A database that is not adopted yet.
    unfinished: Mutex<Vec<u8>>,
    faults: Mutex<Faults>,
    operations: AtomicU64,
    syncs: AtomicU64,
    was_closed: AtomicBool,
    trace: Mutex<Option<Trace>>,
}

#[derive(Debug, Default)]
struct Durable {
    bytes: Vec<u8>,
    dirty: BTreeSet<usize>,
    /// True if a sync failed: data that is read may never become durable.
    is_doubtful: bool,
}

#[derive(Debug, Default)]
struct Faults {
    writes_left: Option<u64>,
    syncs_fail: bool,
    nth: Option<Nth>,
    free_bytes: Option<u64>,
    unreadable: BTreeSet<u64>,
}

/// The operation that fails.
#[derive(Debug, Clone, Copy)]
pub struct Nth {
    /// Its number, counted from the call of [`MemoryDisk::fail_nth`].
    pub number: u64,
    /// The kind of failure.
    pub kind: Failure,
    /// True if all operations after it fail as well, until the disk is healed.
    pub sticky: bool,
}

/// A kind of failure of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// An I/O error.
    Io,
    /// The disk is full. Reads and syncs still work.
    NoRoom,
    /// A write does the first half and fails.
    Short,
    /// A sync fails. No other operation does.
    Sync,
}

impl MemoryDisk {
    /// After `writes` more writes every write fails, as on a full or broken disk.
    pub fn fail_after(&self, writes: u64) {
        self.faults().writes_left = Some(writes);
    }

    /// From now on every sync fails.
    pub fn fail_syncs(&self) {
        self.faults().syncs_fail = true;
    }

    /// From now on operations are counted, and one of them fails.
    pub fn fail_nth(&self, nth: Nth) {
        self.0.operations.store(0, Ordering::SeqCst);
        self.faults().nth = Some(nth);
    }

    /// True if the operation of [`Self::fail_nth`] has occurred.
    pub fn has_failed(&self) -> bool {
        let number = self.faults().nth.map(|nth| nth.number);
        number.is_some_and(|number| self.0.operations.load(Ordering::SeqCst) > number)
    }

    /// From now on this many bytes are free.
    pub fn set_free_bytes(&self, free: u64) {
        self.faults().free_bytes = Some(free);
    }

    /// From now on reading the page at this offset fails.
    pub fn make_unreadable(&self, offset: u64) {
        self.faults().unreadable.insert(offset);
    }

    /// The disk works again.
    pub fn heal(&self) {
        *self.faults() = Faults::default();
    }

    /// The number of syncs.
    pub fn syncs(&self) -> u64 {
        self.0.syncs.load(Ordering::SeqCst)
    }

    /// A copy of its present content, as a crash of the process would leave it.
    #[must_use]
    pub fn image(&self) -> Self {
        Self::with(self.bytes().clone())
    }

    /// A copy of its synced content, as a power loss would leave it that takes everything else.
    #[must_use]
    pub fn synced_image(&self) -> Self {
        Self::with(self.durable().bytes.clone())
    }

    /// A disk with these bytes as its database. Without bytes it has no database.
    pub fn with(bytes: Vec<u8>) -> Self {
        let disk = Self::default();
        disk.durable().bytes.clone_from(&bytes);
        *disk.bytes() = bytes;
        disk
    }

    /// From now on all operations are recorded.
    pub fn record(&self) {
        let begin = self.bytes().clone();
        *self.lock(&self.0.trace) = Some(Trace::from(begin));
    }

    /// The operations recorded so far.
    ///
    /// # Panics
    /// Recording was not started.
    pub fn trace(&self) -> Trace {
        self.lock(&self.0.trace).clone().expect("the test has started recording")
    }

    /// The number of operations recorded so far.
    pub fn trace_len(&self) -> usize {
        self.lock(&self.0.trace).as_ref().map_or(0, Trace::len)
    }

    /// Opens a store on it.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(&self, options: Options, clock: Arc<dyn Clock>) -> Result<Store, OpenError> {
        self.open_shared(options, clock, None)
    }

    /// Opens a store on it, of a server that shares a journal.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_shared(
        &self,
        options: Options,
        clock: Arc<dyn Clock>,
        journal: Option<Arc<dyn Journal>>,
    ) -> Result<Store, OpenError> {
        Store::open_on(Box::new(self.clone()), PathBuf::from("memory"), options, clock, journal)
    }

    /// Verifies the store on it.
    ///
    /// # Errors
    /// As [`verify::verify`].
    pub fn verify(&self, options: &Options) -> Result<Report, OpenError> {
        verify::verify_on(&mut self.clone(), &PathBuf::from("memory"), options)
    }

    /// The database on it, opened by the engine without our layers in between.
    ///
    /// # Errors
    /// The engine refuses it.
    pub fn plain_database(&self) -> Result<redb::Database, redb::DatabaseError> {
        let verified = Verified::new(self.file(), None, Arc::default());
        redb::Builder::new().create_with_backend(verified)
    }

    /// Overwrites a record of a closed database with invalid bytes.
    ///
    /// # Panics
    /// There is no such record, or the engine refuses the database.
    pub fn spoil<K: redb::Key + 'static>(&self, table: &str, key: K::SelfType<'_>) {
        let database = self.plain_database().expect("the database is closed");
        let write = database.begin_write().expect("the disk works");
        {
            let definition = redb::TableDefinition::<K, &[u8]>::new(table);
            let mut table = write.open_table(definition).expect("the table has this type");
            let old = table.insert(key, [0xff; 9].as_slice()).expect("the disk works");
            assert!(old.is_some(), "there was a record");
        }
        write.commit().expect("the disk works");
    }

    pub(crate) fn file(&self) -> MemoryFile {
        MemoryFile { disk: self.clone(), file: File::Database }
    }

    /// The bytes of the database.
    pub fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.lock(&self.0.bytes)
    }

    fn durable(&self) -> MutexGuard<'_, Durable> {
        self.lock(&self.0.durable)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.lock(&self.0.faults)
    }

    #[expect(clippy::unused_self, reason = "reads like the methods around it")]
    fn lock<'a, T>(&self, mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
        mutex.lock().expect("no test panics while it holds the disk")
    }

    fn note(&self, operation: impl FnOnce() -> DiskOperation) {
        if let Some(trace) = self.lock(&self.0.trace).as_mut() {
            trace.push(operation());
        }
    }

    /// The kind of failure, if this operation is the one that fails.
    fn fault(&self, applies: impl FnOnce(Failure) -> bool) -> Option<Failure> {
        let number = self.0.operations.fetch_add(1, Ordering::SeqCst);
        let nth = self.faults().nth?;
        let comes = if nth.sticky { number >= nth.number } else { number == nth.number };
        (comes && applies(nth.kind)).then_some(nth.kind)
    }

    fn spend_write(&self) -> io::Result<()> {
        match &mut self.faults().writes_left {
            None => Ok(()),
            Some(0) => Err(io::ErrorKind::StorageFull.into()),
            Some(left) => {
                *left = left.saturating_sub(1);
                Ok(())
            }
        }
    }
}

impl Failure {
    fn error(self) -> io::Error {
        match self {
            Self::Io | Self::Short | Self::Sync => io::Error::other("injected failure"),
            Self::NoRoom => io::ErrorKind::StorageFull.into(),
        }
    }
}

/// One of the two files of a disk.
#[derive(Debug)]
pub(crate) struct MemoryFile {
    disk: MemoryDisk,
    file: File,
}

impl MemoryFile {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        match self.file {
            File::Database => self.disk.bytes(),
            File::Unfinished => self.disk.lock(&self.disk.0.unfinished),
        }
    }

    /// Writes without a check for failures.
    fn put(&self, offset: usize, data: &[u8]) -> io::Result<()> {
        let end = offset.saturating_add(data.len());
        self.bytes().get_mut(offset..end).ok_or(io::ErrorKind::UnexpectedEof)?.copy_from_slice(data);
        self.disk.note(|| DiskOperation::Write { file: self.file, offset, data: data.to_vec() });
        if self.file == File::Database {
            self.disk.durable().dirty.extend(offset / BLOCK_BYTES..end.div_ceil(BLOCK_BYTES));
        }
        Ok(())
    }
}

impl DiskFile for MemoryFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if let Some(failure) = self.disk.fault(|kind| kind == Failure::Io) {
            return Err(failure.error());
        }
        if self.disk.faults().unreadable.contains(&offset) {
            return Err(Failure::Io.error());
        }
        let start = to_index(offset)?;
        let bytes = self.bytes();
        let end = start.saturating_add(out.len());
        out.copy_from_slice(bytes.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if let Some(failure) = self.disk.fault(|kind| kind != Failure::Sync) {
            return Err(failure.error());
        }
        self.disk.spend_write()?;
        let len = to_index(len)?;
        self.bytes().resize(len, 0);
        if self.file == File::Database {
            self.disk.durable().bytes.resize(len, 0);
        }
        self.disk.note(|| DiskOperation::SetLen { file: self.file, len });
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let fails = self.disk.fault(|kind| matches!(kind, Failure::Io | Failure::Sync)).is_some();
        let mut durable = self.disk.durable();
        let dirty = std::mem::take(&mut durable.dirty);
        if fails || self.disk.faults().syncs_fail {
            durable.is_doubtful |= !dirty.is_empty();
            return Err(Failure::Sync.error());
        }
        if self.file == File::Database {
            let bytes = self.disk.bytes();
            for block in dirty {
                let place = block * BLOCK_BYTES..((block + 1) * BLOCK_BYTES).min(bytes.len());
                if let (Some(to), Some(from)) = (durable.bytes.get_mut(place.clone()), bytes.get(place)) {
                    to.copy_from_slice(from);
                }
            }
        }
        self.disk.0.syncs.fetch_add(1, Ordering::SeqCst);
        self.disk.note(|| DiskOperation::Sync(self.file));
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let start = to_index(offset)?;
        match self.disk.fault(|kind| kind != Failure::Sync) {
            Some(Failure::Short) => {
                self.put(start, data.get(..data.len() / 2).unwrap_or_default())?;
                return Err(Failure::Short.error());
            }
            Some(failure) => return Err(failure.error()),
            None => {}
        }
        self.disk.spend_write()?;
        self.put(start, data)
    }
}

fn to_index(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput.into())
}

impl Disk for MemoryDisk {
    fn is_there(&mut self) -> Result<bool, DiskError> {
        let is_there = !self.bytes().is_empty();
        // Read before the engine opens the database.
        let was_closed = is_there && header::was_closed(&self.file())?;
        self.0.was_closed.store(was_closed, Ordering::SeqCst);
        Ok(is_there)
    }

    fn begin(&mut self) -> Result<Box<dyn DiskFile>, DiskError> {
        self.lock(&self.0.unfinished).clear();
        self.note(|| DiskOperation::SetLen { file: File::Unfinished, len: 0 });
        Ok(Box::new(MemoryFile { disk: self.clone(), file: File::Unfinished }))
    }

    fn adopt(&mut self) -> Result<(), DiskError> {
        MemoryFile { disk: self.clone(), file: File::Unfinished }.sync()?;
        let bytes = std::mem::take(&mut *self.lock(&self.0.unfinished));
        self.durable().bytes.clone_from(&bytes);
        *self.bytes() = bytes;
        self.note(|| DiskOperation::Rename);
        self.note(|| DiskOperation::SyncDirectory);
        Ok(())
    }

    /// Data that no sync brought to the disk is dropped, as the kernel is made to do.
    fn disk(&mut self) -> Result<Box<dyn DiskFile>, DiskError> {
        let mut durable = self.durable();
        if std::mem::take(&mut durable.is_doubtful) {
            let bytes = durable.bytes.clone();
            durable.dirty.clear();
            self.note(|| DiskOperation::Forget);
            *self.bytes() = bytes;
        }
        drop(durable);
        Ok(Box::new(self.file()))
    }

    fn was_closed(&mut self) -> Result<bool, DiskError> {
        Ok(self.0.was_closed.load(Ordering::SeqCst))
    }

    fn lock(&self) -> Option<Arc<FileLock>> {
        None
    }

    fn free_bytes(&self) -> Option<u64> {
        self.faults().free_bytes
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct TestClock {
    wall: AtomicU64,
    uptime: AtomicU64,
}

impl TestClock {
    /// A clock that shows `now`.
    pub fn at(now: u64) -> Arc<Self> {
        Arc::new(Self { wall: AtomicU64::new(now), uptime: AtomicU64::new(0) })
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: u64) {
        self.wall.fetch_add(seconds, Ordering::SeqCst);
        self.uptime.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Sets the wall clock. No time passes.
    pub fn set_wall(&self, now: u64) {
        self.wall.store(now, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.wall.load(Ordering::SeqCst))
    }

    fn uptime(&self) -> Duration {
        Duration::from_secs(self.uptime.load(Ordering::SeqCst))
    }

    fn resume(&self, _: Timestamp) {}
}
