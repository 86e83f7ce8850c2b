//! A journal in memory that several stores share: for tests, with faults on demand.

use super::{
    Appended, Asked, AssertionUse, Change, ChangeId, ChangeSet, HeldJournal, Journal, JournalError, Position,
    Since, Used,
};
use jeton_domain::time::Careful;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The change sets that one call of [`Journal::since`] gives at most.
const CHANGES_MAX: usize = 100;

/// A fault that the next call meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalFault {
    /// Appending works, and its answer is lost.
    LostAfter,
    /// Appending is lost on the way.
    LostBefore,
    /// Another server is faster.
    Overtaken(ChangeSet),
    /// The journal does not answer.
    Error(JournalError),
}

/// A journal in memory; clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryJournal(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    careful: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    begin: Option<Position>,
    history: Vec<Change>,
    faults: VecDeque<JournalFault>,
    unreachable: Option<JournalError>,
    appends: u64,
    questions: u64,
    /// The requests that used assertions up.
    assertions: HashMap<[u8; 16], [u8; 16]>,
}

impl State {
    fn end(&self) -> Position {
        let begin = self.begin.unwrap_or(Position::BEGINNING);
        self.history.last().map_or(begin, |change| change.at)
    }

    fn append(&mut self, id: ChangeId, set: &ChangeSet) -> Appended {
        let end = self.end();
        let at = Position { revision: end.revision.saturating_add(1), id };
        self.history.push(Change { at, previous: end.id, set: set.clone() });
        self.appends = self.appends.saturating_add(1);
        Appended::At { at, previous: end.id }
    }

    fn since(&self, from: Position) -> Since {
        let begin = self.begin.map_or(0, |begin| begin.revision);
        let Some(skipped) = from.revision.checked_sub(begin) else { return Since::Trimmed };
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        let known = match skipped.checked_sub(1) {
            Some(last) => self.history.get(last).map(|change| change.at),
            None => Some(self.begin.unwrap_or(Position::BEGINNING)),
        };
        if known != Some(from) {
            return Since::Fork;
        }
        Since::Changes(self.history.iter().skip(skipped).take(CHANGES_MAX).cloned().collect())
    }

    fn fault(&mut self) -> Result<Option<JournalFault>, JournalError> {
        if let Some(error) = &self.unreachable {
            return Err(error.clone());
        }
        match self.faults.pop_front() {
            Some(JournalFault::Error(error)) => Err(error),
            fault => Ok(fault),
        }
    }

    /// Appends with the fault that comes.
    fn try_append(
        &mut self,
        on: Option<Position>,
        id: ChangeId,
        set: &ChangeSet,
    ) -> Result<Appended, JournalError> {
        let fault = self.fault()?;
        if let Some(JournalFault::Overtaken(rival)) = &fault {
            self.append(ChangeId(id.0.map(|byte| !byte)), rival);
        }
        if fault == Some(JournalFault::LostBefore) {
            return Ok(Appended::Lost);
        }
        if on.is_some_and(|on| on != self.end()) {
            return Ok(Appended::Conflict);
        }
        let appended = self.append(id, set);
        Ok(if fault == Some(JournalFault::LostAfter) { Appended::Lost } else { appended })
    }
}

impl MemoryJournal {
    /// The next appends meet these faults, one each.
    pub fn fail(&self, faults: impl IntoIterator<Item = JournalFault>) {
        self.state().faults.extend(faults);
    }

    /// Every call fails with this from now on; `None` ends that.
    pub fn cut_off(&self, error: Option<JournalError>) {
        self.state().unreachable = error;
    }

    /// Forgets all but the last change sets.
    pub fn trim(&self, kept: usize) {
        let mut state = self.state();
        let gone = state.history.len().saturating_sub(kept);
        let gone: Vec<_> = state.history.drain(..gone).collect();
        state.begin = gone.last().map(|change| change.at).or(state.begin);
    }

    /// Goes back to an earlier end, as a restored backup or a standby that lacked changes.
    pub fn lose(&self, changes: usize) {
        let mut state = self.state();
        let kept = state.history.len().saturating_sub(changes);
        state.history.truncate(kept);
    }

    /// The end of the history.
    pub fn end(&self) -> Position {
        self.state().end()
    }

    /// The change sets so far.
    pub fn history(&self) -> Vec<Change> {
        self.state().history.clone()
    }

    /// The number of questions so far.
    pub fn questions(&self) -> u64 {
        self.state().questions
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn append(&self, on: Option<Position>, id: ChangeId, set: &ChangeSet) -> Result<Appended, JournalError> {
        self.state().try_append(on, id, set)
    }

    fn hold(&self) -> Result<Box<dyn HeldJournal + '_>, JournalError> {
        let state = self.state();
        match &state.unreachable {
            Some(error) => Err(error.clone()),
            None => Ok(Box::new(Held(state))),
        }
    }

    fn since(&self, from: Position) -> Result<Since, JournalError> {
        let state = self.state();
        match &state.unreachable {
            Some(error) => Err(error.clone()),
            None => Ok(state.since(from)),
        }
    }

    fn resolve(&self, id: ChangeId) -> Result<Option<Position>, JournalError> {
        let state = self.state();
        match &state.unreachable {
            Some(error) => Err(error.clone()),
            None => Ok(state.history.iter().map(|change| change.at).find(|at| at.id == id)),
        }
    }

    fn use_up(&self, uses: &[AssertionUse]) -> Result<Vec<Used>, JournalError> {
        let mut state = self.state();
        if let Some(error) = &state.unreachable {
            return Err(error.clone());
        }
        let used = uses.iter().map(|AssertionUse { assertion, request }| {
            match state.assertions.entry(assertion.digest) {
                Entry::Vacant(free) => {
                    free.insert(*request);
                    Used::Now
                }
                Entry::Occupied(used) if used.get() == request => Used::Now,
                Entry::Occupied(_) => Used::Before,
            }
        });
        Ok(used.collect())
    }

    fn careful(&self, own: Careful) -> Careful {
        Careful(self.0.careful.fetch_max(own.0, Ordering::Relaxed).max(own.0))
    }

    fn applied(&self, _: Position) {}

    fn ask(&self, done: Box<dyn FnOnce(Result<Asked, JournalError>) + Send>) {
        let mut state = self.state();
        state.questions = state.questions.saturating_add(1);
        let answer = match &state.unreachable {
            Some(error) => Err(error.clone()),
            None => Ok(Asked { at: state.end(), sent: Duration::ZERO }),
        };
        drop(state);
        done(answer);
    }
}

struct Held<'j>(MutexGuard<'j, State>);

impl HeldJournal for Held<'_> {
    fn end(&self) -> Position {
        self.0.end()
    }

    fn since(&mut self, from: Position) -> Result<Since, JournalError> {
        Ok(self.0.since(from))
    }

    fn append(mut self: Box<Self>, id: ChangeId, set: &ChangeSet) -> Result<Appended, JournalError> {
        // The end is held, so no other server is faster.
        match self.0.fault()? {
            Some(JournalFault::LostBefore) => Ok(Appended::Lost),
            Some(JournalFault::LostAfter) => {
                self.0.append(id, set);
                Ok(Appended::Lost)
            }
            _ => Ok(self.0.append(id, set)),
        }
    }
}
