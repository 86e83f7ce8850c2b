//! Writing where several servers share a journal.
//!
//! A batch is decided on this server's store and appended to the journal. If another server was faster,
//! the missing sets are applied and the batch is decided again while the end of the history is held, so two
//! tries are enough. The store moves by change sets in their order only: the deciding transaction is kept if
//! its set came directly behind the facts that it was decided on.

use super::{Decided, Done, Stage, Writer};
use crate::batch::Batch;
use crate::command::{Command, CommandError, CommandResult, UsedAssertion};
use crate::fault::{EngineError, OpenError};
use crate::journal::{
    Appended, AssertionUse, Change, ChangeId, ChangeSet, Journal, JournalError, Position, Since, Used,
};
use crate::raw::RawError;
use crate::schema::{LAST_USES, META_POSITION, METADATA};
use crate::snapshot::Snapshot;
use crate::writer_state::{self, Salvage, Touched};
use crate::writing::Writing;
use jeton_domain::admin::Outcome;
use redb::WriteTransaction;
use std::sync::Arc;

/// The reason why a batch has no outcome, or changes of others were not applied.
#[derive(Debug, thiserror::Error)]
pub(super) enum SharedError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<RawError> for SharedError {
    fn from(error: RawError) -> Self {
        match error {
            RawError::Engine(error) => Self::Engine(error),
            RawError::Unfit(unfit) => Self::Journal(unfit.into()),
        }
    }
}

/// Commands in their batches.
type Batches = Vec<Vec<Command>>;

/// A change set that was offered, and the outcome if it was taken.
struct Offer {
    transaction: WriteTransaction,
    decided: Decided,
    id: ChangeId,
    set: ChangeSet,
}

/// The fate of an offer.
enum Fate {
    /// It is the next of the history.
    Next(Position),
    /// It is in the history, behind others that are not applied yet.
    Later,
    /// It is not in the history. The name of a set that may still come.
    Not(Option<ChangeId>),
}

impl Writer {
    /// Decides batches and appends what they change. All commands are unavailable if the journal does not
    /// take it.
    pub(super) fn transact_shared(
        &mut self,
        batches: Batches,
        forget_rows_max: usize,
        stage: &mut Stage,
    ) -> Result<Done, EngineError> {
        let (batches, assertions) = without_assertions(batches);
        let used = self.use_up(&assertions);
        let lengths: Vec<usize> = batches.iter().map(Vec::len).collect();
        let is_empty = !assertions.is_empty() && lengths.iter().all(|commands| *commands == 0);
        let appended = match is_empty {
            true => Ok((vec![Vec::new(); lengths.len()], 0)),
            false => self.append(batches, forget_rows_max, stage),
        };
        let (mut answers, forgotten) = match appended {
            Ok(done) => done,
            Err(SharedError::Engine(error)) => return Err(error),
            Err(SharedError::Journal(error)) => {
                self.heard(Some(error));
                let refused = |commands| -> Vec<CommandResult> {
                    std::iter::repeat_n(Err(CommandError::Unavailable), commands).collect()
                };
                (lengths.into_iter().map(refused).collect(), 0)
            }
        };
        for (place, answer) in assertions.iter().zip(used) {
            if let Some(answers) = answers.get_mut(place.batch) {
                answers.insert(place.command.min(answers.len()), answer);
            }
        }
        Ok((answers, forgotten))
    }

    /// Uses assertions up, for all servers.
    fn use_up(&mut self, assertions: &[PlacedAssertion]) -> Vec<CommandResult> {
        let Some(sharing) = self.sharing.as_mut().filter(|_| !assertions.is_empty()) else {
            return Vec::new();
        };
        let names = &mut sharing.names;
        let named =
            |placed: &PlacedAssertion| AssertionUse { assertion: placed.assertion, request: names.next().0 };
        let uses: Vec<_> = assertions.iter().map(named).collect();
        match sharing.journal.use_up(&uses) {
            Ok(used) => used
                .into_iter()
                .map(|used| match used {
                    Used::Now => Ok(Outcome::Noted.into()),
                    Used::Before => Err(CommandError::AssertionUsed),
                    Used::TooMany => Err(CommandError::TooManyAssertions),
                })
                .collect(),
            Err(error) => {
                self.heard(Some(error));
                assertions.iter().map(|_| Err(CommandError::Unavailable)).collect()
            }
        }
    }

    fn append(
        &mut self,
        batches: Batches,
        forget_rows_max: usize,
        stage: &mut Stage,
    ) -> Result<Done, SharedError> {
        let offer = self.offer(batches.clone(), forget_rows_max, stage)?;
        if offer.set.rows.is_empty() {
            return self.keep_offer(offer, None, stage);
        }
        let journal = self.journal()?;
        let on = (!is_free(&offer.set)).then_some(self.state.position);
        let ghost = match self.fate(journal.append(on, offer.id, &offer.set)?, offer.id)? {
            Fate::Next(at) => return self.keep_offer(offer, Some(at), stage),
            Fate::Later => return self.follow_offer(offer),
            Fate::Not(ghost) => ghost,
        };
        let Offer { transaction, decided, .. } = offer;
        drop(transaction);
        self.append_held(batches, forget_rows_max, (ghost, decided), stage)
    }

