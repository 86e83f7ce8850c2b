//! What the database lies on: a file that only its owner can read, or memory in tests.

use crate::blocks::Prefilled;
use crate::damage::Damaged;
use crate::directory::{self, AccessError};
use crate::disk::Disk;
use crate::engine::{self, Unwound};
use crate::lock::FileLock;
use crate::overlay::Overlay;
use crate::page_cache::{Doubt, Watched};
use crate::verified::{Severed, Verified};
use crate::view::Complaint;
use redb::{Builder, Database, DatabaseError};
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
}

/// Opens the database on a medium.
pub(crate) fn open(
    medium: &mut dyn Medium,
    builder: &Builder,
    damaged: &Arc<Damaged>,
) -> Result<Engine, MediumError> {
    let disk = medium.disk()?;
    Engine::open(Verified::new(disk, medium.lock(), Arc::clone(damaged)), builder)
}

/// Opens the database for readers alone: nothing of what the engine writes reaches the disk.
pub(crate) fn open_for_readers(
    medium: &mut dyn Medium,
    builder: &Builder,
    damaged: &Arc<Damaged>,
) -> Result<Engine, MediumError> {
    let disk = Overlay::new(medium.disk()?)?;
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
    opened: Option<Opened>,
}

#[derive(Debug)]
struct Opened {
    file: File,
    lock: Arc<FileLock>,
    doubt: Arc<Doubt>,
}

impl DataFile {
    pub(crate) const fn at(path: PathBuf) -> Self {
        Self { path, opened: None }
    }

    fn opened(&mut self) -> Result<&Opened, MediumError> {
        let opened = match self.opened.take() {
            Some(opened) => opened,
            None => Opened::at(&self.path)?,
        };
        Ok(self.opened.insert(opened))
    }
}

impl Opened {
    fn at(path: &Path) -> Result<Self, MediumError> {
        let file = directory::open_private(path)?;
        if file.metadata()?.len() == 0 {
            return Err(MediumError::Empty(path.to_owned()));
        }
        let lock = Arc::new(FileLock::new(file.try_clone()?)?);
        let doubt = if was_closed(&file)? { Doubt::none() } else { Doubt::all() };
        Ok(Self { file, lock, doubt: Arc::new(doubt) })
    }
}

/// Whether the engine closed the file: the second bit of the header's tenth byte says that it has it open.
fn was_closed(file: &File) -> io::Result<bool> {
    let mut header = [0; 10];
    Ok(file.metadata()?.len() >= 10 && {
        Disk::read(file, 0, &mut header)?;
        let [.., flags] = header;
        flags & 2 == 0
    })
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

    fn lock(&self) -> Option<Arc<FileLock>> {
        self.opened.as_ref().map(|opened| Arc::clone(&opened.lock))
    }

    fn free_bytes(&self) -> Option<u64> {
        let free = rustix::fs::fstatvfs(&self.opened.as_ref()?.file).ok()?;
        let blocks = if rustix::process::geteuid().is_root() { free.f_bfree } else { free.f_bavail };
        Some(blocks.saturating_mul(free.f_frsize))
    }
}
