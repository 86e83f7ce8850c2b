//! The faults of a store: one that does not open, one whose engine fails, a transaction without an outcome,
//! and an answer that is not known.

use crate::command::CommandError;
use crate::damage::Damage;
use crate::directory::AccessError;
use crate::engine;
use crate::schema::FORMAT_VERSION;
use crate::unreadable;
use jeton_domain::record::UnreadableRecord;
use jeton_domain::refusal::OperationError;
use std::path::PathBuf;

/// The reason for which a store did not open. The operator must act.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or file breaks a rule of [`crate::directory`].
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Another process has the store open.
    #[error("another process is using the store at {}; stop it first", .0.display())]
    InUse(PathBuf),
    /// The file is not a store, or a damaged one.
    #[error("{} is not a Jeton store, or it is damaged; run jeton verify for details", .0.display())]
    NotAStore(PathBuf),
    /// The file is empty.
    #[error(
        "{} is empty: the store that was here is lost; put a backup in its place. For a new, empty store \
         remove this file and server.key",
        .0.display()
    )]
    Empty(PathBuf),
    /// A page that is needed for opening is damaged.
    #[error("the store is damaged: {0}; restore a backup, and run jeton verify for details")]
    DamagedPage(Damage),
    /// The store was written by another version of Jeton.
    #[error(
        "the store has format {found}, this version of jeton reads format {FORMAT_VERSION}; \
         use the version that wrote it"
    )]
    OtherFormat {
        /// The format version of the file.
        found: u64,
    },
    /// The digests in the store were made with another key.
    #[error("the server key does not belong to this store; put back the key file that was created with it")]
    WrongKey,
    /// The store is that of a node.
    #[error("this store is one of several servers on a database: give that with --database")]
    OfACluster,
    /// Reading or writing failed.
    #[error("opening the store: {0}")]
    Io(#[source] Box<redb::Error>),
    /// A row without which the store can't be opened is missing or damaged.
    #[error("the store's entry {0} is missing or damaged; restore a backup")]
    Damaged(&'static str),
}

/// A failure of the engine below. The store has to be reopened.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct EngineError(Box<redb::Error>);

impl<E: Into<redb::Error>> From<E> for EngineError {
    fn from(error: E) -> Self {
        Self(Box::new(error.into()))
    }
}

impl EngineError {
    /// The damaged page that caused the failure.
    pub(crate) fn damage(&self) -> Option<Damage> {
        engine::damage_of(&self.0)
    }

    /// True if the disk had no room for what was to be written.
    pub(crate) fn is_lack_of_room(&self) -> bool {
        is_lack_of_room(&self.0)
    }
}

impl OpenError {
    /// True if the disk had no room for what opening writes.
    pub(crate) fn is_lack_of_room(&self) -> bool {
        matches!(self, Self::Io(error) if is_lack_of_room(error))
    }
}

fn is_lack_of_room(error: &redb::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error, redb::Error::Io(error) if matches!(error.kind(), StorageFull | QuotaExceeded))
}

impl From<EngineError> for OpenError {
    fn from(fault: EngineError) -> Self {
        Self::Io(fault.0)
    }
}

/// Reasons for which a command has no outcome: it is rejected, the record it needs is corrupt, or the
/// engine failed.
pub(crate) enum TransactionError {
    Rejected(CommandError),
    EngineError(EngineError),
}

impl From<CommandError> for TransactionError {
    fn from(rejection: CommandError) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<OperationError> for TransactionError {
    fn from(refusal: OperationError) -> Self {
        if let OperationError::Unreadable(record) = refusal {
            unreadable::log(record);
        }
        Self::Rejected(refusal.into())
    }
}

impl From<EngineError> for TransactionError {
    fn from(fault: EngineError) -> Self {
        Self::EngineError(fault)
    }
}

impl From<redb::Error> for TransactionError {
    fn from(error: redb::Error) -> Self {
        Self::EngineError(error.into())
    }
}

impl From<redb::StorageError> for TransactionError {
    fn from(error: redb::StorageError) -> Self {
        Self::EngineError(error.into())
    }
}

impl From<redb::TableError> for TransactionError {
    fn from(error: redb::TableError) -> Self {
        Self::EngineError(error.into())
    }
}

/// The answer is not known at the moment. This says nothing about the existence of the requested object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The store can't be read or written; it is being reopened.
    #[error("the store is unavailable")]
    Store,
    /// A page of the store that the answer depends on is damaged.
    #[error("a part of the store is damaged")]
    Damage,
    /// A record that the answer depends on can't be read.
    #[error(transparent)]
    Record(#[from] UnreadableRecord),
}
