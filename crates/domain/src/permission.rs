//! Permissions of administrators, the roles that contain them, and their scope.
//!
//! Deny by default. A role is assigned to a service user for a [`AdminScope`], and gives its permissions
//! there and in all places below:
//!
//! ```text
//! instance ─┬─ organization ─┬─ project
//!           │                └─ project
//!           └─ organization
//! ```

use crate::id::{OrganizationId, ProjectId};
use crate::time::Timestamp;

/// The maximal number of administrations of one user.
pub const ADMINISTRATIONS_MAX: usize = 50;

/// The permission that a call on the management API requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Reading users, their credentials and metadata.
    UserRead,
    /// Creating and changing users, adding and revoking their credentials.
    UserWrite,
    /// Deleting users.
    UserDelete,
    /// Reading the project roles of users.
    GrantRead,
    /// Granting and revoking project roles of users.
    GrantWrite,
    /// Reading projects, their roles and applications.
    ProjectRead,
    /// Creating projects.
    ProjectCreate,
    /// Changing projects, their roles and applications.
    ProjectWrite,
    /// Deleting projects.
    ProjectDelete,
    /// Reading the grants of projects to other organizations.
    ProjectGrantRead,
    /// Granting projects to other organizations, and changing such grants.
    ProjectGrantWrite,
    /// Deleting such grants.
    ProjectGrantDelete,
    /// Reading organizations.
    OrganizationRead,
    /// Creating organizations.
    OrganizationCreate,
    /// Changing organizations.
    OrganizationWrite,
    /// Deleting organizations.
    OrganizationDelete,
    /// Reading administrator roles of users.
    AdministratorRead,
    /// Assigning and removing administrator roles.
    AdministratorWrite,
    /// Reading the signing keys.
    KeyRead,
    /// Creating, activating and deleting signing keys.
    KeyWrite,
    /// Reading the audit trail.
    EventRead,
    /// Reporting a leaked secret or token. Every role has it, so that every finder can disable a leak.
    LeakReport,
    /// Introspecting tokens for projects.
    TokenIntrospect,
}

impl Permission {
    /// All permissions.
    pub const ALL: [Self; 23] = [
        Self::UserRead,
        Self::UserWrite,
        Self::UserDelete,
        Self::GrantRead,
        Self::GrantWrite,
        Self::ProjectRead,
        Self::ProjectCreate,
        Self::ProjectWrite,
        Self::ProjectDelete,
        Self::ProjectGrantRead,
        Self::ProjectGrantWrite,
        Self::ProjectGrantDelete,
        Self::OrganizationRead,
        Self::OrganizationCreate,
        Self::OrganizationWrite,
        Self::OrganizationDelete,
        Self::AdministratorRead,
        Self::AdministratorWrite,
        Self::KeyRead,
        Self::KeyWrite,
        Self::EventRead,
        Self::LeakReport,
        Self::TokenIntrospect,
    ];

    /// The name in documents and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserRead => "user.read",
            Self::UserWrite => "user.write",
            Self::UserDelete => "user.delete",
            Self::GrantRead => "user.grant.read",
            Self::GrantWrite => "user.grant.write",
            Self::ProjectRead => "project.read",
            Self::ProjectCreate => "project.create",
            Self::ProjectWrite => "project.write",
            Self::ProjectDelete => "project.delete",
            Self::ProjectGrantRead => "project.grant.read",
            Self::ProjectGrantWrite => "project.grant.write",
            Self::ProjectGrantDelete => "project.grant.delete",
            Self::OrganizationRead => "org.read",
            Self::OrganizationCreate => "org.create",
            Self::OrganizationWrite => "org.write",
            Self::OrganizationDelete => "org.delete",
            Self::AdministratorRead => "member.read",
            Self::AdministratorWrite => "member.write",
            Self::KeyRead => "iam.web_key.read",
            Self::KeyWrite => "iam.web_key.write",
            Self::EventRead => "events.read",
            Self::LeakReport => "leak.report",
            Self::TokenIntrospect => "token.introspect",
        }
    }

    const fn is_read(self) -> bool {
        matches!(
            self,
            Self::UserRead
                | Self::GrantRead
                | Self::ProjectRead
                | Self::ProjectGrantRead
                | Self::OrganizationRead
                | Self::AdministratorRead
                | Self::KeyRead
                | Self::EventRead
                | Self::LeakReport
        )
    }
}

/// The place of an object, for which a permission is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourcePath {
    /// The instance, for objects that belong to no organization.
    Instance,
    /// An organization.
    Organization(OrganizationId),
    /// A project of an organization.
    Project(OrganizationId, ProjectId),
}

/// The part of the instance for which administrator roles are assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdminScope {
    /// The whole instance.
    Instance,
    /// One organization with its projects.
    Organization(OrganizationId),
    /// One project.
    Project(ProjectId),
}

