//! The context of a command: its actor with the rights of the moment, the clocks, the instance, and the
//! number of its event.

use super::{Bearer, BearerToken, Principal, Record, Right};
use crate::client::{Client, found};
use crate::credential::PastCredential;
use crate::event::Actor;
use crate::generation::Generation;
use crate::id::EventId;
use crate::instance::Instance;
use crate::permission::{AdminScope, Permission, ResourcePath};
use crate::refusal::OperationError;
use crate::signing::SigningKeys;
use crate::time::Moment;
use crate::token::{Life, Times, check_personal};
use crate::token_key::TokenKeys;
use std::cell::RefCell;
use std::sync::Arc;

/// The state of the store that every decision starts from.
#[derive(Debug, Clone)]
pub struct Situation {
    /// The time of the command: the caller's wall clock, and the careful clock.
    pub now: Moment,
    /// The time of the transaction, on both clocks, by which retired names count.
    pub committed: Moment,
    /// The number of the next event.
    pub event_id: EventId,
    /// The newest generation of tokens.
    pub newest: Generation,
    /// All organizations and projects.
    pub instance: Arc<Instance>,
}

/// The facts about a bearer and its token.
#[derive(Debug)]
pub struct BearerFacts {
    /// The client.
    pub client: Record<Client>,
    /// The credential that obtained the token, if the client no longer has it.
    pub past: Option<PastCredential>,
    /// True if the token was revoked alone.
    pub is_token_revoked: bool,
    /// The keys that sign tokens.
    pub signing_keys: Arc<SigningKeys>,
    /// The keys that seal tokens.
    pub token_keys: Arc<TokenKeys>,
}

/// The context of a command.
#[derive(Debug)]
pub struct CommandContext {
    actor: Actor,
    /// The actor's record; None for an operator and the server itself, which may do everything, and for
    /// a client that acts on itself.
    bearer: Option<Client>,
    expected: Option<EventId>,
    /// The rights that were checked, and that the actor has.
    rights: RefCell<Vec<Right>>,
    situation: Situation,
}

impl CommandContext {
    /// The context of a command by an operator or the server itself.
    pub fn of_server(by: Actor, expected: Option<EventId>, situation: Situation) -> Self {
        Self { actor: by, bearer: None, expected, rights: RefCell::default(), situation }
    }

    /// The context of a command by a bearer, if its token is still valid: a revoked token has no effect.
    ///
    /// # Errors
    /// [`OperationError::TokenEnded`], [`OperationError::Unreadable`].
    pub fn of_bearer(
        by: &Bearer,
        facts: BearerFacts,
        expected: Option<EventId>,
        situation: Situation,
    ) -> Result<Self, OperationError> {
        let actor = Actor::Client(by.client, by.credential);
        let bearer = Some(facts.check(by, &situation)?);
        Ok(Self { actor, bearer, expected, rights: RefCell::default(), situation })
    }

    /// The context of a client's command for which it needs no right but that over itself.
    pub fn of_itself(actor: Actor, situation: Situation) -> Self {
        Self::of_server(actor, None, situation)
    }

    /// The actor.
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// The time of the command.
    pub const fn now(&self) -> Moment {
        self.situation.now
    }

    /// The time of the transaction.
    pub const fn committed(&self) -> Moment {
        self.situation.committed
    }

    /// The number of the command's first event, which the changed records name.
    pub const fn event_id(&self) -> EventId {
        self.situation.event_id
    }

    /// The newest generation of tokens.
    pub const fn newest(&self) -> Generation {
        self.situation.newest
    }

    /// All organizations and projects.
    pub fn instance(&self) -> &Instance {
        &self.situation.instance
    }

    /// The rights that were checked so far.
    pub fn rights(&self) -> Vec<Right> {
        self.rights.borrow().clone()
    }

    /// True if the actor is a client, whose rights may be taken away.
    pub const fn is_bearer(&self) -> bool {
        self.bearer.is_some()
    }

    /// True if the actor has this right in this place.
    pub fn may(&self, permission: Permission, place: ResourcePath) -> bool {
        self.bearer.as_ref().is_none_or(|bearer| bearer.may(permission, place))
    }

