//! Projects: their roles, and their grants to other organizations.
//!
//! A project stands for the APIs of one product: audiences name it, roles belong to it. Projects are few,
//! so every snapshot holds all of them in memory.

use crate::id::{EventId, OrganizationId, ProjectId};
use crate::project_grant::{GRANTED_ROLES_MAX, GRANTS_MAX, GrantedRole, ProjectGrant};
use crate::refusal::OperationError;
use crate::role::{Role, RoleKey};
use crate::text::Text;
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// Projects at most.
pub const PROJECTS_MAX: usize = 10_000;
/// The maximal number of roles of one project.
pub const ROLES_MAX: usize = 500;

/// A set of APIs with common roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The id, named by audiences.
    pub id: ProjectId,
    /// The owning organization.
    pub organization: OrganizationId,
    /// The display name.
    pub name: Text,
    /// True if its APIs work.
    pub active: bool,
    /// True if tokens for this project contain roles even if no scope requests them.
    pub asserts_roles: bool,
    /// True if tokens for this project require an authorization of their user in it.
    pub authorization_required: bool,
    /// True if tokens for this project require a user of its organization, or of one that it is granted
    /// to.
    pub access_required: bool,
    /// The roles that can be granted in it.
    pub roles: Vec<Role>,
    /// The grants to other organizations.
    pub grants: BTreeMap<OrganizationId, ProjectGrant>,
    /// True if a grant was removed: authorizations given by it count as absent, and may still have rows.
    pub has_lost_grants: bool,
    /// The time of creation.
    pub created: Timestamp,
    /// The time of the last change.
    pub changed: Timestamp,
    /// The event that changed it last.
    pub event_id: EventId,
}

impl Project {
    /// The role with this key.
    pub fn role(&self, key: &RoleKey) -> Option<&Role> {
        self.roles.iter().find(|role| role.key == *key)
    }

    /// True if an active grant admits users of this organization.
    pub fn is_granted_to(&self, organization: OrganizationId) -> bool {
        self.grants.get(&organization).is_some_and(|grant| grant.active)
    }

    /// Grants it to another organization.
    ///
    /// # Errors
    /// [`OperationError::OwnOrganization`], [`OperationError::ProjectGrantTaken`],
    /// [`OperationError::UnknownRole`], [`OperationError::TooMany`].
    pub fn grant_to(
        mut self,
        organization: OrganizationId,
        roles: Vec<RoleKey>,
        now: Timestamp,
        event_id: EventId,
    ) -> Result<Self, OperationError> {
        if organization == self.organization {
            return Err(OperationError::OwnOrganization);
        }
        if self.grants.contains_key(&organization) {
            return Err(OperationError::ProjectGrantTaken);
        }
        if self.grants.len() >= GRANTS_MAX {
            return Err(OperationError::TooMany(GRANTS_MAX));
        }
        self.check_known(&roles)?;
        let roles = roles.into_iter().map(|key| GrantedRole { key, since: event_id }).collect();
        let grant =
            ProjectGrant { roles, active: true, created: now, changed: now, since: event_id, event_id };
        self.grants.insert(organization, grant);
        self.with_granted_roles_within_bounds()
    }

    /// Replaces the roles of a grant; roles that stay keep the event that added them.
    ///
    /// # Errors
    /// [`OperationError::UnknownProjectGrant`], [`OperationError::UnknownRole`], [`OperationError::TooMany`].
    pub fn change_grant(
        mut self,
        organization: OrganizationId,
        roles: Vec<RoleKey>,
        now: Timestamp,
        event_id: EventId,
    ) -> Result<Self, OperationError> {
        self.check_known(&roles)?;
        let grant = self.grant_mut(organization)?;
        let since = |key: &RoleKey| grant.roles.iter().find(|role| role.key == *key).map(|role| role.since);
        let roles: Vec<_> = roles
            .into_iter()
            .map(|key| GrantedRole { since: since(&key).unwrap_or(event_id), key })
            .collect();
        (grant.roles, grant.changed, grant.event_id) = (roles, now, event_id);
        self.with_granted_roles_within_bounds()
    }

    /// Activates or deactivates a grant.
    ///
    /// # Errors
    /// [`OperationError::UnknownProjectGrant`], [`OperationError::AlreadySo`].
    pub fn set_grant_active(
        mut self,
        organization: OrganizationId,
        active: bool,
        now: Timestamp,
        event_id: EventId,
    ) -> Result<Self, OperationError> {
        let grant = self.grant_mut(organization)?;
        if grant.active == active {
            return Err(OperationError::AlreadySo(if active { "active" } else { "inactive" }));
        }
        (grant.active, grant.changed, grant.event_id) = (active, now, event_id);
        Ok(self)
    }

    /// Deletes a grant.
    ///
    /// # Errors
    /// [`OperationError::UnknownProjectGrant`].
    pub fn revoke_grant(mut self, organization: OrganizationId) -> Result<Self, OperationError> {
        self.grants.remove(&organization).ok_or(OperationError::UnknownProjectGrant)?;
        self.has_lost_grants = true;
        Ok(self)
    }

    /// Removes a role from the project and its grants.
    ///
    /// # Errors
    /// [`OperationError::UnknownRole`].
    pub fn remove_role(mut self, key: &RoleKey) -> Result<Self, OperationError> {
        self.role(key).ok_or(OperationError::UnknownRole)?;
        self.roles.retain(|role| role.key != *key);
        for grant in self.grants.values_mut() {
            grant.roles.retain(|role| role.key != *key);
        }
        Ok(self)
    }

    fn grant_mut(&mut self, organization: OrganizationId) -> Result<&mut ProjectGrant, OperationError> {
        self.grants.get_mut(&organization).ok_or(OperationError::UnknownProjectGrant)
    }

    fn check_known(&self, roles: &[RoleKey]) -> Result<(), OperationError> {
        let known = roles.iter().all(|key| self.role(key).is_some());
        if known { Ok(()) } else { Err(OperationError::UnknownRole) }
    }

    fn with_granted_roles_within_bounds(self) -> Result<Self, OperationError> {
        let roles: usize = self.grants.values().map(|grant| grant.roles.len()).sum();
        if roles > GRANTED_ROLES_MAX { Err(OperationError::TooMany(GRANTED_ROLES_MAX)) } else { Ok(self) }
    }
}

#[cfg(test)]
mod tests;
