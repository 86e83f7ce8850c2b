//! A database for one test, and journals in it.

use crate::server::{PASSWORD, Server, shared};
use jeton_cluster::limits::Deadlines;
use jeton_cluster::{
    Access, Claim, ClusterId, Membership, NewCluster, NodeNumber, PostgresJournal, Run, create,
};
use jeton_domain::time::Careful;
use jeton_store::journal::{
    Appended, Asked, AssertionUse, ChangeId, ChangeSet, ChangedRow, Journal, JournalError, Position,
};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

pub(crate) const KEY_CHECK: &[u8] = b"key check";
pub(crate) const CLUSTER: ClusterId = ClusterId([7; 16]);
pub(crate) const BEGINNING: Position = Position { revision: 0, id: ChangeId([8; 16]) };

/// A database of its own.
pub(crate) struct Database {
    pub(crate) server: &'static Server,
    pub(crate) name: String,
    runs: AtomicU8,
}

/// An empty database of the shared server, without a cluster.
pub(crate) fn empty() -> Option<Database> {
    shared().map(Database::empty_on)
}

/// A database of the shared server with a cluster without rows.
pub(crate) fn initialised() -> Option<Database> {
    shared().map(initialised_on)
}

/// A database of this server with a cluster without rows.
pub(crate) fn initialised_on(server: &'static Server) -> Database {
    let database = Database::empty_on(server);
    database.create(Vec::new()).unwrap();
    database
}

impl Database {
    pub(crate) fn empty_on(server: &'static Server) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        Self::named_on(server, format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    /// An empty database of this name.
    pub(crate) fn named_on(server: &'static Server, name: String) -> Self {
        server.sql("postgres", &format!("CREATE DATABASE {name} OWNER jeton"));
        Self { server, name, runs: AtomicU8::new(1) }
    }

    /// The address at this port.
    pub(crate) fn url(&self, port: u16) -> String {
        format!("postgres://jeton@127.0.0.1:{port}/{}", self.name)
    }

    /// The way in at this port.
    pub(crate) fn access_at(&self, port: u16) -> Access {
        access(&self.url(port))
    }

    pub(crate) fn access(&self) -> Access {
        self.access_at(self.server.port)
    }

    /// Makes a cluster of these rows.
    pub(crate) fn create(&self, rows: Vec<ChangedRow>) -> Result<Position, JournalError> {
        self.create_with(rows, Vec::new())
    }

    pub(crate) fn create_with(
        &self,
        rows: Vec<ChangedRow>,
        assertions: Vec<AssertionUse>,
    ) -> Result<Position, JournalError> {
        create(self.access(), &new_cluster(), rows.into_iter().map(Ok), assertions.into_iter().map(Ok))
    }

    /// A membership of a process of its own.
    pub(crate) fn member(&self, number: Option<NodeNumber>) -> Membership {
        let run = Run([self.runs.fetch_add(1, Ordering::Relaxed); 16]);
        let claim =
            Claim { number, run, name: "a node".to_owned(), version: "1.2.3".to_owned(), settings: vec![1] };
        Membership { cluster: Some(CLUSTER), key_check: KEY_CHECK.to_vec(), at: Some(BEGINNING), claim }
    }

    /// A journal over this way.
    pub(crate) fn journal_over(&self, access: Access) -> PostgresJournal {
        PostgresJournal::open(access, &self.member(None)).unwrap()
    }

    /// A journal with a number of its own.
    pub(crate) fn journal(&self) -> PostgresJournal {
        self.journal_over(self.access())
    }

    pub(crate) fn sql(&self, statements: &str) -> String {
        self.server.sql(&self.name, statements)
    }

    /// Waits until a statement says `true`.
    pub(crate) fn await_true(&self, statement: &str) {
        until(statement, || self.sql(statement) == "t");
    }
}

/// The way in by this address.
pub(crate) fn access(url: &str) -> Access {
    let password = Some(PASSWORD.to_owned().into());
    // Others use the machine at the same time.
    let deadlines = Deadlines { question: Duration::from_secs(3), ..Deadlines::default() };
    Access { address: url.parse().unwrap(), password, deadlines }
}

pub(crate) fn new_cluster() -> NewCluster {
    NewCluster {
        cluster: CLUSTER,
        beginning: BEGINNING.id,
        key_check: KEY_CHECK.to_vec(),
        careful: Careful(1_000),
        upload: [1; 16],
    }
}

/// Waits until something is true, and fails after half a minute.
pub(crate) fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_true() {
        assert!(begun.elapsed() < Duration::from_secs(30), "never: {what}");
        std::thread::yield_now();
    }
}

pub(crate) fn id(byte: u8) -> ChangeId {
    ChangeId([byte; 16])
}

pub(crate) fn put(table: u8, key: &[u8], value: &[u8]) -> ChangedRow {
    ChangedRow { table, key: key.to_vec(), value: Some(value.to_vec()) }
}

pub(crate) fn removed(table: u8, key: &[u8]) -> ChangedRow {
    ChangedRow { table, key: key.to_vec(), value: None }
}

/// A change set that puts one row.
pub(crate) fn set(byte: u8) -> ChangeSet {
    ChangeSet { rows: vec![put(1, &[byte], &[byte, byte])] }
}

/// Appends, and returns the point that it led to.
pub(crate) fn appended(
    journal: &dyn Journal,
    on: Option<Position>,
    change: ChangeId,
    set: &ChangeSet,
) -> Position {
    match journal.append(on, change, set).unwrap() {
        Appended::At { at, .. } => at,
        other => panic!("{other:?}"),
    }
}

/// The answer to a question.
pub(crate) fn ask(journal: &dyn Journal) -> Result<Asked, JournalError> {
    let (sender, receiver) = sync_channel(1);
    journal.ask(Box::new(move |answer| sender.send(answer).unwrap()));
    receiver.recv().unwrap()
}
