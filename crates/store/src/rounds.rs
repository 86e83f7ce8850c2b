//! Confirmations: a request learns that this server's facts are as new as the journal was after it arrived.
//!
//! One question is under way at a time. Requests that arrive meanwhile wait for the next one, so a server
//! asks as often as there are round trips and not as often as there are requests.

use crate::journal::{Journal, JournalError, Position};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A waiting request's continuation.
pub(crate) type Waiter = Box<dyn FnOnce(Result<(), JournalError>) + Send>;

/// Asks the writer to apply what is missing up to here.
pub(crate) type CatchUp = Box<dyn Fn(Position) + Send + Sync>;

/// The rounds of a server.
pub(crate) struct Rounds {
    journal: Arc<dyn Journal>,
    catch_up: CatchUp,
    state: Mutex<State>,
}

struct State {
    /// Those whose question is under way; None if no question is.
    asked: Option<Asking>,
    /// Those who arrived since.
    next: Vec<Waiter>,
    /// Those whose facts are not applied yet.
    behind: Vec<(Position, Waiter)>,
    published: Position,
    /// The last error, until an answer comes.
    error: Option<JournalError>,
    /// The reason why nothing can be appended.
    append_error: Option<JournalError>,
}

struct Asking {
    waiters: Vec<Waiter>,
    /// The facts that readers had when the question was sent.
    published: Position,
}

impl std::fmt::Debug for Rounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rounds").field("published", &self.state().published).finish_non_exhaustive()
    }
}

impl Rounds {
    /// The rounds of a server whose readers have these facts.
    pub(crate) fn new(journal: Arc<dyn Journal>, published: Position, catch_up: CatchUp) -> Arc<Self> {
        let state = State {
            asked: None,
            next: Vec::new(),
            behind: Vec::new(),
            published,
            error: None,
            append_error: None,
        };
        Arc::new(Self { journal, catch_up, state: Mutex::new(state) })
    }

    /// The journal.
    pub(crate) fn journal(&self) -> &Arc<dyn Journal> {
        &self.journal
    }

    /// The reason why nothing can be confirmed or appended at the moment, if there is one.
    pub(crate) fn error(&self) -> Option<JournalError> {
        let state = self.state();
        state.error.clone().or_else(|| state.append_error.clone())
    }

    /// True if the last append failed.
    pub(crate) fn is_append_failing(&self) -> bool {
        self.state().append_error.is_some()
    }

    /// Takes note of whether appending works; returns what was noted before.
    pub(crate) fn note_append(&self, error: Option<JournalError>) -> Option<JournalError> {
        std::mem::replace(&mut self.state().append_error, error)
    }

    /// Calls `waiter` once readers have all that was acknowledged before this call.
    pub(crate) fn join(self: &Arc<Self>, waiter: Waiter) {
        let mut state = self.state();
        state.next.push(waiter);
        if state.asked.is_none() {
            self.ask(state);
        }
    }

    /// Takes note of newer facts that readers have.
    pub(crate) fn published(&self, position: Position) {
        let mut state = self.state();
        state.published = position;
        let (ready, behind) = std::mem::take(&mut state.behind)
            .into_iter()
            .partition(|(wanted, _): &(Position, Waiter)| wanted.revision <= position.revision);
        state.behind = behind;
        drop(state);
        for (wanted, waiter) in ready {
            let is_fork = wanted.revision == position.revision && wanted.id != position.id;
            waiter(if is_fork { Err(JournalError::Fork) } else { Ok(()) });
        }
    }

    /// Gives up on those whose facts could not be applied.
    pub(crate) fn failed(&self, error: &JournalError) {
        let mut state = self.state();
        state.error = Some(error.clone());
        let behind = std::mem::take(&mut state.behind);
        drop(state);
        behind.into_iter().for_each(|(_, waiter)| waiter(Err(error.clone())));
    }

    fn ask(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let waiters = std::mem::take(&mut state.next);
        state.asked = Some(Asking { waiters, published: state.published });
        drop(state);
        let rounds = Arc::clone(self);
        self.journal.ask(Box::new(move |answer| rounds.answered(answer.map(|asked| asked.at))));
    }

    fn answered(self: &Arc<Self>, answer: Result<Position, JournalError>) {
        let mut state = self.state();
        let Some(Asking { waiters, published: before }) = state.asked.take() else { return };
        let now = state.published;
        let outcome = answer.and_then(|end| {
            let is_shorter = end.revision < before.revision;
            let is_other = end.revision == now.revision && end.id != now.id;
            if is_shorter || is_other { Err(JournalError::Fork) } else { Ok(end) }
        });
        state.error = outcome.as_ref().err().cloned();
        let behind = outcome.as_ref().ok().filter(|end| end.revision > now.revision).copied();
        let ready = match behind {
            Some(end) => {
                state.behind.extend(waiters.into_iter().map(|waiter| (end, waiter)));
                Vec::new()
            }
            None => waiters,
        };
        if state.next.is_empty() {
            drop(state);
        } else {
            self.ask(state);
        }
        if let Some(end) = behind {
            (self.catch_up)(end);
        }
        let result = outcome.map(drop);
        ready.into_iter().for_each(|waiter| waiter(result.clone()));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
