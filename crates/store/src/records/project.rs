//! Projects with their roles.

use super::{role, text};
use crate::codec::{self, Corrupt};
use jeton_oauth::id::{ActNumber, OrganizationId, ProjectId};
use jeton_oauth::project::{Project, Role};
use jeton_oauth::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct ProjectRecord {
    organization: u64,
    name: String,
    active: bool,
    asserts_roles: bool,
    authorization_required: bool,
    access_required: bool,
    roles: Vec<RoleRecord>,
    created: u64,
    changed: u64,
    act: u64,
}

#[derive(Serialize, Deserialize)]
struct RoleRecord {
    key: String,
    name: String,
    group: String,
    created: u64,
    changed: u64,
    since: u64,
}

/// The record of a project; its id is the row's key.
pub(crate) fn write_project(project: &Project) -> Result<Vec<u8>, Corrupt> {
    let record = ProjectRecord {
        organization: project.organization.0,
        name: project.name.as_str().into(),
        active: project.active,
        asserts_roles: project.asserts_roles,
        authorization_required: project.authorization_required,
        access_required: project.access_required,
        roles: project.roles.iter().map(RoleRecord::from).collect(),
        created: project.created.0,
        changed: project.changed.0,
        act: project.act.0,
    };
    super::read_back(project, &record, |bytes| read_project(project.id, bytes))
}

/// Reads the record of the project with this id.
pub(crate) fn read_project(id: ProjectId, bytes: &[u8]) -> Result<Project, Corrupt> {
    let project: ProjectRecord = codec::decode(bytes)?;
    Ok(Project {
        id,
        organization: OrganizationId(project.organization),
        name: text(&project.name)?,
        active: project.active,
        asserts_roles: project.asserts_roles,
        authorization_required: project.authorization_required,
        access_required: project.access_required,
        roles: project.roles.into_iter().map(RoleRecord::into_domain).collect::<Result<_, Corrupt>>()?,
        created: Timestamp(project.created),
        changed: Timestamp(project.changed),
        act: ActNumber(project.act),
    })
}

impl From<&Role> for RoleRecord {
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

impl RoleRecord {
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
