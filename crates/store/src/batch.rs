//! One transaction: each command decided against facts read in it, then applied.
//!
//! A refused command leaves nothing behind: everything that can refuse comes before the first
//! write. A [`Fault`] ends the whole batch.

use crate::assertions::Assertions;
use crate::command::{Answer, Command, IssueToken, Outcome, Rejection, UsedAssertion};
use crate::event::{Actor, Entry};
use crate::limits;
use crate::open::{Counters, Fault};
use crate::purge;
use crate::records;
use crate::schema::{
    ACCESS_TOKENS, META_CLOCK, META_ID, META_SEQUENCE, META_TRAIL, METADATA, REVOKED_JWTS, row_key,
};
use crate::unreadable::{RecordKind, UnreadableRecord};
use crate::uses::Uses;
use jeton_oauth::client::Refusal;
use jeton_oauth::id::{ActNumber, ClientId, OrganizationId};
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::{Sequence, StoredToken, TokenKey};
use redb::{ReadableTable, Table, WriteTransaction};
use subtle::ConstantTimeEq;

/// What happens inside one write transaction.
pub(crate) struct Batch<'a> {
    pub(crate) transaction: &'a WriteTransaction,
    tokens: Table<'a, u128, &'static [u8]>,
    pub(crate) counters: &'a mut Counters,
    pub(crate) uses: &'a mut Uses,
    assertions: &'a mut Assertions,
    flush_uses: bool,
    act_before: ActNumber,
}

/// A command either has an answer, or the record it needs is corrupt, or the engine failed.
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
    ) -> Result<Self, Fault> {
        let tokens = transaction.open_table(ACCESS_TOKENS)?;
        let act_before = counters.trail.next;
        Ok(Self { transaction, tokens, counters, uses, assertions, flush_uses: false, act_before })
    }

    /// Decides and applies one command. The answer may be given once the transaction is durable.
    pub(crate) fn apply(&mut self, command: Command) -> Result<Answer, Fault> {
        let result = match command {
            Command::IssueToken(issue) => self.issue_token(issue),
            Command::RevokeToken { key, digest } => self.revoke_token(key, &digest),
            Command::RevokeJwt { expires, name } => self.revoke_jwt(expires, name),
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
            Command::Observe { entries, now } => self.observe(entries, now),
        };
        match result {
            Ok(outcome) => Ok(Ok(outcome)),
            Err(Trouble::Rejected(rejection)) => Ok(Err(rejection)),
            Err(Trouble::Fault(fault)) => Err(fault),
        }
    }

    /// Deletes slices of what has expired; says how many tokens were among it.
    pub(crate) fn purge(&mut self, now: Timestamp, rows_max: usize) -> Result<u64, Fault> {
        let tokens = purge::purge_slice(&mut self.tokens, now, rows_max)?;
        if self.counters.expiring_next.is_some_and(|next| next <= now) {
            let mut revoked = self.transaction.open_table(REVOKED_JWTS)?;
            purge::purge_expiring(&mut revoked, now, rows_max, |_| Ok(()))?;
            drop(revoked);
            self.assertions.purge(self.transaction, now, rows_max)?;
            self.counters.expiring_next = purge::next_expiry(self.transaction)?;
        }
        Ok(tokens)
    }

    /// Writes the counters that moved, and the uses when they are due; says whether it did the latter.
    pub(crate) fn finish(self, now: Timestamp, id_highest: u64) -> Result<bool, Fault> {
        let counters = self.counters;
        let mut moved: Vec<(&str, u64)> = Vec::new();
        if now > counters.clock_highest {
            counters.clock_highest = now;
            moved.push((META_CLOCK, now.0));
        }
        if counters.sequence_next > counters.sequence_reserved {
            let reserved = counters.sequence_next.0.saturating_add(limits::SEQUENCES_RESERVED);
            counters.sequence_reserved = Sequence(reserved);
            moved.push((META_SEQUENCE, reserved));
        }
        if id_highest > counters.id_highest {
            counters.id_highest = id_highest;
            moved.push((META_ID, id_highest));
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
        let flush_uses = !self.uses.is_empty() && (self.flush_uses || self.uses.are_due(now));
        if flush_uses {
            self.uses.write(self.transaction)?;
        }
        Ok(flush_uses)
    }

    pub(crate) fn issue_token(&mut self, issue: IssueToken) -> Result<Outcome, Trouble> {
        let IssueToken { facts, expires, digest, assertion, as_of } = issue;
        if !self.counters.changes.hold_since(as_of, facts.client) {
            let client = self.client(facts.client)?.ok_or(Rejection::NoLongerHolds)?;
            if !client.may_obtain_tokens_with(facts.credential, facts.issued) {
                return Err(Rejection::NoLongerHolds.into());
            }
        }
        let sequence = self.counters.sequence_next;
        if sequence >= Sequence::MAX || expires > TokenKey::EXPIRES_MAX {
            return Err(Rejection::Unavailable.into());
        }
        let key = TokenKey { expires, sequence };
        let (credential, issued) = (facts.credential, facts.issued);
        let record = records::write_token(&StoredToken { facts, digest }).map_err(|_| Refusal::TooLarge)?;
        if let Some(assertion) = assertion {
            self.use_assertion(assertion)?;
        }
        self.tokens.insert(row_key(key), record.as_slice())?;
        self.counters.sequence_next = Sequence(sequence.0.saturating_add(1));
        self.uses.note(credential, issued);
        Ok(Outcome::Issued(key))
    }

    fn use_assertion(&mut self, assertion: UsedAssertion) -> Result<(), Trouble> {
        self.assertions.use_up(self.transaction, assertion)??;
        self.counters.expires_at(assertion.until);
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

    pub(crate) fn revoke_jwt(&mut self, expires: Timestamp, name: [u8; 16]) -> Result<Outcome, Trouble> {
        let key = (expires.0, u128::from_be_bytes(name));
        let before = self.transaction.open_table(REVOKED_JWTS)?.insert(key, ())?.is_some();
        self.counters.expires_at(expires);
        Ok(Outcome::TokenRevoked(!before))
    }

    /// Whether there is a token at this key.
    pub(crate) fn has_token(&self, key: TokenKey) -> Result<bool, Trouble> {
        Ok(self.tokens.get(row_key(key))?.is_some())
    }

    /// Whose token it is, if it is the one at this key.
    pub(crate) fn owner_of_token(
        &self,
        key: TokenKey,
        digest: &jeton_secret::TokenDigest,
    ) -> Result<Option<ClientId>, Trouble> {
        let Some(row) = self.tokens.get(row_key(key))? else { return Ok(None) };
        let unreadable = UnreadableRecord { kind: RecordKind::AccessToken, id: key.sequence.0 };
        let stored = records::read_token(row.value()).map_err(|_| unreadable)?;
        Ok(bool::from(stored.digest.ct_eq(digest)).then_some(stored.facts.client))
    }

    pub(crate) fn revoke_token(
        &mut self,
        key: TokenKey,
        digest: &jeton_secret::TokenDigest,
    ) -> Result<Outcome, Trouble> {
        let matches = self.owner_of_token(key, digest)?.is_some();
        if matches {
            self.tokens.remove(row_key(key))?;
        }
        Ok(Outcome::TokenRevoked(matches))
    }
}
