//! Organizations.

use super::clients::administers;
use super::{CommandContext, Done};
use crate::batch::{Batch, TransactionError};
use crate::command::CommandError;
use crate::records;
use crate::retired::retire;
use crate::schema::ORGANIZATIONS;
use jeton_domain::admin::OrganizationOperation;
use jeton_domain::admin::Outcome;
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::{ClientId, OrganizationId};
use jeton_domain::organization::{ORGANIZATIONS_MAX, Organization, domain_of};
use jeton_domain::permission::{ADMINISTRATIONS_MAX, AdminRole, AdminScope, Permission, ResourcePath};
use jeton_domain::refusal::OperationError;
use jeton_domain::retired_name::Name;
use jeton_domain::service_user::METADATA_MAX;
use jeton_domain::text::Text;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

impl Batch<'_> {
    pub(super) fn act_on_organization(
        &mut self,
        context: &CommandContext,
        id: OrganizationId,
        action: OrganizationOperation,
    ) -> Result<Done, TransactionError> {
        if let OrganizationOperation::Create(name, administrators) = action {
            return self.create_organization(context, id, name, administrators);
        }
        let Some(old) = self.state.instance.organization(id).cloned() else {
            return self.end_unreadable_organization(context, id, &action);
        };
        let permission = match &action {
            OrganizationOperation::Delete => Permission::OrganizationDelete,
            _ => Permission::OrganizationWrite,
        };
        context.permit(permission, ResourcePath::Organization(id))?;
        context.check_fresh(old.act)?;
        let entry = entry(id, &action);
        let mut new = Organization { changed: context.now, act: context.act, ..old.clone() };
        match action {
            OrganizationOperation::Create(..) => {}
            OrganizationOperation::Delete => return self.delete_organization(context, &old, entry),
            OrganizationOperation::Rename(name) => {
                let domain = domain_of(&name, id);
                self.check_free_organization(id, &name, &domain)?;
                self.take_domain(context, &domain, &old)?;
                (new.name, new.primary_domain) = (name, domain);
            }
            OrganizationOperation::SetActive(active) => {
                if old.active == active {
                    return Err(OperationError::AlreadySo(if active { "active" } else { "inactive" }).into());
                }
                self.check_not_default(id)?;
                if !active {
                    self.check_power_over_all(context, id)?;
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
            return Err(OperationError::TooMany(METADATA_MAX).into());
        }
        let switched = new.active != old.active;
        let organization = self.write_organization(new)?;
        if switched {
            // Cached facts about all its users and APIs no longer hold.
            self.state.changes.mark_all();
        }
        Ok(Done::new(Outcome::Organization(organization), id, entry))
    }

    fn create_organization(
        &mut self,
        context: &CommandContext,
        id: OrganizationId,
        name: Text,
        administrators: Vec<(ClientId, Vec<AdminRole>)>,
    ) -> Result<Done, TransactionError> {
        context.permit(Permission::OrganizationCreate, ResourcePath::Instance)?;
        self.check_new_id(id.0)?;
        let domain = domain_of(&name, id);
        self.check_free_organization(id, &name, &domain)?;
        self.check_not_retired(context, Name::Domain(&domain), id.0, id)?;
        if self.state.instance.organizations.len() >= ORGANIZATIONS_MAX {
            return Err(OperationError::TooMany(ORGANIZATIONS_MAX).into());
        }
        self.check_first_administrators(&administrators)?;
        let entry = Entry::new(EventKind::OrganizationAdded, id.0, 0, name.as_str());
        let organization = self.write_organization(Organization {
            id,
            name,
            primary_domain: domain,
            active: true,
            metadata: BTreeMap::new(),
            created: context.now,
            changed: context.now,
            act: context.act,
        })?;
        let mut done = Done::new(Outcome::Organization(organization), id, entry);
        for (user, roles) in administrators {
            let note = roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ");
            self.add_admin_roles(context, user, AdminScope::Organization(id), roles)?;
            done.entries.push(Entry::new(EventKind::AdministratorAdded, user.0, id.0, note));
        }
        Ok(done)
    }

    /// Checks that they exist, are users, each once, and have room for one more administrator assignment.
    fn check_first_administrators(&self, all: &[(ClientId, Vec<AdminRole>)]) -> Result<(), TransactionError> {
        let (mut seen, mut new) = (HashSet::new(), BTreeMap::<OrganizationId, usize>::new());
        for (id, _) in all {
            let client = self.client(*id)?.ok_or(OperationError::UnknownClient)?;
            let user = client.service_user().ok_or(OperationError::NotAServiceUser)?;
            if user.administrations.len() >= ADMINISTRATIONS_MAX {
                return Err(OperationError::TooMany(ADMINISTRATIONS_MAX).into());
            }
            if !seen.insert(*id) {
                return Err(OperationError::AdministratorTaken.into());
            }
            *new.entry(client.organization).or_default() += usize::from(!administers(&client));
        }
        new.into_iter().try_for_each(|(home, more)| self.check_room_for_administrators(home, more))
    }

    /// Organizations are told apart by names and domains. Those of an unreadable organization can't be
    /// compared.
    fn check_free_organization(
        &self,
        id: OrganizationId,
        name: &Text,
        domain: &str,
    ) -> Result<(), TransactionError> {
        if self.state.instance.lost.organizations {
            return Err(CommandError::Unavailable.into());
        }
        let same = |other: &Arc<Organization>| {
            other.id != id && (other.name == *name || &*other.primary_domain == domain)
        };
        let taken = self.state.instance.organizations.values().any(same);
        if taken { Err(OperationError::OrganizationTaken.into()) } else { Ok(()) }
    }

    /// InvalidationMap the domain of an organization: the old one is retired, and the new one must be free.
    fn take_domain(
        &self,
        context: &CommandContext,
        domain: &str,
        old: &Organization,
    ) -> Result<(), TransactionError> {
        if *old.primary_domain == *domain {
            return Ok(());
        }
        self.check_not_retired(context, Name::Domain(domain), old.id.0, old.id)?;
        self.take_name(Name::Domain(domain))?;
        Ok(retire(self.transaction, Name::Domain(&old.primary_domain), old.id.0, old.id, self.now)?)
    }

    pub(super) fn check_not_default(&self, id: OrganizationId) -> Result<(), TransactionError> {
        if id == self.state.instance.default_organization {
            return Err(OperationError::Needed("the default organization").into());
        }
        Ok(())
    }

    /// Deletes an organization with all that belongs to it.
    fn delete_organization(
        &mut self,
        context: &CommandContext,
        old: &Organization,
        entry: Entry,
    ) -> Result<Done, TransactionError> {
        self.check_not_default(old.id)?;
        self.check_power_over_all(context, old.id)?;
        self.remove_organization(old.id)?;
        Ok(Done::new(Outcome::Organization(Arc::new(old.clone())), old.id, entry))
    }

    pub(super) fn write_organization(
        &mut self,
        organization: Organization,
    ) -> Result<Arc<Organization>, TransactionError> {
        let record = records::write_organization(&organization).map_err(|_| OperationError::TooLarge)?;
        self.transaction.open_table(ORGANIZATIONS)?.insert(organization.id.0, record.as_slice())?;
        let organization = Arc::new(organization);
        let instance = Arc::make_mut(&mut self.state.instance);
        instance.organizations.insert(organization.id, Arc::clone(&organization));
        Ok(organization)
    }
}

pub(super) fn entry(id: OrganizationId, action: &OrganizationOperation) -> Entry {
    let keys = |keys: Vec<String>| keys.join(", ");
    let (kind, note) = match action {
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
