//! Who may administer what: permissions, the roles that contain them, and where they count.
//!
//! Deny by default. A role is assigned to a service user for a [`Place`], and allows what it contains there
//! and in all places below:
//!
//! ```text
//! instance ─┬─ organization ─┬─ project
//!           │                └─ project
//!           └─ organization
//! ```

use crate::id::{OrganizationId, ProjectId};
use crate::time::Timestamp;

/// Administrations of one user at most.
pub const ADMINISTRATIONS_MAX: usize = 50;

/// What a call on the management API needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See users, their credentials and metadata.
    UserRead,
    /// Create and change users; give and take their credentials.
    UserWrite,
    /// Delete users.
    UserDelete,
    /// See what roles of projects users have.
    GrantRead,
    /// Give and take roles of projects.
    GrantWrite,
    /// See projects, their roles and applications.
    ProjectRead,
    /// Create projects.
    ProjectCreate,
    /// Change projects, their roles and applications.
    ProjectWrite,
    /// Delete projects.
    ProjectDelete,
    /// See the grants of projects to other organizations.
    ProjectGrantRead,
    /// Grant projects to other organizations, and change such grants.
    ProjectGrantWrite,
    /// Take such grants away.
    ProjectGrantDelete,
    /// See organizations.
    OrganizationRead,
    /// Create organizations.
    OrganizationCreate,
    /// Change organizations.
    OrganizationWrite,
    /// Delete organizations.
    OrganizationDelete,
    /// See who administers.
    AdministratorRead,
    /// Say who administers.
    AdministratorWrite,
    /// See the signing keys.
    KeyRead,
    /// Make, activate and delete signing keys.
    KeyWrite,
    /// Read the audit trail.
    EventRead,
    /// Report a leaked secret or token. Every role has it: whoever finds one should be able to stop it.
    LeakReport,
    /// Introspect tokens for projects.
    TokenIntrospect,
}

impl Permission {
    /// All of them.
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

    /// Its name in documents and messages.
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

/// Where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What belongs to no organization.
    Instance,
    /// In an organization.
    Organization(OrganizationId),
    /// In a project of an organization.
    Project(OrganizationId, ProjectId),
}

/// What administrator roles are assigned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Realm {
    /// Everything.
    Instance,
    /// One organization with its projects.
    Organization(OrganizationId),
    /// One project.
    Project(ProjectId),
}

impl Realm {
    /// Whether a place lies in it.
    pub fn covers(self, place: Place) -> bool {
        match (self, place) {
            (Self::Instance, _) => true,
            (Self::Organization(own), Place::Organization(other) | Place::Project(other, _)) => own == other,
            (Self::Project(own), Place::Project(_, other)) => own == other,
            (Self::Organization(_), Place::Instance)
            | (Self::Project(_), Place::Instance | Place::Organization(_)) => false,
        }
    }
}

/// An administrator role, with ZITADEL's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdminRole {
    /// `IAM_OWNER`: everything.
    IamOwner,
    /// `IAM_OWNER_VIEWER`: sees everything.
    IamOwnerViewer,
    /// `IAM_USER_MANAGER`: users of all organizations.
    IamUserManager,
    /// `ORG_OWNER`: everything in an organization.
    OrgOwner,
    /// `ORG_OWNER_VIEWER`: sees everything in it.
    OrgOwnerViewer,
    /// `ORG_USER_MANAGER`: its users.
    OrgUserManager,
    /// `ORG_USER_PERMISSION_EDITOR`: which roles its users have.
    OrgUserPermissionEditor,
    /// `PROJECT_OWNER`: everything in a project.
    ProjectOwner,
    /// `PROJECT_OWNER_VIEWER`: sees everything in it.
    ProjectOwnerViewer,
    /// `IAM_TOKEN_INTROSPECTOR`: introspects tokens for all projects.
    IamTokenIntrospector,
    /// `ORG_TOKEN_INTROSPECTOR`: tokens for the projects of an organization.
    OrgTokenIntrospector,
    /// `PROJECT_TOKEN_INTROSPECTOR`: tokens for a project.
    ProjectTokenIntrospector,
}

impl AdminRole {
    /// All of them; the order is part of the format of records.
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

    /// Its name on the wire.
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

    /// Whether it can be assigned for this: `IAM_` roles for the instance, `ORG_` roles for an organization,
    /// `PROJECT_` roles for a project.
    pub const fn fits(self, realm: Realm) -> bool {
        match self {
            Self::IamOwner | Self::IamOwnerViewer | Self::IamUserManager | Self::IamTokenIntrospector => {
                matches!(realm, Realm::Instance)
            }
            Self::OrgOwner
            | Self::OrgOwnerViewer
            | Self::OrgUserManager
            | Self::OrgUserPermissionEditor
            | Self::OrgTokenIntrospector => matches!(realm, Realm::Organization(_)),
            Self::ProjectOwner | Self::ProjectOwnerViewer | Self::ProjectTokenIntrospector => {
                matches!(realm, Realm::Project(_))
            }
        }
    }

    /// What it allows, wherever it is assigned.
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

/// Administrator roles that a service user has for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administration {
    /// For what.
    pub realm: Realm,
    /// Which; sorted, each once, never none.
    pub roles: Vec<AdminRole>,
    /// When they were first assigned.
    pub created: Timestamp,
    /// When they were last changed.
    pub changed: Timestamp,
}

impl Administration {
    /// Whether it allows this there.
    pub fn allows(&self, permission: Permission, place: Place) -> bool {
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
            Place::Instance,
            Place::Organization(ORG),
            Place::Organization(OTHER),
            Place::Project(ORG, PROJECT),
            Place::Project(ORG, ProjectId(4)),
            Place::Project(OTHER, ProjectId(5)),
        ];
        let covered = |realm: Realm| places.map(|place| realm.covers(place));
        assert_eq!(covered(Realm::Instance), [true; 6]);
        assert_eq!(covered(Realm::Organization(ORG)), [false, true, false, true, true, false]);
        assert_eq!(covered(Realm::Project(PROJECT)), [false, false, false, true, false, false]);
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
            // Changes nothing, and yet is another right than seeing what is administered.
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
    fn only_owners_say_who_administers() {
        let may: Vec<_> =
            AdminRole::ALL.into_iter().filter(|role| role.contains(Permission::AdministratorWrite)).collect();
        assert_eq!(may, [AdminRole::IamOwner, AdminRole::OrgOwner, AdminRole::ProjectOwner]);
    }

    #[test]
    fn a_role_is_assigned_where_its_name_says() {
        for role in AdminRole::ALL {
            assert_eq!(AdminRole::parse(role.name()), Some(role));
            let prefix = role.name().split('_').next();
            assert_eq!(role.fits(Realm::Instance), prefix == Some("IAM"));
            assert_eq!(role.fits(Realm::Organization(ORG)), prefix == Some("ORG"));
            assert_eq!(role.fits(Realm::Project(PROJECT)), prefix == Some("PROJECT"));
        }
        assert_eq!(AdminRole::parse("iam_owner"), None);
        assert_eq!(AdminRole::parse(""), None);
    }
}
