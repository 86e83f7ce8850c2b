//! What the database lies on: a file that only its owner can read, or memory in tests.

use crate::blocks::Prefilled;
use crate::damage::Damaged;
use crate::directory::{self, AccessError};
use crate::disk::Disk;
use crate::engine::{self, Unwound};
use crate::header;
use crate::lock::FileLock;
use crate::overlay::Overlay;
use crate::page_cache::{Doubt, Watched};
use crate::verified::{Severed, Verified};
use crate::view::Complaint;
use redb::{Builder, Database, DatabaseError};
use rustix::fs::Advice;
use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a database could not be opened, before anything in it was read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MediumError {
    /// The file or its directory has the wrong kind, owner or permissions.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// There is a file with nothing in it.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
    /// The operating system said no.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The engine refused it.
    #[error(transparent)]
    Engine(#[from] DatabaseError),
    /// The engine did not come back.
    #[error(transparent)]
    Unwound(#[from] Unwound),
}

/// Where a database is, opened as often as it takes: once at start, and again after every fault.
pub(crate) trait Medium: Debug + Send + 'static {
    /// Whether there is a database.
    fn is_there(&mut self) -> Result<bool, MediumError>;

    /// A disk for a new database. What was begun there before is gone.
    fn begin(&mut self) -> Result<Box<dyn Disk>, MediumError>;

    /// The database that was begun is whole and closed: from now on it is there, also after a power loss.
    fn adopt(&mut self) -> Result<(), MediumError>;

    /// The disk of the database. Whatever is read from it was read from the medium, or written since and not refused.
    fn disk(&mut self) -> Result<Box<dyn Disk>, MediumError>;

    /// The last process closed the database when it was done with it.
    fn was_closed(&mut self) -> Result<bool, MediumError>;

    /// The lock that keeps other processes away.
    fn lock(&self) -> Option<Arc<FileLock>>;

    /// Bytes that may still be written; None when that is not known.
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
    fn open<D: Disk>(verified: Verified<D>, builder: &Builder) -> Result<Self, MediumError> {
        let severed = verified.severed();
        let database = engine::write(|| builder.create_with_backend(verified))??;
        Ok(Self { database, complaint: Arc::default(), severed, is_for_readers: false })
    }

    /// Whether it is one of [`open_for_readers`].
    pub(crate) const fn is_for_readers(&self) -> bool {
        self.is_for_readers
    }

    /// Writes what makes the next opening quick.
    ///
    /// # Errors
    /// When that fails; nothing is lost by it.
    pub(crate) fn close(self) -> Result<(), MediumError> {
        Ok(engine::write(|| self.database.close())??)
    }

    /// From now on it neither reads nor writes its disk. Readers still have what is in its memory.
    pub(crate) fn sever(&self) {
        self.severed.sever();
    }

    /// Tells others whether that was done.
    pub(crate) fn severed(&self) -> Severed {
        self.severed.clone()
    }
}

/// Opens the database on a medium.
pub(crate) fn open(
    medium: &mut dyn Medium,
    builder: &Builder,
    damaged: &Arc<Damaged>,
) -> Result<Engine, MediumError> {
    let disk = medium.disk()?;
    damaged.forget_written();
    Engine::open(Verified::new(disk, medium.lock(), Arc::clone(damaged)), builder)
}

/// Opens the database for readers alone: nothing of what the engine writes reaches the disk.
pub(crate) fn open_for_readers(
    medium: &mut dyn Medium,
    builder: &Builder,
    damaged: &Arc<Damaged>,
) -> Result<Engine, MediumError> {
    let disk = Overlay::new(medium.disk()?)?;
    damaged.forget_written();
    let engine = Engine::open(Verified::new(disk, medium.lock(), Arc::clone(damaged)), builder)?;
    Ok(Engine { is_for_readers: true, ..engine })
}

/// Makes an empty database on a disk of [`Medium::begin`].
pub(crate) fn create(disk: Box<dyn Disk>, builder: &Builder) -> Result<Database, MediumError> {
    Ok(builder.create_with_backend(Verified::new(disk, None, Arc::default()))?)
}

/// A file in a data directory.
#[derive(Debug)]
pub(crate) struct DataFile {
    path: PathBuf,
    open: fn(&Path) -> Result<Opened, MediumError>,
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

    /// The same, for readers alone.
    pub(crate) const fn to_verify(path: PathBuf) -> Self {
        Self { path, open: Opened::to_verify, opened: None }
    }

    fn opened(&mut self) -> Result<&Opened, MediumError> {
        let opened = match self.opened.take() {
            Some(opened) => opened,
            None => (self.open)(&self.path)?,
        };
        Ok(self.opened.insert(opened))
    }
}

impl Opened {
    fn at(path: &Path) -> Result<Self, MediumError> {
        let file = directory::open_private(path)?;
        let lock = Arc::new(FileLock::new(file.try_clone()?)?);
        Self::of(file, path, Some(lock))
    }

    /// A file system that was mounted for reading alone, as Linux does after errors, has no other process that writes. What the
    /// kernel keeps of the file is let go of where that can be had, so that the disk is read.
    fn to_verify(path: &Path) -> Result<Self, MediumError> {
        let opened = match directory::open_private(path) {
            Err(AccessError::Io { source, .. }) if source.kind() == io::ErrorKind::ReadOnlyFilesystem => {
                Self::of(directory::open_private_for_reading(path)?, path, None)?
            }
            Ok(_) | Err(_) => Self::at(path)?,
        };
        let _ = rustix::fs::fadvise(&opened.file, 0, None, Advice::DontNeed);
        Ok(opened)
    }

    fn of(file: File, path: &Path, lock: Option<Arc<FileLock>>) -> Result<Self, MediumError> {
        if file.metadata()?.len() == 0 {
            return Err(MediumError::Empty(path.to_owned()));
        }
        let was_closed = header::was_closed(&file)?;
        let doubt = Arc::new(if was_closed { Doubt::none() } else { Doubt::all() });
        Ok(Self { file, lock, doubt, was_closed })
    }
}

impl Medium for DataFile {
    fn is_there(&mut self) -> Result<bool, MediumError> {
        Ok(directory::is_there(&self.path)?)
    }

    fn begin(&mut self) -> Result<Box<dyn Disk>, MediumError> {
        Ok(Box::new(directory::begin(&self.path)?))
    }

    fn adopt(&mut self) -> Result<(), MediumError> {
        Ok(directory::adopt(&self.path)?)
    }

    fn disk(&mut self) -> Result<Box<dyn Disk>, MediumError> {
        let path = Arc::from(self.path.as_path());
        let Opened { file, doubt, .. } = self.opened()?;
        let (file, doubt) = (file.try_clone()?, Arc::clone(doubt));
        Ok(Box::new(Prefilled::new(Watched { file, path, doubt })?))
    }

    fn was_closed(&mut self) -> Result<bool, MediumError> {
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
