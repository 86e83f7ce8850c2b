//! Decisions: the outcome of a command, the changes of the store, and the events.

use super::{ClientUpdate, CommandContext, Outcome, RetiredName, RevokedToken, Right};
use crate::client::{Changed, Client};
use crate::credential::PastCredential;
use crate::event::{Actor, Entry, EventKind};
use crate::generation::Generation;
use crate::id::{ClientId, EventId, OrganizationId, ProjectId};
use crate::organization::Organization;
use crate::project::Project;
use crate::refusal::OperationError;
use crate::signing::SigningKeys;
use crate::time::{Moment, Timestamp};
use crate::token_key::TokenKeys;
use jeton_secret::CredentialId;
use std::sync::Arc;

/// A decided command. Only a decision of this module makes one:
///
/// ```compile_fail,E0451
/// use jeton_domain::admin::{Decision, Outcome};
/// let decided: Decision = unimplemented!();
/// let forged = Decision { outcome: Outcome::Noted, changes: Vec::new(), ..decided };
/// ```
#[derive(Debug)]
pub struct Decision {
    outcome: Outcome,
    changes: Vec<Change>,
    events: Vec<NewEvent>,
    by: Actor,
    at: Moment,
    newest: Generation,
    rights: Vec<Right>,
}

/// The parts of a decision, for the store.
#[derive(Debug)]
pub struct DecisionParts {
    /// The outcome.
    pub outcome: Outcome,
    /// The changes, in the order in which they are made.
    pub changes: Vec<Change>,
    /// The events, of which the first has the number of the context.
    pub events: Vec<NewEvent>,
    /// The actor of the events.
    pub by: Actor,
    /// The time of the changes and events.
    pub at: Moment,
    /// The newest generation after the command.
    pub newest: Generation,
    /// The rights that were checked.
    pub rights: Vec<Right>,
}

/// An event to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The organization that it concerns.
    pub organization: Option<OrganizationId>,
    /// The kind and the object.
    pub entry: Entry,
}

/// The note of an event that tells of a revocation by the mark of the credential.
pub(super) const BY_MARK: &str = "too many were revoked one by one";

impl NewEvent {
    /// True if a client has no room for revocations one by one, so that all tokens of a credential were
    /// revoked.
    pub fn is_revocation_by_mark(&self) -> bool {
        self.entry.kind == EventKind::CredentialTokensRevoked && &*self.entry.note == BY_MARK
    }
}

/// A change of the store.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Write a client's record.
    PutClient {
        /// The record before; None for a new client.
        before: Option<Box<Client>>,
        /// The record after.
        after: Arc<Client>,
    },
    /// Write a past credential of a client.
    PutPast(ClientId, PastCredential),
    /// Delete the record of a past credential that can't be read.
    RemoveUnreadablePast(ClientId, CredentialId),
    /// Delete a client.
    RemoveClient(Arc<Client>),
    /// Delete a client whose record can't be read.
    RemoveUnreadableClient(ClientId),
    /// Set the record of a client aside that can't be read.
    SetClientAside(ClientId),
    /// Write an organization.
    PutOrganization(Arc<Organization>),
    /// Delete an organization with all that belongs to it.
    RemoveOrganization(OrganizationId),
    /// Write a project.
    PutProject(Arc<Project>),
    /// Delete a project with its APIs.
    RemoveProject(ProjectId),
    /// Set the record of an organization or project aside that can't be read.
    SetAside(u64),
    /// Note that the record of an organization or project is gone that could not be read.
    EndSetAside(u64),
    /// Free a retired name.
    FreeName(RetiredName),
    /// Write the signing keys.
    PutSigningKeys(Arc<SigningKeys>),
    /// Write the token keys.
    PutTokenKeys(Arc<TokenKeys>),
    /// Remember the revocation of one token.
    RevokeToken {
        /// The token.
        token: RevokedToken,
        /// True if another one than the owning client revokes it.
        by_others: bool,
    },
    /// Forget the cached facts about all clients.
    InvalidateAll,
}

