//! One transaction: each command decided against facts read in it, then applied.
//!
//! A refused command leaves nothing behind: every check that can refuse comes before the first write. A
//! [`EngineError`] ends the whole batch.

use crate::assertions::Assertions;
use crate::command::{Applied, Command, CommandResult, UsedAssertion};
use crate::expiry;
use crate::fault::{EngineError, TransactionError};
use crate::last_uses::LastUses;
use crate::schema::{META_CAREFUL, META_CLOCK, META_GENERATION, META_TRAIL, METADATA};
use crate::writer_state::WriterState;
use crate::writing::Writing;
use jeton_domain::admin::Outcome;
use jeton_domain::event::{Actor, Entry};
use jeton_domain::id::{EventId, OrganizationId};
use jeton_domain::time::{Moment, Timestamp};

/// The state of one write transaction.
pub(crate) struct Batch<'a> {
    pub(crate) transaction: &'a Writing<'a>,
    pub(crate) state: &'a mut WriterState,
    pub(crate) uses: &'a mut LastUses,
    assertions: &'a mut Assertions,
    pub(crate) now: Moment,
    flush_uses: bool,
    event_before: EventId,
}

impl<'a> Batch<'a> {
    pub(crate) fn open(
        transaction: &'a Writing<'a>,
        state: &'a mut WriterState,
        uses: &'a mut LastUses,
        assertions: &'a mut Assertions,
        now: Moment,
    ) -> Result<Self, EngineError> {
        let event_before = state.trail.next;
        Ok(Self { transaction, state, uses, assertions, now, flush_uses: false, event_before })
    }

    /// Decides and applies one command. The answer may be given once the transaction is durable.
    pub(crate) fn apply(&mut self, command: Command) -> Result<CommandResult, EngineError> {
        let outcome = match command {
            Command::RevokeToken(token) => return answer(self.revoke_own(token)),
            Command::RevokePersonalAccessToken { client, credential, now } => {
                return answer(self.revoke_own_token(client, credential, now));
            }
            Command::UseAssertion(assertion) => self.use_assertion(assertion).map(|()| Outcome::Noted),
            Command::NoteUse { credential, at } => {
                self.uses.note(credential, at);
                Ok(Outcome::Noted)
            }
            Command::FlushUses => {
                self.flush_uses = true;
                Ok(Outcome::Noted)
            }
            Command::Administer(command) => return answer(self.administer(*command)),
            Command::AskAgain { by, rights } => return answer(self.ask_again(by, &rights)),
            Command::Observe { entries, now } => self.observe(entries, now),
        };
        answer(outcome.map(Applied::from))
    }

    /// Deletes a slice of the expired rows.
    pub(crate) fn forget(&mut self, rows_max: usize) -> Result<u64, EngineError> {
        if self.state.expiring_next.is_none_or(|next| next > self.now.careful) {
            return Ok(0);
        }
        let forgotten = expiry::forget_due(self.transaction, self.now, rows_max)?;
        forgotten.assertions_of.into_iter().for_each(|client| self.assertions.forget(client));
        self.state.expiring_next = expiry::next_due(self.transaction)?;
        Ok(forgotten.rows)
    }

    /// Removes a slice of the rows of deleted objects.
    pub(crate) fn remove(&mut self, rows_max: usize) -> Result<(), EngineError> {
        fault_of(self.remove_slice(rows_max))
    }

    /// Writes the counters that changed, and the uses if they are due. Returns true if it wrote the uses.
    pub(crate) fn finish(self) -> Result<bool, EngineError> {
        let (state, now) = (self.state, self.now);
        let mut metadata = self.transaction.open_table(METADATA)?;
        if now != state.clocks {
            state.clocks = now;
            // Each server's own.
            metadata.insert_own(META_CLOCK, now.wall.0.to_le_bytes().as_slice())?;
            metadata.insert_own(META_CAREFUL, now.careful.0.to_le_bytes().as_slice())?;
        }
        if state.newest != state.newest_stored {
            state.newest_stored = state.newest;
            metadata.insert(META_GENERATION, state.newest.0.to_le_bytes().as_slice())?;
        }
        if state.trail.next != self.event_before {
            metadata.insert(META_TRAIL, state.trail.head().as_slice())?;
        }
        drop(metadata);
        let flush_uses = !self.uses.is_empty() && (self.flush_uses || self.uses.are_due(now.wall));
        if flush_uses {
            self.uses.write(self.transaction)?;
        }
        Ok(flush_uses)
    }

    fn use_assertion(&mut self, assertion: UsedAssertion) -> Result<(), TransactionError> {
        let due = self.assertions.use_up(self.transaction, assertion, self.now)??;
        self.state.due_at(due);
        Ok(())
    }

    fn observe(
        &mut self,
        entries: Vec<(Option<OrganizationId>, Entry)>,
        now: Timestamp,
    ) -> Result<Outcome, TransactionError> {
        for (organization, entry) in entries {
            self.record_event(now, Actor::System, organization, &entry)?;
        }
        Ok(Outcome::Noted)
    }
}

/// The engine's fault of a removal, if any: no caller waits for a refusal.
fn fault_of(removed: Result<(), TransactionError>) -> Result<(), EngineError> {
    match removed {
        Ok(()) | Err(TransactionError::Rejected(_)) => Ok(()),
        Err(TransactionError::EngineError(fault)) => Err(fault),
    }
}

fn answer(applied: Result<Applied, TransactionError>) -> Result<CommandResult, EngineError> {
    match applied {
        Ok(applied) => Ok(Ok(applied)),
        Err(TransactionError::Rejected(rejection)) => Ok(Err(rejection)),
        Err(TransactionError::EngineError(fault)) => Err(fault),
    }
}