    /// The second try: no other server appends meanwhile. `ghost` names a set whose answer was lost, with the
    /// outcome that it has if it came after all.
    fn append_held(
        &mut self,
        batches: Batches,
        forget_rows_max: usize,
        (ghost, first): (Option<ChangeId>, Decided),
        stage: &mut Stage,
    ) -> Result<Done, SharedError> {
        let journal = self.journal()?;
        let mut held = journal.hold()?;
        let mut is_ghost_there = false;
        loop {
            let changes = next_changes(held.since(self.state.position)?)?;
            if changes.is_empty() {
                break;
            }
            is_ghost_there |= changes.iter().any(|change| Some(change.at.id) == ghost);
            self.apply_changes(&changes)?;
        }
        if is_ghost_there {
            return Ok((first.answers, first.forgotten));
        }
        let offer = self.offer(batches, forget_rows_max, stage)?;
        // Also without a row if a set may still come: from now on it comes too late.
        if offer.set.rows.is_empty() && ghost.is_none() {
            return self.keep_offer(offer, None, stage);
        }
        let appended = held.append(offer.id, &offer.set)?;
        match self.fate(appended, offer.id)? {
            Fate::Next(at) => self.keep_offer(offer, Some(at), stage),
            Fate::Later => self.follow_offer(offer),
            Fate::Not(_) => Err(JournalError::TooSlow.into()),
        }
    }

    fn offer(
        &mut self,
        batches: Batches,
        forget_rows_max: usize,
        stage: &mut Stage,
    ) -> Result<Offer, EngineError> {
        if let Some(sharing) = &self.sharing {
            self.shared.careful.exchange(self.clock.as_ref(), sharing.journal.as_ref());
        }
        let transaction = self.begin()?;
        let writing = Writing::recorded(&transaction);
        let decided = self.decide(&writing, batches, forget_rows_max, stage)?;
        let set = writing.into_change_set();
        let id = self.sharing.as_mut().map_or(ChangeId([0; 16]), |sharing| sharing.names.next());
        Ok(Offer { transaction, decided, id, set })
    }

    /// The fate of an offered set.
    fn fate(&self, appended: Appended, id: ChangeId) -> Result<Fate, SharedError> {
        let here = self.state.position;
        let is_next = |at: Position, previous: ChangeId| {
            previous == here.id && here.revision.checked_add(1) == Some(at.revision)
        };
        if let Appended::At { .. } = appended {
            self.heard(None);
        }
        match appended {
            Appended::At { at, previous } if is_next(at, previous) => Ok(Fate::Next(at)),
            Appended::At { .. } => Ok(Fate::Later),
            Appended::Conflict => Ok(Fate::Not(None)),
            Appended::Lost => match self.journal()?.resolve(id)? {
                Some(_) => Ok(Fate::Later),
                None => Ok(Fate::Not(Some(id))),
            },
        }
    }

    /// Keeps the deciding transaction, which leads to this position.
    fn keep_offer(
        &mut self,
        offer: Offer,
        at: Option<Position>,
        stage: &mut Stage,
    ) -> Result<Done, SharedError> {
        let Offer { transaction, mut decided, .. } = offer;
        if let Some(at) = at {
            put_position(&Writing::new(&transaction), at)?;
            decided.state.position = at;
        }
        *stage = Stage::Committing;
        transaction.commit().map_err(EngineError::from)?;
        let done = self.keep(decided)?;
        self.tell_rounds();
        Ok(done)
    }

    /// Applies the history up to an offered set that is not the next one; its outcome stands.
    fn follow_offer(&mut self, offer: Offer) -> Result<Done, SharedError> {
        let Offer { transaction, decided, .. } = offer;
        drop(transaction);
        let is_written = decided.uses_written;
        self.catch_up()?;
        if is_written {
            self.uses.clear();
        }
        Ok((decided.answers, decided.forgotten))
    }

    /// Applies what the journal has and this server has not, for those who wait for it.
    pub(super) fn catch_up_for_rounds(&mut self) {
        match self.catch_up() {
            Ok(()) => {}
            Err(SharedError::Journal(error)) => {
                if let Some(sharing) = &self.sharing {
                    sharing.rounds.failed(&error);
                }
            }
            Err(SharedError::Engine(error)) => {
                self.recover(&error);
                if let Some(sharing) = &self.sharing {
                    sharing.rounds.failed(&JournalError::Failed("this server's own store".into()));
                }
            }
        }
    }

    fn catch_up(&mut self) -> Result<(), SharedError> {
        loop {
            let changes = next_changes(self.journal()?.since(self.state.position)?)?;
            if changes.is_empty() {
                // They may have come with an earlier call.
                self.tell_rounds();
                return Ok(());
            }
            self.apply_changes(&changes)?;
        }
    }

