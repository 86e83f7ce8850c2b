//! Organizations.

use super::clients::check_room_for_administrators;
use super::decision::{Change, Decision, Draft, PastFacts};
use super::facts::asked;
use super::unreadable::NOTE;
use super::{ClientUpdate, CommandContext, Decide, OrganizationOperation, Outcome, Record};
use crate::client::Client;
use crate::event::{Entry, EventKind};
use crate::id::{ClientId, EventId, OrganizationId};
use crate::organization::{ORGANIZATIONS_MAX, Organization, domain_of};
use crate::permission::{ADMINISTRATIONS_MAX, AdminRole, AdminScope, Permission, ResourcePath};
use crate::record::{RecordKind, UnreadableRecord};
use crate::refusal::OperationError;
use crate::retired_name::Retired;
use crate::service_user::METADATA_MAX;
use crate::text::Text;
use crate::time::Timestamp;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Create an organization, with existing users as its administrators.
#[derive(Debug)]
pub struct CreateOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name, of which its domain is made.
    pub name: Text,
    /// Its first administrators.
    pub administrators: Vec<(ClientId, Vec<AdminRole>)>,
}

/// The facts about a new organization.
#[derive(Debug)]
pub struct CreateOrganizationFacts {
    /// True if an object has, or had, its id.
    pub is_id_taken: bool,
    /// The retirement of its domain.
    pub domain: Option<Retired>,
    /// The records of its first administrators.
    pub administrators: Vec<Record<Client>>,
    /// The number of administrators from each of their organizations.
    pub administrators_from: BTreeMap<OrganizationId, u64>,
}

impl CreateOrganization {
    /// True if the facts are asked for: the actor may create organizations.
    pub fn is_permitted(&self, context: &CommandContext) -> bool {
        context.may(Permission::OrganizationCreate, ResourcePath::Instance)
    }
}

impl Decide for CreateOrganization {
    type Facts = Option<CreateOrganizationFacts>;

    fn decide(self, facts: &Self::Facts, context: &CommandContext) -> Result<Decision, OperationError> {
        let Self { id, name, administrators } = self;
        context.permit(Permission::OrganizationCreate, ResourcePath::Instance)?;
        let facts = asked(facts.as_ref())?;
        context.check_new_id(facts.is_id_taken)?;
        let domain = domain_of(&name, id);
        context.check_free_organization(id, &name, &domain)?;
        context.check_not_retired(facts.domain, id.0, id)?;
        if context.instance().organizations.len() >= ORGANIZATIONS_MAX {
            return Err(OperationError::TooMany(ORGANIZATIONS_MAX));
        }
        let clients = first_administrators(&administrators, facts)?;
        let mut draft = Draft::new(context);
        draft.tell(id, Entry::new(EventKind::OrganizationAdded, id.0, 0, name.as_str()));
        let organization = Organization {
            name,
            primary_domain: domain,
            event_id: context.event_id(),
            ..Organization::first(id, draft.now())
        };
        let organization = draft.put_organization(organization);
        for ((user, roles), client) in administrators.into_iter().zip(clients) {
            let note = roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ");
            let update = ClientUpdate::AddAdminRoles(AdminScope::Organization(id), roles);
            draft.update_client(client, update, &PastFacts::default(), context.event_id())?;
            draft.tell(id, Entry::new(EventKind::AdministratorAdded, user.0, id.0, note));
        }
        Ok(draft.done(Outcome::Organization(organization)))
    }
}

/// Checks that they exist, are users, each once, and have room for one more administrator assignment.
fn first_administrators<'f>(
    all: &[(ClientId, Vec<AdminRole>)],
    facts: &'f CreateOrganizationFacts,
) -> Result<Vec<&'f Client>, OperationError> {
    let (mut clients, mut seen) = (Vec::new(), HashSet::new());
    let mut new = BTreeMap::<OrganizationId, usize>::new();
    for (place, (id, _)) in all.iter().enumerate() {
        let record = asked(facts.administrators.get(place))?;
        let client = record.found()?.ok_or(OperationError::UnknownClient)?;
        let user = client.service_user().ok_or(OperationError::NotAServiceUser)?;
        if user.administrations.len() >= ADMINISTRATIONS_MAX {
            return Err(OperationError::TooMany(ADMINISTRATIONS_MAX));
        }
        if !seen.insert(*id) {
            return Err(OperationError::AdministratorTaken);
        }
        *new.entry(client.organization).or_default() += usize::from(!client.administers());
        clients.push(client);
    }
    for (home, more) in new {
        check_room_for_administrators(*asked(facts.administrators_from.get(&home))?, more)?;
    }
    Ok(clients)
}

/// Change an organization.
#[derive(Debug)]
pub struct ChangeOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// The change.
    pub operation: OrganizationOperation,
}

