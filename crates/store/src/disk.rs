//! The storage of the database: a file that only its owner can read, or memory in tests.

use crate::damage::Damaged;
use crate::directory::{self, AccessError};
use crate::disk_file::DiskFile;
use crate::engine::{self, Unwound};
use crate::header;
use crate::lock::FileLock;
use crate::overlay::Overlay;
use crate::page_cache::{Doubt, Watched};
use crate::preallocated::Preallocated;
use crate::verified::{Severed, Verified};
use crate::view::Complaint;
use redb::{Builder, Database, DatabaseError};
use rustix::fs::Advice;
use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The reason for which a database could not be opened, before any of it was read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiskError {
    /// The file or its directory has the wrong kind, owner or permissions.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The file is empty.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
    /// The operating system returned an error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The engine refused to open it.
    #[error(transparent)]
    Engine(#[from] DatabaseError),
    /// A call into the engine unwound.
    #[error(transparent)]
    Unwound(#[from] Unwound),
}

/// The storage of a database. It is opened once at the start, and again after every fault.
pub(crate) trait Disk: Debug + Send + 'static {
    /// True if there is a database.
    fn is_there(&mut self) -> Result<bool, DiskError>;

    /// A disk for a new database. An unfinished one that was there before is removed.
    fn begin(&mut self) -> Result<Box<dyn DiskFile>, DiskError>;

    /// Makes the new database, complete and closed, the one that is found from now on, also after a power
    /// loss.
    fn adopt(&mut self) -> Result<(), DiskError>;

    /// The disk of the database. All data read from it was either read from the medium, or written since
    /// without an error.
    fn disk(&mut self) -> Result<Box<dyn DiskFile>, DiskError>;

    /// True if the last process closed the database.
    fn was_closed(&mut self) -> Result<bool, DiskError>;

    /// The lock that keeps other processes away.
    fn lock(&self) -> Option<Arc<FileLock>>;

    /// Bytes that may still be written; None if that is not known.
    fn free_bytes(&self) -> Option<u64>;
}

/// An open database, which can be cut off from its disk.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) database: Database,
    pub(crate) complaint: Arc<Complaint>,
    severed: Severed,
    is_for_readers: bool,
}

impl Engine {
    fn open<D: DiskFile>(verified: Verified<D>, builder: &Builder) -> Result<Self, DiskError> {
        let severed = verified.severed();
        let database = engine::write(|| builder.create_with_backend(verified))??;
        Ok(Self { database, complaint: Arc::default(), severed, is_for_readers: false })
    }

    /// True if it comes from [`open_for_readers`].
    pub(crate) const fn is_for_readers(&self) -> bool {
        self.is_for_readers
    }

    /// Writes the data that makes the next opening quick.
    ///
    /// # Errors
    /// Writing failed. No committed data is lost by it.
    pub(crate) fn close(self) -> Result<(), DiskError> {
        Ok(engine::write(|| self.database.close())??)
    }

    /// Cuts the engine off: it neither reads nor writes its disk any more. Readers still have the pages
    /// in its memory.
    pub(crate) fn sever(&self) {
        self.severed.sever();
    }

    /// A flag that tells if the engine was cut off.
    pub(crate) fn severed(&self) -> Severed {
        self.severed.clone()
    }
}

/// Opens the database on a medium.
pub(crate) fn open(
    medium: &mut dyn Disk,
    builder: &Builder,
    damaged: &Arc<Damaged>,
) -> Result<Engine, DiskError> {
    let disk = medium.disk()?;
    damaged.forget_written();
    Engine::open(Verified::new(disk, medium.lock(), Arc::clone(damaged)), builder)
}

/// Opens the database for readers alone: the engine's writes do not reach the disk.
pub(crate) fn open_for_readers(
    medium: &mut dyn Disk,
    builder: &Builder,
    damaged: &Arc<Damaged>,
) -> Result<Engine, DiskError> {
    let disk = Overlay::new(medium.disk()?)?;
    damaged.forget_written();
    let engine = Engine::open(Verified::new(disk, medium.lock(), Arc::clone(damaged)), builder)?;
    Ok(Engine { is_for_readers: true, ..engine })
}

