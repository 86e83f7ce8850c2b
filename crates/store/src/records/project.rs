//! Projects with their roles.

use super::{role, text};
use crate::codec::{self, Corrupt};
use jeton_oauth::id::ProjectId;
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
}

#[derive(Serialize, Deserialize)]
pub(super) struct ProjectV2 {
    name: String,
    asserts_roles: bool,
    roles: Vec<RoleV2>,
    created: u64,
    changed: u64,
}

#[derive(Serialize, Deserialize)]
struct RoleV2 {
    key: String,
    name: String,
    group: String,
}

/// The record of a project; its id is the row's key.
pub(crate) fn write_project(project: &Project) -> Result<Vec<u8>, Corrupt> {
    let roles = project.roles.iter().map(|role| RoleV2 {
        key: role.key.as_str().into(),
        name: role.name.as_str().into(),
        group: role.group.as_str().into(),
    });
    let record = ProjectRecord::V2(ProjectV2 {
        name: project.name.as_str().into(),
        asserts_roles: project.asserts_roles,
        roles: roles.collect(),
        created: project.created.0,
        changed: project.changed.0,
    });
    let mut out = Vec::new();
    codec::encode(&record, &mut out)?;
    Ok(out)
}

/// Reads the record of the project with this id.
pub(crate) fn read_project(id: ProjectId, bytes: &[u8]) -> Result<Project, Corrupt> {
    let project = match codec::decode(bytes)? {
        ProjectRecord::V1 { name, created } => {
            ProjectV2 { name, asserts_roles: false, roles: Vec::new(), created, changed: created }
        }
        ProjectRecord::V2(project) => project,
    };
    let roles = project.roles.into_iter().map(|stored| {
        Ok(Role { key: role(&stored.key)?, name: text(&stored.name)?, group: text(&stored.group)? })
    });
    Ok(Project {
        id,
        name: text(&project.name)?,
        asserts_roles: project.asserts_roles,
        roles: roles.collect::<Result<_, Corrupt>>()?,
        created: Timestamp(project.created),
        changed: Timestamp(project.changed),
    })
}