    /// Checks that the actor has this right in this place.
    pub(super) fn permit(&self, permission: Permission, place: ResourcePath) -> Result<(), OperationError> {
        if !self.may(permission, place) {
            return Err(OperationError::NotPermitted(permission));
        }
        self.note(Right::In(permission, place));
        Ok(())
    }

    /// Checks that the actor has this right in any place.
    pub(super) fn permit_anywhere(&self, permission: Permission) -> Result<(), OperationError> {
        if self.bearer.as_ref().is_some_and(|bearer| !bearer.may_somewhere(permission)) {
            return Err(OperationError::NotPermitted(permission));
        }
        self.note(Right::Anywhere(permission));
        Ok(())
    }

    /// True if these checks pass. Facts that are read only for the rest of a decision are not asked for
    /// where it refuses before: a refusal then costs little, and a damaged page that it does not need is no
    /// obstacle to it.
    pub(super) fn would_pass(&self, check: impl FnOnce(&Self) -> Result<(), OperationError>) -> bool {
        let rights = self.rights();
        let passes = check(self).is_ok();
        self.rights.replace(rights);
        passes
    }

    /// Adds a right. Each counts once, so a command that makes many users in one place needs a few.
    pub(super) fn note(&self, right: Right) {
        let mut rights = self.rights.borrow_mut();
        if !rights.contains(&right) {
            rights.push(right);
        }
    }

    /// Checks that the caller knew the present facts.
    pub(super) fn check_fresh(&self, changed_by: EventId) -> Result<(), OperationError> {
        match self.expected {
            Some(expected) if expected != changed_by => Err(OperationError::Stale),
            Some(_) | None => Ok(()),
        }
    }

    /// The place of a part of the instance.
    pub(super) fn place_of(&self, realm: AdminScope) -> Result<ResourcePath, OperationError> {
        let instance = self.instance();
        Ok(match realm {
            AdminScope::Instance => ResourcePath::Instance,
            AdminScope::Organization(id) => ResourcePath::Organization(
                instance.organization(id).ok_or(OperationError::UnknownOrganization)?.id,
            ),
            AdminScope::Project(id) => {
                let project = instance.project(id).ok_or(OperationError::UnknownProject)?;
                ResourcePath::Project(project.organization, id)
            }
        })
    }
}

impl BearerFacts {
    /// The bearer's record, if its token is still valid.
    fn check(self, by: &Bearer, situation: &Situation) -> Result<Client, OperationError> {
        let client = self.client.found()?.ok_or(OperationError::TokenEnded)?;
        let credential = found(client, self.past.as_ref(), by.credential);
        let times = Times { newest: situation.newest, now: situation.committed };
        let lives = |life: Life| life.check(client, credential, times).is_ok() && !self.is_token_revoked;
        let stands = match by.token {
            BearerToken::Opaque(life, key) => self.token_keys.keeps(key) && lives(life),
            BearerToken::Jwt(life, key) => {
                self.signing_keys.published().any(|published| published.id == key) && lives(life)
            }
            BearerToken::Personal => check_personal(client, credential, situation.committed).is_ok(),
        };
        match self.client {
            Record::Is(client) if stands => Ok(*client),
            Record::Is(_) | Record::Unreadable(_) | Record::Absent => Err(OperationError::TokenEnded),
        }
    }
}

impl Principal {
    /// The context of a command by this authority; `facts` are those about a bearer.
    ///
    /// # Errors
    /// As [`CommandContext::of_bearer`]; [`OperationError::FactsUnavailable`] for a bearer without facts.
    pub fn context(
        &self,
        facts: Option<BearerFacts>,
        expected: Option<EventId>,
        situation: Situation,
    ) -> Result<CommandContext, OperationError> {
        match self {
            Self::Operator => Ok(CommandContext::of_server(Actor::Operator, expected, situation)),
            Self::System => Ok(CommandContext::of_server(Actor::System, expected, situation)),
            Self::Bearer(bearer) => {
                let facts = facts.ok_or(OperationError::FactsUnavailable)?;
                CommandContext::of_bearer(bearer, facts, expected, situation)
            }
        }
    }
}
