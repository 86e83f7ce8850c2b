//! The one thread that writes: gather, decide, commit, publish, answer.
//!
//! Batching policy: take all batches that wait, up to [`BATCH_COMMANDS_MAX`] commands, and commit. While
//! a commit waits for the disk the next batch gathers by itself, so batches grow with the load and with
//! the slowness of the disk. The writer also waits a little for the callers that it has just answered
//! ([`BatchDelay`]). The measurements are in `benches/README.md`, under "How batches form".
//!
//! After a fault the content of the disk is not known: the writer answers [`CommandError::Unavailable`],
//! cuts the database off from its file, and opens it anew, which reads nothing that only the kernel's
//! cache claims to be on the disk ([`crate::page_cache`]). Readers keep the last snapshot meanwhile: all
//! of it was synced. On a disk that takes no writes, readers get a database of their own
//! ([`disk::open_for_readers`]).

mod shared;
mod transaction;

use crate::assertions::Assertions;
use crate::batch_delay::BatchDelay;
use crate::command::{Command, CommandBatch, CommandError, CommandResult};
use crate::disk::{Disk, Engine};
use crate::engine;
use crate::fault::{EngineError, OpenError};
use crate::health::Writes;
use crate::journal::JournalError;
use crate::last_uses::LastUses;
use crate::limits::{
    BATCH_COMMANDS_MAX, CLOCK_STORED_SECONDS, FORGET_IDLE_ROWS, FORGET_PAUSE, FORGET_SLICE_ROWS,
    FREE_BYTES_MIN,
};
use crate::open::{self, Opened};
use crate::options::Options;
use crate::retry::Retry;
use crate::sharing::Sharing;
use crate::snapshot::Snapshot;
use crate::store::{Clock, Shared, SnapshotGuard};
use crate::writer_state::WriterState;
use jeton_domain::admin::Outcome;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// The time after which an idle writer looks again for due rows and uses to flush.
const IDLE_TICK: Duration = Duration::from_secs(1);

/// The messages that the writer receives.
pub(crate) enum Message {
    CommandBatch(CommandBatch),
    /// Apply what other servers changed.
    CatchUp,
    Stop,
}

pub(crate) struct Writer {
    pub(crate) medium: Box<dyn Disk>,
    pub(crate) path: PathBuf,
    pub(crate) options: Options,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) receiver: Receiver<Message>,
    pub(crate) engines: Engines,
    pub(crate) retry: Retry,
    /// True if the disk was found to be full, and the log says so.
    pub(crate) is_full: bool,
    /// Set when a damaged page was met while deleting expired rows.
    pub(crate) forget_not_before: Option<Instant>,
    pub(crate) state: WriterState,
    pub(crate) uses: LastUses,
    pub(crate) assertions: Assertions,
    /// None before the first commit.
    pub(crate) batch_delay: Option<BatchDelay>,
    /// None of a server alone.
    pub(crate) sharing: Option<Sharing>,
}

/// The answers to batches of commands, and the number of expired rows that were deleted with them.
type Done = (Vec<Vec<CommandResult>>, u64);

/// A transaction that was decided and is not committed.
struct Decided {
    answers: Vec<Vec<CommandResult>>,
    forgotten: u64,
    state: WriterState,
    uses_written: bool,
}

/// The open databases.
#[derive(Debug)]
pub(crate) struct Engines {
    /// The database that is written to. None between a fault and the next successful opening.
    live: Option<Engine>,
    /// The database of the readers while there is no live one.
    readers: Option<Engine>,
}

impl Engines {
    pub(crate) const fn of(live: Engine) -> Self {
        Self { live: Some(live), readers: None }
    }
}

/// The part of a transaction that is in progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Deciding,
    Forgetting,
    NotingUses,
    Committing,
}

/// The decision to continue or to stop.
enum Next {
    Continue,
    Stop,
}

