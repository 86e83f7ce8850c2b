//! Grants of a project to other organizations: with `projectAccessRequired` their users are admitted as
//! the project's own are, and they can have the project's roles that the grant contains.
//!
//! A grant belongs to the project, at most one for each organization. An authorization of a user of a
//! granted organization is given *by the grant*: it counts while the grant exists, for the roles that the
//! grant has had since then. If a grant is deleted and made again, or a role is removed from it and added
//! again, earlier authorizations do not come back with it.

use crate::id::EventId;
use crate::role::RoleKey;
use crate::time::Timestamp;

/// The maximal number of grants of one project.
pub const GRANTS_MAX: usize = 500;
/// The maximal number of grants of all projects together: a listing reads each of them.
pub const GRANTS_OF_INSTANCE_MAX: usize = 20_000;
/// The maximal number of roles in all grants of one project together.
pub const GRANTED_ROLES_MAX: usize = 10_000;

/// A project, granted to another organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectGrant {
    /// The roles that users of the organization can have; sorted by key, unique.
    pub roles: Vec<GrantedRole>,
    /// True if it admits users of the organization, and their authorizations count.
    pub active: bool,
    /// Time of its creation.
    pub created: Timestamp,
    /// The time of the last change.
    pub changed: Timestamp,
    /// The event that made it.
    pub since: EventId,
    /// The event that changed it last.
    pub event_id: EventId,
}

/// A role in a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedRole {
    /// Key of the project's role.
    pub key: RoleKey,
    /// The event that put it into the grant.
    pub since: EventId,
}

impl ProjectGrant {
    /// True if it has contained this role since before an event.
    pub(crate) fn has_role(&self, key: &RoleKey, event_id: EventId) -> bool {
        self.roles.iter().any(|role| role.key == *key && role.since <= event_id)
    }
}
