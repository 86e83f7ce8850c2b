//! Administration inside a transaction: permissions, consequences, and the record in the audit trail.
//!
//! A command is either refused before anything is written, or applied and recorded. The number of its
//! event becomes the `act` of the objects that it changed.

mod authorizations;
mod clients;
mod keys;
mod new_clients;
mod organizations;
mod past;
mod project_grants;
mod projects;
pub(crate) mod revocations;
mod tokens;
mod unreadable;

pub(crate) use clients::Stored;

use crate::batch::{Batch, TransactionError};
use crate::command::{Applied, CommandError};
use crate::records;
use crate::schema::{CLIENTS, ORGANIZATIONS, PAST_CREDENTIALS, PROJECTS, RETIRED_IDS};
use crate::snapshot::found;
use jeton_domain::admin::{
    AdminCommand, Bearer, BearerToken, Operation, Outcome, Principal, RetiredName, Right,
};
use jeton_domain::client::Client;
use jeton_domain::credential::PastCredential;
use jeton_domain::event::{Actor, Entry, EventKind};
use jeton_domain::id::{EventId, OrganizationId, ProjectId};
use jeton_domain::permission::{AdminScope, Permission, ResourcePath};
use jeton_domain::refusal::OperationError;
use jeton_domain::time::{Moment, Timestamp};
use jeton_domain::token::{Life, Times, check_personal};
use jeton_secret::CredentialId;
use redb::ReadableTable;
use std::cell::RefCell;

/// The context of a command in progress: its actor, its time, and the number of its event.
pub(crate) struct CommandContext {
    pub(crate) actor: Actor,
    /// The actor's record in this transaction; None for an operator and the server itself, which may do
    /// everything.
    bearer: Option<Client>,
    expected: Option<EventId>,
    pub(crate) now: Timestamp,
    /// The same time on both clocks.
    pub(crate) moment: Moment,
    pub(crate) act: EventId,
    /// The rights that were checked, and that the actor has.
    needed: RefCell<Vec<Right>>,
}

/// The result of a command: the answer, and the entries of the audit trail.
pub(crate) struct Done {
    pub(crate) outcome: Outcome,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) entries: Vec<Entry>,
}

impl Done {
    pub(crate) fn new(outcome: Outcome, organization: OrganizationId, entry: Entry) -> Self {
        Self { outcome, organization: Some(organization), entries: vec![entry] }
    }

    pub(crate) fn of_instance(outcome: Outcome, entry: Entry) -> Self {
        Self { outcome, organization: None, entries: vec![entry] }
    }
}

impl CommandContext {
    /// The context of a command for which the actor needs no right but that over itself.
    pub(crate) fn by_itself(actor: Actor, batch: &Batch<'_>, now: Timestamp) -> Self {
        let moment = Moment { wall: now, careful: batch.now.careful };
        let act = batch.state.trail.next;
        Self { actor, bearer: None, expected: None, now, moment, act, needed: RefCell::default() }
    }

    /// True if the actor has this right in this place.
    pub(crate) fn may(&self, permission: Permission, place: ResourcePath) -> bool {
        self.bearer.as_ref().is_none_or(|bearer| bearer.may(permission, place))
    }

    /// Checks that the actor has this right in this place.
    pub(crate) fn permit(&self, permission: Permission, place: ResourcePath) -> Result<(), TransactionError> {
        if !self.may(permission, place) {
            return Err(CommandError::NotPermitted(permission).into());
        }
        self.note(Right::In(permission, place));
        Ok(())
    }

    /// Checks that the actor has this right in any place.
    pub(crate) fn permit_anywhere(&self, permission: Permission) -> Result<(), TransactionError> {
        if self.bearer.as_ref().is_some_and(|bearer| !bearer.may_somewhere(permission)) {
            return Err(CommandError::NotPermitted(permission).into());
        }
        self.note(Right::Anywhere(permission));
        Ok(())
    }

    /// Adds a right. Each counts once, so a command that makes many users in one place needs a few.
    pub(crate) fn note(&self, right: Right) {
        let mut needed = self.needed.borrow_mut();
        if !needed.contains(&right) {
            needed.push(right);
        }
    }

    /// Checks that the caller knew the present facts.
    pub(crate) fn check_fresh(&self, changed_by: EventId) -> Result<(), TransactionError> {
        match self.expected {
            Some(expected) if expected != changed_by => Err(OperationError::Stale.into()),
            Some(_) | None => Ok(()),
        }
    }

    /// True if the actor is a client, whose rights may be taken away.
    pub(crate) const fn is_bearer(&self) -> bool {
        self.bearer.is_some()
    }
}

