//! One transaction: each command decided against facts read in it, then applied.
//!
//! A refused command leaves nothing behind: every check that can refuse comes before the first write. A
//! [`Fault`] ends the whole batch.

use crate::assertions::Assertions;
use crate::command::{Answer, Command, Outcome, Rejection, UsedAssertion};
use crate::counters::Counters;
use crate::expiry;
use crate::open::Fault;
use crate::removal;
use crate::schema::{META_CAREFUL, META_CLOCK, META_GENERATION, META_TRAIL, METADATA};
use crate::unreadable::UnreadableRecord;
use crate::uses::Uses;
use jeton_domain::event::{Actor, Entry};
use jeton_domain::id::{ActNumber, OrganizationId};
use jeton_domain::refusal::Refusal;
use jeton_domain::time::{Moment, Timestamp};
use redb::WriteTransaction;

/// The state of one write transaction.
pub(crate) struct Batch<'a> {
    pub(crate) transaction: &'a WriteTransaction,
    pub(crate) counters: &'a mut Counters,
    pub(crate) uses: &'a mut Uses,
    assertions: &'a mut Assertions,
    pub(crate) now: Moment,
    flush_uses: bool,
    act_before: ActNumber,
}

/// Reasons for which a command has no outcome: it is rejected, the record it needs is corrupt, or the
/// engine failed.
pub(crate) enum Trouble {
    Rejected(Rejection),
    Fault(Fault),
}

impl From<Rejection> for Trouble {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Rejected(Rejection::Refused(refusal))
    }
}

impl From<UnreadableRecord> for Trouble {
    fn from(record: UnreadableRecord) -> Self {
        record.log();
        Self::Rejected(Rejection::Unreadable(record))
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<redb::Error> for Trouble {
    fn from(error: redb::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<redb::StorageError> for Trouble {
    fn from(error: redb::StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<redb::TableError> for Trouble {
    fn from(error: redb::TableError) -> Self {
        Self::Fault(error.into())
    }
}

impl<'a> Batch<'a> {
    pub(crate) fn open(
        transaction: &'a WriteTransaction,
        counters: &'a mut Counters,
        uses: &'a mut Uses,
        assertions: &'a mut Assertions,
        now: Moment,
    ) -> Result<Self, Fault> {
        let act_before = counters.trail.next;
        Ok(Self { transaction, counters, uses, assertions, now, flush_uses: false, act_before })
    }

    /// Decides and applies one command. The answer may be given once the transaction is durable.
    pub(crate) fn apply(&mut self, command: Command) -> Result<Answer, Fault> {
        let result = match command {
            Command::RevokeToken(token) => self.revoke_own(token, self.now.wall),
            Command::RevokePersonalAccessToken { client, credential, now } => {
                self.revoke_own_token(client, credential, now)
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
            Command::Administer(act) => self.administer(*act),
            Command::AskAgain { by, rights } => self.ask_again(by, &rights),
            Command::Observe { entries, now } => self.observe(entries, now),
        };
        match result {
            Ok(outcome) => Ok(Ok(outcome)),
            Err(Trouble::Rejected(rejection)) => Ok(Err(rejection)),
            Err(Trouble::Fault(fault)) => Err(fault),
        }
    }

    /// Deletes a slice of the expired rows.
    pub(crate) fn forget(&mut self, rows_max: usize) -> Result<u64, Fault> {
        if self.counters.expiring_next.is_none_or(|next| next > self.now.careful) {
            return Ok(0);
        }
        let forgotten = expiry::forget_due(self.transaction, self.now, rows_max)?;
        forgotten.assertions_of.into_iter().for_each(|client| self.assertions.forget(client));
        self.counters.expiring_next = expiry::next_due(self.transaction)?;
        Ok(forgotten.rows)
    }

    /// Removes a slice of the rows of deleted objects.
    pub(crate) fn remove(&mut self, rows_max: usize) -> Result<(), Fault> {
        removal::fault_of(self.remove_slice(rows_max))
    }

    /// Writes the counters that changed, and the uses if they are due. Returns true if it wrote the uses.
    pub(crate) fn finish(self) -> Result<bool, Fault> {
        let (counters, now) = (self.counters, self.now);
        let mut moved: Vec<(&str, u64)> = Vec::new();
        if now != counters.clocks {
            counters.clocks = now;
            moved.extend([(META_CLOCK, now.wall.0), (META_CAREFUL, now.careful.0)]);
        }
        if counters.newest != counters.newest_stored {
            counters.newest_stored = counters.newest;
            moved.push((META_GENERATION, counters.newest.0));
        }
        let trail = counters.trail.head();
        let recorded = counters.trail.next != self.act_before;
        if recorded || !moved.is_empty() {
            let mut metadata = self.transaction.open_table(METADATA)?;
            for (name, number) in moved {
                metadata.insert(name, number.to_le_bytes().as_slice())?;
            }
            if recorded {
                metadata.insert(META_TRAIL, trail.as_slice())?;
            }
        }
        let flush_uses = !self.uses.is_empty() && (self.flush_uses || self.uses.are_due(now.wall));
        if flush_uses {
            self.uses.write(self.transaction)?;
        }
        Ok(flush_uses)
    }

    fn use_assertion(&mut self, assertion: UsedAssertion) -> Result<(), Trouble> {
        let due = self.assertions.use_up(self.transaction, assertion, self.now)??;
        self.counters.due_at(due);
        Ok(())
    }

    fn observe(
        &mut self,
        entries: Vec<(Option<OrganizationId>, Entry)>,
        now: Timestamp,
    ) -> Result<Outcome, Trouble> {
        for (organization, entry) in entries {
            self.record_event(now, Actor::System, organization, &entry)?;
        }
        Ok(Outcome::Noted)
    }
}
