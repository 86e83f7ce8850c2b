//! Changing and deleting service users and APIs.

use super::client_events::entry;
use super::decision::{Change, Decision, Draft, PastFacts};
use super::facts::asked;
use super::names::is_same;
use super::unreadable::{HomeFacts, end_unreadable};
use super::{ClientUpdate, CommandContext, Decide, NameFacts, Outcome, PastNeeded, Record, Right};
use crate::client::{Client, Profile};
use crate::credential::Credential;
use crate::event::{Entry, EventKind};
use crate::id::{AuthorizationId, ClientId, ClientName, OrganizationId};
use crate::limits::ADMINISTRATORS_PER_ORGANIZATION_MAX;
use crate::permission::{Permission, ResourcePath};
use crate::refusal::OperationError;
use jeton_secret::CredentialId;
use std::sync::Arc;

/// Change a client.
#[derive(Debug)]
pub struct UpdateClient {
    /// Its id.
    pub id: ClientId,
    /// The change.
    pub update: ClientUpdate,
}

/// The facts about a client that is changed. Those that an update does not ask for are `None`.
#[derive(Debug)]
pub struct UpdateFacts {
    /// Its record.
    pub subject: Record<Client>,
    /// Its home in the indexes, if its record can't be read.
    pub home: Option<HomeFacts>,
    /// The past credentials that were asked for.
    pub past: PastFacts,
    /// True if the new credential's id is that of a past one.
    pub is_credential_taken: Option<bool>,
    /// True if another user has an authorization with the new id.
    pub is_authorization_taken: Option<bool>,
    /// The new username.
    pub name: Option<NameFacts>,
    /// True if there is another active owner of the instance.
    pub has_other_owner: Option<bool>,
    /// The number of administrators from its organization.
    pub administrators_from_home: Option<u64>,
}

/// The facts that an update asks for beside the record of its subject.
#[derive(Debug)]
pub struct UpdateAsks<'u> {
    /// The home in the indexes.
    pub home: bool,
    /// Past credentials.
    pub past: PastNeeded,
    /// The past credential with the id of a new one.
    pub credential: Option<CredentialId>,
    /// An authorization with this id.
    pub authorization: Option<AuthorizationId>,
    /// A username.
    pub name: Option<&'u ClientName>,
    /// Another owner of the instance.
    pub other_owner: bool,
    /// The number of administrators from this organization.
    pub administrators_from: Option<OrganizationId>,
}

impl UpdateClient {
    /// The facts that the update asks for, of the subject with this record.
    pub fn asks(&self, subject: &Record<Client>, context: &CommandContext) -> UpdateAsks<'_> {
        let mut asks = UpdateAsks {
            home: false,
            past: PastNeeded::None,
            credential: None,
            authorization: None,
            name: None,
            other_owner: false,
            administrators_from: None,
        };
        let client = match subject {
            Record::Is(client) => client,
            Record::Unreadable(_) => {
                asks.home = matches!(self.update, ClientUpdate::Deactivate);
                return asks;
            }
            Record::Absent => return asks,
        };
        let passes = context.would_pass(|context| {
            context.permit_update(client, &self.update)?;
            context.check_fresh(client.event_id)
        });
        if passes {
            asks.past = self.update.past();
            asks.other_owner = self.update.may_disarm() && context.asks_for_other_owner(client);
        }
        match &self.update {
            ClientUpdate::AddCredential { credential, .. } => asks.credential = Some(credential.id),
            ClientUpdate::Authorize(new) => asks.authorization = Some(new.id),
            ClientUpdate::Edit { username: Some(name), .. } if !is_same(name, &client.name) => {
                asks.name = Some(name);
            }
            ClientUpdate::AddAdminRoles(..) if !client.administers() => {
                asks.administrators_from = Some(client.organization);
            }
            ClientUpdate::Edit { .. }
            | ClientUpdate::AddAdminRoles(..)
            | ClientUpdate::Deactivate
            | ClientUpdate::Reactivate
            | ClientUpdate::Lock
            | ClientUpdate::Unlock
            | ClientUpdate::RevokeCredential(_)
            | ClientUpdate::RevokeSecrets
            | ClientUpdate::RevokeTokensOf(_)
            | ClientUpdate::RevokeTokens
            | ClientUpdate::EditApi(_)
            | ClientUpdate::Reauthorize(..)
            | ClientUpdate::SetAuthorizationActive(..)
            | ClientUpdate::Unauthorize(_)
            | ClientUpdate::UpdateAdminRoles(..)
            | ClientUpdate::RemoveAdminRoles(_)
            | ClientUpdate::SetMetadata(_)
            | ClientUpdate::DeleteMetadata(_) => {}
        }
        asks
    }
}

impl Decide for UpdateClient {
    type Facts = UpdateFacts;

