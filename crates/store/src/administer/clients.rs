//! Service users and APIs.

use super::authorizations::permit_sight;
use super::client_events::entry;
use super::{Doing, Done};
use crate::act::{Action, NewServiceUser, PastNeeded, Update};
use crate::batch::{Batch, Trouble};
use crate::command::Outcome;
use crate::index::{Counted, administrator_key};
use crate::limits::ADMINISTRATORS_PER_ORGANIZATION_MAX;
use crate::records;
use crate::retired::{Name, name_of};
use crate::rights::Right;
use crate::schema::{
    ADMINISTRATORS, AUTHORIZATIONS, CLIENT_NAMES, CLIENTS, HOME_ADMINISTRATORS, RESOURCES, RETIRED_IDS,
};
use crate::unreadable::{RecordKind, UnreadableRecord};
use jeton_domain::client::{Api, Changed, Client, ClientState, Profile};
use jeton_domain::credential::{Credential, Others};
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::{ActNumber, ClientId, ClientName, OrganizationId};
use jeton_domain::permission::{AdminRole, Permission, Place, Realm};
use jeton_domain::refusal::Refusal;
use redb::ReadableTable;
use std::collections::HashSet;
use std::sync::Arc;

/// A client's row.
pub(crate) enum Stored {
    Client(Box<Client>),
    Unreadable,
    Absent,
}