impl Decision {
    /// The outcome.
    pub const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The changes.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The events.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }

    /// The parts, to be applied.
    pub fn into_parts(self) -> DecisionParts {
        let Self { outcome, changes, events, by, at, newest, rights } = self;
        DecisionParts { outcome, changes, events, by, at, newest, rights }
    }
}

/// The part of a client's past that a change needs.
#[derive(Debug, Default)]
pub struct PastFacts {
    /// The past credentials that can be read.
    pub credentials: Vec<PastCredential>,
    /// True if the only one that was asked for can't be read.
    pub is_unreadable: bool,
}

/// A decision in the making.
pub(super) struct Draft<'c> {
    context: &'c CommandContext,
    changes: Vec<Change>,
    events: Vec<NewEvent>,
    newest: Generation,
}

impl<'c> Draft<'c> {
    pub(super) const fn new(context: &'c CommandContext) -> Self {
        Self { context, changes: Vec::new(), events: Vec::new(), newest: context.newest() }
    }

    /// Draws the next generation of tokens.
    pub(super) fn draw_generation(&mut self) -> Generation {
        self.newest = self.newest.next(self.context.now().wall);
        self.newest
    }

    /// The wall clock at the command.
    pub(super) const fn now(&self) -> Timestamp {
        self.context.now().wall
    }

    /// The number of the first event.
    pub(super) const fn event_id(&self) -> EventId {
        self.context.event_id()
    }

    pub(super) fn put_organization(&mut self, organization: Organization) -> Arc<Organization> {
        let organization = Arc::new(organization);
        self.change(Change::PutOrganization(Arc::clone(&organization)));
        organization
    }

    pub(super) fn put_project(&mut self, project: Project) -> Arc<Project> {
        let project = Arc::new(project);
        self.change(Change::PutProject(Arc::clone(&project)));
        project
    }

    pub(super) fn change(&mut self, change: Change) {
        self.changes.push(change);
    }

    pub(super) fn put_client(&mut self, before: Option<&Client>, after: Client) -> Arc<Client> {
        let (before, after) = (before.cloned().map(Box::new), Arc::new(after));
        self.change(Change::PutClient { before, after: Arc::clone(&after) });
        after
    }

    /// Updates a client, whose record then names this event.
    pub(super) fn update_client(
        &mut self,
        before: &Client,
        update: ClientUpdate,
        past: &PastFacts,
        event_id: EventId,
    ) -> Result<Arc<Client>, OperationError> {
        let now = self.context.now();
        if let (true, Some(id)) = (past.is_unreadable, update.past_credential()) {
            self.change(Change::RemoveUnreadablePast(before.id, id));
            let after = Client { event_id, changed: now.wall, ..before.clone() };
            return Ok(self.put_client(Some(before), after));
        }
        let mark = if update.sets_a_mark() { self.draw_generation() } else { before.mark };
        let facts = match update.gives_rights() {
            true => before.clone().without_gone(self.context.instance()),
            false => before.clone(),
        };
        let Changed { client, past } = update.decide(facts, past.credentials.clone(), mark, event_id, now)?;
        let after = self.put_client(Some(before), Client { event_id, ..client });
        self.changes.extend(past.into_iter().map(|credential| Change::PutPast(before.id, credential)));
        Ok(after)
    }

    pub(super) fn tell(&mut self, organization: impl Into<Option<OrganizationId>>, entry: Entry) {
        self.events.push(NewEvent { organization: organization.into(), entry });
    }

    pub(super) fn done(self, outcome: Outcome) -> Decision {
        let Self { context, changes, events, newest } = self;
        let (by, at, rights) = (context.actor(), context.now(), context.rights());
        Decision { outcome, changes, events, by, at, newest, rights }
    }
}
