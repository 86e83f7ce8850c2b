//! Projects and their roles: `zitadel.project.v2.ProjectService`.

use super::json::{Date, Page, Pagination, parse_text};
use super::{ApiError, Management};
use jeton_oauth::id::ProjectId;
use jeton_oauth::project::{Project, Role, RoleKey};
use jeton_store::{Command, Outcome, ProjectAction, ProjectChange};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateProject {
    organization_id: Option<String>,
    project_id: Option<String>,
    name: String,
    #[serde(default)]
    project_role_assertion: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedProject {
    project_id: String,
    creation_date: Date,
}

pub(super) async fn create(
    management: &Management,
    request: Result<CreateProject, ApiError>,
) -> Result<CreatedProject, ApiError> {
    let request = request?;
    management.check_organization(request.organization_id.as_deref())?;
    if request.name.is_empty() {
        return Err(ApiError::invalid("name must not be empty"));
    }
    let name = parse_text("name", &request.name)?;
    let id = match request.project_id.as_deref() {
        None | Some("") => ProjectId(management.worker.app.store.next_id(management.now())),
        Some(id) => parse_project(id)?,
    };
    let action = ProjectAction::Create { name, asserts_roles: request.project_role_assertion };
    let project = management.change_project(id, action).await?;
    Ok(CreatedProject { project_id: project.id.to_string(), creation_date: Date(project.created) })
}

pub(super) fn parse_project(id: &str) -> Result<ProjectId, ApiError> {
    ProjectId::parse(id).map_err(|error| ApiError::invalid(format!("projectId: {error}")))
}

impl Management {
    async fn change_project(
        &self,
        project: ProjectId,
        action: ProjectAction,
    ) -> Result<Arc<Project>, ApiError> {
        let command = Command::ChangeProject(ProjectChange { project, action, now: self.now() });
        match self.worker.courier.deliver(command).await? {
            Outcome::Project(project) => Ok(project),
            _ => Err(ApiError::internal()),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListProjects {
    pagination: Page,
}

#[derive(Debug, Serialize)]
pub(super) struct Projects {
    pagination: Pagination,
    projects: Vec<ListedProject>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedProject {
    project_id: String,
    organization_id: String,
    name: String,
    state: &'static str,
    project_role_assertion: bool,
    creation_date: Date,
    change_date: Date,
}

pub(super) fn list(
    management: &Management,
    request: Result<ListProjects, ApiError>,
) -> Result<Projects, ApiError> {
    let request = request?;
    let instance = Arc::clone(management.worker.app.store.snapshot()?.instance());
    let mut projects: Vec<_> = instance.projects.values().collect();
    projects.sort_by_key(|project| project.id);
    if !request.pagination.asc {
        projects.reverse();
    }
    let shown = |project: &Arc<Project>| ListedProject {
        project_id: project.id.to_string(),
        organization_id: instance.organization.id.to_string(),
        name: project.name.to_string(),
        state: "PROJECT_STATE_ACTIVE",
        project_role_assertion: project.asserts_roles,
        creation_date: Date(project.created),
        change_date: Date(project.changed),
    };
    let all: Vec<_> = projects.into_iter().map(shown).collect();
    Ok(Projects { pagination: Pagination::of(all.len()), projects: request.pagination.cut(all) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddProjectRole {
    project_id: String,
    role_key: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    group: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddedProjectRole {
    creation_date: Date,
}

pub(super) async fn add_role(
    management: &Management,
    request: Result<AddProjectRole, ApiError>,
) -> Result<AddedProjectRole, ApiError> {
    let request = request?;
    let name = if request.display_name.is_empty() { &request.role_key } else { &request.display_name };
    let role = Role {
        key: parse_role(&request.role_key)?,
        name: parse_text("displayName", name)?,
        group: parse_text("group", &request.group)?,
    };
    let project =
        management.change_project(parse_project(&request.project_id)?, ProjectAction::AddRole(role)).await?;
    Ok(AddedProjectRole { creation_date: Date(project.changed) })
}

pub(super) fn parse_role(key: &str) -> Result<RoleKey, ApiError> {
    RoleKey::parse(key).map_err(|error| ApiError::invalid(error.to_string()))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemoveProjectRole {
    project_id: String,
    role_key: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemovedProjectRole {
    removal_date: Date,
}

pub(super) async fn remove_role(
    management: &Management,
    request: Result<RemoveProjectRole, ApiError>,
) -> Result<RemovedProjectRole, ApiError> {
    let request = request?;
    let action = ProjectAction::RemoveRole(parse_role(&request.role_key)?);
    let project = management.change_project(parse_project(&request.project_id)?, action).await?;
    Ok(RemovedProjectRole { removal_date: Date(project.changed) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListProjectRoles {
    project_id: String,
    #[serde(default)]
    pagination: Page,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProjectRoles {
    pagination: Pagination,
    project_roles: Vec<ListedRole>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedRole {
    project_id: String,
    key: String,
    display_name: String,
    group: String,
}

pub(super) fn list_roles(
    management: &Management,
    request: Result<ListProjectRoles, ApiError>,
) -> Result<ProjectRoles, ApiError> {
    let request = request?;
    let id = parse_project(&request.project_id)?;
    let snapshot = management.worker.app.store.snapshot()?;
    let project = snapshot.instance().project(id);
    let project = project.ok_or_else(|| ApiError::not_found(format!("there is no project {id}")))?;
    let shown = |role: &Role| ListedRole {
        project_id: id.to_string(),
        key: role.key.to_string(),
        display_name: role.name.to_string(),
        group: role.group.to_string(),
    };
    let all: Vec<_> = project.roles.iter().map(shown).collect();
    Ok(ProjectRoles { pagination: Pagination::of(all.len()), project_roles: request.pagination.cut(all) })
}
