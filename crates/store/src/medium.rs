//! What the database lies on: a file that only its owner can read, or memory in tests.

use crate::blocks::Prefilled;
use crate::directory::{self, AccessError};
use redb::{Builder, Database, DatabaseError};
use std::fmt::Debug;
use std::path::PathBuf;

/// Why a database could not be opened, before anything in it was read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MediumError {
    /// The file or its directory has the wrong kind, owner or permissions.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The engine refused it.
    #[error(transparent)]
    Engine(#[from] DatabaseError),
}

/// Opens the database, as often as it takes: once at start, and again after every I/O error.
pub(crate) trait Medium: Debug + Send + 'static {
    fn open(&self, builder: &Builder) -> Result<Database, MediumError>;
}

/// A file in a data directory.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
}

impl Medium for File {
    fn open(&self, builder: &Builder) -> Result<Database, MediumError> {
        let (file, created) = directory::open_private(&self.path)?;
        let database = builder.create_with_backend(Prefilled::new(file)?)?;
        if created {
            // The file's name must survive a power loss before anything in it is acknowledged.
            directory::sync_parent(&self.path)?;
        }
        Ok(database)
    }
}