impl AdminScope {
    /// True if a place lies in this part.
    pub fn covers(self, place: ResourcePath) -> bool {
        match (self, place) {
            (Self::Instance, _) => true,
            (
                Self::Organization(own),
                ResourcePath::Organization(other) | ResourcePath::Project(other, _),
            ) => own == other,
            (Self::Project(own), ResourcePath::Project(_, other)) => own == other,
            (Self::Organization(_), ResourcePath::Instance)
            | (Self::Project(_), ResourcePath::Instance | ResourcePath::Organization(_)) => false,
        }
    }
}

/// An administrator role, with ZITADEL's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdminRole {
    /// `IAM_OWNER`: all permissions.
    IamOwner,
    /// `IAM_OWNER_VIEWER`: reads everything.
    IamOwnerViewer,
    /// `IAM_USER_MANAGER`: manages users of all organizations.
    IamUserManager,
    /// `ORG_OWNER`: all permissions in an organization.
    OrgOwner,
    /// `ORG_OWNER_VIEWER`: reads everything in an organization.
    OrgOwnerViewer,
    /// `ORG_USER_MANAGER`: manages users of an organization.
    OrgUserManager,
    /// `ORG_USER_PERMISSION_EDITOR`: grants project roles to users of an organization.
    OrgUserPermissionEditor,
    /// `PROJECT_OWNER`: all permissions in a project.
    ProjectOwner,
    /// `PROJECT_OWNER_VIEWER`: reads everything in a project.
    ProjectOwnerViewer,
    /// `IAM_TOKEN_INTROSPECTOR`: introspects tokens for all projects.
    IamTokenIntrospector,
    /// `ORG_TOKEN_INTROSPECTOR`: introspects tokens for the projects of an organization.
    OrgTokenIntrospector,
    /// `PROJECT_TOKEN_INTROSPECTOR`: introspects tokens for a project.
    ProjectTokenIntrospector,
}

impl AdminRole {
    /// All roles; the order is part of the format of records.
    pub const ALL: [Self; 12] = [
        Self::IamOwner,
        Self::IamOwnerViewer,
        Self::IamUserManager,
        Self::OrgOwner,
        Self::OrgOwnerViewer,
        Self::OrgUserManager,
        Self::OrgUserPermissionEditor,
        Self::ProjectOwner,
        Self::ProjectOwnerViewer,
        Self::IamTokenIntrospector,
        Self::OrgTokenIntrospector,
        Self::ProjectTokenIntrospector,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IamOwner => "IAM_OWNER",
            Self::IamOwnerViewer => "IAM_OWNER_VIEWER",
            Self::IamUserManager => "IAM_USER_MANAGER",
            Self::OrgOwner => "ORG_OWNER",
            Self::OrgOwnerViewer => "ORG_OWNER_VIEWER",
            Self::OrgUserManager => "ORG_USER_MANAGER",
            Self::OrgUserPermissionEditor => "ORG_USER_PERMISSION_EDITOR",
            Self::ProjectOwner => "PROJECT_OWNER",
            Self::ProjectOwnerViewer => "PROJECT_OWNER_VIEWER",
            Self::IamTokenIntrospector => "IAM_TOKEN_INTROSPECTOR",
            Self::OrgTokenIntrospector => "ORG_TOKEN_INTROSPECTOR",
            Self::ProjectTokenIntrospector => "PROJECT_TOKEN_INTROSPECTOR",
        }
    }

    /// The role with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// True if it can be assigned there: `IAM_` roles for the instance, `ORG_` roles for an organization,
    /// `PROJECT_` roles for a project.
    pub const fn fits(self, realm: AdminScope) -> bool {
        match self {
            Self::IamOwner | Self::IamOwnerViewer | Self::IamUserManager | Self::IamTokenIntrospector => {
                matches!(realm, AdminScope::Instance)
            }
            Self::OrgOwner
            | Self::OrgOwnerViewer
            | Self::OrgUserManager
            | Self::OrgUserPermissionEditor
            | Self::OrgTokenIntrospector => matches!(realm, AdminScope::Organization(_)),
            Self::ProjectOwner | Self::ProjectOwnerViewer | Self::ProjectTokenIntrospector => {
                matches!(realm, AdminScope::Project(_))
            }
        }
    }

    /// True if it contains this permission, wherever it is assigned.
    pub const fn contains(self, permission: Permission) -> bool {
        match self {
            Self::IamOwner | Self::OrgOwner | Self::ProjectOwner => true,
            Self::IamOwnerViewer | Self::OrgOwnerViewer | Self::ProjectOwnerViewer => permission.is_read(),
            Self::IamUserManager | Self::OrgUserManager => matches!(
                permission,
                Permission::UserRead
                    | Permission::UserWrite
                    | Permission::UserDelete
                    | Permission::GrantRead
                    | Permission::GrantWrite
                    | Permission::ProjectRead
                    | Permission::ProjectGrantRead
                    | Permission::OrganizationRead
                    | Permission::LeakReport
            ),
            Self::OrgUserPermissionEditor => matches!(
                permission,
                Permission::UserRead
                    | Permission::GrantRead
                    | Permission::GrantWrite
                    | Permission::ProjectRead
                    | Permission::ProjectGrantRead
                    | Permission::OrganizationRead
                    | Permission::LeakReport
            ),
            Self::IamTokenIntrospector | Self::OrgTokenIntrospector | Self::ProjectTokenIntrospector => {
                matches!(permission, Permission::TokenIntrospect | Permission::LeakReport)
            }
        }
    }
}

