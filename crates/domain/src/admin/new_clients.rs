//! New clients: service users, many at a time, the first administrator, and APIs.

use super::decision::{Decision, Draft};
use super::facts::asked;
use super::{CommandContext, Decide, NameFacts, NewServiceUser, Outcome};
use crate::client::{Api, Client, ClientState, Profile};
use crate::credential::{Credential, ExistingCredentials};
use crate::event::{Entry, EventKind};
use crate::id::{ClientId, ClientName, EventId, OrganizationId};
use crate::permission::{AdminScope, Permission, ResourcePath};
use crate::refusal::OperationError;
use std::collections::HashSet;

/// Create service users, all or none.
#[derive(Debug)]
pub struct CreateServiceUsers(pub Vec<NewServiceUser>);

/// The facts about a new service user.
#[derive(Debug, Clone, Copy)]
pub struct NewUserFacts {
    /// True if an object has, or had, its id.
    pub is_id_taken: bool,
    /// Its username.
    pub name: NameFacts,
}

impl CreateServiceUsers {
    /// The users whose facts are asked for: those before the first one that the actor may not create.
    pub fn asks(&self, context: &CommandContext) -> impl Iterator<Item = &NewServiceUser> {
        let may = |user: &&NewServiceUser| {
            context.may(Permission::UserWrite, ResourcePath::Organization(user.organization))
        };
        self.0.iter().take_while(may)
    }
}

impl Decide for CreateServiceUsers {
    type Facts = Vec<NewUserFacts>;

    fn decide(self, facts: &Self::Facts, context: &CommandContext) -> Result<Decision, OperationError> {
        let Self(users) = self;
        let (mut ids, mut names) = (HashSet::new(), HashSet::new());
        for (place, user) in users.iter().enumerate() {
            context.permit(Permission::UserWrite, ResourcePath::Organization(user.organization))?;
            context.check_new_user(user, asked(facts.get(place))?)?;
            if !ids.insert(user.id) {
                return Err(OperationError::IdTaken);
            }
            if !names.insert(user.name.folded()) {
                return Err(OperationError::NameTaken);
            }
        }
        let organization = users.first().map(|user| user.organization);
        let (mut draft, mut clients) = (Draft::new(context), Vec::new());
        for (place, new) in (0..).zip(users) {
            let event_id = EventId(context.event_id().0.saturating_add(place));
            draft.tell(organization, Entry::new(EventKind::UserAdded, new.id.0, 0, new.name.as_str()));
            let client = draft.new_user(new, event_id);
            clients.push(draft.put_client(None, client));
        }
        let outcome = match clients.pop() {
            Some(only) if clients.is_empty() => Outcome::Client(only),
            last => {
                clients.extend(last);
                Outcome::Clients(clients)
            }
        };
        Ok(draft.done(outcome))
    }
}

/// Create the first administrator of the instance, optionally with a personal access token. Of two
/// concurrent calls one succeeds; the other finds the administrator there.
#[derive(Debug)]
pub struct Bootstrap {
    /// The administrator.
    pub user: NewServiceUser,
    /// Its token.
    pub token: Option<Credential>,
}

/// The facts about the first administrator.
#[derive(Debug)]
pub struct BootstrapFacts {
    /// True if there is an active owner of the instance.
    pub has_owner: bool,
    /// The facts about the user.
    pub user: NewUserFacts,
}

impl Decide for Bootstrap {
    type Facts = BootstrapFacts;

    fn decide(self, facts: &BootstrapFacts, context: &CommandContext) -> Result<Decision, OperationError> {
        context.permit(Permission::AdministratorWrite, ResourcePath::Instance)?;
        if facts.has_owner {
            return Err(OperationError::AlreadyBootstrapped);
        }
        context.check_new_user(&self.user, &facts.user)?;
        let mut draft = Draft::new(context);
        let organization = self.user.organization;
        let name = self.user.name.as_str();
        draft.tell(organization, Entry::new(EventKind::Bootstrapped, self.user.id.0, 0, name));
        let mut client = draft.new_user(self.user, context.event_id());
        if let Some(credential) = self.token {
            let kind = EventKind::PersonalAccessTokenAdded;
            draft.tell(organization, Entry::new(kind, client.id.0, credential.id.0, ""));
            client = client.add_credential(credential, ExistingCredentials::Keep, context.now())?.client;
        }
        let client = draft.put_client(None, client);
        Ok(draft.done(Outcome::Client(client)))
    }
}

/// Create an API.
#[derive(Debug)]
pub struct CreateApi {
    /// Its id.
    pub id: ClientId,
    /// Its project, names and resource.
    pub api: Api,
    /// Its first credential, if that is known already.
    pub credential: Option<Credential>,
}

/// The facts about a new API.
#[derive(Debug)]
pub struct CreateApiFacts {
    /// True if an object has, or had, its id.
    pub is_id_taken: bool,
    /// Its resource, if it has one.
    pub resource: Option<NameFacts>,
}

impl Decide for CreateApi {
    type Facts = CreateApiFacts;

    fn decide(self, facts: &CreateApiFacts, context: &CommandContext) -> Result<Decision, OperationError> {
        let Self { id, api, credential } = self;
        let place = context.place_of(AdminScope::Project(api.project))?;
        context.permit(Permission::ProjectWrite, place)?;
        context.check_new_id(facts.is_id_taken)?;
        let project = context.instance().project(api.project).ok_or(OperationError::UnknownProject)?;
        let organization = project.organization;
        if api.resource.is_some() {
            let resource = asked(facts.resource)?;
            if resource.is_used {
                return Err(OperationError::ResourceTaken);
            }
            context.check_not_retired(resource.retired, id.0, organization)?;
        }
        let mut draft = Draft::new(context);
        let (project, name) = (api.project, api.name.as_str());
        draft.tell(organization, Entry::new(EventKind::ApplicationAdded, id.0, project.0, name));
        let (name, profile) = (ClientName::of_api(id), Profile::Api(api));
        let client = draft.new_client(id, name, organization, profile, context.event_id());
        let credentials = credential.into_iter().collect();
        let client = draft.put_client(None, Client { credentials, ..client });
        Ok(draft.done(Outcome::Client(client)))
    }
}

impl CommandContext {
    /// Ids are unique over all kinds of objects, and none is ever used again: tokens, grants and rules
    /// elsewhere may still name it.
    pub(super) fn check_new_id(&self, is_taken: bool) -> Result<(), OperationError> {
        if is_taken { Err(OperationError::IdTaken) } else { Ok(()) }
    }

    fn check_new_user(&self, user: &NewServiceUser, facts: &NewUserFacts) -> Result<(), OperationError> {
        self.check_new_id(facts.is_id_taken)?;
        if self.instance().organization(user.organization).is_none() {
            return Err(OperationError::UnknownOrganization);
        }
        self.check_free_username(facts.name, user.id, user.organization)
    }
}

impl Draft<'_> {
    fn new_user(&mut self, new: NewServiceUser, event_id: EventId) -> Client {
        let NewServiceUser { id, organization, name, user } = new;
        self.new_client(id, name, organization, Profile::ServiceUser(user), event_id)
    }

    fn new_client(
        &mut self,
        id: ClientId,
        name: ClientName,
        organization: OrganizationId,
        profile: Profile,
        event_id: EventId,
    ) -> Client {
        let mark = self.draw_generation();
        let now = self.now();
        Client {
            id,
            name,
            organization,
            state: ClientState::Active,
            home_active: true,
            profile,
            credentials: Vec::new(),
            mark,
            created: now,
            changed: now,
            event_id,
        }
    }
}
