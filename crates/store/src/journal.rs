//! The journal: the one history of changes that several servers share, each of which has the complete state
//! in a store of its own.
//!
//! A server decides a batch on its own store and appends the rows that it changed. The journal takes them if
//! no other server was faster, numbers them, and makes them durable; then every server applies them. A server
//! alone has no journal: its own commit is what makes a change durable.

#[cfg(any(test, feature = "testing"))]
pub mod memory;

use crate::command::UsedAssertion;
use jeton_domain::time::Careful;
use std::time::Duration;

/// The random name of a change set. Numbers alone do not name a history: after a failover to an older copy,
/// other changes have the same numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChangeId(pub [u8; 16]);

/// A point of the history: the number of change sets, and the name of the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The number of change sets up to here.
    pub revision: u64,
    /// The last one.
    pub id: ChangeId,
}

impl Position {
    /// The beginning of every history.
    pub const BEGINNING: Self = Self { revision: 0, id: ChangeId([0; 16]) };

    /// The number of bytes of [`Self::to_bytes`].
    pub const BYTES: usize = 24;

    /// The bytes by which a store keeps it.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let (revision, id) = bytes.split_at_mut(8);
        revision.copy_from_slice(&self.revision.to_le_bytes());
        id.copy_from_slice(&self.id.0);
        bytes
    }

    /// Reads these bytes; `None` for any others.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (revision, id) = bytes.split_first_chunk::<8>()?;
        Some(Self { revision: u64::from_le_bytes(*revision), id: ChangeId(id.try_into().ok()?) })
    }
}

/// A row as a change set leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRow {
    /// The number of the table.
    pub table: u8,
    /// The key, as the engine stores it.
    pub key: Vec<u8>,
    /// The value, as the engine stores it; `None` for a row that was removed.
    pub value: Option<Vec<u8>>,
}

/// The rows that one batch changed, each once. Indexes and counts are not among them: every server derives
/// them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// The rows, in the order of table and key.
    pub rows: Vec<ChangedRow>,
}

/// A change set of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The point that it leads to.
    pub at: Position,
    /// The change set before.
    pub previous: ChangeId,
    /// The rows.
    pub set: ChangeSet,
}

/// The result of appending a change set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is durable, and leads from one point to another.
    At {
        /// The point that it leads to.
        at: Position,
        /// The change set before it.
        previous: ChangeId,
    },
    /// The history is no longer where the change set was decided. Nothing was appended.
    Conflict,
    /// No answer came. It may have been appended, or still be appended later: [`Journal::resolve`] settles
    /// that.
    Lost,
}

/// The part of the history after a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// The next change sets, oldest first; a bounded number. Empty at the end of the history.
    Changes(Vec<Change>),
    /// The history no longer goes back that far; the whole state has to be copied.
    Trimmed,
    /// The point is not of this history.
    Fork,
}

/// A use of an assertion, under the random name of its request: the same request may ask again when an answer
/// was lost.
#[derive(Debug, Clone, Copy)]
pub struct AssertionUse {
    /// The assertion.
    pub assertion: UsedAssertion,
    /// The request.
    pub request: [u8; 16],
}

/// The result of using an assertion up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Used {
    /// This request alone used it.
    Now,
    /// Another request used it before.
    Before,
    /// Its client has too many that are remembered.
    TooMany,
}

/// The answer to the question where the history ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Its end, at a time after the question was sent.
    pub at: Position,
    /// The time at which the question was sent, on the clock that counts from the start of the machine.
    pub sent: Duration,
}