impl Batch<'_> {
    /// Creates all or none: every check that can refuse comes before the first write.
    pub(super) fn create_service_users(
        &mut self,
        doing: &Doing,
        users: Vec<NewServiceUser>,
    ) -> Result<Done, Trouble> {
        let mut seen = (HashSet::new(), HashSet::new());
        for user in &users {
            doing.permit(Permission::UserWrite, Place::Organization(user.organization))?;
            self.check_new_user(doing, user)?;
            if !seen.0.insert(user.id) {
                return Err(Refusal::IdTaken.into());
            }
            if !seen.1.insert(user.name.folded().to_owned()) {
                return Err(Refusal::NameTaken.into());
            }
        }
        let organization = users.first().map(|user| user.organization);
        let (mut clients, mut entries) = (Vec::new(), Vec::new());
        for (place, user) in (0..).zip(users) {
            let act = ActNumber(doing.act.0.saturating_add(place));
            entries.push(Entry::new(EventKind::UserAdded, user.id.0, 0, user.name.as_str()));
            clients.push(self.write_new_user(doing, user, act)?);
        }
        let outcome = match clients.pop() {
            Some(only) if clients.is_empty() => Outcome::Client(only),
            last => {
                clients.extend(last);
                Outcome::Clients(clients)
            }
        };
        Ok(Done { outcome, organization, entries })
    }

    fn check_new_user(&self, doing: &Doing, user: &NewServiceUser) -> Result<(), Trouble> {
        self.check_new_id(user.id.0)?;
        if self.counters.instance.organization(user.organization).is_none() {
            return Err(Refusal::UnknownOrganization.into());
        }
        self.check_free_name(doing, &user.name, user.id, user.organization)
    }

    fn write_new_user(
        &mut self,
        doing: &Doing,
        new: NewServiceUser,
        act: ActNumber,
    ) -> Result<Arc<Client>, Trouble> {
        let NewServiceUser { id, organization, name, user } = new;
        let client = self.new_client(doing, id, name, organization, Profile::ServiceUser(user), act);
        self.write_client(None, client)
    }

    fn new_client(
        &mut self,
        doing: &Doing,
        id: ClientId,
        name: ClientName,
        organization: OrganizationId,
        profile: Profile,
        act: ActNumber,
    ) -> Client {
        Client {
            id,
            name,
            organization,
            state: ClientState::Active,
            home_active: true,
            profile,
            credentials: Vec::new(),
            mark: self.counters.draw_generation(doing.now),
            created: doing.now,
            changed: doing.now,
            act,
        }
    }

    /// Creates the first administrator. Of two concurrent calls one succeeds; the other finds the
    /// administrator there.
    pub(super) fn bootstrap(
        &mut self,
        doing: &Doing,
        new: NewServiceUser,
        token: Option<Credential>,
    ) -> Result<Done, Trouble> {
        doing.permit(Permission::AdministratorWrite, Place::Instance)?;
        if self.has_owner(|_| true)? {
            return Err(Refusal::AlreadyBootstrapped.into());
        }
        self.check_new_user(doing, &new)?;
        let organization = new.organization;
        let mut entries = vec![Entry::new(EventKind::Bootstrapped, new.id.0, 0, new.name.as_str())];
        let user = new.user.clone();
        let client =
            self.new_client(doing, new.id, new.name, organization, Profile::ServiceUser(user), doing.act);
        let client = match token {
            Some(credential) => {
                let event = EventKind::PersonalAccessTokenAdded;
                entries.push(Entry::new(event, client.id.0, credential.id.0, ""));
                client.add_credential(credential, Others::Stay, doing.moment)?.client
            }
            None => client,
        };
        let outcome = Outcome::Client(self.write_client(None, client)?);
        Ok(Done { outcome, organization: Some(organization), entries })
    }

    /// Users of an organization that have administrator roles.
    pub(super) fn administrators_from(&self, home: OrganizationId) -> Result<Vec<ClientId>, Trouble> {
        let table = self.transaction.open_table(HOME_ADMINISTRATORS)?;
        let rows = table.range((home.0, 0)..=(home.0, u64::MAX))?;
        Ok(rows.map(|row| row.map(|(key, _)| ClientId(key.value().1))).collect::<Result<_, _>>()?)
    }

    /// True if an active owner of the instance is among these.
    fn has_owner(&self, among: impl Fn(&Client) -> bool) -> Result<bool, Trouble> {
        let ids: Vec<ClientId> = {
            let (first, last) = (ClientId(0), ClientId(u64::MAX));
            let of_instance = |client| administrator_key(Realm::Instance, client);
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
    pub(super) fn check_power_over_all(&self, doing: &Doing, of: OrganizationId) -> Result<(), Trouble> {
        let mut owns = false;
        for id in self.administrators_from(of)? {
            match self.stored(id)? {
                Stored::Client(client) => {
                    owns |= is_owner(&client);
                    self.permit_over_administrator(doing, &client)?;
                }
                Stored::Unreadable => doing.permit(Permission::AdministratorWrite, Place::Instance)?,
                Stored::Absent => {}
            }
        }
        let last = doing.is_bearer() && owns && !self.has_owner(|client| client.organization != of)?;
        if last { Err(Refusal::LastOwner.into()) } else { Ok(()) }
    }

    /// Checks that this many more users of an organization may get administrator roles.
    pub(super) fn check_room_for_administrators(
        &self,
        home: OrganizationId,
        more: usize,
    ) -> Result<(), Trouble> {
        let there = usize::try_from(self.count(Counted::AdministratorsFrom(home))?).unwrap_or(usize::MAX);
        if there.saturating_add(more) > ADMINISTRATORS_PER_ORGANIZATION_MAX {
            return Err(Refusal::TooMany(ADMINISTRATORS_PER_ORGANIZATION_MAX).into());
        }
        Ok(())
    }

    pub(super) fn act_on_client(
        &mut self,
        doing: &Doing,
        id: ClientId,
        action: Action,
    ) -> Result<Done, Trouble> {
        match action {
            Action::CreateApi { name, project, resource, credential } => {
                self.create_api(doing, id, Api { name, project, resource }, credential)
            }
            Action::Update(update) => self.update_client(doing, id, update),
            Action::Delete => self.delete_client(doing, id),
        }
    }

    fn create_api(
        &mut self,
        doing: &Doing,
        id: ClientId,
        api: Api,
        credential: Option<Credential>,
    ) -> Result<Done, Trouble> {
        let place = self.place_of(Realm::Project(api.project))?;
        doing.permit(Permission::ProjectWrite, place)?;
        self.check_new_id(id.0)?;
        if let Some(resource) = &api.resource
            && self.transaction.open_table(RESOURCES)?.get(resource.as_str())?.is_some()
        {
            return Err(Refusal::ResourceTaken.into());
        }
        let project = self.counters.instance.project(api.project).ok_or(Refusal::UnknownProject)?;
        let organization = project.organization;
        if let Some(resource) = &api.resource {
            self.check_not_retired(doing, Name::Resource(resource.as_str()), id.0, organization)?;
        }
        let entry = Entry::new(EventKind::ApplicationAdded, id.0, api.project.0, api.name.as_str());
        let client =
            self.new_client(doing, id, ClientName::of_api(id), organization, Profile::Api(api), doing.act);
        let client = Client { credentials: credential.into_iter().collect(), ..client };
        Ok(Done::new(Outcome::Client(self.write_client(None, client)?), organization, entry))
    }

    fn update_client(&mut self, doing: &Doing, id: ClientId, update: Update) -> Result<Done, Trouble> {
        if matches!(update, Update::Deactivate) && matches!(self.stored(id)?, Stored::Unreadable) {
            return self.end_unreadable(doing, id, Permission::UserWrite);
        }
        let client = self.client(id)?.ok_or(Refusal::UnknownClient)?;
        let update = self.completed(&client, update);
        self.permit_update(doing, &client, &update)?;
        doing.check_fresh(client.act)?;
        self.check_update(doing, &client, &update)?;
        let (organization, entry) = (client.organization, entry(&client, &update));
        let client = self.change_client(doing, &client, update)?;
        Ok(Done::new(Outcome::Client(client), organization, entry))
    }

    /// Checks the rights for an update: over the user, over the project whose roles are given, or over
    /// the realm that is to be administered.
    fn permit_update(&self, doing: &Doing, client: &Client, update: &Update) -> Result<(), Trouble> {
        match update {
            Update::Authorize(new) => self.permit_authorize(doing, client, new),
            Update::Reauthorize(id, _) | Update::SwitchAuthorization(id, _) | Update::Unauthorize(id) => {
                self.permit_reauthorize(doing, client, *id)
            }
            Update::Appoint(realm, _) | Update::Reappoint(realm, _) => {
                let place = self.place_of(*realm)?;
                doing.permit(Permission::AdministratorWrite, place)?;
                permit_sight(doing, client, place)
            }
            Update::Dismiss(realm) => {
                let place = self.place_of(*realm).unwrap_or(Place::Instance);
                doing.permit(Permission::AdministratorWrite, place)
            }
            _ => self.permit_over(doing, client, Permission::UserWrite),
        }
    }

    /// A change of a user can be used to act as that user, by giving it a secret. So power over a user
    /// with administrator roles is only given to actors who may assign the roles for these realms.
    fn permit_over(&self, doing: &Doing, client: &Client, permission: Permission) -> Result<(), Trouble> {
        if client.service_user().is_none() {
            let project = client.api().map(|api| api.project).ok_or(Refusal::UnknownClient)?;
            return doing.permit(Permission::ProjectWrite, Place::Project(client.organization, project));
        }
        doing.permit(permission, Place::Organization(client.organization))?;
        self.permit_over_administrator(doing, client)
    }

    pub(crate) fn permit_over_administrator(&self, doing: &Doing, client: &Client) -> Result<(), Trouble> {
        let administrations = client.service_user().map(|user| user.administrations.as_slice());
        for administration in administrations.unwrap_or_default() {
            // A realm that no longer exists gives no power.
            if let Ok(place) = self.place_of(administration.realm) {
                doing.permit(Permission::AdministratorWrite, place)?;
            }
        }
        doing.needed.note(Right::Over(client.id));
        Ok(())
    }

    /// Checks an update against other objects: names are free, roles exist, an owner is left.
    fn check_update(&self, doing: &Doing, client: &Client, update: &Update) -> Result<(), Trouble> {
        if update.may_disarm() {
            self.check_not_last_owner(doing, client)?;
        }
        match update {
            Update::AddCredential { credential, .. } => self.check_new_credential(client, credential),
            Update::Authorize(new)
                if self.transaction.open_table(AUTHORIZATIONS)?.get(new.id.0)?.is_some() =>
            {
                Err(Refusal::IdTaken.into())
            }
            Update::Edit { username: Some(name), .. } if name.folded() != client.name.folded() => {
                self.check_free_name(doing, name, client.id, client.organization)
            }
            Update::Authorize(new) => self.check_roles(client, new, &new.roles),
            Update::Appoint(..) if !administers(client) => {
                self.check_room_for_administrators(client.organization, 1)
            }
            Update::Reauthorize(id, roles) => {
                self.check_roles(client, self.authorization_of(client, *id)?, roles)
            }
            _ => Ok(()),
        }
    }

    /// The last owner can't be removed over the network. The operator can always add one again.
    fn check_not_last_owner(&self, doing: &Doing, client: &Client) -> Result<(), Trouble> {
        let last = doing.is_bearer() && is_owner(client) && !self.has_owner(|other| other.id != client.id)?;
        if last { Err(Refusal::LastOwner.into()) } else { Ok(()) }
    }

    fn check_new_credential(&self, client: &Client, new: &Credential) -> Result<(), Trouble> {
        if client.credential(new.id).is_some() || self.past_of(client, new.id)?.is_some() {
            return Err(Refusal::IdTaken.into());
        }
        if new.is_personal_access_token() {
            client.service_user().ok_or(Refusal::NotAServiceUser)?;
            if !client.is_active() {
                return Err(Refusal::Inactive.into());
            }
        }
        Ok(())
    }

    fn check_free_name(
        &self,
        doing: &Doing,
        name: &ClientName,
        taker: ClientId,
        organization: OrganizationId,
    ) -> Result<(), Trouble> {
        if self.transaction.open_table(CLIENT_NAMES)?.get(name.folded())?.is_some() {
            return Err(Refusal::NameTaken.into());
        }
        self.check_not_retired(doing, Name::Username(name.folded()), taker.0, organization)
    }

    /// Decides an update and writes its result.
    pub(super) fn change_client(
        &mut self,
        doing: &Doing,
        before: &Client,
        update: Update,
    ) -> Result<Arc<Client>, Trouble> {
        if let PastNeeded::One(id) = update.past()
            && self.end_unreadable_credential(before, id)?
        {
            let after = Client { act: doing.act, changed: doing.now, ..before.clone() };
            return self.write_client(Some(before), after);
        }
        let mark = if update.sets_a_mark() { self.counters.draw_generation(doing.now) } else { before.mark };
        let past = self.past_needed(before.id, update.past())?;
        let facts = match update {
            Update::Authorize(_) | Update::Reauthorize(..) | Update::Appoint(..) => {
                self.without_gone(before.clone())
            }
            _ => before.clone(),
        };
        let Changed { client, past } = update.decide(facts, past, mark, doing.act, doing.moment)?;
        let after = self.write_client(Some(before), Client { act: doing.act, ..client })?;
        for credential in past {
            self.write_past(before.id, &credential, doing.moment)?;
        }
        Ok(after)
    }

    /// Gives an organization its first administrators. The caller has checked that they exist.
    pub(super) fn appoint(
        &mut self,
        doing: &Doing,
        id: ClientId,
        realm: Realm,
        roles: Vec<AdminRole>,
    ) -> Result<(), Trouble> {
        let client = self.client(id)?.ok_or(Refusal::UnknownClient)?;
        self.change_client(doing, &client, Update::Appoint(realm, roles)).map(|_| ())
    }

    fn delete_client(&mut self, doing: &Doing, id: ClientId) -> Result<Done, Trouble> {
        let client = match self.stored(id)? {
            Stored::Client(client) => client,
            Stored::Unreadable => return self.end_unreadable(doing, id, Permission::UserDelete),
            Stored::Absent => return Err(Refusal::UnknownClient.into()),
        };
        self.permit_over(doing, &client, Permission::UserDelete)?;
        doing.check_fresh(client.act)?;
        self.check_not_last_owner(doing, &client)?;
        self.remove_client(&client)?;
        let kind = match client.profile {
            Profile::ServiceUser(_) => EventKind::UserRemoved,
            Profile::Api(_) => EventKind::ApplicationRemoved,
        };
        let entry = Entry::new(kind, id.0, 0, client.name.as_str());
        let organization = client.organization;
        Ok(Done::new(Outcome::Client(Arc::from(client)), organization, entry))
    }

    pub(crate) fn remove_client(&mut self, client: &Client) -> Result<(), Trouble> {
        self.transaction.open_table(CLIENTS)?.remove(client.id.0)?;
        self.transaction.open_table(RETIRED_IDS)?.insert(client.id.0, ())?;
        self.retire_names(client, None)?;
        self.reindex(Some(client), None)?;
        for credential in &client.credentials {
            self.forget_use(credential.id)?;
        }
        self.remove_past(client.id)?;
        self.counters.changes.mark(client.id);
        Ok(())
    }

    /// A client, if there is one. If the activity of its home is not known, it counts as inactive.
    pub(crate) fn client(&self, id: ClientId) -> Result<Option<Client>, Trouble> {
        match self.stored(id)? {
            Stored::Client(client) => Ok(Some(*client)),
            Stored::Unreadable => Err(UnreadableRecord { kind: RecordKind::Client, id: id.0 }.into()),
            Stored::Absent => Ok(None),
        }
    }

    /// A client. One that is being removed with its organization or project is absent.
    pub(super) fn stored(&self, id: ClientId) -> Result<Stored, Trouble> {
        match self.stored_row(id)? {
            Stored::Client(client) if self.counters.instance.is_removed(&client) => Ok(Stored::Absent),
            stored => Ok(stored),
        }
    }

    /// A client's row.
    pub(crate) fn stored_row(&self, id: ClientId) -> Result<Stored, Trouble> {
        let clients = self.transaction.open_table(CLIENTS)?;
        let Some(row) = clients.get(id.0)? else { return Ok(Stored::Absent) };
        Ok(match records::read_client(id, row.value()) {
            Ok(client) => {
                let home_active = self.counters.instance.is_home_active(&client).unwrap_or(false);
                Stored::Client(Box::new(Client { home_active, ..client }))
            }
            Err(_) => Stored::Unreadable,
        })
    }

    fn write_client(&mut self, before: Option<&Client>, client: Client) -> Result<Arc<Client>, Trouble> {
        let record = records::write_client(&client).map_err(|_| Refusal::TooLarge)?;
        self.transaction.open_table(CLIENTS)?.insert(client.id.0, record.as_slice())?;
        if let Some(before) = before {
            self.retire_names(before, Some(&client))?;
        }
        if let Some(name) = name_of(&client).filter(|name| before.and_then(name_of) != Some(*name)) {
            self.take_name(name)?;
        }
        self.reindex(before, Some(&client))?;
        self.counters.changes.mark(client.id);
        Ok(Arc::new(client))
    }
}

/// True if the client has administrator roles.
pub(super) fn administers(client: &Client) -> bool {
    client.service_user().is_some_and(|user| !user.administrations.is_empty())
}

fn is_owner(client: &Client) -> bool {
    client.may(Permission::AdministratorWrite, Place::Instance)
}
