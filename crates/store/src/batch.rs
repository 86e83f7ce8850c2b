//! One transaction: each command decided against facts read in it, then applied.
//!
//! A refused command leaves nothing behind: everything that can refuse comes before the first
//! write. A [`Fault`] ends the whole batch.

use crate::codec::Corrupt;
use crate::command::{Action, Answer, Change, Command, IssueToken, Outcome, Rejection, Update};
use crate::limits;
use crate::open::{Counters, Fault};
use crate::records;
use crate::schema::{
    ACCESS_TOKENS, CLIENT_NAMES, CLIENTS, LAST_USES, META_CLOCK, META_ID, META_SEQUENCE, METADATA, PROJECTS,
    row_key,
};
use crate::uses::Uses;
use jeton_oauth::client::{Api, Client, ClientState, Credential, Profile, Refusal};
use jeton_oauth::id::{ClientId, ClientName, ProjectId};
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::{AccessTokenFacts, Sequence, TokenKey};
use redb::{ReadableTable, Table, WriteTransaction};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// What happens inside one write transaction.
pub(crate) struct Batch<'a> {
    transaction: &'a WriteTransaction,
    tokens: Table<'a, u128, &'static [u8]>,
    counters: &'a mut Counters,
    uses: &'a mut Uses,
    flush_uses: bool,
    record: Vec<u8>,
}

/// A command either has an answer, or the record it needs is corrupt, or the engine failed.
enum Trouble {
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

impl From<Corrupt> for Trouble {
    fn from(error: Corrupt) -> Self {
        tracing::error!(%error, "a command met a record that it can't read");
        Self::Rejected(Rejection::Unavailable)
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
    ) -> Result<Self, Fault> {
        let tokens = transaction.open_table(ACCESS_TOKENS)?;
        Ok(Self { transaction, tokens, counters, uses, flush_uses: false, record: Vec::with_capacity(256) })
    }

    /// Decides and applies one command. The answer may be given once the transaction is durable.
    pub(crate) fn apply(&mut self, command: Command) -> Result<Answer, Fault> {
        let result = match command {
            Command::IssueToken(issue) => self.issue_token(issue),
            Command::RevokeToken { key, digest } => self.revoke_token(key, &digest),
            Command::NoteUse { credential, at } => {
                self.uses.note(credential, at);
                Ok(Outcome::Noted)
            }
            Command::FlushUses => {
                self.flush_uses = true;
                Ok(Outcome::Noted)
            }
            Command::Administer(change) => self.administer(change),
        };
        match result {
            Ok(outcome) => Ok(Ok(outcome)),
            Err(Trouble::Rejected(rejection)) => Ok(Err(rejection)),
            Err(Trouble::Fault(fault)) => Err(fault),
        }
    }

    /// Deletes a slice of expired tokens; says how many.
    pub(crate) fn purge(&mut self, now: Timestamp, rows_max: usize) -> Result<u64, Fault> {
        crate::purge::purge_slice(&mut self.tokens, now, rows_max)
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
        if !moved.is_empty() {
            let mut metadata = self.transaction.open_table(METADATA)?;
            for (name, number) in moved {
                metadata.insert(name, number.to_le_bytes().as_slice())?;
            }
        }
        let flush_uses = !self.uses.is_empty() && (self.flush_uses || self.uses.are_due(now));
        if flush_uses {
            self.uses.write(self.transaction)?;
        }
        Ok(flush_uses)
    }

    fn issue_token(&mut self, issue: IssueToken) -> Result<Outcome, Trouble> {
        if !self.counters.changes.hold_since(issue.as_of, issue.client) {
            let client = self.client(issue.client)?.ok_or(Rejection::NoLongerHolds)?;
            if !client.may_obtain_tokens_with(issue.credential, issue.issued) {
                return Err(Rejection::NoLongerHolds.into());
            }
        }
        let sequence = self.counters.sequence_next;
        if sequence >= Sequence::MAX || issue.expires > TokenKey::EXPIRES_MAX {
            return Err(Rejection::Unavailable.into());
        }
        let key = TokenKey { expires: issue.expires, sequence };
        let token = AccessTokenFacts {
            client: issue.client,
            credential: issue.credential,
            issued: issue.issued,
            scopes: issue.scopes,
            digest: issue.digest,
        };
        self.record.clear();
        records::write_token(&token, &mut self.record)?;
        self.tokens.insert(row_key(key), self.record.as_slice())?;
        self.counters.sequence_next = Sequence(sequence.0.saturating_add(1));
        self.uses.note(issue.credential, issue.issued);
        Ok(Outcome::Issued(key))
    }

