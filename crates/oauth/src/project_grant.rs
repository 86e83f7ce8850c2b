//! Grants of a project to other organizations: with `projectAccessRequired` their users are admitted as the project's
//! own are, and they have of its roles what the grant has.
//!
//! A grant belongs to the project, at most one for each organization. An authorization of a user of a granted
//! organization is given *by the grant*: it counts while the grant does, for the roles that the grant has had
//! ever since. A grant that was deleted and made again, or a role that was taken out of it and put back, is a
//! later one than the authorizations from before, which do not come back with it.

use crate::client::Refusal;
use crate::id::{ActNumber, OrganizationId};
use crate::project::{Instance, Project, RoleKey};
use crate::time::Timestamp;

/// Grants of one project at most.
pub const GRANTS_MAX: usize = 500;
/// Grants of all projects together, at most: a listing looks at each of them.
pub const GRANTS_OF_INSTANCE_MAX: usize = 20_000;
/// Roles in all grants of one project together, at most.
pub const GRANTED_ROLES_MAX: usize = 10_000;

/// A project, granted to another organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectGrant {
    /// The roles that users of the organization can have; sorted by key, each once.
    pub roles: Vec<GrantedRole>,
    /// Admits users of the organization, whose authorizations count.
    pub active: bool,
    /// Time of its creation.
    pub created: Timestamp,
    /// Time of its last change.
    pub changed: Timestamp,
    /// The act that made it.
    pub since: ActNumber,
    /// The act that changed it last.
    pub act: ActNumber,
}

/// A role in a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedRole {
    /// Key of the project's role.
    pub key: RoleKey,
    /// The act that put it into the grant.
    pub since: ActNumber,
}

impl ProjectGrant {
    /// Contains this role since before an act.
    pub(crate) fn has_role(&self, key: &RoleKey, act: ActNumber) -> bool {
        self.roles.iter().any(|role| role.key == *key && role.since <= act)
    }
}

impl Instance {
    /// There is room for one more grant.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn check_room_for_grant(&self) -> Result<(), Refusal> {
        let grants: usize = self.projects.values().map(|project| project.grants.len()).sum();
        if grants < GRANTS_OF_INSTANCE_MAX { Ok(()) } else { Err(Refusal::TooMany(GRANTS_OF_INSTANCE_MAX)) }
    }
}

impl Project {
    /// Users of this organization are admitted by a grant that is active.
    pub fn is_granted_to(&self, organization: OrganizationId) -> bool {
        self.grants.get(&organization).is_some_and(|grant| grant.active)
    }

    /// Grants it to another organization.
    ///
    /// # Errors
    /// [`Refusal::OwnOrganization`], [`Refusal::ProjectGrantTaken`], [`Refusal::UnknownRole`],
    /// [`Refusal::TooMany`].
    pub fn grant_to(
        mut self,
        organization: OrganizationId,
        roles: Vec<RoleKey>,
        now: Timestamp,
        act: ActNumber,
    ) -> Result<Self, Refusal> {
        if organization == self.organization {
            return Err(Refusal::OwnOrganization);
        }
        if self.grants.contains_key(&organization) {
            return Err(Refusal::ProjectGrantTaken);
        }
        if self.grants.len() >= GRANTS_MAX {
            return Err(Refusal::TooMany(GRANTS_MAX));
        }
        self.check_known(&roles)?;
        let roles = roles.into_iter().map(|key| GrantedRole { key, since: act }).collect();
        let grant = ProjectGrant { roles, active: true, created: now, changed: now, since: act, act };
        self.grants.insert(organization, grant);
        self.with_granted_roles_within_bounds()
    }

    /// Replaces the roles of a grant; those that stay are in it as long as before.
    ///
    /// # Errors
    /// [`Refusal::UnknownProjectGrant`], [`Refusal::UnknownRole`], [`Refusal::TooMany`].
    pub fn change_grant(
        mut self,
        organization: OrganizationId,
        roles: Vec<RoleKey>,
        now: Timestamp,
        act: ActNumber,
    ) -> Result<Self, Refusal> {
        self.check_known(&roles)?;
        let grant = self.grant_mut(organization)?;
        let since = |key: &RoleKey| grant.roles.iter().find(|role| role.key == *key).map(|role| role.since);
        let roles: Vec<_> =
            roles.into_iter().map(|key| GrantedRole { since: since(&key).unwrap_or(act), key }).collect();
        (grant.roles, grant.changed, grant.act) = (roles, now, act);
        self.with_granted_roles_within_bounds()
    }

    /// Has a grant count, or not.
    ///
    /// # Errors
    /// [`Refusal::UnknownProjectGrant`], [`Refusal::AlreadySo`].
    pub fn switch_grant(
        mut self,
        organization: OrganizationId,
        active: bool,
        now: Timestamp,
        act: ActNumber,
    ) -> Result<Self, Refusal> {
        let grant = self.grant_mut(organization)?;
        if grant.active == active {
            return Err(Refusal::AlreadySo(if active { "active" } else { "inactive" }));
        }
        (grant.active, grant.changed, grant.act) = (active, now, act);
        Ok(self)
    }

    /// Takes a grant away.
    ///
    /// # Errors
    /// [`Refusal::UnknownProjectGrant`].
    pub fn revoke_grant(mut self, organization: OrganizationId) -> Result<Self, Refusal> {
        self.grants.remove(&organization).ok_or(Refusal::UnknownProjectGrant)?;
        self.has_lost_grants = true;
        Ok(self)
    }

    /// Takes a role away, from the project and from its grants.
    ///
    /// # Errors
    /// [`Refusal::UnknownRole`].
    pub fn remove_role(mut self, key: &RoleKey) -> Result<Self, Refusal> {
        self.role(key).ok_or(Refusal::UnknownRole)?;
        self.roles.retain(|role| role.key != *key);
        for grant in self.grants.values_mut() {
            grant.roles.retain(|role| role.key != *key);
        }
        Ok(self)
    }

    fn grant_mut(&mut self, organization: OrganizationId) -> Result<&mut ProjectGrant, Refusal> {
        self.grants.get_mut(&organization).ok_or(Refusal::UnknownProjectGrant)
    }

    fn check_known(&self, roles: &[RoleKey]) -> Result<(), Refusal> {
        let known = roles.iter().all(|key| self.role(key).is_some());
        if known { Ok(()) } else { Err(Refusal::UnknownRole) }
    }

    fn with_granted_roles_within_bounds(self) -> Result<Self, Refusal> {
        let roles: usize = self.grants.values().map(|grant| grant.roles.len()).sum();
        if roles > GRANTED_ROLES_MAX { Err(Refusal::TooMany(GRANTED_ROLES_MAX)) } else { Ok(self) }
    }
}

#[cfg(test)]
mod tests;