impl Writer {
    /// Serves until it is told to stop, then writes the remaining uses and counters and closes the
    /// database.
    pub(crate) fn run(mut self) {
        let mut has_more = false;
        loop {
            self.shared.writes.set_busy(None);
            let message = self.receiver.recv_timeout(self.idle_pause(has_more));
            self.shared.writes.set_busy(Some(Instant::now()));
            match message {
                Ok(Message::CommandBatch(batch)) => {
                    if matches!(self.serve(batch), Next::Stop) {
                        break;
                    }
                }
                Ok(Message::CatchUp) => self.follow(),
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => has_more = self.rest(),
            }
        }
        self.stop();
    }

    /// The time without a command after which the writer does its maintenance: none while there is more
    /// to remove; after a fault, the time until the next attempt.
    fn idle_pause(&self, has_more: bool) -> Duration {
        if has_more {
            return Duration::ZERO;
        }
        let attempt = self.retry.remaining(Instant::now());
        if attempt.is_zero() { IDLE_TICK } else { attempt.min(IDLE_TICK) }
    }

    /// One batch: the first batch and all that wait behind it.
    fn serve(&mut self, first: CommandBatch) -> Next {
        let (mut next, mut follows) = (Next::Continue, false);
        let mut commands = first.commands.len();
        let mut batches = vec![first];
        // While pages are damaged, a command that needs one of them fails all commands committed with it.
        while commands < BATCH_COMMANDS_MAX && self.shared.damaged.len() == 0 {
            match self.one_more(commands) {
                Some(Message::CommandBatch(batch)) => {
                    commands = commands.saturating_add(batch.commands.len());
                    batches.push(batch);
                }
                // The batch that is being gathered comes first, and may catch up by itself.
                Some(Message::CatchUp) => follows = true,
                Some(Message::Stop) => {
                    next = Next::Stop;
                    break;
                }
                None => break,
            }
        }
        self.shared.waiting.fetch_sub(commands, Ordering::Relaxed);
        let is_writable = self.is_writable();
        if batches.iter().all(CommandBatch::only_notes_uses) && !(is_writable && self.is_due()) {
            self.note_uses(batches);
        } else if is_writable {
            // Never fewer rows than these commands may have added.
            self.commit(batches, FORGET_SLICE_ROWS.max(commands));
        } else {
            batches.into_iter().for_each(|batch| batch.reject(CommandError::Unavailable));
        }
        if follows {
            self.follow();
        }
        next
    }

    /// Applies what other servers changed.
    fn follow(&mut self) {
        if self.is_writable() {
            self.catch_up_for_rounds();
        } else if let Some(sharing) = &self.sharing {
            sharing.rounds.failed(&JournalError::Failed("this server's own store".into()));
        }
    }

    /// The next waiting message, or one that comes soon enough to join a batch of this many commands.
    fn one_more(&self, commands: usize) -> Option<Message> {
        self.receiver.try_recv().ok().or_else(|| {
            let left =
                self.batch_delay.and_then(|batch_delay| batch_delay.remaining(commands, Instant::now()))?;
            self.receiver.recv_timeout(left).ok()
        })
    }

    /// Deletes expired rows, removes rows of deleted objects and writes uses in slices while no command
    /// waits, until nothing is left or a command comes. Returns true if there is more.
    fn rest(&mut self) -> bool {
        if let Some(sharing) = &self.sharing {
            // So that a server without requests follows, and its health is known.
            sharing.rounds.join(Box::new(|_| {}));
        }
        self.probe();
        if !self.is_writable() || !self.is_due() {
            return false;
        }
        let forgotten = self.commit(Vec::new(), FORGET_IDLE_ROWS);
        forgotten.is_some_and(|forgotten| forgotten >= FORGET_IDLE_ROWS as u64 || self.has_removals())
    }

