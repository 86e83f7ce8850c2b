//! Projects and their roles, and what all requests know of them and of the organizations.
//!
//! A project stands for the APIs of one product: audiences name it, roles belong to it. Projects are
//! few, so all of them are in memory with every snapshot.

use crate::client::{Client, Text};
use crate::id::{ActNumber, OrganizationId, ProjectId};
use crate::organization::Organization;
use crate::project_grant::ProjectGrant;
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
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
    /// Tokens for this project are for users with an authorization in it alone.
    pub authorization_required: bool,
    /// Tokens for this project are for users of its organization, and of those it is granted to, alone.
    pub access_required: bool,
    /// What can be granted in it.
    pub roles: Vec<Role>,
    /// The other organizations that it is granted to.
    pub grants: BTreeMap<OrganizationId, ProjectGrant>,
    /// A grant was taken away: authorizations that it gave count as absent, and may still have rows.
    pub has_lost_grants: bool,
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
    /// Ids of organizations and projects whose record can't be read: nothing is known about them, so nothing is
    /// said about what belongs to them.
    pub unreadable: BTreeSet<u64>,
    /// Kinds of which some can't be read, and it is not known which.
    pub lost: Lost,
    /// Ids of organizations and projects that were deleted and whose users and APIs have not gone yet: these count as
    /// absent.
    pub removed: BTreeSet<u64>,
}

/// Kinds of things of which some can't be read: an id that is not known may be that of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// Organizations.
    pub organizations: bool,
    /// Projects.
    pub projects: bool,
}

/// The home of a client, of which nothing is known because its record can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownHome {
    /// The organization.
    Organization(OrganizationId),
    /// The project of an API.
    Project(ProjectId),
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

    /// A project with this id may exist, and nothing is known of it.
    pub fn is_unknown_project(&self, id: ProjectId) -> bool {
        self.is_unknown(id.0, self.lost.projects && !self.projects.contains_key(&id))
    }

    /// An organization with this id may exist, and nothing is known of it.
    pub fn is_unknown_organization(&self, id: OrganizationId) -> bool {
        self.is_unknown(id.0, self.lost.organizations && !self.organizations.contains_key(&id))
    }

    fn is_unknown(&self, id: u64, may_be_lost: bool) -> bool {
        self.unreadable.contains(&id) || may_be_lost && !self.removed.contains(&id)
    }

    /// True if tokens of this client may be for a project, as the project asks for it. The management API decides by
    /// administrator roles instead, and of a project that does not exist there are no APIs.
    pub fn admits(&self, client: &Client, id: ProjectId) -> bool {
        let Some(project) = self.project(id).filter(|_| id != self.management_project) else { return true };
        let home = client.organization;
        let authorized = !project.authorization_required || client.has_roles_in(id, self);
        let has_access =
            !project.access_required || project.organization == home || project.is_granted_to(home);
        authorized && has_access
    }

    /// Whether a client's organization is active, and the project of an API.
    ///
    /// # Errors
    /// [`UnknownHome`] when that is not known because a record can't be read.
    pub fn is_home_active(&self, client: &Client) -> Result<bool, UnknownHome> {
        let Some(api) = client.api() else { return self.is_known_active(client.organization) };
        if self.is_unknown_project(api.project) {
            return Err(UnknownHome::Project(api.project));
        }
        match self.project(api.project) {
            Some(project) if project.active => self.is_known_active(project.organization),
            Some(_) | None => Ok(false),
        }
    }

    /// True if a client goes with its organization or its project, which were deleted.
    pub fn is_removed(&self, client: &Client) -> bool {
        let project = client.api().map(|api| api.project.0);
        !self.removed.is_empty()
            && (self.removed.contains(&client.organization.0)
                || project.is_some_and(|project| self.removed.contains(&project)))
    }

    fn is_known_active(&self, id: OrganizationId) -> Result<bool, UnknownHome> {
        if self.is_unknown_organization(id) {
            return Err(UnknownHome::Organization(id));
        }
        Ok(self.is_active(id))
    }

    /// Whether this organization works.
    pub fn is_active(&self, id: OrganizationId) -> bool {
        self.organization(id).is_some_and(|organization| organization.active)
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
