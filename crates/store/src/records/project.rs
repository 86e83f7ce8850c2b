//! Projects with their roles and grants. A grant refers to its roles by their positions in the project's
//! list, so that the largest project fits into a record.

use super::role;
use crate::codec::{self, Corrupt};
use jeton_domain::id::{EventId, OrganizationId, ProjectId};
use jeton_domain::project::Project;
use jeton_domain::project_grant::{GrantedRole, ProjectGrant};
use jeton_domain::role::{Role, RoleKey};
use jeton_domain::text::Text;
use jeton_domain::time::Timestamp;
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
    event_id: u64,
    grants: Vec<GrantRecord>,
    has_lost_grants: bool,
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

#[derive(Serialize, Deserialize)]
struct GrantRecord {
    organization: u64,
    /// Positions of roles, and the numbers of the events that added them to the grant.
    roles: Vec<(u16, u64)>,
    active: bool,
    created: u64,
    changed: u64,
    since: u64,
    event_id: u64,
}

/// The record of a project; its id is the row's key.
pub(crate) fn write_project(project: &Project) -> Result<Vec<u8>, Corrupt> {
    let grants = project.grants.iter().map(|(to, grant)| GrantRecord::new(*to, grant, &project.roles));
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
        event_id: project.event_id.0,
        grants: grants.collect::<Result<_, _>>()?,
        has_lost_grants: project.has_lost_grants,
    };
    super::read_back(project, &record, |bytes| read_project(project.id, bytes))
}

/// Reads the record of the project with this id.
pub(crate) fn read_project(id: ProjectId, bytes: &[u8]) -> Result<Project, Corrupt> {
    let project: ProjectRecord = codec::decode(bytes)?;
    let roles: Vec<_> = project.roles.into_iter().map(RoleRecord::into_domain).collect::<Result<_, _>>()?;
    let grants = project.grants.into_iter().map(|grant| grant.into_domain(&roles));
    Ok(Project {
        grants: grants.collect::<Result<_, _>>()?,
        has_lost_grants: project.has_lost_grants,
        roles,
        id,
        organization: OrganizationId(project.organization),
        name: Text::stored(&project.name),
        active: project.active,
        asserts_roles: project.asserts_roles,
        authorization_required: project.authorization_required,
        access_required: project.access_required,
        created: Timestamp(project.created),
        changed: Timestamp(project.changed),
        event_id: EventId(project.event_id),
    })
}

impl GrantRecord {
    fn new(to: OrganizationId, grant: &ProjectGrant, all: &[Role]) -> Result<Self, Corrupt> {
        let place = |key: &RoleKey| {
            all.iter().position(|role| role.key == *key).and_then(|at| u16::try_from(at).ok())
        };
        let role = |role: &GrantedRole| Ok((place(&role.key).ok_or(Corrupt)?, role.since.0));
        Ok(Self {
            organization: to.0,
            roles: grant.roles.iter().map(role).collect::<Result<_, _>>()?,
            active: grant.active,
            created: grant.created.0,
            changed: grant.changed.0,
            since: grant.since.0,
            event_id: grant.event_id.0,
        })
    }

    fn into_domain(self, all: &[Role]) -> Result<(OrganizationId, ProjectGrant), Corrupt> {
        let role = |(place, since): (u16, u64)| {
            let key = all.get(usize::from(place)).ok_or(Corrupt)?.key.clone();
            Ok(GrantedRole { key, since: EventId(since) })
        };
        let grant = ProjectGrant {
            roles: self.roles.into_iter().map(role).collect::<Result<_, _>>()?,
            active: self.active,
            created: Timestamp(self.created),
            changed: Timestamp(self.changed),
            since: EventId(self.since),
            event_id: EventId(self.event_id),
        };
        Ok((OrganizationId(self.organization), grant))
    }
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
            name: Text::stored(&self.name),
            group: Text::stored(&self.group),
            created: Timestamp(self.created),
            changed: Timestamp(self.changed),
            since: EventId(self.since),
        })
    }
}