    /// True if a transaction may begin now: the database is open, no reader has reported a fault, and
    /// there is room. A transaction that does not begin leaves readers alone.
    fn is_writable(&mut self) -> bool {
        if self.engines.live.as_ref().is_some_and(|live| live.complaint.is_made()) {
            self.recover(&"a reader complained");
        }
        if !self.retry.remaining(Instant::now()).is_zero() {
            return false;
        }
        if self.has_found_what_was_lost() {
            tracing::info!("lost rows of the store can be read again; it is reopened");
            self.let_go();
        }
        if self.engines.live.is_none() {
            self.reopen();
        }
        let has_room = self.has_room();
        if self.engines.live.is_none() {
            return false;
        }
        self.shared.writes.set(if has_room { Writes::Work } else { Writes::NoRoom });
        has_room
    }

    /// True if the disk has room for a batch, as far as the system tells.
    fn has_room(&mut self) -> bool {
        let has_room = self.medium.free_bytes().is_none_or(|free| free >= FREE_BYTES_MIN);
        let was_full = std::mem::replace(&mut self.is_full, !has_room);
        match (was_full, has_room) {
            (false, false) => {
                tracing::error!(
                    "the disk is full; requests that write are refused until there is room, others go on"
                );
            }
            (true, true) => tracing::info!("there is room on the disk again"),
            _ => {}
        }
        has_room
    }

    /// True if there are expired rows to delete, uses to write, or clocks: time that passed without a
    /// commit would be lost by a restart with a clock that was put back.
    fn is_due(&self) -> bool {
        let now = self.shared.careful.moment(self.clock.as_ref());
        let has_expired = |snapshot: SnapshotGuard| snapshot.has_expired(now);
        self.uses.are_due(now.wall)
            || self.state.clocks.careful.after(CLOCK_STORED_SECONDS) <= now.careful
            || self.has_removals()
            || self.may_forget() && self.shared.snapshot().is_ok_and(has_expired)
    }

    /// True if a deleted object still has rows.
    fn has_removals(&self) -> bool {
        self.may_forget() && !self.state.removals.is_empty()
    }

    /// Uses are kept in memory until they are due, so they need no transaction.
    fn note_uses(&mut self, batches: Vec<CommandBatch>) {
        for CommandBatch { commands, reply } in batches {
            let mut answers = Vec::with_capacity(commands.len());
            for command in commands {
                if let Command::NoteUse { credential, at } = command {
                    self.uses.note(credential, at);
                }
                answers.push(Ok(Outcome::Noted.into()));
            }
            reply(answers);
        }
    }

    fn may_forget(&self) -> bool {
        self.forget_not_before.is_none_or(|not_before| not_before <= Instant::now())
    }

    /// Commits batches together and answers them. Returns the number of expired rows that it deleted, or
    /// None if the commit failed.
    fn commit(&mut self, batches: Vec<CommandBatch>, forget_rows_max: usize) -> Option<u64> {
        let (commands, replies): (Vec<_>, Vec<_>) =
            batches.into_iter().map(|batch| (batch.commands, batch.reply)).unzip();
        let lengths: Vec<usize> = commands.iter().map(Vec::len).collect();
        let begun = Instant::now();
        match self.transact(commands, forget_rows_max) {
            Ok((answers, forgotten)) => {
                let waiting = self.shared.waiting.load(Ordering::Relaxed);
                let expected = lengths.iter().sum::<usize>().saturating_add(waiting);
                self.batch_delay =
                    Some(BatchDelay { ended: Instant::now(), took: begun.elapsed(), expected });
                self.shared.count(&answers, forgotten);
                self.retry.worked();
                replies.into_iter().zip(answers).for_each(|(reply, answers)| reply(answers));
                Some(forgotten)
            }
            Err(fault) => {
                self.shared.writes.set(Writes::refused(fault.is_lack_of_room()));
                let nothing = |commands| vec![Err(CommandError::Unavailable); commands];
                replies.into_iter().zip(lengths).for_each(|(reply, commands)| reply(nothing(commands)));
                self.recover(&fault);
                None
            }
        }
    }

