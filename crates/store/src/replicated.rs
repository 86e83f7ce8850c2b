//! A store as one of several: which cluster it belongs to, its rows for the database, and a store made of the
//! database's rows.

use crate::assertions::Assertions;
use crate::batch::Batch;
use crate::command::UsedAssertion;
use crate::damage::Damaged;
use crate::directory::DATABASE_FILE;
use crate::disk::{self, DataFile, Disk, Engine};
use crate::expiry::Forgettable;
use crate::fault::{EngineError, OpenError};
use crate::journal::{ChangeSet, ChangedRow, JournalError, Position};
use crate::last_uses::LastUses;
use crate::limits::COPIED_ROWS;
use crate::open;
use crate::options::Options;
use crate::raw::{RawError, TABLES};
use crate::schema::{
    EXPIRIES, META_CAREFUL, META_CLOCK, META_FORMAT, META_KEY_CHECK, META_POSITION, META_SHARE, METADATA,
    ORGANIZATIONS, PROJECTS, USED_ASSERTIONS,
};
use crate::writer_state::{self, Salvage, WriterState};
use crate::writing::Writing;
use jeton_domain::id::ClientId;
use jeton_domain::time::{Careful, Moment, Timestamp};
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable};
use std::path::Path;
use std::sync::Arc;

/// A store's place in a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The random name of the cluster.
    pub cluster: [u8; 16],
    /// The number of the node.
    pub node: u16,
    /// The point of the history that the store has.
    pub at: Position,
}

/// The reason why a store can't be made of a cluster's rows, or a cluster of a store's.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The store.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<EngineError> for CopyError {
    fn from(error: EngineError) -> Self {
        Self::Store(error.into())
    }
}

impl From<RawError> for CopyError {
    fn from(error: RawError) -> Self {
        match error {
            RawError::Engine(error) => error.into(),
            RawError::Unfit(unfit) => Self::Journal(unfit.into()),
        }
    }
}

/// A store that no server has open, in a data directory.
#[derive(Debug)]
pub struct Offline {
    engine: Engine,
    state: WriterState,
}

impl Offline {
    /// Opens it.
    ///
    /// # Errors
    /// [`OpenError`] names the action that the operator has to take.
    pub fn open(directory: &Path, options: &Options) -> Result<Self, OpenError> {
        let path = directory.join(DATABASE_FILE);
        let mut medium = DataFile::at(path.clone());
        let (engine, state) = open::open(&mut medium, options, &path, &Arc::default())?;
        Ok(Self { engine, state })
    }

    /// Its place in a cluster; `None` if it is a server's alone.
    ///
    /// # Errors
    /// [`OpenError`] if it can't be read.
    pub fn share(&self) -> Result<Option<Share>, OpenError> {
        let read = self.engine.database.begin_read().map_err(EngineError::from)?;
        let metadata = read.open_table(METADATA.definition()).map_err(EngineError::from)?;
        let Some(row) = metadata.get(META_SHARE).map_err(EngineError::from)? else { return Ok(None) };
        let (cluster, node) = row.value().split_first_chunk::<16>().ok_or(OpenError::Damaged(META_SHARE))?;
        let node = node.try_into().map_err(|_| OpenError::Damaged(META_SHARE))?;
        let (cluster, node) = (*cluster, u16::from_le_bytes(node));
        Ok(Some(Share { cluster, node, at: self.state.position }))
    }

    /// The careful clock.
    pub const fn careful(&self) -> Careful {
        self.state.clocks.careful
    }

    /// Makes it one of a cluster, or a server's alone, and closes it.
    ///
    /// # Errors
    /// [`OpenError`] if it can't be written.
    pub fn set_share(self, share: Option<Share>) -> Result<(), OpenError> {
        let mut write = self.engine.database.begin_write().map_err(EngineError::from)?;
        write.set_quick_repair(true);
        put_share(&Writing::new(&write), share)?;
        write.commit().map_err(EngineError::from)?;
        self.engine.close().map_err(|error| open::refusal(error, Path::new(DATABASE_FILE)))
    }

    /// The assertions that were used up and have not expired. There are at most a few hundred thousand.
    ///
    /// # Errors
    /// [`OpenError`] if the store can't be read.
    pub fn assertions(&self) -> Result<Vec<UsedAssertion>, OpenError> {
        let read = || -> Result<Vec<UsedAssertion>, EngineError> {
            let read = self.engine.database.begin_read()?;
            let used = read.open_table(USED_ASSERTIONS)?;
            let mut found = Vec::new();
            for row in read.open_table(EXPIRIES.definition())?.iter()? {
                let (key, until) = row?;
                if let Some(Forgettable::UsedAssertion(digest)) = Forgettable::of_key(key.value())
                    && let Some(client) = used.get(digest)?
                {
                    let (client, digest) = (ClientId(client.value()), digest.to_be_bytes());
                    found.push(UsedAssertion { client, digest, until: Timestamp(until.value()) });
                }
            }
            Ok(found)
        };
        Ok(read()?)
    }