    fn decide(self, facts: &UpdateFacts, context: &CommandContext) -> Result<Decision, OperationError> {
        let Self { id, update } = self;
        if let (Record::Unreadable(_), ClientUpdate::Deactivate) = (&facts.subject, &update) {
            let home = facts.home.as_ref().ok_or(OperationError::FactsUnavailable)?;
            return end_unreadable(id, Permission::UserWrite, home, context);
        }
        let client = facts.subject.found()?.ok_or(OperationError::UnknownClient)?;
        let update = update.completed(client, context.instance());
        context.permit_update(client, &update)?;
        context.check_fresh(client.event_id)?;
        context.check_update(client, &update, facts)?;
        let mut draft = Draft::new(context);
        draft.tell(client.organization, entry(client, &update));
        let after = draft.update_client(client, update, &facts.past, context.event_id())?;
        Ok(draft.done(Outcome::Client(after)))
    }
}

/// Delete a client.
#[derive(Debug)]
pub struct DeleteClient(pub ClientId);

/// The facts about a client that is deleted.
#[derive(Debug)]
pub struct DeleteFacts {
    /// Its record.
    pub subject: Record<Client>,
    /// Its home in the indexes, if its record can't be read.
    pub home: Option<HomeFacts>,
    /// True if there is another active owner of the instance; `None` if that is not asked for.
    pub has_other_owner: Option<bool>,
}

impl DeleteClient {
    /// True if another owner of the instance is asked for.
    pub fn asks_for_other_owner(client: &Client, context: &CommandContext) -> bool {
        let passes = context.would_pass(|context| {
            context.permit_over(client, Permission::UserDelete)?;
            context.check_fresh(client.event_id)
        });
        passes && context.asks_for_other_owner(client)
    }
}

impl Decide for DeleteClient {
    type Facts = DeleteFacts;

    fn decide(self, facts: &DeleteFacts, context: &CommandContext) -> Result<Decision, OperationError> {
        let client = match &facts.subject {
            Record::Is(client) => client,
            Record::Unreadable(_) => {
                let home = facts.home.as_ref().ok_or(OperationError::FactsUnavailable)?;
                return end_unreadable(self.0, Permission::UserDelete, home, context);
            }
            Record::Absent => return Err(OperationError::UnknownClient),
        };
        context.permit_over(client, Permission::UserDelete)?;
        context.check_fresh(client.event_id)?;
        context.check_not_last_owner(client, facts.has_other_owner)?;
        let kind = match client.profile {
            Profile::ServiceUser(_) => EventKind::UserRemoved,
            Profile::Api(_) => EventKind::ApplicationRemoved,
        };
        let mut draft = Draft::new(context);
        draft.tell(client.organization, Entry::new(kind, client.id.0, 0, client.name.as_str()));
        let client = Arc::new((**client).clone());
        draft.change(Change::RemoveClient(Arc::clone(&client)));
        Ok(draft.done(Outcome::Client(client)))
    }
}

impl CommandContext {
    /// Checks the rights for an update: over the user, over the project whose roles are given, or over
    /// the realm that is to be administered.
    fn permit_update(&self, client: &Client, update: &ClientUpdate) -> Result<(), OperationError> {
        match update {
            ClientUpdate::Authorize(new) => self.permit_authorize(client, new),
            ClientUpdate::Reauthorize(id, _)
            | ClientUpdate::SetAuthorizationActive(id, _)
            | ClientUpdate::Unauthorize(id) => self.permit_reauthorize(client, *id),
            ClientUpdate::AddAdminRoles(realm, _) | ClientUpdate::UpdateAdminRoles(realm, _) => {
                let place = self.place_of(*realm)?;
                self.permit(Permission::AdministratorWrite, place)?;
                self.permit_sight(client, place)
            }
            ClientUpdate::RemoveAdminRoles(realm) => {
                let place = self.place_of(*realm).unwrap_or(ResourcePath::Instance);
                self.permit(Permission::AdministratorWrite, place)
            }
            ClientUpdate::Deactivate
            | ClientUpdate::Reactivate
            | ClientUpdate::Lock
            | ClientUpdate::Unlock
            | ClientUpdate::AddCredential { .. }
            | ClientUpdate::RevokeCredential(_)
            | ClientUpdate::RevokeSecrets
            | ClientUpdate::RevokeTokensOf(_)
            | ClientUpdate::RevokeTokens
            | ClientUpdate::Edit { .. }
            | ClientUpdate::EditApi(_)
            | ClientUpdate::SetMetadata(_)
            | ClientUpdate::DeleteMetadata(_) => self.permit_over(client, Permission::UserWrite),
        }
    }

