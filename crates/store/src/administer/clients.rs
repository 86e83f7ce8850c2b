//! Service users and APIs.

use super::authorizations::permit_sight;
use super::{CommandContext, Done};
use crate::batch::{Batch, TransactionError};
use crate::index::{Counted, administrator_key};
use crate::limits::ADMINISTRATORS_PER_ORGANIZATION_MAX;
use crate::records;
use crate::schema::{
    ADMINISTRATORS, AUTHORIZATIONS, CLIENT_NAMES, CLIENTS, HOME_ADMINISTRATORS, RESOURCES, RETIRED_IDS,
};
use jeton_domain::admin::Outcome;
use jeton_domain::admin::Right;
use jeton_domain::admin::client_events::entry;
use jeton_domain::admin::{ClientOperation, ClientUpdate, PastNeeded};
use jeton_domain::client::{Api, Changed, Client, Profile};
use jeton_domain::credential::Credential;
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::{ClientId, ClientName, EventId, OrganizationId};
use jeton_domain::permission::{AdminRole, AdminScope, Permission, ResourcePath};
use jeton_domain::record::{RecordKind, UnreadableRecord};
use jeton_domain::refusal::OperationError;
use jeton_domain::retired_name::Name;
use redb::ReadableTable;
use std::sync::Arc;

/// A client's row.
pub(crate) enum Stored {
    Client(Box<Client>),
    Unreadable,
    Absent,
}