    /// All rows that the servers of a cluster share, in the order of table and key.
    ///
    /// # Errors
    /// [`OpenError`] if the store can't be read.
    pub fn rows(&self) -> Result<StoredRows, OpenError> {
        let read = self.engine.database.begin_read().map_err(EngineError::from)?;
        Ok(StoredRows { read, table: 0, after: None, part: Vec::new().into_iter() })
    }
}

/// The shared rows of a store. Each is an error in the end if the store can't be read.
pub struct StoredRows {
    read: ReadTransaction,
    table: usize,
    after: Option<Vec<u8>>,
    part: std::vec::IntoIter<ChangedRow>,
}

impl std::fmt::Debug for StoredRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredRows").field("table", &self.table).finish_non_exhaustive()
    }
}

impl Iterator for StoredRows {
    type Item = Result<ChangedRow, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.part.find(is_shared) {
                return Some(Ok(row));
            }
            let table = TABLES.get(self.table)?;
            match table.rows(&self.read, self.after.as_deref(), COPIED_ROWS) {
                Ok(rows) => {
                    self.after = rows.last().map(|row| row.key.clone());
                    if rows.is_empty() {
                        self.table = self.table.saturating_add(1);
                    }
                    self.part = rows.into_iter();
                }
                Err(error) => {
                    self.table = usize::MAX;
                    return Some(Err(JournalError::Failed(format!("reading this server's store: {error}"))));
                }
            }
        }
    }
}

/// False for the rows of the metadata that are each server's own.
fn is_shared(row: &ChangedRow) -> bool {
    let own = [META_FORMAT, META_KEY_CHECK, META_CLOCK, META_CAREFUL, META_POSITION, META_SHARE];
    row.table != METADATA.number() || !own.iter().any(|name| name.as_bytes() == row.key)
}

/// Makes the store of a node that joins a cluster, from the rows that `next` gives until it gives none. The
/// history from `share.at` on is still to be applied. A copy that breaks off leaves no store.
///
/// # Errors
/// [`CopyError`].
pub fn copy_into(
    directory: &Path,
    options: &Options,
    share: Share,
    now: Moment,
    next: &mut dyn FnMut() -> Result<Vec<ChangedRow>, JournalError>,
) -> Result<(), CopyError> {
    let path = directory.join(DATABASE_FILE);
    let refused = |error| open::refusal(error, &path);
    let mut medium = DataFile::at(path.clone());
    let disk = medium.begin().map_err(refused)?;
    let database = disk::create(disk, &open::builder(options)).map_err(refused)?;
    open::create(&database, options, now.wall)?;
    clear(&database, share, now)?;
    let mut salvage = Salvage { medium: &mut medium, damaged: &Damaged::default() };
    let mut state = writer_state::read(&database, options, &mut salvage)?;
    let (mut uses, mut assertions) = (LastUses::default(), Assertions::default());
    loop {
        let rows = next()?;
        if rows.is_empty() {
            break;
        }
        let transaction = begin(&database)?;
        let writing = Writing::new(&transaction);
        let mut batch = Batch::open(&writing, &mut state, &mut uses, &mut assertions, now)?;
        batch.apply_set(&ChangeSet { rows })?;
        drop(writing);
        transaction.commit().map_err(EngineError::from)?;
    }
    database.close().map_err(|error| OpenError::from(EngineError::from(redb::Error::from(error))))?;
    Ok(medium.adopt().map_err(refused)?)
}

/// Removes what a new store begins with, and writes what is this server's own.
fn clear(database: &Database, share: Share, now: Moment) -> Result<(), CopyError> {
    let transaction = begin(database)?;
    let writing = Writing::new(&transaction);
    for table in [ORGANIZATIONS, PROJECTS] {
        let mut table = writing.open_table(table).map_err(EngineError::from)?;
        let keys = table.iter().map_err(EngineError::from)?.map(|row| row.map(|(key, _)| key.value()));
        let keys: Vec<u64> = keys.collect::<Result<_, _>>().map_err(EngineError::from)?;
        for key in keys {
            table.remove(key).map_err(EngineError::from)?;
        }
    }
    let mut metadata = writing.open_table(METADATA).map_err(EngineError::from)?;
    let careful = now.careful.0.to_le_bytes();
    metadata.insert_own(META_CAREFUL, careful.as_slice()).map_err(EngineError::from)?;
    drop(metadata);
    put_share(&writing, Some(share))?;
    drop(writing);
    Ok(transaction.commit().map_err(EngineError::from)?)
}

fn begin(database: &Database) -> Result<redb::WriteTransaction, EngineError> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}

fn put_share(writing: &Writing<'_>, share: Option<Share>) -> Result<(), EngineError> {
    let mut metadata = writing.open_table(METADATA)?;
    match share {
        Some(Share { cluster, node, at }) => {
            let row = [cluster.as_slice(), &node.to_le_bytes()].concat();
            metadata.insert_own(META_SHARE, row.as_slice())?;
            metadata.insert_own(META_POSITION, at.to_bytes().as_slice())?;
        }
        None => {
            metadata.remove(META_SHARE)?;
            metadata.remove(META_POSITION)?;
        }
    }
    Ok(())
}