/// The reason why the journal does not answer. Nothing is known from it about any change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// No connection.
    #[error("the database can't be reached: {0}")]
    NotReachable(String),
    /// It takes no writes.
    #[error("the database is read-only: it is a standby, or was made one; connect to the primary")]
    ReadOnly,
    /// It has no room.
    #[error("the database's disk is full")]
    Full,
    /// It answers too late, or has no connection left.
    #[error("the database does not answer in time")]
    TooSlow,
    /// It refuses this server.
    #[error("the database refuses this server: {0}")]
    Refused(String),
    /// There is no state in it.
    #[error("the database has no Jeton in it; begin with `jeton cluster init`")]
    NotInitialised,
    /// It is another one than this directory belongs to.
    #[error("the database is of another cluster than this data directory")]
    OtherCluster,
    /// Its history is not the one that this server has.
    #[error(
        "the database has another history than this server: it was restored from an older backup, or a standby \
         that lacked changes took over; to go on with the database's, stop this node, keep its data directory, \
         and start it in an empty one with server.key"
    )]
    Fork,
    /// Its format is too new.
    #[error("the database has format {0}, which needs a newer Jeton")]
    NewerFormat(u32),
    /// Its format is too old.
    #[error("the database has format {0}, which this Jeton can't write; use the version that wrote it")]
    OlderFormat(u32),
    /// It was made with another key.
    #[error("the database was made with another server.key; copy that of another node")]
    OtherKey,
    /// The clocks differ too much.
    #[error("this machine's clock is {0} s off the database's; set it right")]
    ClockOff(i64),
    /// Another server has this one's number.
    #[error("another process took this node's number; is its data directory in use twice?")]
    Replaced,
    /// Something else.
    #[error("the database failed with {0}")]
    Failed(String),
}

/// One history of changes, shared by several servers. All calls end within a time of their own.
pub trait Journal: Send + Sync {
    /// Appends a change set at the end of the history: only behind `on`, or wherever the end is. Success is
    /// durable.
    ///
    /// # Errors
    /// [`JournalError`]; nothing was appended, and nothing will be.
    fn append(&self, on: Option<Position>, id: ChangeId, set: &ChangeSet) -> Result<Appended, JournalError>;

    /// Holds the end of the history: no other server appends until the result is used or dropped.
    ///
    /// # Errors
    /// [`JournalError`].
    fn hold(&self) -> Result<Box<dyn HeldJournal + '_>, JournalError>;

    /// The change sets after a point.
    ///
    /// # Errors
    /// [`JournalError`].
    fn since(&self, from: Position) -> Result<Since, JournalError>;

    /// The point that a change set of unknown fate leads to; `None` if it was not appended. This is a write,
    /// so what it finds is durable. A server that is told `None` appends something before it believes
    /// anything else, so that the lost one can't come later.
    ///
    /// # Errors
    /// [`JournalError`]; its fate is still unknown.
    fn resolve(&self, id: ChangeId) -> Result<Option<Position>, JournalError>;

    /// Uses assertions up: each by one request, whichever server is asked. The results are in the order of
    /// the assertions, and durable.
    ///
    /// # Errors
    /// [`JournalError`]; some may have been used up.
    fn use_up(&self, uses: &[AssertionUse]) -> Result<Vec<Used>, JournalError>;

    /// Takes this server's careful clock, and gives the furthest one that any server was heard to have. Waits
    /// for nothing.
    fn careful(&self, own: Careful) -> Careful;

    /// Takes note that this server has applied everything up to here. Waits for nothing.
    fn applied(&self, at: Position);

    /// Asks where the history ends. `done` is called once, on any thread.
    fn ask(&self, done: Box<dyn FnOnce(Result<Asked, JournalError>) + Send>);
}

/// The end of the history, held.
pub trait HeldJournal {
    /// The end.
    fn end(&self) -> Position;

    /// The change sets after a point, as [`Journal::since`].
    ///
    /// # Errors
    /// [`JournalError`].
    fn since(&mut self, from: Position) -> Result<Since, JournalError>;

    /// Appends a change set, and lets go.
    ///
    /// # Errors
    /// [`JournalError`]; nothing was appended.
    fn append(self: Box<Self>, id: ChangeId, set: &ChangeSet) -> Result<Appended, JournalError>;
}