    fn revoke_token(
        &mut self,
        key: TokenKey,
        digest: &jeton_secret::TokenDigest,
    ) -> Result<Outcome, Trouble> {
        let matches = match self.tokens.get(row_key(key))? {
            Some(row) => bool::from(records::read_token(row.value())?.digest.ct_eq(digest)),
            None => false,
        };
        if matches {
            self.tokens.remove(row_key(key))?;
        }
        Ok(Outcome::TokenRevoked(matches))
    }

    fn administer(&mut self, change: Change) -> Result<Outcome, Trouble> {
        let Change { client: id, action, now } = change;
        match action {
            Action::CreateServiceUser { name, user } => {
                if self.transaction.open_table(CLIENT_NAMES)?.get(name.as_str())?.is_some() {
                    return Err(Refusal::NameTaken.into());
                }
                let user = self.new_client(id, name, Profile::ServiceUser(user), Vec::new(), now)?;
                let (name, outcome) = (user.name.clone(), self.write_client(user)?);
                self.transaction.open_table(CLIENT_NAMES)?.insert(name.as_str(), id.0)?;
                Ok(outcome)
            }
            Action::CreateApi { name, project, credential } => {
                let profile = Profile::Api(Api { name, project: self.project(project)? });
                let api = self.new_client(id, ClientName::of_api(id), profile, vec![credential], now)?;
                self.write_client(api)
            }
            Action::Update(update) => self.update(id, update, now),
            Action::Delete => self.delete(id),
        }
    }

    fn new_client(
        &self,
        id: ClientId,
        name: ClientName,
        profile: Profile,
        credentials: Vec<Credential>,
        now: Timestamp,
    ) -> Result<Client, Trouble> {
        let taken = self.transaction.open_table(CLIENTS)?.get(id.0)?.is_some()
            || self.transaction.open_table(PROJECTS)?.get(id.0)?.is_some()
            || id.0 == self.counters.organization;
        if taken {
            return Err(Refusal::IdTaken.into());
        }
        Ok(Client {
            id,
            name,
            state: ClientState::Active,
            profile,
            credentials,
            // The id may have belonged to a client that was deleted; its tokens stay dead.
            tokens_valid_from: self.counters.sequence_next,
            created: now,
            changed: now,
        })
    }

    fn update(&mut self, id: ClientId, update: Update, now: Timestamp) -> Result<Outcome, Trouble> {
        let client = self.client(id)?.ok_or(Refusal::UnknownClient)?;
        let before: Vec<_> = client.credentials.iter().map(|credential| credential.id).collect();
        let client = update.decide(client, self.counters.sequence_next, now)?;
        for gone in before.into_iter().filter(|id| client.credential(*id).is_none()) {
            self.forget_use(gone)?;
        }
        self.write_client(client)
    }

    fn delete(&mut self, id: ClientId) -> Result<Outcome, Trouble> {
        let client = self.client(id)?.ok_or(Refusal::UnknownClient)?;
        self.transaction.open_table(CLIENTS)?.remove(id.0)?;
        if client.service_user().is_some() {
            self.transaction.open_table(CLIENT_NAMES)?.remove(client.name.as_str())?;
        }
        for credential in &client.credentials {
            self.forget_use(credential.id)?;
        }
        self.counters.changes.mark(id);
        Ok(Outcome::Client(Arc::new(client)))
    }

    fn client(&self, id: ClientId) -> Result<Option<Client>, Trouble> {
        let clients = self.transaction.open_table(CLIENTS)?;
        match clients.get(id.0)? {
            Some(row) => Ok(Some(records::read_client(id, row.value())?)),
            None => Ok(None),
        }
    }

    fn write_client(&mut self, client: Client) -> Result<Outcome, Trouble> {
        self.record.clear();
        records::write_client(&client, &mut self.record)?;
        self.transaction.open_table(CLIENTS)?.insert(client.id.0, self.record.as_slice())?;
        self.counters.changes.mark(client.id);
        Ok(Outcome::Client(Arc::new(client)))
    }

    fn project(&self, asked: Option<ProjectId>) -> Result<ProjectId, Trouble> {
        let Some(project) = asked else { return Ok(self.counters.default_project) };
        match self.transaction.open_table(PROJECTS)?.get(project.0)? {
            Some(_) => Ok(project),
            None => Err(Refusal::UnknownProject.into()),
        }
    }

    fn forget_use(&mut self, credential: jeton_secret::CredentialId) -> Result<(), Trouble> {
        self.uses.forget(credential);
        self.transaction.open_table(LAST_USES)?.remove(credential.0)?;
        Ok(())
    }
}