    /// A change of a user can be used to act as that user, by giving it a secret. So power over a user
    /// with administrator roles is only given to actors who may assign the roles for these realms.
    fn permit_over(&self, client: &Client, permission: Permission) -> Result<(), OperationError> {
        if let Some(api) = client.api() {
            let place = ResourcePath::Project(client.organization, api.project);
            return self.permit(Permission::ProjectWrite, place);
        }
        self.permit(permission, ResourcePath::Organization(client.organization))?;
        self.permit_over_administrator(client)
    }

    pub(super) fn permit_over_administrator(&self, client: &Client) -> Result<(), OperationError> {
        let administrations = client.service_user().map(|user| user.administrations.as_slice());
        for administration in administrations.unwrap_or_default() {
            // A realm that no longer exists gives no power.
            if let Ok(place) = self.place_of(administration.realm) {
                self.permit(Permission::AdministratorWrite, place)?;
            }
        }
        self.note(Right::Over(client.id));
        Ok(())
    }

    /// Checks an update against other objects: names are free, roles exist, an owner is left.
    fn check_update(
        &self,
        client: &Client,
        update: &ClientUpdate,
        facts: &UpdateFacts,
    ) -> Result<(), OperationError> {
        if update.may_disarm() {
            self.check_not_last_owner(client, facts.has_other_owner)?;
        }
        match update {
            ClientUpdate::AddCredential { credential, .. } => {
                check_new_credential(client, credential, facts.is_credential_taken)
            }
            ClientUpdate::Authorize(new) => {
                if asked(facts.is_authorization_taken)? {
                    return Err(OperationError::IdTaken);
                }
                self.check_roles(client, new, &new.roles)
            }
            ClientUpdate::Reauthorize(id, roles) => self.check_new_roles(client, *id, roles),
            ClientUpdate::Edit { username: Some(name), .. } if !is_same(name, &client.name) => {
                self.check_free_username(asked(facts.name)?, client.id, client.organization)
            }
            ClientUpdate::AddAdminRoles(..) if !client.administers() => {
                check_room_for_administrators(asked(facts.administrators_from_home)?, 1)
            }
            ClientUpdate::Edit { .. }
            | ClientUpdate::AddAdminRoles(..)
            | ClientUpdate::Deactivate
            | ClientUpdate::Reactivate
            | ClientUpdate::Lock
            | ClientUpdate::Unlock
            | ClientUpdate::RevokeCredential(_)
            | ClientUpdate::RevokeSecrets
            | ClientUpdate::RevokeTokensOf(_)
            | ClientUpdate::RevokeTokens
            | ClientUpdate::EditApi(_)
            | ClientUpdate::SetAuthorizationActive(..)
            | ClientUpdate::Unauthorize(_)
            | ClientUpdate::UpdateAdminRoles(..)
            | ClientUpdate::RemoveAdminRoles(_)
            | ClientUpdate::SetMetadata(_)
            | ClientUpdate::DeleteMetadata(_) => Ok(()),
        }
    }

    /// True if a command that ends this client has to know another owner of the instance. The last owner
    /// can't be removed over the network. The operator can always add one again.
    pub fn asks_for_other_owner(&self, client: &Client) -> bool {
        self.is_bearer() && client.is_owner()
    }

    fn check_not_last_owner(&self, client: &Client, other: Option<bool>) -> Result<(), OperationError> {
        let last = self.asks_for_other_owner(client) && !asked(other)?;
        if last { Err(OperationError::LastOwner) } else { Ok(()) }
    }
}

impl Client {
    /// True if it has administrator roles.
    pub fn administers(&self) -> bool {
        self.service_user().is_some_and(|user| !user.administrations.is_empty())
    }

    /// True if it may assign administrator roles for the instance.
    pub fn is_owner(&self) -> bool {
        self.may(Permission::AdministratorWrite, ResourcePath::Instance)
    }
}

/// Checks that this many more users of an organization may get administrator roles.
pub(super) fn check_room_for_administrators(there: u64, more: usize) -> Result<(), OperationError> {
    let there = usize::try_from(there).unwrap_or(usize::MAX);
    if there.saturating_add(more) > ADMINISTRATORS_PER_ORGANIZATION_MAX {
        return Err(OperationError::TooMany(ADMINISTRATORS_PER_ORGANIZATION_MAX));
    }
    Ok(())
}

fn check_new_credential(
    client: &Client,
    new: &Credential,
    is_taken: Option<bool>,
) -> Result<(), OperationError> {
    if client.credential(new.id).is_some() || asked(is_taken)? {
        return Err(OperationError::IdTaken);
    }
    if new.is_personal_access_token() {
        client.service_user().ok_or(OperationError::NotAServiceUser)?;
        if !client.is_active() {
            return Err(OperationError::Inactive);
        }
    }
    Ok(())
}