impl Batch<'_> {
    pub(crate) fn administer(&mut self, act: AdminCommand) -> Result<Applied, TransactionError> {
        let AdminCommand { by, operation, expected, now } = act;
        let context = self.context(by, expected, now)?;
        let Done { outcome, organization, entries } = self.apply_operation(&context, operation)?;
        for entry in entries {
            self.record_event(now, context.actor, organization, &entry)?;
        }
        Ok(Applied { outcome, rights: context.needed.into_inner() })
    }

    /// The context of a command by this authority, if its token is still valid.
    pub(crate) fn context(
        &self,
        by: Principal,
        expected: Option<EventId>,
        now: Timestamp,
    ) -> Result<CommandContext, TransactionError> {
        let (actor, bearer) = match by {
            Principal::Operator => (Actor::Operator, None),
            Principal::System => (Actor::System, None),
            Principal::Bearer(bearer) => {
                (Actor::Client(bearer.client, bearer.credential), Some(self.bearer(&bearer)?))
            }
        };
        let moment = Moment { wall: now, careful: self.now.careful };
        Ok(CommandContext {
            actor,
            bearer,
            expected,
            now,
            moment,
            act: self.state.trail.next,
            needed: RefCell::default(),
        })
    }

    fn apply_operation(
        &mut self,
        context: &CommandContext,
        operation: Operation,
    ) -> Result<Done, TransactionError> {
        match operation {
            Operation::CreateServiceUsers(users) => self.create_service_users(context, users),
            Operation::Client(id, action) => self.act_on_client(context, id, action),
            Operation::Bootstrap(user, token) => self.bootstrap(context, *user, token),
            Operation::Project(id, action) => self.act_on_project(context, id, action),
            Operation::ProjectGrant(id, to, action) => self.act_on_project_grant(context, id, to, action),
            Operation::Organization(id, action) => self.act_on_organization(context, id, action),
            Operation::SigningKeys(change) => self.change_signing_keys(context, &change),
            Operation::TokenKeys(change) => self.change_token_keys(context, change),
            Operation::RevokeToken(token) => self.revoke_token_of(context, token),
            Operation::Leak(leak) => self.stop_leak(context, leak),
            Operation::FreeName(name) => self.free_retired_name(context, &name),
        }
    }

    /// The actor's present record, if its token is still valid: a revoked token has no effect any more.
    fn bearer(&self, bearer: &Bearer) -> Result<Client, TransactionError> {
        let client = self.client(bearer.client)?.ok_or(CommandError::TokenEnded)?;
        let past = self.past_of(&client, bearer.credential)?;
        let credential = found(&client, past.as_ref(), bearer.credential);
        let lives = |life: Life| {
            let times = Times { newest: self.state.newest, now: self.now };
            Ok::<_, TransactionError>(
                life.check(&client, credential, times).is_ok() && !self.is_token_revoked(life.name)?,
            )
        };
        let stands = match bearer.token {
            BearerToken::Opaque(life, key) => self.state.token_keys.keeps(key) && lives(life)?,
            BearerToken::Jwt(life, key) => {
                self.state.signing_keys.published().any(|published| published.id == key) && lives(life)?
            }
            BearerToken::Personal => check_personal(&client, credential, self.now).is_ok(),
        };
        if stands { Ok(client) } else { Err(CommandError::TokenEnded.into()) }
    }

    /// The past credential with this id; None if the client still has it.
    pub(crate) fn past_of(
        &self,
        client: &Client,
        id: CredentialId,
    ) -> Result<Option<PastCredential>, TransactionError> {
        if client.credential(id).is_some() {
            return Ok(None);
        }
        let past = self.transaction.open_table(PAST_CREDENTIALS)?;
        // An unreadable one counts as absent, so its tokens are not valid.
        let row = past.get((client.id.0, id.0))?;
        Ok(row.and_then(|row| records::read_past_credential(id, row.value()).ok()))
    }

    /// The place of a realm.
    fn place_of(&self, realm: AdminScope) -> Result<ResourcePath, TransactionError> {
        let instance = &self.state.instance;
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

    fn free_retired_name(
        &mut self,
        context: &CommandContext,
        name: &RetiredName,
    ) -> Result<Done, TransactionError> {
        context.permit(Permission::AdministratorWrite, ResourcePath::Instance)?;
        let retired = self.free_name(name.into())?;
        let entry = Entry::new(EventKind::NameFreed, retired.owner, 0, name.as_str());
        Ok(Done::of_instance(Outcome::Noted, entry))
    }

    /// Ids are unique over all kinds of objects, and none is ever used again: tokens, grants and rules
    /// elsewhere may still name it.
    fn check_new_id(&self, id: u64) -> Result<(), TransactionError> {
        let instance = &self.state.instance;
        // A record that can't be read, or was set aside, has its id too. Where pages of them are lost, the
        // readable ones count.
        let is_row = |table, is_lost, is_known| match (is_known, is_lost) {
            (true, _) | (false, true) => Ok::<_, TransactionError>(is_known),
            (false, false) => Ok(self.transaction.open_table(table)?.get(id)?.is_some()),
        };
        let taken = self.transaction.open_table(CLIENTS)?.get(id)?.is_some()
            || is_row(PROJECTS, instance.lost.projects, instance.project(ProjectId(id)).is_some())?
            || is_row(
                ORGANIZATIONS,
                instance.lost.organizations,
                instance.organization(OrganizationId(id)).is_some(),
            )?
            || instance.removed.contains(&id)
            || self.transaction.open_table(RETIRED_IDS)?.get(id)?.is_some();
        if taken { Err(OperationError::IdTaken.into()) } else { Ok(()) }
    }
}