/// The facts about an organization beside those in memory. Those that an operation does not ask for are
/// `None`.
#[derive(Debug, Default)]
pub struct OrganizationFacts {
    /// True if an organization that is not in memory has a record.
    pub has_record: Option<bool>,
    /// The retirement of its new domain.
    pub domain: Option<Option<Retired>>,
    /// Its users that have administrator roles.
    pub administrators: Option<Vec<Record<Client>>>,
    /// True if there is an active owner of the instance from another organization.
    pub has_owner_elsewhere: Option<bool>,
}

impl ChangeOrganization {
    /// The domain that the organization gets, if it changes.
    pub fn asks_for_domain(&self, context: &CommandContext) -> Option<Box<str>> {
        let old = context.instance().organization(self.id)?;
        let OrganizationOperation::Rename(name) = &self.operation else { return None };
        let domain = domain_of(name, self.id);
        (domain != old.primary_domain).then_some(domain)
    }

    /// True if the users of the organization stop working, if the actor may do that: it needs power over
    /// each of them, and an owner has to be left.
    pub fn asks_for_administrators(&self, context: &CommandContext) -> bool {
        let known = context.instance().organization(self.id);
        let place = known.map_or(ResourcePath::Instance, |_| ResourcePath::Organization(self.id));
        let deactivates = matches!(self.operation, OrganizationOperation::SetActive(false));
        let ends = deactivates || matches!(self.operation, OrganizationOperation::Delete);
        let is_refused = known.is_some_and(|old| {
            (deactivates && !old.active) || !context.would_pass(|context| context.check_fresh(old.event_id))
        });
        // The default organization is not ended; if its record can't be read, it is created anew.
        let is_default = self.id == context.instance().default_organization;
        ends && !is_default && !is_refused && context.may(self.operation.permission(), place)
    }
}

impl OrganizationOperation {
    const fn permission(&self) -> Permission {
        match self {
            Self::Create(..) => Permission::OrganizationCreate,
            Self::Delete => Permission::OrganizationDelete,
            Self::Rename(_) | Self::SetActive(_) | Self::SetMetadata(_) | Self::DeleteMetadata(_) => {
                Permission::OrganizationWrite
            }
        }
    }
}

impl Decide for ChangeOrganization {
    type Facts = OrganizationFacts;

    fn decide(self, facts: &OrganizationFacts, context: &CommandContext) -> Result<Decision, OperationError> {
        let Self { id, operation } = self;
        match context.instance().organization(id) {
            Some(organization) => change(context, organization, operation, facts),
            None => end_unreadable(context, id, &operation, facts),
        }
    }
}

fn change(
    context: &CommandContext,
    old: &Organization,
    operation: OrganizationOperation,
    facts: &OrganizationFacts,
) -> Result<Decision, OperationError> {
    let id = old.id;
    context.permit(operation.permission(), ResourcePath::Organization(id))?;
    context.check_fresh(old.event_id)?;
    let mut draft = Draft::new(context);
    draft.tell(id, entry(id, &operation));
    let mut new = Organization { changed: draft.now(), event_id: context.event_id(), ..old.clone() };
    match operation {
        OrganizationOperation::Create(..) => {}
        OrganizationOperation::Delete => {
            context.check_not_default(id)?;
            context.check_power_over_all(facts)?;
            draft.change(Change::RemoveOrganization(id));
            return Ok(draft.done(Outcome::Organization(Arc::new(old.clone()))));
        }
        OrganizationOperation::Rename(name) => {
            let domain = domain_of(&name, id);
            context.check_free_organization(id, &name, &domain)?;
            if domain != old.primary_domain {
                context.check_not_retired(asked(facts.domain)?, id.0, id)?;
            }
            (new.name, new.primary_domain) = (name, domain);
        }
        OrganizationOperation::SetActive(active) => {
            if old.active == active {
                return Err(OperationError::AlreadySo(if active { "active" } else { "inactive" }));
            }
            context.check_not_default(id)?;
            if !active {
                context.check_power_over_all(facts)?;
            }
            new.active = active;
        }
        OrganizationOperation::SetMetadata(notes) => new.metadata.extend(notes),
        OrganizationOperation::DeleteMetadata(keys) => {
            for key in keys {
                new.metadata.remove(&key).ok_or(OperationError::UnknownMetadata)?;
            }
        }
    }
    if new.metadata.len() > METADATA_MAX {
        return Err(OperationError::TooMany(METADATA_MAX));
    }
    let switched = new.active != old.active;
    let organization = draft.put_organization(new);
    if switched {
        // Cached facts about all its users and APIs no longer hold.
        draft.change(Change::InvalidateAll);
    }
    Ok(draft.done(Outcome::Organization(organization)))
}

