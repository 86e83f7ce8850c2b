//! Opening a store: is it one, is it ours, is it of a format that we know?
//!
//! A new database gets its metadata and all tables in one transaction, so it has all of them or
//! none. Opening an existing one reads a handful of rows, whatever its size.

use crate::changes::Changes;
use crate::codec::Corrupt;
use crate::directory::AccessError;
use crate::ids::Ids;
use crate::medium::{Medium, MediumError};
use crate::schema::{
    ACCESS_TOKENS, CLIENT_NAMES, CLIENTS, FORMAT_VERSION, LAST_USES, META_CLOCK, META_DEFAULT_PROJECT,
    META_FORMAT, META_ID, META_KEY_CHECK, META_ORGANIZATION, META_SEQUENCE, METADATA, PROJECTS,
};
use crate::{limits, records};
use jeton_oauth::client::Text;
use jeton_oauth::id::ProjectId;
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::Sequence;
use redb::{Database, DatabaseError, ReadableDatabase, StorageError, TableError};
use std::path::PathBuf;

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes of page cache.
    pub cache_bytes: usize,
    /// The server key's check value ([`jeton_secret::Keys::check_value`]): tells whether the key and
    /// the database belong together.
    pub key_check: [u8; 32],
}

impl Options {
    /// The defaults, for a server key.
    pub const fn new(key_check: [u8; 32]) -> Self {
        Self { cache_bytes: limits::CACHE_BYTES, key_check }
    }
}

/// Why a store did not open. The operator must act.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or file is not as it must be.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Another process has it open.
    #[error("another process is using the store at {}; stop it first", .0.display())]
    InUse(PathBuf),
    /// A file that is no store, or a damaged one.
    #[error("{} is not a Jeton store, or it is damaged", .0.display())]
    NotAStore(PathBuf),
    /// Written by a newer version.
    #[error(
        "the store has format {found}, this version of jeton reads up to {FORMAT_VERSION}; use a newer jeton"
    )]
    NewerFormat {
        /// The file's format.
        found: u64,
    },
    /// The digests in it were made with another key.
    #[error("the server key does not belong to this store; put the key file back that was created with it")]
    WrongKey,
    /// Reading or writing failed.
    #[error("opening the store: {0}")]
    Io(#[source] Box<redb::Error>),
    /// A record does not decode.
    #[error("opening the store: {0}")]
    Corrupt(#[from] Corrupt),
}

/// A failure of the engine below; the store has to be reopened.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Fault(Box<redb::Error>);

impl<E: Into<redb::Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(Box::new(error.into()))
    }
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        Self::Io(fault.0)
    }
}

/// The counters that the writer continues from; a copy is changed in each batch and kept when the
/// batch was committed.
#[derive(Debug, Clone)]
pub(crate) struct Counters {
    pub(crate) sequence_next: Sequence,
    pub(crate) sequence_reserved: Sequence,
    pub(crate) clock_highest: Timestamp,
    pub(crate) id_highest: u64,
    pub(crate) organization: u64,
    pub(crate) default_project: ProjectId,
    pub(crate) changes: Changes,
}

/// Opens the database on a medium and reads its counters.
pub(crate) fn open(
    medium: &dyn Medium,
    options: &Options,
    now: Timestamp,
    name: &std::path::Path,
) -> Result<(Database, Counters), OpenError> {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(options.cache_bytes);
    let database = medium.open(&builder).map_err(|error| match error {
        MediumError::Access(error) => OpenError::Access(error),
        MediumError::Engine(DatabaseError::DatabaseAlreadyOpen) => OpenError::InUse(name.to_owned()),
        MediumError::Engine(DatabaseError::Storage(StorageError::Corrupted(_))) => {
            OpenError::NotAStore(name.to_owned())
        }
        MediumError::Engine(DatabaseError::Storage(StorageError::Io(error)))
            if error.kind() == std::io::ErrorKind::InvalidData =>
        {
            OpenError::NotAStore(name.to_owned())
        }
        MediumError::Engine(error) => OpenError::Io(Box::new(error.into())),
    })?;
    if is_empty(&database)? {
        initialise(&database, options, now)?;
    }
    let counters = read_counters(&database, options, name)?;
    Ok((database, counters))
}

fn is_empty(database: &Database) -> Result<bool, Fault> {
    let read = database.begin_read()?;
    let mut tables = read.list_tables()?;
    Ok(tables.next().is_none())
}

fn initialise(database: &Database, options: &Options, now: Timestamp) -> Result<(), OpenError> {
    let ids = Ids::after(0);
    let (organization, project) = (ids.next(now), ids.next(now));
    let mut write = database.begin_write().map_err(Fault::from)?;
    write.set_quick_repair(true);
    {
        let mut metadata = write.open_table(METADATA).map_err(Fault::from)?;
        let numbers = [
            (META_FORMAT, FORMAT_VERSION),
            (META_CLOCK, now.0),
            (META_SEQUENCE, 1),
            (META_ID, project),
            (META_ORGANIZATION, organization),
            (META_DEFAULT_PROJECT, project),
        ];
        for (name, number) in numbers {
            metadata.insert(name, number.to_le_bytes().as_slice()).map_err(Fault::from)?;
        }
        metadata.insert(META_KEY_CHECK, options.key_check.as_slice()).map_err(Fault::from)?;
        let mut projects = write.open_table(PROJECTS).map_err(Fault::from)?;
        let name = Text::new("Default").map_err(|_| Corrupt)?;
        projects.insert(project, records::write_project(&name, now)?.as_slice()).map_err(Fault::from)?;
        write.open_table(CLIENTS).map_err(Fault::from)?;
        write.open_table(CLIENT_NAMES).map_err(Fault::from)?;
        write.open_table(LAST_USES).map_err(Fault::from)?;
        write.open_table(ACCESS_TOKENS).map_err(Fault::from)?;
    }
    write.commit().map_err(Fault::from)?;
    Ok(())
}

fn read_counters(
    database: &Database,
    options: &Options,
    name: &std::path::Path,
) -> Result<Counters, OpenError> {
    let read = database.begin_read().map_err(Fault::from)?;
    let metadata = match read.open_table(METADATA) {
        Ok(metadata) => metadata,
        Err(TableError::Storage(error)) => return Err(Fault::from(error).into()),
        Err(_) => return Err(OpenError::NotAStore(name.to_owned())),
    };
    let number = |name: &str| -> Result<u64, OpenError> {
        let value = metadata.get(name).map_err(Fault::from)?.ok_or(Corrupt)?;
        Ok(u64::from_le_bytes(value.value().try_into().map_err(|_| Corrupt)?))
    };
    // The format decides what the rest means, so it is read first.
    match number(META_FORMAT)? {
        FORMAT_VERSION => {}
        0 => return Err(Corrupt.into()),
        found => return Err(OpenError::NewerFormat { found }),
    }
    let key_check = metadata.get(META_KEY_CHECK).map_err(Fault::from)?.ok_or(Corrupt)?;
    if key_check.value() != options.key_check {
        return Err(OpenError::WrongKey);
    }
    let sequence = Sequence(number(META_SEQUENCE)?);
    Ok(Counters {
        sequence_next: sequence,
        sequence_reserved: sequence,
        clock_highest: Timestamp(number(META_CLOCK)?),
        id_highest: number(META_ID)?,
        organization: number(META_ORGANIZATION)?,
        default_project: ProjectId(number(META_DEFAULT_PROJECT)?),
        changes: Changes::at_opening(),
    })
}
