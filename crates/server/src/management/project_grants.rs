//! Grants of projects to other organizations, of `zitadel.project.v2.ProjectService`.

use super::ApiError;
use super::authorizations::parse_roles;
use super::call::Call;
use super::json::{Changed, Date, Deleted, Id, Ids};
use super::pages::{Cut, Page, Pagination};
use super::text_match::{Method, read_each};
use jeton_domain::id::{OrganizationId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::project::Project;
use jeton_domain::project_grant::ProjectGrant;
use jeton_store::operation::ProjectGrantOperation;
use jeton_store::{Operation, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GrantRoles {
    project_id: String,
    granted_organization_id: String,
    #[serde(default)]
    role_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByGrant {
    project_id: String,
    granted_organization_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedGrant {
    creation_date: Date,
}

pub(super) async fn create(call: &Call, request: GrantRoles) -> Result<CreatedGrant, ApiError> {
    let action = ProjectGrantOperation::Create(parse_roles(&request.role_keys, None)?);
    let grant = call.change_grant(&request.project_id, &request.granted_organization_id, action).await?;
    Ok(CreatedGrant { creation_date: Date(grant.created) })
}

pub(super) async fn update(call: &Call, request: GrantRoles) -> Result<Changed, ApiError> {
    let action = ProjectGrantOperation::Change(parse_roles(&request.role_keys, None)?);
    let grant = call.change_grant(&request.project_id, &request.granted_organization_id, action).await?;
    Ok(Changed { change_date: Date(grant.changed) })
}

pub(super) async fn activate(call: &Call, request: ByGrant) -> Result<Changed, ApiError> {
    switch(call, &request, true).await
}

pub(super) async fn deactivate(call: &Call, request: ByGrant) -> Result<Changed, ApiError> {
    switch(call, &request, false).await
}

/// Setting the current state again is no error, as in ZITADEL.
async fn switch(call: &Call, request: &ByGrant, active: bool) -> Result<Changed, ApiError> {
    let project = call.project(&request.project_id, Permission::ProjectGrantWrite)?;
    let to = parse_granted(&request.granted_organization_id)?;
    let changed = match project.grants.get(&to) {
        Some(grant) if grant.active == active => grant.changed,
        _ => call.grant_after(project.id, to, ProjectGrantOperation::SetActive(active)).await?.changed,
    };
    Ok(Changed { change_date: Date(changed) })
}

pub(super) async fn delete(call: &Call, request: ByGrant) -> Result<Deleted, ApiError> {
    Deleted::or_gone(remove(call, &request).await)
}

async fn remove(call: &Call, request: &ByGrant) -> Result<Deleted, ApiError> {
    let project = call.project(&request.project_id, Permission::ProjectGrantDelete)?;
    let to = parse_granted(&request.granted_organization_id)?;
    call.does_to_grant(project.id, to, ProjectGrantOperation::Delete).await?;
    Ok(Deleted::at(call.now()))
}

fn parse_granted(id: &str) -> Result<OrganizationId, ApiError> {
    OrganizationId::parse(id).map_err(|error| ApiError::invalid(format!("grantedOrganizationId: {error}")))
}

impl Call {
    async fn does_to_grant(
        &self,
        project: ProjectId,
        to: OrganizationId,
        action: ProjectGrantOperation,
    ) -> Result<Arc<Project>, ApiError> {
        match self.act(Operation::ProjectGrant(project, to, action), self.now()).await? {
            Outcome::Project(project) => Ok(project),
            _ => Err(ApiError::internal()),
        }
    }

    /// Changes a grant of a project whose grants the caller may change; returns the new grant.
    async fn change_grant(
        &self,
        project: &str,
        to: &str,
        action: ProjectGrantOperation,
    ) -> Result<ProjectGrant, ApiError> {
        let project = self.project(project, Permission::ProjectGrantWrite)?;
        self.grant_after(project.id, parse_granted(to)?, action).await
    }

    /// The new grant after an action that does not delete it.
    async fn grant_after(
        &self,
        project: ProjectId,
        to: OrganizationId,
        action: ProjectGrantOperation,
    ) -> Result<ProjectGrant, ApiError> {
        let project = self.does_to_grant(project, to, action).await?;
        project.grants.get(&to).cloned().ok_or_else(ApiError::internal)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListProjectGrants {
    pagination: Page,
    sorting_column: GrantColumn,
    filters: Vec<GrantFilter>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
enum GrantColumn {
    #[default]
    #[serde(rename = "PROJECT_GRANT_FIELD_NAME_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "PROJECT_GRANT_FIELD_NAME_PROJECT_ID")]
    Project,
    #[serde(rename = "PROJECT_GRANT_FIELD_NAME_CREATION_DATE")]
    Created,
    #[serde(rename = "PROJECT_GRANT_FIELD_NAME_CHANGE_DATE")]
    Changed,
}

impl GrantColumn {
    /// The order's name in page tokens, and its number.
    const fn order(self) -> (&'static str, fn(&Found<'_>) -> u64) {
        match self {
            Self::Unspecified | Self::Created => ("grants", |found| found.grant.created.0),
            Self::Project => ("grants by project", |_| 0),
            Self::Changed => ("grants by change", |found| found.grant.changed.0),
        }
    }
}

#[derive(Debug, Deserialize)]
enum GrantFilter {
    #[serde(rename = "projectNameFilter", rename_all = "camelCase")]
    ProjectName {
        #[serde(default)]
        project_name: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "roleKeyFilter")]
    Role {
        #[serde(default)]
        key: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "inProjectIdsFilter")]
    Projects(Ids),
    #[serde(rename = "organizationIdFilter")]
    Owner(Id),
    #[serde(rename = "grantedOrganizationIdFilter")]
    Granted(Id),
}

/// A listed grant.
struct Found<'i> {
    project: &'i Project,
    to: OrganizationId,
    grant: &'i ProjectGrant,
}

type Test = Box<dyn Fn(&Found<'_>) -> bool>;

impl GrantFilter {
    fn read(&self) -> Result<Test, ApiError> {
        Ok(match self {
            Self::ProjectName { project_name, method } => {
                let wanted = method.wanting("projectNameFilter.projectName", project_name)?;
                Box::new(move |found| wanted.matches(found.project.name.as_str()))
            }
            Self::Role { key, method } => {
                let wanted = method.wanting("roleKeyFilter.key", key)?;
                Box::new(move |found| found.grant.roles.iter().any(|role| wanted.matches(role.key.as_str())))
            }
            // Text that is no id matches nothing.
            Self::Projects(wanted) => {
                let ids: BTreeSet<_> = wanted.ids.iter().filter_map(|id| ProjectId::parse(id).ok()).collect();
                Box::new(move |found| ids.contains(&found.project.id))
            }
            Self::Owner(wanted) => {
                let id = OrganizationId::parse(&wanted.id).ok();
                Box::new(move |found| Some(found.project.organization) == id)
            }
            Self::Granted(wanted) => {
                let id = OrganizationId::parse(&wanted.id).ok();
                Box::new(move |found| Some(found.to) == id)
            }
        })
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProjectGrants {
    pagination: Pagination,
    project_grants: Vec<ListedGrant>,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// Jeton extension: ids of projects and organizations whose record can't be read, left out of the
    /// listing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[schemars(rename = "ProjectGrantState")]
enum State {
    #[serde(rename = "PROJECT_GRANT_STATE_ACTIVE")]
    Active,
    #[serde(rename = "PROJECT_GRANT_STATE_INACTIVE")]
    Inactive,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ListedProjectGrant")]
#[serde(rename_all = "camelCase")]
struct ListedGrant {
    organization_id: String,
    creation_date: Date,
    change_date: Date,
    granted_organization_id: String,
    granted_organization_name: String,
    granted_role_keys: Vec<String>,
    project_id: String,
    project_name: String,
    state: State,
    /// Jeton extension: the event of its last change; accepted by `If-Match`.
    sequence: String,
}

impl ListedGrant {
    fn of(found: &Found<'_>, instance: &Instance) -> Self {
        let Found { project, to, grant } = found;
        let organization = instance.organization(*to);
        Self {
            organization_id: project.organization.to_string(),
            creation_date: Date(grant.created),
            change_date: Date(grant.changed),
            granted_organization_id: to.to_string(),
            granted_organization_name: organization.map(|all| all.name.to_string()).unwrap_or_default(),
            granted_role_keys: grant.roles.iter().map(|role| role.key.to_string()).collect(),
            project_id: project.id.to_string(),
            project_name: project.name.to_string(),
            state: if grant.active { State::Active } else { State::Inactive },
            sequence: grant.act.to_string(),
        }
    }
}

/// The grants that the caller may see: of projects, or to organizations, where it has the right.
pub(super) async fn list(call: &Call, request: ListProjectGrants) -> Result<ProjectGrants, ApiError> {
    let instance = call.instance()?;
    let tests = read_each("filters", &request.filters, GrantFilter::read)?;
    let may = |place| call.caller.may(Permission::ProjectGrantRead, place);
    let all = instance.projects.values().flat_map(|project| {
        let place = ResourcePath::Project(project.organization, project.id);
        let is_seen = may(place);
        let grants = project.grants.iter().map(|(to, grant)| Found { project, to: *to, grant });
        grants.filter(move |found| is_seen || may(ResourcePath::Organization(found.to)))
    });
    // Grants to a deleted organization are deleted with its rows.
    let listed = all.filter(|found| !instance.removed.contains(&found.to.0));
    let listed = listed.filter(|found| tests.iter().all(|is_wanted| is_wanted(found)));
    let (order, number) = request.sorting_column.order();
    let key = |found: &Found<'_>| (number(found), found.project.id.0, found.to.0);
    let Cut { pagination, found, next_page_token } =
        request.pagination.cut(call.page_tokens(), order, listed, key)?;
    Ok(ProjectGrants {
        pagination,
        project_grants: found.iter().map(|found| ListedGrant::of(found, &instance)).collect(),
        next_page_token,
        unreadable: call.told(instance.unreadable.iter().copied(), Permission::ProjectGrantRead),
    })
}
