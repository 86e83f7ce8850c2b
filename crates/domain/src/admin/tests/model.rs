//! A store in maps: it loads exactly the facts that a command asks for, and applies decisions.

use super::super::*;
use crate::client::{Api, Client};
use crate::credential::PastCredential;
use crate::event::Actor;
use crate::fixtures::{self, CREDENTIAL, MOMENT};
use crate::generation::Generation;
use crate::id::{ClientId, EventId, OrganizationId, ProjectId};
use crate::instance::Instance;
use crate::organization::{Organization, domain_of};
use crate::permission::{AdminRole, AdminScope, Administration};
use crate::project::Project;
use crate::retired_name::{Name, Retired};
use crate::signing::SigningKeys;
use crate::token_key::TokenKeys;
use jeton_secret::CredentialId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) const FOREIGN: OrganizationId = OrganizationId(402);

#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) instance: Arc<Instance>,
    pub(super) clients: BTreeMap<ClientId, Client>,
    past: BTreeMap<(ClientId, CredentialId), PastCredential>,
    retired_ids: BTreeSet<u64>,
    retired: BTreeMap<String, Retired>,
    revoked: BTreeSet<[u8; 16]>,
    newest: Generation,
    next: EventId,
}

/// A service user with a credential and administrator roles.
pub(super) fn user(id: u64, organization: OrganizationId, roles: &[(AdminScope, AdminRole)]) -> Client {
    let administer = |&(realm, role)| {
        let (created, changed) = (fixtures::NOW, fixtures::NOW);
        Administration { realm, roles: vec![role], created, changed }
    };
    let client = fixtures::user_with(|user| user.administrations = roles.iter().map(administer).collect());
    let name = crate::id::ClientName::username(&format!("user-{id}")).unwrap();
    Client { id: ClientId(id), name, organization, ..client }
}

