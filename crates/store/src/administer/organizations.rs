//! Organizations.

use super::clients::administers;
use super::{Doing, Done};
use crate::act::OrganizationAction;
use crate::batch::{Batch, Trouble};
use crate::command::{Outcome, Rejection};
use crate::records;
use crate::retired::{Name, retire};
use crate::schema::ORGANIZATIONS;
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::{ClientId, OrganizationId};
use jeton_domain::organization::{ORGANIZATIONS_MAX, Organization, domain_of};
use jeton_domain::permission::{ADMINISTRATIONS_MAX, AdminRole, Permission, Place, Realm};
use jeton_domain::refusal::Refusal;
use jeton_domain::service_user::METADATA_MAX;
use jeton_domain::text::Text;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

impl Batch<'_> {
    pub(super) fn act_on_organization(
        &mut self,
        doing: &Doing,
        id: OrganizationId,
        action: OrganizationAction,
    ) -> Result<Done, Trouble> {
        if let OrganizationAction::Create(name, administrators) = action {
            return self.create_organization(doing, id, name, administrators);
        }
        let Some(old) = self.counters.instance.organization(id).cloned() else {
            return self.end_unreadable_organization(doing, id, &action);
        };
        let permission = match &action {
            OrganizationAction::Delete => Permission::OrganizationDelete,
            _ => Permission::OrganizationWrite,
        };
        doing.permit(permission, Place::Organization(id))?;
        doing.check_fresh(old.act)?;
        let entry = entry(id, &action);
        let mut new = Organization { changed: doing.now, act: doing.act, ..old.clone() };
        match action {
            OrganizationAction::Create(..) => {}
            OrganizationAction::Delete => return self.delete_organization(doing, &old, entry),
            OrganizationAction::Rename(name) => {
                let domain = domain_of(&name, id);
                self.check_free_organization(id, &name, &domain)?;
                self.take_domain(doing, &domain, &old)?;
                (new.name, new.primary_domain) = (name, domain);
            }
            OrganizationAction::Switch(active) => {
                if old.active == active {
                    return Err(Refusal::AlreadySo(if active { "active" } else { "inactive" }).into());
                }
                self.check_not_default(id)?;
                if !active {
                    self.check_power_over_all(doing, id)?;
                }
                new.active = active;
            }
            OrganizationAction::Note(notes) => new.metadata.extend(notes),
            OrganizationAction::Forget(keys) => {
                for key in keys {
                    new.metadata.remove(&key).ok_or(Refusal::UnknownMetadata)?;
                }
            }
        }
        if new.metadata.len() > METADATA_MAX {
            return Err(Refusal::TooMany(METADATA_MAX).into());
        }
        let switched = new.active != old.active;
        let organization = self.write_organization(new)?;
        if switched {
            // Cached facts about all its users and APIs no longer hold.
            self.counters.changes.mark_all();
        }
        Ok(Done::new(Outcome::Organization(organization), id, entry))
    }

    fn create_organization(
        &mut self,
        doing: &Doing,
        id: OrganizationId,
        name: Text,
        administrators: Vec<(ClientId, Vec<AdminRole>)>,
    ) -> Result<Done, Trouble> {
        doing.permit(Permission::OrganizationCreate, Place::Instance)?;
        self.check_new_id(id.0)?;
        let domain = domain_of(&name, id);
        self.check_free_organization(id, &name, &domain)?;
        self.check_not_retired(doing, Name::Domain(&domain), id.0, id)?;
        if self.counters.instance.organizations.len() >= ORGANIZATIONS_MAX {
            return Err(Refusal::TooMany(ORGANIZATIONS_MAX).into());
        }
        self.check_first_administrators(&administrators)?;
        let entry = Entry::new(EventKind::OrganizationAdded, id.0, 0, name.as_str());
        let organization = self.write_organization(Organization {
            id,
            name,
            primary_domain: domain,
            active: true,
            metadata: BTreeMap::new(),
            created: doing.now,
            changed: doing.now,
            act: doing.act,
        })?;
        let mut done = Done::new(Outcome::Organization(organization), id, entry);
        for (user, roles) in administrators {
            let note = roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ");
            self.appoint(doing, user, Realm::Organization(id), roles)?;
            done.entries.push(Entry::new(EventKind::AdministratorAdded, user.0, id.0, note));
        }
        Ok(done)
    }

    /// Checks that they exist, are users, each once, and have room for one more administrator assignment.
    fn check_first_administrators(&self, all: &[(ClientId, Vec<AdminRole>)]) -> Result<(), Trouble> {
        let (mut seen, mut new) = (HashSet::new(), BTreeMap::<OrganizationId, usize>::new());
        for (id, _) in all {
            let client = self.client(*id)?.ok_or(Refusal::UnknownClient)?;
            let user = client.service_user().ok_or(Refusal::NotAServiceUser)?;
            if user.administrations.len() >= ADMINISTRATIONS_MAX {
                return Err(Refusal::TooMany(ADMINISTRATIONS_MAX).into());
            }
            if !seen.insert(*id) {
                return Err(Refusal::AdministratorTaken.into());
            }
            *new.entry(client.organization).or_default() += usize::from(!administers(&client));
        }
        new.into_iter().try_for_each(|(home, more)| self.check_room_for_administrators(home, more))
    }

    /// Organizations are told apart by names and domains. Those of an unreadable organization can't be
    /// compared.
    fn check_free_organization(&self, id: OrganizationId, name: &Text, domain: &str) -> Result<(), Trouble> {
        if self.counters.instance.lost.organizations {
            return Err(Rejection::Unavailable.into());
        }
        let same = |other: &Arc<Organization>| {
            other.id != id && (other.name == *name || &*other.primary_domain == domain)
        };
        let taken = self.counters.instance.organizations.values().any(same);
        if taken { Err(Refusal::OrganizationTaken.into()) } else { Ok(()) }
    }

    /// Changes the domain of an organization: the old one is retired, and the new one must be free.
    fn take_domain(&self, doing: &Doing, domain: &str, old: &Organization) -> Result<(), Trouble> {
        if *old.primary_domain == *domain {
            return Ok(());
        }
        self.check_not_retired(doing, Name::Domain(domain), old.id.0, old.id)?;
        self.take_name(Name::Domain(domain))?;
        Ok(retire(self.transaction, Name::Domain(&old.primary_domain), old.id.0, old.id, self.now)?)
    }

    pub(super) fn check_not_default(&self, id: OrganizationId) -> Result<(), Trouble> {
        if id == self.counters.instance.default_organization {
            return Err(Refusal::Needed("the default organization").into());
        }
        Ok(())
    }

    /// Deletes an organization with all that belongs to it.
    fn delete_organization(
        &mut self,
        doing: &Doing,
        old: &Organization,
        entry: Entry,
    ) -> Result<Done, Trouble> {
        self.check_not_default(old.id)?;
        self.check_power_over_all(doing, old.id)?;
        self.remove_organization(old.id)?;
        Ok(Done::new(Outcome::Organization(Arc::new(old.clone())), old.id, entry))
    }

    pub(super) fn write_organization(
        &mut self,
        organization: Organization,
    ) -> Result<Arc<Organization>, Trouble> {
        let record = records::write_organization(&organization).map_err(|_| Refusal::TooLarge)?;
        self.transaction.open_table(ORGANIZATIONS)?.insert(organization.id.0, record.as_slice())?;
        let organization = Arc::new(organization);
        let instance = Arc::make_mut(&mut self.counters.instance);
        instance.organizations.insert(organization.id, Arc::clone(&organization));
        Ok(organization)
    }
}

pub(super) fn entry(id: OrganizationId, action: &OrganizationAction) -> Entry {
    let keys = |keys: Vec<String>| keys.join(", ");
    let (kind, note) = match action {
        OrganizationAction::Create(name, _) => (EventKind::OrganizationAdded, name.to_string()),
        OrganizationAction::Rename(name) => (EventKind::OrganizationChanged, format!("name {name}")),
        OrganizationAction::Switch(true) => (EventKind::OrganizationReactivated, String::new()),
        OrganizationAction::Switch(false) => (EventKind::OrganizationDeactivated, String::new()),
        OrganizationAction::Delete => (EventKind::OrganizationRemoved, String::new()),
        OrganizationAction::Note(notes) => {
            let noted = notes.iter().map(|(key, _)| key.to_string());
            (EventKind::OrganizationMetadataSet, keys(noted.collect()))
        }
        OrganizationAction::Forget(forgotten) => {
            let forgotten = forgotten.iter().map(ToString::to_string);
            (EventKind::OrganizationMetadataRemoved, keys(forgotten.collect()))
        }
    };
    Entry::new(kind, id.0, 0, note)
}
