//! The one thread that writes: gather, decide, commit, publish, answer.
//!
//! Batching policy: take all parcels that wait, up to [`BATCH_COMMANDS_MAX`] commands, and commit.
//! While a commit waits for the disk the next batch gathers by itself, so batches grow with the load
//! and with the slowness of the disk; and the writer waits a little for those that it has just
//! answered ([`Pace`]). The measurements are in `benches/README.md`, under "How batches form".
//!
//! After an I/O error nobody knows what is on disk. The writer then answers everything with
//! [`Rejection::Unavailable`], withdraws the snapshot, and reopens and checks the store until that
//! works; only then does it accept commands again.

use crate::assertions::Assertions;
use crate::batch::Batch;
use crate::command::{Answer, Command, Outcome, Parcel, Rejection};
use crate::limits::{BATCH_COMMANDS_MAX, PURGE_IDLE_ROWS, PURGE_SLICE_ROWS, REOPEN_BACKOFF_MS};
use crate::medium::Medium;
use crate::open::{self, Counters, Fault, Options};
use crate::pace::Pace;
use crate::snapshot::Snapshot;
use crate::store::{Clock, Shared};
use crate::uses::Uses;
use redb::Database;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How often an idle writer looks for expired tokens and uses to flush.
const IDLE_TICK: Duration = Duration::from_secs(1);

/// What the writer is sent.
pub(crate) enum Message {
    Parcel(Parcel),
    Stop,
}

pub(crate) struct Writer {
    pub(crate) medium: Box<dyn Medium>,
    pub(crate) path: PathBuf,
    pub(crate) options: Options,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) receiver: Receiver<Message>,
    /// There is none while it is being reopened.
    pub(crate) database: Option<Database>,
    pub(crate) counters: Counters,
    pub(crate) uses: Uses,
    pub(crate) assertions: Assertions,
    /// There is none before the first commit.
    pub(crate) pace: Option<Pace>,
}

/// Whether to go on.
enum Next {
    Continue,
    Stop,
}

impl Writer {
    /// Serves until it is told to stop, then writes what is left and closes the database.
    pub(crate) fn run(mut self) {
        let mut pause = IDLE_TICK;
        loop {
            let next = match self.receiver.recv_timeout(pause) {
                Ok(Message::Parcel(parcel)) => self.serve(parcel),
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => Next::Stop,
                Err(RecvTimeoutError::Timeout) => self.rest(&mut pause),
            };
            if matches!(next, Next::Stop) {
                return self.stop();
            }
        }
    }

    /// One batch: the parcel that woke us and all that wait behind it.
    fn serve(&mut self, first: Parcel) -> Next {
        let mut next = Next::Continue;
        let mut commands = first.commands.len();
        let mut parcels = vec![first];
        while commands < BATCH_COMMANDS_MAX {
            match self.one_more(commands) {
                Some(Message::Parcel(parcel)) => {
                    commands = commands.saturating_add(parcel.commands.len());
                    parcels.push(parcel);
                }
                Some(Message::Stop) => {
                    next = Next::Stop;
                    break;
                }
                None => break,
            }
        }
        self.shared.waiting.fetch_sub(commands, Ordering::Relaxed);
        if parcels.iter().all(Parcel::only_notes_uses) && !self.is_due() {
            self.note_uses(parcels);
            return next;
        }
        // Never fewer than may have been added.
        match self.commit(parcels, PURGE_SLICE_ROWS.max(commands)) {
            Ok(_) => next,
            Err(fault) => self.recover(&fault),
        }
    }

    /// What waits, or comes soon enough to go along with so many commands.
    fn one_more(&self, commands: usize) -> Option<Message> {
        self.receiver.try_recv().ok().or_else(|| {
            let patience = self.pace.and_then(|pace| pace.patience(commands, Instant::now()))?;
            self.receiver.recv_timeout(patience).ok()
        })
    }

    /// Nobody waits: purge and flush, in slices, until there is nothing left or somebody comes.
    fn rest(&mut self, pause: &mut Duration) -> Next {
        *pause = IDLE_TICK;
        if !self.is_due() {
            return Next::Continue;
        }
        match self.commit(Vec::new(), PURGE_IDLE_ROWS) {
            Ok(purged) => {
                if purged >= PURGE_IDLE_ROWS as u64 {
                    *pause = Duration::ZERO;
                }
                Next::Continue
            }
            Err(fault) => self.recover(&fault),
        }
    }

    /// Whether there is something to purge or to flush.
    fn is_due(&self) -> bool {
        let now = self.shared.careful.moment(self.clock.as_ref());
        let expired = self.shared.snapshot().is_ok_and(|snapshot| snapshot.has_expired(now).unwrap_or(false));
        self.uses.are_due(now.wall) || expired
    }

    /// Uses are kept in memory until they are due, so they need no transaction.
    fn note_uses(&mut self, parcels: Vec<Parcel>) {
        for Parcel { commands, reply } in parcels {
            let mut answers = Vec::with_capacity(commands.len());
            for command in commands {
                if let Command::NoteUse { credential, at } = command {
                    self.uses.note(credential, at);
                }
                answers.push(Ok(Outcome::Noted));
            }
            reply(answers);
        }
    }