    /// Decides all commands in one transaction, makes it durable, and publishes it to readers. Returns
    /// answers only if all of that worked. A panic on the way is a fault.
    fn transact(&mut self, batches: Vec<Vec<Command>>, forget_rows_max: usize) -> Result<Done, EngineError> {
        let mut stage = Stage::Deciding;
        let result = engine::write(|| match self.sharing.is_some() {
            true => self.transact_shared(batches, forget_rows_max, &mut stage),
            false => self.transact_alone(batches, forget_rows_max, &mut stage),
        });
        let fault = match result {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(fault)) => fault,
            Err(unwound) => unwound.into(),
        };
        // Maintenance that failed is postponed, so that it does not fail every commit.
        match stage {
            Stage::Forgetting if fault.damage().is_some() => {
                self.forget_not_before = Some(Instant::now() + FORGET_PAUSE);
            }
            Stage::NotingUses if fault.damage().is_some() => self.uses.clear(),
            _ => {}
        }
        Err(fault)
    }

    /// Cuts the database off from the disk, and opens it anew at once. If that fails,
    /// [`Self::is_writable`] tries again.
    fn recover(&mut self, fault: &dyn std::fmt::Display) {
        self.retry.fault(fault, Instant::now());
        self.let_go();
        self.reopen();
    }

    /// Leaves the database to the readers. It neither reads nor writes the disk any more.
    fn let_go(&mut self) {
        if let Some(live) = self.engines.live.take() {
            live.sever();
            self.engines.readers = Some(live);
        }
    }

    /// True if pages of tables in memory were damaged when the store was opened, and have recovered
    /// since.
    fn has_found_what_was_lost(&self) -> bool {
        let mut lost = self.state.lost().peekable();
        if lost.peek().is_none() {
            return false;
        }
        let damaged = self.shared.damaged.parts();
        lost.all(|part| !damaged.contains(&part))
    }

    fn reopen(&mut self) {
        let opened = open::open(self.medium.as_mut(), &self.options, &self.path, &self.shared.damaged);
        match opened.and_then(|opened| self.publish(opened)) {
            Ok(live) => {
                self.assertions = Assertions::default();
                self.engines = Engines::of(live);
            }
            Err(error) => {
                self.shared.writes.set(Writes::refused(error.is_lack_of_room()));
                self.retry.fault(&error, Instant::now());
                self.open_for_readers();
            }
        }
    }

    /// Gives readers a database without the data that the disk refused. If that fails too, they keep the
    /// one they have.
    fn open_for_readers(&mut self) {
        let has_one = self.engines.readers.as_ref().is_some_and(Engine::is_for_readers);
        if has_one {
            return;
        }
        let medium = self.medium.as_mut();
        let opened = open::open_for_readers(medium, &self.options, &self.path, &self.shared.damaged);
        match opened.and_then(|opened| self.publish(opened)) {
            Ok(readers) => self.engines.readers = Some(readers),
            Err(error) => tracing::debug!(%error, "the store can't be opened for readers either"),
        }
    }

    /// Publishes a database that was opened anew to readers.
    fn publish(&mut self, (engine, mut state): Opened) -> Result<Engine, OpenError> {
        // The last batch may or may not be on disk, so no cached fact and no generation is trusted.
        state.changes = self.state.changes.clone();
        state.changes.mark_all();
        state.newest = state.newest.max(self.state.newest);
        let snapshot = Snapshot::open(&engine, &state, &self.shared.cache)?;
        self.state = state;
        self.shared.published.store(Some(Arc::new(snapshot)));
        Ok(engine)
    }

    fn stop(mut self) {
        // With the clocks, which have moved at any rate.
        if self.is_writable() {
            self.uses.make_due();
            self.commit(Vec::new(), 0);
        }
        self.shared.published.store(None);
        for message in self.receiver.try_iter() {
            if let Message::CommandBatch(batch) = message {
                batch.reject(CommandError::Unavailable);
            }
        }
        if let Some(Err(error)) = self.engines.live.take().map(Engine::close) {
            tracing::warn!(%error, "closing the store failed; the next start will check it");
        }
    }
}