impl Model {
    pub(super) fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        let mut instance = fixtures::instance();
        let foreign = Organization {
            id: FOREIGN,
            name: fixtures::text("Foreign"),
            primary_domain: "foreign.localhost".into(),
            ..fixtures::organization()
        };
        instance.organizations.insert(FOREIGN, Arc::new(foreign));
        Self {
            instance: Arc::new(instance),
            clients: clients.into_iter().map(|client| (client.id, client)).collect(),
            past: BTreeMap::new(),
            retired_ids: BTreeSet::new(),
            retired: BTreeMap::new(),
            revoked: BTreeSet::new(),
            newest: Generation(100),
            next: EventId(1_000),
        }
    }

    /// The context of a command by this client, or by the operator.
    pub(super) fn context(
        &self,
        by: Option<ClientId>,
        expected: Option<EventId>,
    ) -> Result<CommandContext, OperationError> {
        let situation = Situation {
            now: MOMENT,
            committed: MOMENT,
            event_id: self.next,
            newest: self.newest,
            instance: Arc::clone(&self.instance),
        };
        let Some(client) = by else {
            return Ok(CommandContext::of_server(Actor::Operator, expected, situation));
        };
        let bearer = Bearer { client, credential: CREDENTIAL, token: BearerToken::Personal };
        let facts = BearerFacts {
            client: self.record(client),
            past: self.past.get(&(client, CREDENTIAL)).cloned(),
            is_token_revoked: false,
            signing_keys: Arc::new(SigningKeys::default()),
            token_keys: Arc::new(TokenKeys::default()),
        };
        Principal::Bearer(bearer).context(Some(facts), expected, situation)
    }

    pub(super) fn has_owner(&self, among: impl Fn(&Client) -> bool) -> bool {
        let owners = self.clients.keys().filter_map(|id| match self.record(*id) {
            Record::Is(client) => Some(client),
            Record::Unreadable(_) | Record::Absent => None,
        });
        owners.into_iter().any(|client| among(&client) && client.is_active() && client.is_owner())
    }

    fn record(&self, id: ClientId) -> Record<Client> {
        match self.clients.get(&id).filter(|client| !self.instance.is_removed(client)) {
            Some(client) => {
                let home_active = self.instance.is_home_active(client).unwrap_or(false);
                Record::Is(Box::new(Client { home_active, ..client.clone() }))
            }
            None => Record::Absent,
        }
    }

    fn past(&self, client: ClientId, needed: PastNeeded) -> PastFacts {
        let wanted = |id: CredentialId| match needed {
            PastNeeded::None => false,
            PastNeeded::One(one) => one == id,
            PastNeeded::All => true,
        };
        let own = self.past.iter().filter(|((owner, id), _)| *owner == client && wanted(*id));
        PastFacts { credentials: own.map(|(_, past)| past.clone()).collect(), is_unreadable: false }
    }

    fn is_id_taken(&self, id: u64) -> bool {
        self.clients.contains_key(&ClientId(id))
            || self.instance.project(ProjectId(id)).is_some()
            || self.instance.organization(OrganizationId(id)).is_some()
            || self.instance.removed.contains(&id)
            || self.retired_ids.contains(&id)
    }

    fn name(&self, name: Name<&str>) -> NameFacts {
        let is_used = self.clients.values().any(|client| Name::of_client(client) == Some(name));
        NameFacts { is_used, retired: self.retired(name) }
    }

    fn retired(&self, name: Name<&str>) -> Option<Retired> {
        self.retired.get(&format!("{name:?}")).copied()
    }

    fn administrators_from(&self, home: OrganizationId) -> Vec<Record<Client>> {
        let own = self.clients.values().filter(|client| client.organization == home && client.administers());
        own.map(|client| self.record(client.id)).collect()
    }

    fn count(&self, home: OrganizationId) -> u64 {
        self.administrators_from(home).len() as u64
    }

    fn token(&self, token: &RevokedToken) -> TokenFacts {
        TokenFacts {
            client: self.record(token.client),
            is_revoked: self.revoked.contains(&token.name.0),
            // The first few have room.
            rows: RevokedRows { own: self.revoked.len() as u64 + 9_998, all: 0 },
            past: (self.revoked.len() >= 2)
                .then(|| self.past(token.client, PastNeeded::One(token.credential))),
        }
    }

    fn new_user(&self, user: &NewServiceUser) -> NewUserFacts {
        let name = self.name(Name::Username(user.name.folded()));
        NewUserFacts { is_id_taken: self.is_id_taken(user.id.0), name }
    }

    fn update(&self, command: UpdateClient, context: &CommandContext) -> Result<Decision, OperationError> {
        let subject = self.record(command.id);
        let asks = command.asks(&subject, context);
        let has_authorization = |id| {
            let users = self.clients.values().filter_map(Client::service_user);
            users.into_iter().any(|user| user.authorization(id).is_some())
        };
        let facts = UpdateFacts {
            home: None,
            past: self.past(command.id, asks.past),
            is_credential_taken: asks.credential.map(|id| self.past.contains_key(&(command.id, id))),
            is_authorization_taken: asks.authorization.map(has_authorization),
            name: asks.name.map(|name| self.name(Name::Username(name.folded()))),
            has_other_owner: asks.other_owner.then(|| self.has_owner(|other| other.id != command.id)),
            administrators_from_home: asks.administrators_from.map(|home| self.count(home)),
            subject,
        };
        command.decide(&facts, context)
    }

    fn organization(
        &self,
        command: ChangeOrganization,
        context: &CommandContext,
    ) -> Result<Decision, OperationError> {
        let id = command.id;
        let asks = command.asks_for_administrators(context);
        let administrators = asks.then(|| self.administrators_from(id));
        let owns = |record: &Record<Client>| matches!(record, Record::Is(client) if context.asks_for_other_owner(client));
        let is_last = administrators.iter().flatten().any(owns);
        let domain = command.asks_for_domain(context);
        let facts = OrganizationFacts {
            has_record: self.instance.organization(id).is_none().then_some(false),
            domain: domain.map(|domain| self.retired(Name::Domain(&domain))),
            administrators,
            has_owner_elsewhere: is_last.then(|| self.has_owner(|client| client.organization != id)),
        };
        command.decide(&facts, context)
    }

    /// Decides an operation on the facts that it asks for.
    pub(super) fn decide(
        &self,
        operation: Operation,
        context: &CommandContext,
    ) -> Result<Decision, OperationError> {
        match operation {
            Operation::CreateServiceUsers(users) => {
                let command = CreateServiceUsers(users);
                let facts = command.asks(context).map(|user| self.new_user(user)).collect();
                command.decide(&facts, context)
            }
            Operation::Client(id, ClientOperation::CreateApi { name, project, resource, credential }) => {
                let facts = CreateApiFacts {
                    is_id_taken: self.is_id_taken(id.0),
                    resource: resource.as_ref().map(|uri| self.name(Name::Resource(uri.as_str()))),
                };
                CreateApi { id, api: Api { name, project, resource }, credential }.decide(&facts, context)
            }
            Operation::Client(id, ClientOperation::Update(update)) => {
                self.update(UpdateClient { id, update }, context)
            }
            Operation::Client(id, ClientOperation::Delete) => {
                let subject = self.record(id);
                let is_last = matches!(&subject, Record::Is(client) if context.asks_for_other_owner(client));
                let has_other_owner = is_last.then(|| self.has_owner(|other| other.id != id));
                DeleteClient(id).decide(&DeleteFacts { subject, home: None, has_other_owner }, context)
            }
            Operation::Bootstrap(user, token) => {
                let facts =
                    BootstrapFacts { has_owner: self.has_owner(|_| true), user: self.new_user(&user) };
                Bootstrap { user: *user, token }.decide(&facts, context)
            }
            Operation::Project(id, operation) => {
                let command = ChangeProject { id, operation };
                let is_new = command.creates();
                let is_known = self.instance.project(id).is_some();
                let facts = ProjectFacts {
                    is_id_taken: is_new.then(|| self.is_id_taken(id.0)),
                    has_record: (!is_new && !is_known).then_some(false),
                };
                command.decide(&facts, context)
            }
            Operation::ProjectGrant(id, to, operation) => {
                ChangeProjectGrant { id, to, operation }.decide(&(), context)
            }
            Operation::Organization(id, OrganizationOperation::Create(name, administrators)) => {
                let command = CreateOrganization { id, name, administrators };
                let facts = command.is_permitted(context).then(|| CreateOrganizationFacts {
                    is_id_taken: self.is_id_taken(id.0),
                    domain: self.retired(Name::Domain(&domain_of(&command.name, id))),
                    administrators: command.administrators.iter().map(|(id, _)| self.record(*id)).collect(),
                    administrators_from: self
                        .instance
                        .organizations
                        .keys()
                        .map(|id| (*id, self.count(*id)))
                        .collect(),
                });
                command.decide(&facts, context)
            }
            Operation::Organization(id, operation) => {
                self.organization(ChangeOrganization { id, operation }, context)
            }
            Operation::SigningKeys(change) => change.decide(&Arc::default(), context),
            Operation::TokenKeys(change) => change.decide(&Arc::default(), context),
            Operation::RevokeToken(token) => RevokeToken(token).decide(&self.token(&token), context),
            Operation::Leak(leak) => {
                let facts = match leak {
                    Leak::Credential(client, id) => LeakFacts::Credential(CredentialFacts {
                        client: self.record(client),
                        past: self.past(client, PastNeeded::One(id)),
                    }),
                    Leak::Token(token) => LeakFacts::Token(self.token(&token)),
                };
                leak.decide(&facts, context)
            }
            Operation::FreeName(name) => {
                let facts = self.retired((&name).into());
                FreeName(name).decide(&facts, context)
            }
        }
    }

    pub(super) fn apply(&mut self, decision: Decision) {
        let DecisionParts { changes, events, newest, .. } = decision.into_parts();
        self.newest = self.newest.max(newest);
        self.next = EventId(self.next.0 + events.len() as u64);
        changes.into_iter().for_each(|change| self.change(change));
    }

    fn retire(&mut self, client: &Client) {
        if let Some(name) = Name::of_client(client) {
            let retired = Retired { owner: client.id.0, organization: client.organization, at: MOMENT };
            self.retired.insert(format!("{name:?}"), retired);
        }
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::PutClient { before, after } => {
                if let Some(before) =
                    before.filter(|before| Name::of_client(before) != Name::of_client(&after))
                {
                    self.retire(&before);
                }
                if let Some(name) = Name::of_client(&after) {
                    self.retired.remove(&format!("{name:?}"));
                }
                self.clients.insert(after.id, Client::clone(&after));
            }
            Change::PutPast(client, past) => drop(self.past.insert((client, past.credential.id), past)),
            Change::RemoveClient(client) => {
                self.retire(&client);
                self.retired_ids.insert(client.id.0);
                self.clients.remove(&client.id);
            }
            Change::PutOrganization(organization) => {
                let instance = Arc::make_mut(&mut self.instance);
                instance.organizations.insert(organization.id, organization);
            }
            Change::PutProject(project) => {
                Arc::make_mut(&mut self.instance).projects.insert(project.id, project);
            }
            Change::RemoveOrganization(id) => {
                let instance = Arc::make_mut(&mut self.instance);
                instance.organizations.remove(&id);
                instance.removed.insert(id.0);
                let gone = |project: &Project| project.organization == id;
                let projects: Vec<_> =
                    instance.projects.values().filter(|one| gone(one)).map(|one| one.id).collect();
                instance.removed.extend(projects.iter().map(|project| project.0));
                instance.projects.retain(|_, project| !gone(project));
            }
            Change::RemoveProject(id) => {
                let instance = Arc::make_mut(&mut self.instance);
                instance.projects.remove(&id);
                instance.removed.insert(id.0);
            }
            Change::FreeName(name) => drop(self.retired.remove(&format!("{:?}", Name::from(&name)))),
            Change::RevokeToken { token, .. } => drop(self.revoked.insert(token.name.0)),
            Change::InvalidateAll | Change::PutSigningKeys(_) | Change::PutTokenKeys(_) => {}
            Change::RemoveUnreadablePast(..)
            | Change::RemoveUnreadableClient(_)
            | Change::SetClientAside(_)
            | Change::SetAside(_)
            | Change::EndSetAside(_) => unreachable!("all records of the model can be read"),
        }
    }
}

impl Model {
    /// The facts about a token of a client that has no room for another revocation.
    pub(super) fn full(&self, client: &Client) -> TokenFacts {
        let client = Record::Is(Box::new(client.clone()));
        let rows = RevokedRows { own: u64::MAX, all: 0 };
        TokenFacts { client, is_revoked: false, rows, past: Some(PastFacts::default()) }
    }
}
