//! Grants of a project to other organizations: with `projectAccessRequired` their users are admitted as the project's
//! own are, and they have of its roles what the grant has.
//!
//! A grant belongs to the project, at most one for each organization. An authorization of a user of a granted
//! organization is given *by the grant*: it counts while the grant does, for the roles that the grant has had
//! ever since. A grant that was deleted and made again, or a role that was taken out of it and put back, is a
//! later one than the authorizations from before, which do not come back with it.

use crate::id::ActNumber;
use crate::role::RoleKey;
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
