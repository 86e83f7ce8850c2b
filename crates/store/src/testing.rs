//! Disks for tests: memory that outlives the database on it and fails on demand.
//!
//! Not part of the program. The engine above it is the real one.

use crate::medium::{Medium, MediumError};
use crate::open::{OpenError, Options};
use crate::store::{Clock, Store};
use jeton_oauth::time::Timestamp;
use redb::{Builder, Database, StorageBackend};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// A disk in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk(Arc<Platter>);

#[derive(Debug, Default)]
struct Platter {
    bytes: Mutex<Vec<u8>>,
    writes_left: AtomicU64,
    limited: AtomicBool,
    sync_fails: AtomicBool,
    syncs: AtomicU64,
}

impl MemoryDisk {
    /// After `writes` more writes every write fails, as on a full or broken disk.
    pub fn fail_after(&self, writes: u64) {
        self.0.writes_left.store(writes, Ordering::SeqCst);
        self.0.limited.store(true, Ordering::SeqCst);
    }

    /// From now on every sync fails.
    pub fn fail_syncs(&self) {
        self.0.sync_fails.store(true, Ordering::SeqCst);
    }

    /// The disk works again.
    pub fn heal(&self) {
        self.0.limited.store(false, Ordering::SeqCst);
        self.0.sync_fails.store(false, Ordering::SeqCst);
    }

    /// How often it was synced.
    pub fn syncs(&self) -> u64 {
        self.0.syncs.load(Ordering::SeqCst)
    }

    /// A copy of what is on it now, as a crash would leave it.
    #[must_use]
    pub fn image(&self) -> Self {
        let disk = Self::default();
        disk.bytes().extend_from_slice(&self.bytes());
        disk
    }

    /// Opens a store on it.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(&self, options: Options, clock: Arc<dyn Clock>) -> Result<Store, OpenError> {
        Store::open_on(Box::new(self.clone()), PathBuf::from("memory"), options, clock)
    }

    /// The bytes on it.
    pub fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.bytes.lock().expect("no test panics while it holds the disk")
    }

    fn spend_write(&self) -> io::Result<()> {
        if !self.0.limited.load(Ordering::SeqCst) {
            return Ok(());
        }
        let spent =
            self.0.writes_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        spent.map(|_| ()).map_err(|_| io::ErrorKind::StorageFull.into())
    }
}

impl StorageBackend for MemoryDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let start = to_index(offset)?;
        let bytes = self.bytes();
        let end = start.saturating_add(out.len());
        out.copy_from_slice(bytes.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.spend_write()?;
        let len = to_index(len)?;
        self.bytes().resize(len, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.0.sync_fails.load(Ordering::SeqCst) {
            return Err(io::Error::other("injected sync failure"));
        }
        self.0.syncs.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.spend_write()?;
        let start = to_index(offset)?;
        let mut bytes = self.bytes();
        let end = start.saturating_add(data.len());
        bytes.get_mut(start..end).ok_or(io::ErrorKind::UnexpectedEof)?.copy_from_slice(data);
        Ok(())
    }
}

fn to_index(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput.into())
}

impl Medium for MemoryDisk {
    fn open(&self, builder: &Builder) -> Result<Database, MediumError> {
        Ok(builder.create_with_backend(self.clone())?)
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

    /// Time passes.
    pub fn advance(&self, seconds: u64) {
        self.wall.fetch_add(seconds, Ordering::SeqCst);
        self.uptime.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The wall clock is set; no time passes.
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