/// The administrator roles of a service user for one part of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administration {
    /// The part of the instance.
    pub realm: AdminScope,
    /// The roles; sorted, unique, never empty.
    pub roles: Vec<AdminRole>,
    /// The time of the first assignment.
    pub created: Timestamp,
    /// The time of the last change.
    pub changed: Timestamp,
}

impl Administration {
    /// True if one of the roles gives this permission in this place.
    pub fn allows(&self, permission: Permission, place: ResourcePath) -> bool {
        self.realm.covers(place) && self.roles.iter().any(|role| role.contains(permission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: OrganizationId = OrganizationId(1);
    const OTHER: OrganizationId = OrganizationId(2);
    const PROJECT: ProjectId = ProjectId(3);

    #[test]
    fn a_realm_covers_itself_and_what_is_below_it() {
        let places = [
            ResourcePath::Instance,
            ResourcePath::Organization(ORG),
            ResourcePath::Organization(OTHER),
            ResourcePath::Project(ORG, PROJECT),
            ResourcePath::Project(ORG, ProjectId(4)),
            ResourcePath::Project(OTHER, ProjectId(5)),
        ];
        let covered = |realm: AdminScope| places.map(|place| realm.covers(place));
        assert_eq!(covered(AdminScope::Instance), [true; 6]);
        assert_eq!(covered(AdminScope::Organization(ORG)), [false, true, false, true, true, false]);
        assert_eq!(covered(AdminScope::Project(PROJECT)), [false, false, false, true, false, false]);
    }

    #[test]
    fn a_viewer_changes_nothing() {
        let writes = [
            Permission::UserWrite,
            Permission::UserDelete,
            Permission::GrantWrite,
            Permission::ProjectCreate,
            Permission::ProjectWrite,
            Permission::ProjectDelete,
            Permission::ProjectGrantWrite,
            Permission::ProjectGrantDelete,
            Permission::OrganizationCreate,
            Permission::OrganizationWrite,
            Permission::OrganizationDelete,
            Permission::AdministratorWrite,
            Permission::KeyWrite,
            // Introspecting changes nothing, and yet is not a right of viewers.
            Permission::TokenIntrospect,
        ];
        for viewer in [AdminRole::IamOwnerViewer, AdminRole::OrgOwnerViewer, AdminRole::ProjectOwnerViewer] {
            assert_eq!(
                Permission::ALL.iter().filter(|p| viewer.contains(**p)).count(),
                Permission::ALL.len() - writes.len()
            );
            assert!(writes.iter().all(|write| !viewer.contains(*write)), "{viewer:?}");
        }
    }

    #[test]
    fn owners_and_introspectors_introspect_and_introspectors_may_nothing_else() {
        let may = |role: &AdminRole| role.contains(Permission::TokenIntrospect);
        let names: Vec<_> = AdminRole::ALL.iter().filter(|role| may(role)).map(|role| role.name()).collect();
        let (owners, introspectors) = names.split_at(3);
        assert!(owners.iter().all(|name| name.ends_with("_OWNER")), "{owners:?}");
        assert!(introspectors.iter().all(|name| name.ends_with("_TOKEN_INTROSPECTOR")), "{introspectors:?}");
        let role = AdminRole::IamTokenIntrospector;
        let all: Vec<_> =
            Permission::ALL.into_iter().filter(|permission| role.contains(*permission)).collect();
        assert_eq!(all, [Permission::LeakReport, Permission::TokenIntrospect]);
    }

    #[test]
    fn only_owners_assign_administrator_roles() {
        let may: Vec<_> =
            AdminRole::ALL.into_iter().filter(|role| role.contains(Permission::AdministratorWrite)).collect();
        assert_eq!(may, [AdminRole::IamOwner, AdminRole::OrgOwner, AdminRole::ProjectOwner]);
    }

    #[test]
    fn a_role_is_assigned_where_its_name_says() {
        for role in AdminRole::ALL {
            assert_eq!(AdminRole::parse(role.name()), Some(role));
            let prefix = role.name().split('_').next();
            assert_eq!(role.fits(AdminScope::Instance), prefix == Some("IAM"));
            assert_eq!(role.fits(AdminScope::Organization(ORG)), prefix == Some("ORG"));
            assert_eq!(role.fits(AdminScope::Project(PROJECT)), prefix == Some("PROJECT"));
        }
        assert_eq!(AdminRole::parse("iam_owner"), None);
        assert_eq!(AdminRole::parse(""), None);
    }
}
