//! Projects and their roles, and what all requests know of them and of the organizations.
//!
//! A project stands for the APIs of one product: audiences name it, roles belong to it. Projects are
//! few, so all of them are in memory with every snapshot.

use crate::client::Text;
use crate::id::{ActNumber, OrganizationId, ProjectId};
use crate::organization::Organization;
use crate::time::Timestamp;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Projects at most.
pub const PROJECTS_MAX: usize = 10_000;
/// Roles of one project at most.
pub const ROLES_MAX: usize = 500;

/// A set of APIs with common roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id: what audiences hold.
    pub id: ProjectId,
    /// Who it belongs to.
    pub organization: OrganizationId,
    /// The display name.
    pub name: Text,
    /// Whether its APIs work.
    pub active: bool,
    /// Roles are in tokens for this project even when no scope asks for them.
    pub asserts_roles: bool,
    /// Whether people need a role in it to sign in to its applications. Kept and shown for those who move
    /// here; nobody signs in here, so it has no effect.
    pub authorization_required: bool,
    /// Whether people's organizations need a grant of it to sign in. Likewise without effect.
    pub access_required: bool,
    /// What can be granted in it.
    pub roles: Vec<Role>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub changed: Timestamp,
    /// The act that changed it last.
    pub act: ActNumber,
}

/// A role of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// What programs call it.
    pub key: RoleKey,
    /// What people call it.
    pub name: Text,
    /// Roles that belong together, for listings.
    pub group: Text,
    /// When it was added.
    pub created: Timestamp,
    /// When it was last changed.
    pub changed: Timestamp,
    /// The act that added it. What was granted before that was a role of another time, though of the same
    /// key, and is not this one.
    pub since: ActNumber,
}

/// Names a role within its project.
///
/// ```text
/// role key = 1*200( %x21 / %x23-5B / %x5D-7E )     ; a scope-token, so that a scope can ask for it
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleKey(Box<str>);

/// A text that can't be a role key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role key has 1 to 200 printable ASCII characters without spaces, quotes and backslashes")]
pub struct RoleKeyError;

impl RoleKey {
    /// Characters of a role key at most (ZITADEL's limit).
    pub const BYTES_MAX: usize = 200;

    /// Reads a role key.
    ///
    /// # Errors
    /// [`RoleKeyError`].
    pub fn parse(text: &str) -> Result<Self, RoleKeyError> {
        if text.len() <= Self::BYTES_MAX && crate::scope::is_scope_token(text) {
            Ok(Self(text.into()))
        } else {
            Err(RoleKeyError)
        }
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Project {
    /// Its role with this key.
    pub fn role(&self, key: &RoleKey) -> Option<&Role> {
        self.roles.iter().find(|role| role.key == *key)
    }
}

/// What decisions and answers need to know of the instance as a whole, read at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Who everything belongs to for which nobody else is named.
    pub default_organization: OrganizationId,
    /// All organizations.
    pub organizations: HashMap<OrganizationId, Arc<Organization>>,
    /// The audience of tokens whose request names none.
    pub default_project: ProjectId,
    /// The project that stands for the management API (`...:project:id:zitadel:aud`).
    pub management_project: ProjectId,
    /// All projects.
    pub projects: HashMap<ProjectId, Arc<Project>>,
}

impl Instance {
    /// The project with this id.
    pub fn project(&self, id: ProjectId) -> Option<&Project> {
        self.projects.get(&id).map(Arc::as_ref)
    }

    /// The organization with this id.
    pub fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.organizations.get(&id).map(Arc::as_ref)
    }

    /// Whether this organization works.
    pub fn is_active(&self, id: OrganizationId) -> bool {
        self.organization(id).is_some_and(|organization| organization.active)
    }

    /// Whether the APIs of this project work: it does, and its organization.
    pub fn is_project_active(&self, id: ProjectId) -> bool {
        self.project(id).is_some_and(|project| project.active && self.is_active(project.organization))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_key_is_what_a_scope_can_ask_for() {
        for good in ["reader", "a", "orders:write", "ADMIN_1", &"r".repeat(200)] {
            assert!(RoleKey::parse(good).is_ok(), "{good:?}");
        }
        for bad in ["", " ", "a b", "a\"b", "a\\b", "a\n", "é", &"r".repeat(201)] {
            assert_eq!(RoleKey::parse(bad), Err(RoleKeyError), "{bad:?}");
        }
    }
}
