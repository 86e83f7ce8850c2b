//! Projects with their roles.

use super::{role, text};
use crate::codec::{self, Corrupt};
use jeton_oauth::id::{ActNumber, OrganizationId, ProjectId};
use jeton_oauth::project::{Project, Role};
use jeton_oauth::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) enum ProjectRecord {
    /// Before roles.
    V1 {
        name: String,
        created: u64,
    },
    V2(ProjectV2),
    V3(ProjectV3),
}

/// Before organizations.
#[derive(Serialize, Deserialize)]
pub(super) struct ProjectV2 {
    name: String,
    asserts_roles: bool,
    roles: Vec<RoleV2>,
    created: u64,
    changed: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct RoleV2 {
    key: String,
    name: String,
    group: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ProjectV3 {
    organization: u64,
    name: String,
    active: bool,
    asserts_roles: bool,
    authorization_required: bool,
    access_required: bool,
    roles: Vec<RoleV3>,
    created: u64,
    changed: u64,
    act: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct RoleV3 {
    key: String,
    name: String,
    group: String,
    created: u64,
    changed: u64,
    since: u64,
}

/// The record of a project; its id is the row's key.
pub(crate) fn write_project(project: &Project) -> Result<Vec<u8>, Corrupt> {
    let record = ProjectRecord::V3(ProjectV3 {
        organization: project.organization.0,
        name: project.name.as_str().into(),
        active: project.active,
        asserts_roles: project.asserts_roles,
        authorization_required: project.authorization_required,
        access_required: project.access_required,
        roles: project.roles.iter().map(RoleV3::from).collect(),
        created: project.created.0,
        changed: project.changed.0,
        act: project.act.0,
    });
    let mut out = Vec::new();
    codec::encode(&record, &mut out)?;
    Ok(out)
}

/// Reads the record of the project with this id. Those from before organizations belong to the default one.
pub(crate) fn read_project(
    id: ProjectId,
    bytes: &[u8],
    default_organization: OrganizationId,
) -> Result<Project, Corrupt> {
    let project = match codec::decode(bytes)? {
        ProjectRecord::V1 { name, created } => {
            ProjectV2 { name, asserts_roles: false, roles: Vec::new(), created, changed: created }
                .into_v3(default_organization)
        }
        ProjectRecord::V2(project) => project.into_v3(default_organization),
        ProjectRecord::V3(project) => project,
    };
    Ok(Project {
        id,
        organization: OrganizationId(project.organization),
        name: text(&project.name)?,
        active: project.active,
        asserts_roles: project.asserts_roles,
        authorization_required: project.authorization_required,
        access_required: project.access_required,
        roles: project.roles.into_iter().map(RoleV3::into_domain).collect::<Result<_, Corrupt>>()?,
        created: Timestamp(project.created),
        changed: Timestamp(project.changed),
        act: ActNumber(project.act),
    })
}

impl ProjectV2 {
    fn into_v3(self, organization: OrganizationId) -> ProjectV3 {
        let (created, changed) = (self.created, self.changed);
        let role = |RoleV2 { key, name, group }| RoleV3 { key, name, group, created, changed, since: 0 };
        ProjectV3 {
            organization: organization.0,
            name: self.name,
            active: true,
            asserts_roles: self.asserts_roles,
            authorization_required: false,
            access_required: false,
            roles: self.roles.into_iter().map(role).collect(),
            created,
            changed,
            act: 0,
        }
    }
}

impl From<&Role> for RoleV3 {
    fn from(role: &Role) -> Self {
        Self {
            key: role.key.as_str().into(),
            name: role.name.as_str().into(),
            group: role.group.as_str().into(),
            created: role.created.0,
            changed: role.changed.0,
            since: role.since.0,
        }
    }
}

impl RoleV3 {
    fn into_domain(self) -> Result<Role, Corrupt> {
        Ok(Role {
            key: role(&self.key)?,
            name: text(&self.name)?,
            group: text(&self.group)?,
            created: Timestamp(self.created),
            changed: Timestamp(self.changed),
            since: ActNumber(self.since),
        })
    }
}
