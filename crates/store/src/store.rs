//! The handle that the server holds: it submits commands and gives the latest snapshot.

use crate::assertions::Assertions;
use crate::check::Check;
use crate::client_cache::ClientCache;
use crate::command::{Command, CommandBatch, CommandError, CommandResult};
use crate::damage::{Damage, Damaged};
use crate::directory::{self, DATABASE_FILE};
use crate::disk::{DataFile, Disk, DiskError, Engine};
use crate::disk_file::DiskFile;
use crate::fault::{OpenError, Unavailable};
use crate::health::{Health, SharedWrites};
use crate::ids::Ids;
use crate::journal::{Journal, JournalError};
use crate::last_uses::LastUses;
use crate::limits::QUEUE_COMMANDS_MAX;
use crate::open;
use crate::options::Options;
use crate::recheck::Recheck;
use crate::retry::Retry;
use crate::rounds::Rounds;
use crate::sharing::{ChangeNames, Sharing};
use crate::snapshot::Snapshot;
use crate::writer::{Engines, Message, Writer};
use arc_swap::{ArcSwapOption, Guard};
use jeton_domain::admin::Outcome;
use jeton_domain::time::{Careful, Moment, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The clocks of the machine.
pub trait Clock: Send + Sync {
    /// The wall clock, as it is believed. It may go back: see `docs/` of the server's implementation.
    fn now(&self) -> Timestamp;
    /// The time since a fixed but arbitrary point, on a clock that never jumps.
    fn uptime(&self) -> Duration;
    /// Continues from the last reading of the wall clock that an earlier process stored.
    fn resume(&self, last: Timestamp);
}

/// The careful clock: its stored reading at the opening of the store, plus the time that has passed
/// since. Where several servers share a journal it is as far as the one that is furthest.
#[derive(Debug)]
pub(crate) struct CarefulClock {
    opened: Duration,
    begun: AtomicU64,
}

impl CarefulClock {
    pub(crate) fn resumed(begun: Careful, clock: &dyn Clock) -> Self {
        Self { opened: clock.uptime(), begun: AtomicU64::new(begun.0) }
    }

    pub(crate) fn moment(&self, clock: &dyn Clock) -> Moment {
        let begun = Careful(self.begun.load(Ordering::Relaxed));
        Moment { wall: clock.now(), careful: begun.after(self.passed(clock)) }
    }

    /// Tells other servers how far it is, and follows the one that is further.
    pub(crate) fn exchange(&self, clock: &dyn Clock, journal: &dyn Journal) {
        let furthest = journal.careful(self.moment(clock).careful);
        self.begun.fetch_max(furthest.0.saturating_sub(self.passed(clock)), Ordering::Relaxed);
    }

    fn passed(&self, clock: &dyn Clock) -> u64 {
        clock.uptime().saturating_sub(self.opened).as_secs()
    }
}

/// WriterState since the opening of the store, and the length of its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Durable transactions.
    pub commits: u64,
    /// Commands answered by these transactions.
    pub commands: u64,
    /// Expired rows that were deleted.
    pub forgotten: u64,
    /// Commands in the queue of the writer.
    pub waiting: usize,
}

/// State that the handle and the writer share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// None of a server alone.
    pub(crate) rounds: Option<Arc<Rounds>>,
    pub(crate) published: ArcSwapOption<Snapshot>,
    pub(crate) waiting: AtomicUsize,
    pub(crate) cache: Arc<ClientCache>,
    pub(crate) writes: SharedWrites,
    pub(crate) damaged: Arc<Damaged>,
    pub(crate) ids: Ids,
    pub(crate) careful: CarefulClock,
    commits: AtomicU64,
    commands: AtomicU64,
    forgotten: AtomicU64,
}

impl Shared {
    pub(crate) fn snapshot(&self) -> Result<SnapshotGuard, Unavailable> {
        let guard = self.published.load();
        if guard.is_some() { Ok(SnapshotGuard(guard)) } else { Err(Unavailable::Store) }
    }

    pub(crate) fn count(&self, answers: &[Vec<CommandResult>], forgotten: u64) {
        let answered: usize = answers.iter().map(Vec::len).sum();
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.commands.fetch_add(answered as u64, Ordering::Relaxed);
        self.forgotten.fetch_add(forgotten, Ordering::Relaxed);
    }
}

/// The latest snapshot, held for the length of a lookup.
#[derive(Debug)]
pub struct SnapshotGuard(Guard<Option<Arc<Snapshot>>>);

impl std::ops::Deref for SnapshotGuard {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        self.0.as_ref().expect("a guard is made only around a published snapshot")
    }
}