/// Deletes or deactivates an organization whose record can't be read. The default one is created anew,
/// and keeps its users and projects.
fn end_unreadable(
    context: &CommandContext,
    id: OrganizationId,
    operation: &OrganizationOperation,
    facts: &OrganizationFacts,
) -> Result<Decision, OperationError> {
    if !asked(facts.has_record)? {
        return Err(OperationError::UnknownOrganization);
    }
    let mut draft = Draft::new(context);
    match operation {
        OrganizationOperation::Delete => {
            context.permit(Permission::OrganizationDelete, ResourcePath::Instance)?;
            if id == context.instance().default_organization {
                draft.put_organization(Organization::first(id, draft.now()));
            } else {
                context.check_power_over_all(facts)?;
                draft.change(Change::RemoveOrganization(id));
            }
            draft.change(Change::EndSetAside(id.0));
        }
        OrganizationOperation::SetActive(false) => {
            context.permit(Permission::OrganizationWrite, ResourcePath::Instance)?;
            context.check_not_default(id)?;
            context.check_power_over_all(facts)?;
            draft.change(Change::SetAside(id.0));
        }
        OrganizationOperation::SetActive(true)
        | OrganizationOperation::Create(..)
        | OrganizationOperation::Rename(_)
        | OrganizationOperation::SetMetadata(_)
        | OrganizationOperation::DeleteMetadata(_) => {
            let record = UnreadableRecord { kind: RecordKind::Organization, id: id.0 };
            return Err(OperationError::Unreadable(record));
        }
    }
    draft.tell(None, Entry { note: NOTE.into(), ..entry(id, operation) });
    Ok(draft.done(Outcome::Noted))
}

impl CommandContext {
    /// Organizations are told apart by names and domains. Those of an unreadable organization can't be
    /// compared.
    fn check_free_organization(
        &self,
        id: OrganizationId,
        name: &Text,
        domain: &str,
    ) -> Result<(), OperationError> {
        let instance = self.instance();
        if instance.lost.organizations {
            return Err(OperationError::FactsUnavailable);
        }
        let same = |other: &Arc<Organization>| {
            other.id != id && (other.name == *name || &*other.primary_domain == domain)
        };
        let taken = instance.organizations.values().any(same);
        if taken { Err(OperationError::OrganizationTaken) } else { Ok(()) }
    }

    fn check_not_default(&self, id: OrganizationId) -> Result<(), OperationError> {
        if id == self.instance().default_organization {
            return Err(OperationError::Needed("the default organization"));
        }
        Ok(())
    }

    /// Checks, before all users of an organization stop working, that the actor has power over each of
    /// them, and that an owner is left.
    fn check_power_over_all(&self, facts: &OrganizationFacts) -> Result<(), OperationError> {
        let mut asks_for_owner = false;
        for record in asked(facts.administrators.as_ref())? {
            match record {
                Record::Is(client) => {
                    asks_for_owner |= self.asks_for_other_owner(client);
                    self.permit_over_administrator(client)?;
                }
                Record::Unreadable(_) => {
                    self.permit(Permission::AdministratorWrite, ResourcePath::Instance)?;
                }
                Record::Absent => {}
            }
        }
        let last = asks_for_owner && !asked(facts.has_owner_elsewhere)?;
        if last { Err(OperationError::LastOwner) } else { Ok(()) }
    }
}

impl Organization {
    /// The organization that an instance begins with, in its first state.
    ///
    /// # Panics
    /// Never: its name is text for people.
    pub fn first(id: OrganizationId, now: Timestamp) -> Self {
        Self {
            id,
            name: Text::new("Default").expect("a short name in plain letters is text for people"),
            primary_domain: "default.localhost".into(),
            active: true,
            metadata: BTreeMap::new(),
            created: now,
            changed: now,
            event_id: EventId(0),
        }
    }
}

fn entry(id: OrganizationId, operation: &OrganizationOperation) -> Entry {
    let keys = |keys: Vec<String>| keys.join(", ");
    let (kind, note) = match operation {
        OrganizationOperation::Create(name, _) => (EventKind::OrganizationAdded, name.to_string()),
        OrganizationOperation::Rename(name) => (EventKind::OrganizationChanged, format!("name {name}")),
        OrganizationOperation::SetActive(true) => (EventKind::OrganizationReactivated, String::new()),
        OrganizationOperation::SetActive(false) => (EventKind::OrganizationDeactivated, String::new()),
        OrganizationOperation::Delete => (EventKind::OrganizationRemoved, String::new()),
        OrganizationOperation::SetMetadata(notes) => {
            let noted = notes.iter().map(|(key, _)| key.to_string());
            (EventKind::OrganizationMetadataSet, keys(noted.collect()))
        }
        OrganizationOperation::DeleteMetadata(forgotten) => {
            let forgotten = forgotten.iter().map(ToString::to_string);
            (EventKind::OrganizationMetadataRemoved, keys(forgotten.collect()))
        }
    };
    Entry::new(kind, id.0, 0, note)
}