impl Batch<'_> {
    /// Users of an organization that have administrator roles.
    pub(super) fn administrators_from(
        &self,
        home: OrganizationId,
    ) -> Result<Vec<ClientId>, TransactionError> {
        let table = self.transaction.open_table(HOME_ADMINISTRATORS)?;
        let rows = table.range((home.0, 0)..=(home.0, u64::MAX))?;
        Ok(rows.map(|row| row.map(|(key, _)| ClientId(key.value().1))).collect::<Result<_, _>>()?)
    }

    /// True if an active owner of the instance is among these.
    pub(super) fn has_owner(&self, among: impl Fn(&Client) -> bool) -> Result<bool, TransactionError> {
        let ids: Vec<ClientId> = {
            let (first, last) = (ClientId(0), ClientId(u64::MAX));
            let of_instance = |client| administrator_key(AdminScope::Instance, client);
            let table = self.transaction.open_table(ADMINISTRATORS)?;
            let rows = table.range(of_instance(first)..=of_instance(last))?;
            rows.map(|row| row.map(|(key, _)| ClientId(key.value().2))).collect::<Result<_, _>>()?
        };
        for id in ids {
            // An owner whose record can't be read can't act.
            if let Stored::Client(client) = self.stored(id)?
                && among(&client)
                && client.is_active()
                && is_owner(&client)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Checks, before all users of an organization stop working, that the actor has power over each of
    /// them, and that an owner is left.
    pub(super) fn check_power_over_all(
        &self,
        context: &CommandContext,
        of: OrganizationId,
    ) -> Result<(), TransactionError> {
        let mut owns = false;
        for id in self.administrators_from(of)? {
            match self.stored(id)? {
                Stored::Client(client) => {
                    owns |= is_owner(&client);
                    self.permit_over_administrator(context, &client)?;
                }
                Stored::Unreadable => {
                    context.permit(Permission::AdministratorWrite, ResourcePath::Instance)?;
                }
                Stored::Absent => {}
            }
        }
        let last = context.is_bearer() && owns && !self.has_owner(|client| client.organization != of)?;
        if last { Err(OperationError::LastOwner.into()) } else { Ok(()) }
    }

    /// Checks that this many more users of an organization may get administrator roles.
    pub(super) fn check_room_for_administrators(
        &self,
        home: OrganizationId,
        more: usize,
    ) -> Result<(), TransactionError> {
        let there = usize::try_from(self.count(Counted::AdministratorsFrom(home))?).unwrap_or(usize::MAX);
        if there.saturating_add(more) > ADMINISTRATORS_PER_ORGANIZATION_MAX {
            return Err(OperationError::TooMany(ADMINISTRATORS_PER_ORGANIZATION_MAX).into());
        }
        Ok(())
    }

    pub(super) fn act_on_client(
        &mut self,
        context: &CommandContext,
        id: ClientId,
        action: ClientOperation,
    ) -> Result<Done, TransactionError> {
        match action {
            ClientOperation::CreateApi { name, project, resource, credential } => {
                self.create_api(context, id, Api { name, project, resource }, credential)
            }
            ClientOperation::Update(update) => self.update_client(context, id, update),
            ClientOperation::Delete => self.delete_client(context, id),
        }
    }

    fn create_api(
        &mut self,
        context: &CommandContext,
        id: ClientId,
        api: Api,
        credential: Option<Credential>,
    ) -> Result<Done, TransactionError> {
        let place = self.place_of(AdminScope::Project(api.project))?;
        context.permit(Permission::ProjectWrite, place)?;
        self.check_new_id(id.0)?;
        if let Some(resource) = &api.resource
            && self.transaction.open_table(RESOURCES)?.get(resource.as_str())?.is_some()
        {
            return Err(OperationError::ResourceTaken.into());
        }
        let project = self.state.instance.project(api.project).ok_or(OperationError::UnknownProject)?;
        let organization = project.organization;
        if let Some(resource) = &api.resource {
            self.check_not_retired(context, Name::Resource(resource.as_str()), id.0, organization)?;
        }
        let entry = Entry::new(EventKind::ApplicationAdded, id.0, api.project.0, api.name.as_str());
        let client = self.new_client(
            context,
            id,
            ClientName::of_api(id),
            organization,
            Profile::Api(api),
            context.act,
        );
        let client = Client { credentials: credential.into_iter().collect(), ..client };
        Ok(Done::new(Outcome::Client(self.write_client(None, client)?), organization, entry))
    }

    fn update_client(
        &mut self,
        context: &CommandContext,
        id: ClientId,
        update: ClientUpdate,
    ) -> Result<Done, TransactionError> {
        if matches!(update, ClientUpdate::Deactivate) && matches!(self.stored(id)?, Stored::Unreadable) {
            return self.end_unreadable(context, id, Permission::UserWrite);
        }
        let client = self.client(id)?.ok_or(OperationError::UnknownClient)?;
        let update = self.completed(&client, update);
        self.permit_update(context, &client, &update)?;
        context.check_fresh(client.act)?;
        self.check_update(context, &client, &update)?;
        let (organization, entry) = (client.organization, entry(&client, &update));
        let client = self.change_client(context, &client, update)?;
        Ok(Done::new(Outcome::Client(client), organization, entry))
    }

    /// Checks the rights for an update: over the user, over the project whose roles are given, or over
    /// the realm that is to be administered.
    fn permit_update(
        &self,
        context: &CommandContext,
        client: &Client,
        update: &ClientUpdate,
    ) -> Result<(), TransactionError> {
        match update {
            ClientUpdate::Authorize(new) => self.permit_authorize(context, client, new),
            ClientUpdate::Reauthorize(id, _)
            | ClientUpdate::SetAuthorizationActive(id, _)
            | ClientUpdate::Unauthorize(id) => self.permit_reauthorize(context, client, *id),
            ClientUpdate::AddAdminRoles(realm, _) | ClientUpdate::UpdateAdminRoles(realm, _) => {
                let place = self.place_of(*realm)?;
                context.permit(Permission::AdministratorWrite, place)?;
                permit_sight(context, client, place)
            }
            ClientUpdate::RemoveAdminRoles(realm) => {
                let place = self.place_of(*realm).unwrap_or(ResourcePath::Instance);
                context.permit(Permission::AdministratorWrite, place)
            }
            _ => self.permit_over(context, client, Permission::UserWrite),
        }
    }

    /// A change of a user can be used to act as that user, by giving it a secret. So power over a user
    /// with administrator roles is only given to actors who may assign the roles for these realms.
    fn permit_over(
        &self,
        context: &CommandContext,
        client: &Client,
        permission: Permission,
    ) -> Result<(), TransactionError> {
        if client.service_user().is_none() {
            let project = client.api().map(|api| api.project).ok_or(OperationError::UnknownClient)?;
            return context
                .permit(Permission::ProjectWrite, ResourcePath::Project(client.organization, project));
        }
        context.permit(permission, ResourcePath::Organization(client.organization))?;
        self.permit_over_administrator(context, client)
    }

    pub(crate) fn permit_over_administrator(
        &self,
        context: &CommandContext,
        client: &Client,
    ) -> Result<(), TransactionError> {
        let administrations = client.service_user().map(|user| user.administrations.as_slice());
        for administration in administrations.unwrap_or_default() {
            // A realm that no longer exists gives no power.
            if let Ok(place) = self.place_of(administration.realm) {
                context.permit(Permission::AdministratorWrite, place)?;
            }
        }
        context.note(Right::Over(client.id));
        Ok(())
    }

    /// Checks an update against other objects: names are free, roles exist, an owner is left.
    fn check_update(
        &self,
        context: &CommandContext,
        client: &Client,
        update: &ClientUpdate,
    ) -> Result<(), TransactionError> {
        if update.may_disarm() {
            self.check_not_last_owner(context, client)?;
        }
        match update {
            ClientUpdate::AddCredential { credential, .. } => self.check_new_credential(client, credential),
            ClientUpdate::Authorize(new)
                if self.transaction.open_table(AUTHORIZATIONS)?.get(new.id.0)?.is_some() =>
            {
                Err(OperationError::IdTaken.into())
            }
            ClientUpdate::Edit { username: Some(name), .. } if name.folded() != client.name.folded() => {
                self.check_free_name(context, name, client.id, client.organization)
            }
            ClientUpdate::Authorize(new) => self.check_roles(client, new, &new.roles),
            ClientUpdate::AddAdminRoles(..) if !administers(client) => {
                self.check_room_for_administrators(client.organization, 1)
            }
            ClientUpdate::Reauthorize(id, roles) => {
                self.check_roles(client, self.authorization_of(client, *id)?, roles)
            }
            _ => Ok(()),
        }
    }

    /// The last owner can't be removed over the network. The operator can always add one again.
    fn check_not_last_owner(
        &self,
        context: &CommandContext,
        client: &Client,
    ) -> Result<(), TransactionError> {
        let last =
            context.is_bearer() && is_owner(client) && !self.has_owner(|other| other.id != client.id)?;
        if last { Err(OperationError::LastOwner.into()) } else { Ok(()) }
    }

    fn check_new_credential(&self, client: &Client, new: &Credential) -> Result<(), TransactionError> {
        if client.credential(new.id).is_some() || self.past_of(client, new.id)?.is_some() {
            return Err(OperationError::IdTaken.into());
        }
        if new.is_personal_access_token() {
            client.service_user().ok_or(OperationError::NotAServiceUser)?;
            if !client.is_active() {
                return Err(OperationError::Inactive.into());
            }
        }
        Ok(())
    }

    pub(super) fn check_free_name(
        &self,
        context: &CommandContext,
        name: &ClientName,
        taker: ClientId,
        organization: OrganizationId,
    ) -> Result<(), TransactionError> {
        if self.transaction.open_table(CLIENT_NAMES)?.get(name.folded())?.is_some() {
            return Err(OperationError::NameTaken.into());
        }
        self.check_not_retired(context, Name::Username(name.folded()), taker.0, organization)
    }

    /// Decides an update and writes its result.
    pub(super) fn change_client(
        &mut self,
        context: &CommandContext,
        before: &Client,
        update: ClientUpdate,
    ) -> Result<Arc<Client>, TransactionError> {
        self.change_client_by(context, before, update, context.act)
    }

    /// The same with the number of the event that the changed record names.
    pub(super) fn change_client_by(
        &mut self,
        context: &CommandContext,
        before: &Client,
        update: ClientUpdate,
        act: EventId,
    ) -> Result<Arc<Client>, TransactionError> {
        if let PastNeeded::One(id) = update.past()
            && self.end_unreadable_credential(before, id)?
        {
            let after = Client { act, changed: context.now, ..before.clone() };
            return self.write_client(Some(before), after);
        }
        let mark = if update.sets_a_mark() { self.state.draw_generation(context.now) } else { before.mark };
        let past = self.past_needed(before.id, update.past())?;
        let facts = match update {
            ClientUpdate::Authorize(_) | ClientUpdate::Reauthorize(..) | ClientUpdate::AddAdminRoles(..) => {
                self.without_gone(before.clone())
            }
            _ => before.clone(),
        };
        let Changed { client, past } = update.decide(facts, past, mark, act, context.moment)?;
        let after = self.write_client(Some(before), Client { act, ..client })?;
        for credential in past {
            self.write_past(before.id, &credential, context.moment)?;
        }
        Ok(after)
    }

    /// Gives an organization its first administrators. The caller has checked that they exist.
    pub(super) fn add_admin_roles(
        &mut self,
        context: &CommandContext,
        id: ClientId,
        realm: AdminScope,
        roles: Vec<AdminRole>,
    ) -> Result<(), TransactionError> {
        let client = self.client(id)?.ok_or(OperationError::UnknownClient)?;
        self.change_client(context, &client, ClientUpdate::AddAdminRoles(realm, roles)).map(|_| ())
    }

    fn delete_client(&mut self, context: &CommandContext, id: ClientId) -> Result<Done, TransactionError> {
        let client = match self.stored(id)? {
            Stored::Client(client) => client,
            Stored::Unreadable => return self.end_unreadable(context, id, Permission::UserDelete),
            Stored::Absent => return Err(OperationError::UnknownClient.into()),
        };
        self.permit_over(context, &client, Permission::UserDelete)?;
        context.check_fresh(client.act)?;
        self.check_not_last_owner(context, &client)?;
        self.remove_client(&client)?;
        let kind = match client.profile {
            Profile::ServiceUser(_) => EventKind::UserRemoved,
            Profile::Api(_) => EventKind::ApplicationRemoved,
        };
        let entry = Entry::new(kind, id.0, 0, client.name.as_str());
        let organization = client.organization;
        Ok(Done::new(Outcome::Client(Arc::from(client)), organization, entry))
    }

    pub(crate) fn remove_client(&mut self, client: &Client) -> Result<(), TransactionError> {
        self.transaction.open_table(CLIENTS)?.remove(client.id.0)?;
        self.transaction.open_table(RETIRED_IDS)?.insert(client.id.0, ())?;
        self.retire_names(client, None)?;
        self.reindex(Some(client), None)?;
        for credential in &client.credentials {
            self.forget_use(credential.id)?;
        }
        self.remove_past(client.id)?;
        self.state.changes.mark(client.id);
        Ok(())
    }

    /// A client, if there is one. If the activity of its home is not known, it counts as inactive.
    pub(crate) fn client(&self, id: ClientId) -> Result<Option<Client>, TransactionError> {
        match self.stored(id)? {
            Stored::Client(client) => Ok(Some(*client)),
            Stored::Unreadable => Err(UnreadableRecord { kind: RecordKind::Client, id: id.0 }.into()),
            Stored::Absent => Ok(None),
        }
    }

    /// A client. One that is being removed with its organization or project is absent.
    pub(super) fn stored(&self, id: ClientId) -> Result<Stored, TransactionError> {
        match self.stored_row(id)? {
            Stored::Client(client) if self.state.instance.is_removed(&client) => Ok(Stored::Absent),
            stored => Ok(stored),
        }
    }

    /// A client's row.
    pub(crate) fn stored_row(&self, id: ClientId) -> Result<Stored, TransactionError> {
        let clients = self.transaction.open_table(CLIENTS)?;
        let Some(row) = clients.get(id.0)? else { return Ok(Stored::Absent) };
        Ok(match records::read_client(id, row.value()) {
            Ok(client) => {
                let home_active = self.state.instance.is_home_active(&client).unwrap_or(false);
                Stored::Client(Box::new(Client { home_active, ..client }))
            }
            Err(_) => Stored::Unreadable,
        })
    }

    pub(super) fn write_client(
        &mut self,
        before: Option<&Client>,
        client: Client,
    ) -> Result<Arc<Client>, TransactionError> {
        let record = records::write_client(&client).map_err(|_| OperationError::TooLarge)?;
        self.transaction.open_table(CLIENTS)?.insert(client.id.0, record.as_slice())?;
        if let Some(before) = before {
            self.retire_names(before, Some(&client))?;
        }
        if let Some(name) =
            Name::of_client(&client).filter(|name| before.and_then(Name::of_client) != Some(*name))
        {
            self.take_name(name)?;
        }
        self.reindex(before, Some(&client))?;
        self.state.changes.mark(client.id);
        Ok(Arc::new(client))
    }
}

/// True if the client has administrator roles.
pub(super) fn administers(client: &Client) -> bool {
    client.service_user().is_some_and(|user| !user.administrations.is_empty())
}

fn is_owner(client: &Client) -> bool {
    client.may(Permission::AdministratorWrite, ResourcePath::Instance)
}