/// An open store.
pub struct Store {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    sender: Sender<Message>,
    check: Option<Check>,
    /// The disk, for readers of damaged pages.
    disk: Arc<dyn DiskFile>,
    recheck: Option<Recheck>,
    writer: Option<JoinHandle<()>>,
}

/// Begins to compare all pages if the last process did not close the store. An error is logged and does
/// not stop the opening.
fn check_if_left_open(medium: &mut dyn Disk, engine: &Engine, damaged: &Arc<Damaged>) -> Option<Check> {
    let begin = |medium: &mut dyn Disk| match medium.was_closed()? {
        true => Ok(None),
        false => Check::begin(engine, medium.disk()?, damaged).map(Some),
    };
    begin(medium).unwrap_or_else(|error: DiskError| {
        tracing::warn!(%error, "checking the store in the background failed");
        None
    })
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in a data directory, or creates it there.
    ///
    /// # Errors
    /// [`OpenError`] names the action that the operator has to take.
    pub fn open(directory: &Path, options: Options, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        Self::open_shared(directory, options, clock, None)
    }

    /// As [`Self::open`], for a server that shares a journal with others.
    ///
    /// # Errors
    /// [`OpenError`] names the action that the operator has to take.
    pub fn open_shared(
        directory: &Path,
        options: Options,
        clock: Arc<dyn Clock>,
        journal: Option<Arc<dyn Journal>>,
    ) -> Result<Self, OpenError> {
        directory::prepare(directory)?;
        let path = directory.join(DATABASE_FILE);
        let mut store = Self::open_on(Box::new(DataFile::at(path.clone())), path, options, clock, journal)?;
        match Recheck::begin(Arc::clone(&store.disk), Arc::clone(&store.shared.damaged)) {
            Ok(recheck) => store.recheck = Some(recheck),
            Err(error) => tracing::warn!(%error, "damaged pages are not rechecked in the background"),
        }
        Ok(store)
    }

    pub(crate) fn open_on(
        mut medium: Box<dyn Disk>,
        path: PathBuf,
        options: Options,
        clock: Arc<dyn Clock>,
        journal: Option<Arc<dyn Journal>>,
    ) -> Result<Self, OpenError> {
        let damaged = Arc::new(Damaged::default());
        let is_new = !medium.is_there().map_err(|error| open::refusal(error, &path))?;
        let (engine, state) = open::open_or_create(medium.as_mut(), &options, clock.now(), &path, &damaged)?;
        if state.is_node && journal.is_none() {
            return Err(OpenError::OfACluster);
        }
        let check = if is_new { None } else { check_if_left_open(medium.as_mut(), &engine, &damaged) };
        clock.resume(state.clocks.wall);
        let careful = CarefulClock::resumed(state.clocks.careful, clock.as_ref());
        let cache = Arc::new(ClientCache::new());
        let snapshot = Snapshot::open(&engine, &state, &cache)?;
        let (sender, receiver) = mpsc::channel();
        let rounds = journal.as_ref().map(|journal| {
            let sender = sender.clone();
            let catch_up = Box::new(move |_| {
                // A writer that has ended applies nothing more, and its store is closed.
                let _ = sender.send(Message::CatchUp);
            });
            careful.exchange(clock.as_ref(), journal.as_ref());
            Rounds::new(Arc::clone(journal), state.position, catch_up)
        });
        let shared = Arc::new(Shared {
            rounds: rounds.clone(),
            published: ArcSwapOption::from_pointee(snapshot),
            waiting: AtomicUsize::new(0),
            cache,
            writes: SharedWrites::default(),
            damaged,
            ids: Ids::seeded(options.id_seed.wrapping_add(1)),
            careful,
            commits: AtomicU64::new(0),
            commands: AtomicU64::new(0),
            forgotten: AtomicU64::new(0),
        });
        let disk = medium.disk().map_err(|error| open::refusal(error, &path))?.into();
        let names = ChangeNames::seeded(options.id_seed);
        let sharing = journal.zip(rounds);
        let sharing = sharing.map(|(journal, rounds)| Sharing { journal, rounds, names });
        let writer = Writer {
            medium,
            path,
            options,
            clock: Arc::clone(&clock),
            shared: Arc::clone(&shared),
            receiver,
            engines: Engines::of(engine),
            retry: Retry::default(),
            is_full: false,
            forget_not_before: None,
            state,
            uses: LastUses::default(),
            assertions: Assertions::default(),
            batch_delay: None,
            sharing,
        };
        let writer = std::thread::Builder::new()
            .name("jeton-writer".into())
            .spawn(move || writer.run())
            .map_err(|error| OpenError::Io(Box::new(redb::Error::Io(error))))?;
        Ok(Self { shared, clock, sender, check, disk, recheck: None, writer: Some(writer) })
    }

    /// The store as the last commit left it.
    ///
    /// # Errors
    /// [`Unavailable`] while it is being reopened after an I/O error.
    pub fn snapshot(&self) -> Result<SnapshotGuard, Unavailable> {
        self.shared.snapshot()
    }

    /// Calls `done` once the snapshots have all that was acknowledged by any server before this call, or if
    /// that can't be known. A server alone calls it at once.
    pub fn confirm(&self, done: impl FnOnce(Result<(), JournalError>) + Send + 'static) {
        match &self.shared.rounds {
            Some(rounds) => {
                let (shared, clock, journal) =
                    (Arc::clone(&self.shared), Arc::clone(&self.clock), Arc::clone(rounds.journal()));
                rounds.join(Box::new(move |result| {
                    shared.careful.exchange(clock.as_ref(), journal.as_ref());
                    done(result);
                }));
            }
            None => done(Ok(())),
        }
    }

    /// True if other servers share the journal.
    pub fn is_shared(&self) -> bool {
        self.shared.rounds.is_some()
    }

    /// Hands commands to the writer. The batch's reply is called exactly once: after the commit, or at
    /// once with [`CommandError::QueueFull`] when too many commands wait.
    pub fn submit(&self, batch: CommandBatch) {
        let commands = batch.commands.len();
        let waiting = self.shared.waiting.fetch_add(commands, Ordering::Relaxed);
        if waiting.saturating_add(commands) > QUEUE_COMMANDS_MAX {
            self.shared.waiting.fetch_sub(commands, Ordering::Relaxed);
            return batch.reject(CommandError::QueueFull);
        }
        if let Err(mpsc::SendError(Message::CommandBatch(batch))) =
            self.sender.send(Message::CommandBatch(batch))
        {
            batch.reject(CommandError::Unavailable);
        }
    }

    /// Executes one command and waits until it is durable. For callers that may block.
    ///
    /// # Errors
    /// The command's [`CommandError`].
    pub fn execute(&self, command: Command) -> Result<Outcome, CommandError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.submit(CommandBatch::new(vec![command], move |answers| {
            for answer in answers {
                // The receiver waits below; it can't be gone.
                let _ = sender.send(answer);
            }
        }));
        receiver.recv().unwrap_or(Err(CommandError::Unavailable)).map(|applied| applied.outcome)
    }

    /// The current time, on both clocks.
    pub fn moment(&self) -> Moment {
        self.shared.careful.moment(self.clock.as_ref())
    }

    /// A new id for a client or a credential.
    pub fn next_id(&self, now: Timestamp) -> u64 {
        self.shared.ids.next(now)
    }

    /// The state of reads, writes and pages at the moment.
    pub fn health(&self) -> Health {
        let now = Instant::now();
        Health {
            reads: self.shared.published.load().is_some() && !self.shared.damaged.is_withheld(now),
            writes: self.shared.writes.get(now),
            damaged_pages: self.shared.damaged.len(),
            damaged_parts: self.shared.damaged.parts(),
            journal: self.shared.rounds.as_ref().map(|rounds| rounds.error().map_or(Ok(()), Err)),
        }
    }

    /// Waits for the end of the check after an unclean stop.
    #[cfg(any(test, feature = "testing"))]
    pub fn wait_for_check(&mut self) {
        self.check.iter_mut().for_each(Check::wait);
    }

    /// Reads damaged pages again, as the server does on a thread of its own.
    #[cfg(any(test, feature = "testing"))]
    pub fn recheck_damage(&self) {
        self.shared.damaged.recheck(self.disk.as_ref(), &std::sync::atomic::AtomicBool::new(false));
    }

    /// The damaged pages found so far.
    pub fn damage(&self) -> Vec<Damage> {
        self.shared.damaged.list()
    }

    /// WriterState since the opening, and the length of the queue.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            commits: self.shared.commits.load(Ordering::Relaxed),
            commands: self.shared.commands.load(Ordering::Relaxed),
            forgotten: self.shared.forgotten.load(Ordering::Relaxed),
            waiting: self.shared.waiting.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Store {
    /// Answers the waiting commands, writes the remembered uses, and closes the database.
    fn drop(&mut self) {
        self.check = None;
        self.recheck = None;
        // The writer may have ended already; then there is nothing left to stop.
        let _ = self.sender.send(Message::Stop);
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}