    /// Commits parcels together and answers them; says how many tokens it purged on the way.
    fn commit(&mut self, parcels: Vec<Parcel>, purge_rows_max: usize) -> Result<u64, Fault> {
        let (commands, replies): (Vec<_>, Vec<_>) =
            parcels.into_iter().map(|parcel| (parcel.commands, parcel.reply)).unzip();
        let lengths: Vec<usize> = commands.iter().map(Vec::len).collect();
        let begun = Instant::now();
        match self.transact(commands, purge_rows_max) {
            Ok((answers, purged)) => {
                let waiting = self.shared.waiting.load(Ordering::Relaxed);
                let expected = lengths.iter().sum::<usize>().saturating_add(waiting);
                self.pace = Some(Pace { ended: Instant::now(), took: begun.elapsed(), expected });
                self.shared.count(&answers, purged);
                replies.into_iter().zip(answers).for_each(|(reply, answers)| reply(answers));
                Ok(purged)
            }
            Err(fault) => {
                // Before anybody hears of it: what is on disk is not known any more.
                self.shared.published.store(None);
                let nothing = |commands| vec![Err(Rejection::Unavailable); commands];
                replies.into_iter().zip(lengths).for_each(|(reply, commands)| reply(nothing(commands)));
                Err(fault)
            }
        }
    }

    /// The heart: decides all commands in one transaction, makes it durable, shows it to readers.
    /// There are answers only when all of that worked.
    fn transact(
        &mut self,
        parcels: Vec<Vec<Command>>,
        purge_rows_max: usize,
    ) -> Result<(Vec<Vec<Answer>>, u64), Fault> {
        let now = self.shared.careful.moment(self.clock.as_ref());
        let mut counters = self.counters.clone();
        let database = self.database.as_ref().ok_or(redb::StorageError::DatabaseClosed)?;
        let mut transaction = database.begin_write()?;
        // About 20 % of the throughput at these batches, for opening after a crash in a
        // millisecond, whatever the size.
        transaction.set_quick_repair(true);
        let mut batch = Batch::open(&transaction, &mut counters, &mut self.uses, &mut self.assertions, now)?;
        let mut answers = Vec::with_capacity(parcels.len());
        for commands in parcels {
            let decided: Result<Vec<Answer>, Fault> =
                commands.into_iter().map(|command| batch.apply(command)).collect();
            answers.push(decided?);
        }
        let purged = batch.purge(purge_rows_max)?;
        let uses_written = batch.finish(self.shared.ids.highest())?;
        transaction.commit()?;
        self.counters = counters;
        if uses_written {
            self.uses.clear();
        }
        let snapshot = Snapshot::open(database, &self.counters, &self.shared.cache)?;
        self.shared.published.store(Some(Arc::new(snapshot)));
        Ok((answers, purged))
    }

    /// Reopens the store until that works; refuses everything meanwhile.
    fn recover(&mut self, fault: &Fault) -> Next {
        tracing::error!(error = %fault, "the store failed; reopening it");
        let mut backoff_ms = REOPEN_BACKOFF_MS.0;
        loop {
            match self.reopen() {
                Ok(()) => {
                    tracing::info!("the store is open again");
                    return Next::Continue;
                }
                Err(error) => tracing::warn!(%error, retry_ms = backoff_ms, "reopening the store failed"),
            }
            if matches!(self.refuse_for(Duration::from_millis(backoff_ms)), Next::Stop) {
                return Next::Stop;
            }
            backoff_ms = backoff_ms.saturating_mul(2).min(REOPEN_BACKOFF_MS.1);
        }
    }

    fn reopen(&mut self) -> Result<(), open::OpenError> {
        // The old database must let go of the file before the new one can take it.
        drop(self.database.take());
        let (database, mut counters) =
            open::open(self.medium.as_ref(), &self.options, self.clock.now(), &self.path)?;
        // The last batch may or may not be on disk, so no cached fact and no sequence is trusted.
        counters.changes = self.counters.changes.clone();
        counters.changes.mark_all();
        counters.sequence_next = counters.sequence_next.max(self.counters.sequence_next);
        self.assertions = Assertions::default();
        let snapshot = Snapshot::open(&database, &counters, &self.shared.cache)?;
        self.database = Some(database);
        self.counters = counters;
        self.shared.published.store(Some(Arc::new(snapshot)));
        Ok(())
    }

    fn refuse_for(&mut self, pause: Duration) -> Next {
        match self.receiver.recv_timeout(pause) {
            Ok(Message::Parcel(parcel)) => {
                self.shared.waiting.fetch_sub(parcel.commands.len(), Ordering::Relaxed);
                parcel.reject(Rejection::Unavailable);
                Next::Continue
            }
            Err(RecvTimeoutError::Timeout) => Next::Continue,
            Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => Next::Stop,
        }
    }

    fn stop(mut self) {
        if !self.uses.is_empty() && self.shared.published.load().is_some() {
            self.uses.make_due();
            if let Err(error) = self.commit(Vec::new(), 0) {
                tracing::error!(%error, "writing the times of last use failed");
            }
        }
        self.shared.published.store(None);
        for message in self.receiver.try_iter() {
            if let Message::Parcel(parcel) = message {
                parcel.reject(Rejection::Unavailable);
            }
        }
    }
}