/// Makes an empty database on a disk of [`Disk::begin`].
pub(crate) fn create(disk: Box<dyn DiskFile>, builder: &Builder) -> Result<Database, DiskError> {
    Ok(builder.create_with_backend(Verified::new(disk, None, Arc::default()))?)
}

/// A file in a data directory.
#[derive(Debug)]
pub(crate) struct DataFile {
    path: PathBuf,
    open: fn(&Path) -> Result<Opened, DiskError>,
    opened: Option<Opened>,
}

#[derive(Debug)]
struct Opened {
    file: File,
    lock: Option<Arc<FileLock>>,
    doubt: Arc<Doubt>,
    was_closed: bool,
}

impl DataFile {
    pub(crate) const fn at(path: PathBuf) -> Self {
        Self { path, open: Opened::at, opened: None }
    }

    /// The same file, for readers alone.
    pub(crate) const fn to_verify(path: PathBuf) -> Self {
        Self { path, open: Opened::to_verify, opened: None }
    }

    fn opened(&mut self) -> Result<&Opened, DiskError> {
        let opened = match self.opened.take() {
            Some(opened) => opened,
            None => (self.open)(&self.path)?,
        };
        Ok(self.opened.insert(opened))
    }
}

impl Opened {
    fn at(path: &Path) -> Result<Self, DiskError> {
        let file = directory::open_private(path)?;
        let lock = Arc::new(FileLock::new(file.try_clone()?)?);
        Self::of(file, path, Some(lock))
    }

    /// A file system that was mounted read-only, as Linux does after errors, has no other process that
    /// writes. The kernel drops its cached pages of the file where it can, so that the disk itself is
    /// read.
    fn to_verify(path: &Path) -> Result<Self, DiskError> {
        let opened = match directory::open_private(path) {
            Err(AccessError::Io { source, .. }) if source.kind() == io::ErrorKind::ReadOnlyFilesystem => {
                Self::of(directory::open_private_for_reading(path)?, path, None)?
            }
            Ok(_) | Err(_) => Self::at(path)?,
        };
        let _ = rustix::fs::fadvise(&opened.file, 0, None, Advice::DontNeed);
        Ok(opened)
    }

    fn of(file: File, path: &Path, lock: Option<Arc<FileLock>>) -> Result<Self, DiskError> {
        if file.metadata()?.len() == 0 {
            return Err(DiskError::Empty(path.to_owned()));
        }
        let was_closed = header::was_closed(&file)?;
        let doubt = Arc::new(if was_closed { Doubt::none() } else { Doubt::all() });
        Ok(Self { file, lock, doubt, was_closed })
    }
}

impl Disk for DataFile {
    fn is_there(&mut self) -> Result<bool, DiskError> {
        Ok(directory::is_there(&self.path)?)
    }

    fn begin(&mut self) -> Result<Box<dyn DiskFile>, DiskError> {
        Ok(Box::new(directory::begin(&self.path)?))
    }

    fn adopt(&mut self) -> Result<(), DiskError> {
        Ok(directory::adopt(&self.path)?)
    }

    fn disk(&mut self) -> Result<Box<dyn DiskFile>, DiskError> {
        let path = Arc::from(self.path.as_path());
        let Opened { file, doubt, .. } = self.opened()?;
        let (file, doubt) = (file.try_clone()?, Arc::clone(doubt));
        Ok(Box::new(Preallocated::new(Watched { file, path, doubt })?))
    }

    fn was_closed(&mut self) -> Result<bool, DiskError> {
        Ok(self.opened()?.was_closed)
    }

    fn lock(&self) -> Option<Arc<FileLock>> {
        self.opened.as_ref()?.lock.clone()
    }

    fn free_bytes(&self) -> Option<u64> {
        let free = rustix::fs::fstatvfs(&self.opened.as_ref()?.file).ok()?;
        let blocks = if rustix::process::geteuid().is_root() { free.f_bfree } else { free.f_bavail };
        Some(blocks.saturating_mul(free.f_frsize))
    }
}