    /// Applies change sets in one transaction, and publishes.
    fn apply_changes(&mut self, changes: &[Change]) -> Result<(), SharedError> {
        let now = self.shared.careful.moment(self.clock.as_ref());
        let transaction = self.begin()?;
        let mut state = self.state.clone();
        let mut touched = Touched::default();
        let writing = Writing::new(&transaction);
        let mut batch = Batch::open(&writing, &mut state, &mut self.uses, &mut self.assertions, now)?;
        for change in changes {
            let here = batch.state.position;
            if change.previous != here.id || here.revision.checked_add(1) != Some(change.at.revision) {
                return Err(JournalError::Fork.into());
            }
            touched = touched.and(batch.apply_set(&change.set)?);
            batch.state.position = change.at;
        }
        put_position(&writing, state.position)?;
        drop(writing);
        transaction.commit().map_err(EngineError::from)?;
        let live = self.engines.live.as_ref().ok_or(redb::StorageError::DatabaseClosed);
        let live = live.map_err(EngineError::from)?;
        let mut salvage = Salvage { medium: self.medium.as_mut(), damaged: &self.shared.damaged };
        writer_state::refresh(&mut state, &live.database, touched, &mut salvage).map_err(opening)?;
        let snapshot = Snapshot::open(live, &state, &self.shared.cache)?;
        self.state = state;
        self.shared.published.store(Some(Arc::new(snapshot)));
        self.tell_rounds();
        Ok(())
    }

    fn tell_rounds(&self) {
        if let Some(sharing) = &self.sharing {
            sharing.journal.applied(self.state.position);
            sharing.rounds.published(self.state.position);
        }
    }

    fn journal(&self) -> Result<Arc<dyn Journal>, SharedError> {
        let sharing = self.sharing.as_ref().ok_or(JournalError::NotInitialised)?;
        Ok(Arc::clone(&sharing.journal))
    }

    /// Tells the journal's state to health checks, and to the log when it changes.
    fn heard(&self, error: Option<JournalError>) {
        let Some(sharing) = &self.sharing else { return };
        let before = sharing.rounds.note_append(error.clone());
        match error {
            Some(error) if before.as_ref() != Some(&error) => {
                tracing::error!(%error, "changes can't be made durable");
            }
            None if before.is_some() => tracing::info!("changes can be made durable again"),
            _ => {}
        }
    }

    /// Tries to append after appending has failed: a server that is not ready gets no request that would.
    pub(super) fn probe(&mut self) {
        let Some(sharing) = self.sharing.as_mut().filter(|sharing| sharing.rounds.is_append_failing()) else {
            return;
        };
        let (journal, id) = (Arc::clone(&sharing.journal), sharing.names.next());
        match journal.append(None, id, &ChangeSet::default()) {
            Ok(Appended::At { .. }) => {
                self.heard(None);
                self.catch_up_for_rounds();
            }
            Ok(Appended::Conflict | Appended::Lost) => {}
            Err(error) => self.heard(Some(error)),
        }
    }
}

/// An assertion among the commands of a batch.
struct PlacedAssertion {
    batch: usize,
    command: usize,
    assertion: UsedAssertion,
}

/// Takes the assertions out of batches: these are used up in the journal itself, in no change set.
fn without_assertions(batches: Batches) -> (Batches, Vec<PlacedAssertion>) {
    let mut assertions = Vec::new();
    let mut all = Vec::with_capacity(batches.len());
    for (batch, commands) in batches.into_iter().enumerate() {
        let mut rest = Vec::with_capacity(commands.len());
        for (command, what) in commands.into_iter().enumerate() {
            match what {
                Command::UseAssertion(assertion) => {
                    assertions.push(PlacedAssertion { batch, command, assertion });
                }
                other => rest.push(other),
            }
        }
        all.push(rest);
    }
    (all, assertions)
}

/// True for rows that any order of change sets leaves right: the last uses of credentials.
fn is_free(set: &ChangeSet) -> bool {
    set.rows.iter().all(|row| row.table == LAST_USES.number())
}

fn next_changes(since: Since) -> Result<Vec<Change>, JournalError> {
    match since {
        Since::Changes(changes) => Ok(changes),
        Since::Trimmed => {
            Err(JournalError::Failed("its history is shorter than this server's absence".into()))
        }
        Since::Fork => Err(JournalError::Fork),
    }
}

fn put_position(writing: &Writing<'_>, at: Position) -> Result<(), EngineError> {
    let mut metadata = writing.open_table(METADATA)?;
    Ok(metadata.insert_own(META_POSITION, at.to_bytes().as_slice())?)
}

fn opening(error: OpenError) -> EngineError {
    match error {
        OpenError::Io(error) => EngineError::from(*error),
        error => EngineError::from(redb::Error::Corrupted(error.to_string())),
    }
}
