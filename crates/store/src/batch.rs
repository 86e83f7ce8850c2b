//! One transaction: each command decided against facts read in it, then applied.
//!
//! A refused command leaves nothing behind: everything that can refuse comes before the first
//! write. A [`Fault`] ends the whole batch.

use crate::assertions::Assertions;
use crate::command::{Answer, Command, IssueToken, Outcome, Rejection, RevokedJwt, UsedAssertion};
use crate::counters::Counters;
use crate::event::{Actor, Entry};
use crate::expiry::{self, Forgettable};
use crate::limits;
use crate::open::Fault;
use crate::purge;
use crate::records;
use crate::removal;
use crate::schema::{
    ACCESS_TOKENS, META_CAREFUL, META_CLOCK, META_SEQUENCE, META_TRAIL, METADATA, REVOKED_JWTS, row_key,
};
use crate::snapshot::found;
use crate::unreadable::{RecordKind, UnreadableRecord};
use crate::uses::Uses;
use jeton_oauth::client::Refusal;
use jeton_oauth::credential::CredentialState;
use jeton_oauth::id::{ActNumber, ClientId, OrganizationId};
use jeton_oauth::time::{Moment, Timestamp};
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
    pub(crate) now: Moment,
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
        let tokens = transaction.open_table(ACCESS_TOKENS)?;
        let act_before = counters.trail.next;
        Ok(Self { transaction, tokens, counters, uses, assertions, now, flush_uses: false, act_before })
    }

    /// Decides and applies one command. The answer may be given once the transaction is durable.
    pub(crate) fn apply(&mut self, command: Command) -> Result<Answer, Fault> {
        let result = match command {
            Command::IssueToken(issue) => self.issue_token(issue),
            Command::RevokeToken { key, digest } => self.revoke_token(key, &digest),
            Command::RevokeJwt(jwt) => self.revoke_jwt(jwt),
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

    /// Deletes slices of what has expired, and forgets what is due; returns the number of tokens among it.
    pub(crate) fn purge(&mut self, rows_max: usize) -> Result<u64, Fault> {
        let tokens = purge::purge_slice(&mut self.tokens, self.now, rows_max)?;
        if self.counters.expiring_next.is_some_and(|next| next <= self.now.careful) {
            let forgotten = expiry::forget_due(self.transaction, self.now, rows_max)?;
            forgotten.assertions_of.into_iter().for_each(|client| self.assertions.forget(client));
            self.counters.expiring_next = expiry::next_due(self.transaction)?;
        }
        Ok(tokens)
    }

    /// Removes a slice of what was deleted.
    pub(crate) fn remove(&mut self, rows_max: usize) -> Result<(), Fault> {
        removal::fault_of(self.remove_slice(rows_max))
    }

    /// Writes the counters that moved, and the uses when they are due; says whether it did the latter.
    pub(crate) fn finish(self) -> Result<bool, Fault> {
        let (counters, now) = (self.counters, self.now);
        let mut moved: Vec<(&str, u64)> = Vec::new();
        if now != counters.clocks {
            counters.clocks = now;
            moved.extend([(META_CLOCK, now.wall.0), (META_CAREFUL, now.careful.0)]);
        }
        if counters.sequence_next > counters.sequence_reserved {
            let reserved = counters.sequence_next.0.saturating_add(limits::SEQUENCES_RESERVED);
            counters.sequence_reserved = Sequence(reserved);
            moved.push((META_SEQUENCE, reserved));
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

    pub(crate) fn issue_token(&mut self, issue: IssueToken) -> Result<Outcome, Trouble> {
        let IssueToken { facts, expires, digest, assertion, as_of } = issue;
        if !self.counters.changes.hold_since(as_of, facts.client) {
            let client = self.client(facts.client)?.ok_or(Rejection::NoLongerHolds)?;
            let past = self.past_of(&client, facts.credential)?;
            let credential = found(&client, past.as_ref(), facts.credential);
            let lives = credential.is_some_and(|found| found.state(self.now) == CredentialState::Live);
            if !client.may_obtain_tokens() || !lives {
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
        self.uses.note(credential, issued.wall);
        Ok(Outcome::Issued(key))
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

    pub(crate) fn revoke_jwt(&mut self, jwt: RevokedJwt) -> Result<Outcome, Trouble> {
        let name = u128::from_be_bytes(jwt.name);
        let before = self.transaction.open_table(REVOKED_JWTS)?.insert(name, ())?.is_some();
        if !before {
            let what = Forgettable::RevokedJwt(name);
            let due =
                expiry::forget_after(self.transaction, what, jwt.lifetime_seconds, jwt.expires, self.now)?;
            self.counters.due_at(due);
        }
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
