//! Projects and their roles: `zitadel.project.v2.ProjectService`.

use super::ApiError;
use super::call::{Call, parse_project};
use super::json::{Changed, Date, Deleted, Ids, parse_name, parse_text};
use super::pages::{Cut, Page, Pagination};
use super::sorting::RoleColumn;
use super::text_match::{Method, Test};
use jeton_domain::caseless::folded;
use jeton_domain::id::{OrganizationId, ProjectId};
use jeton_domain::permission::{Permission, Place};
use jeton_domain::project::Project;
use jeton_domain::role::{Role, RoleKey};
use jeton_store::act::{ProjectAction, ProjectEdit};
use jeton_store::{Deed, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// `privateLabelingSetting` is ignored, because it is about sign-in pages, which Jeton does not have.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateProject {
    organization_id: Option<String>,
    project_id: Option<String>,
    name: String,
    project_role_assertion: Option<bool>,
    authorization_required: Option<bool>,
    project_access_required: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedProject {
    project_id: String,
    creation_date: Date,
}

pub(super) async fn create(call: &Call, request: CreateProject) -> Result<CreatedProject, ApiError> {
    let organization = call.organization(request.organization_id.as_deref(), Permission::ProjectCreate)?;
    let name = parse_name("name", &request.name)?;
    let id = match request.project_id.as_deref() {
        None => ProjectId(call.next_id()),
        Some(id) => parse_project(id)?,
    };
    let edit = ProjectEdit {
        name: None,
        asserts_roles: request.project_role_assertion,
        authorization_required: request.authorization_required,
        access_required: request.project_access_required,
    };
    let action = ProjectAction::Create { organization, name, edit };
    let project = call.change_project(id, action).await?;
    Ok(CreatedProject { project_id: project.id.to_string(), creation_date: Date(project.created) })
}

impl Call {
    async fn change_project(
        &self,
        project: ProjectId,
        action: ProjectAction,
    ) -> Result<Arc<Project>, ApiError> {
        match self.act(Deed::Project(project, action), self.now()).await? {
            Outcome::Project(project) => Ok(project),
            _ => Err(ApiError::internal()),
        }
    }

    /// Changes a project that the caller may change.
    async fn edit_project(&self, id: &str, action: ProjectAction) -> Result<Arc<Project>, ApiError> {
        let project = self.project(id, Permission::ProjectWrite)?;
        self.change_project(project.id, action).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateProject {
    project_id: String,
    name: Option<String>,
    project_role_assertion: Option<bool>,
    authorization_required: Option<bool>,
    project_access_required: Option<bool>,
}

pub(super) async fn update(call: &Call, request: UpdateProject) -> Result<Changed, ApiError> {
    let name = request.name.as_deref().map(|name| parse_name("name", name)).transpose()?;
    let edit = ProjectEdit {
        name,
        asserts_roles: request.project_role_assertion,
        authorization_required: request.authorization_required,
        access_required: request.project_access_required,
    };
    let project = call.edit_project(&request.project_id, ProjectAction::Edit(edit)).await?;
    Ok(Changed { change_date: Date(project.changed) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByProjectId {
    project_id: String,
}

pub(super) async fn activate(call: &Call, request: ByProjectId) -> Result<Changed, ApiError> {
    switch(call, &request.project_id, true).await
}

pub(super) async fn deactivate(call: &Call, request: ByProjectId) -> Result<Changed, ApiError> {
    switch(call, &request.project_id, false).await
}

/// Setting the current state again is no error, as in ZITADEL.
async fn switch(call: &Call, id: &str, active: bool) -> Result<Changed, ApiError> {
    if !active && let Some(id) = call.unreadable_project(id)? {
        let ended = call.end_unreadable(Deed::Project(id, ProjectAction::Switch(false))).await?;
        return Ok(Changed { change_date: Date(ended) });
    }
    let mut project = call.project(id, Permission::ProjectWrite)?;
    if project.active != active {
        project = call.change_project(project.id, ProjectAction::Switch(active)).await?;
    }
    Ok(Changed { change_date: Date(project.changed) })
}

pub(super) async fn delete(call: &Call, request: ByProjectId) -> Result<Deleted, ApiError> {
    Deleted::or_gone(remove(call, &request).await)
}

async fn remove(call: &Call, request: &ByProjectId) -> Result<Deleted, ApiError> {
    if let Some(id) = call.unreadable_project(&request.project_id)? {
        return Ok(Deleted::at(call.end_unreadable(Deed::Project(id, ProjectAction::Delete)).await?));
    }
    let project = call.project(&request.project_id, Permission::ProjectDelete)?;
    call.change_project(project.id, ProjectAction::Delete).await?;
    Ok(Deleted::at(call.now()))
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct GotProject {
    project: ListedProject,
}

pub(super) async fn get(call: &Call, request: ByProjectId) -> Result<GotProject, ApiError> {
    let project = call.project(&request.project_id, Permission::ProjectRead)?;
    Ok(GotProject { project: ListedProject::of(&project) })
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListProjects {
    pagination: Page,
    sorting_column: ProjectColumn,
    filters: Vec<ProjectFilter>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
enum ProjectColumn {
    #[default]
    #[serde(rename = "PROJECT_FIELD_NAME_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "PROJECT_FIELD_NAME_ID")]
    Id,
    #[serde(rename = "PROJECT_FIELD_NAME_CREATION_DATE")]
    Created,
    #[serde(rename = "PROJECT_FIELD_NAME_CHANGE_DATE")]
    Changed,
    #[serde(rename = "PROJECT_FIELD_NAME_NAME")]
    Name,
}

#[derive(Debug, Deserialize)]
enum ProjectFilter {
    #[serde(rename = "inProjectIdsFilter")]
    Ids(Ids),
    #[serde(rename = "projectNameFilter", rename_all = "camelCase")]
    Name {
        #[serde(default)]
        project_name: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "organizationIdFilter", rename_all = "camelCase")]
    Organization { organization_id: String },
}

impl ProjectFilter {
    fn read(&self) -> Result<Test<Project>, ApiError> {
        Ok(match self {
            // Text that is no id matches nothing.
            Self::Ids(wanted) => {
                let ids: BTreeSet<_> = wanted.ids.iter().filter_map(|id| ProjectId::parse(id).ok()).collect();
                Box::new(move |project| ids.contains(&project.id))
            }
            Self::Name { project_name, method } => {
                let member = "filters.projectNameFilter.projectName";
                method.test(member, project_name, |project: &Project| project.name.as_str())?
            }
            Self::Organization { organization_id } => {
                let id = OrganizationId::parse(organization_id).ok();
                Box::new(move |project| Some(project.organization) == id)
            }
        })
    }
}

/// The key by which projects are sorted: a text, a number, the id.
type Key = (String, u64, u64);

impl ProjectColumn {
    /// The order's name in page tokens, and its key.
    const fn order(self) -> (&'static str, fn(&Project) -> Key) {
        match self {
            Self::Unspecified | Self::Id => ("projects", |project| (String::new(), 0, project.id.0)),
            Self::Created => {
                ("projects by creation", |project| (String::new(), project.created.0, project.id.0))
            }
            Self::Changed => {
                ("projects by change", |project| (String::new(), project.changed.0, project.id.0))
            }
            Self::Name => {
                ("projects by name", |project| (folded(project.name.as_str()).into_owned(), 0, project.id.0))
            }
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Projects {
    pagination: Pagination,
    projects: Vec<ListedProject>,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// Jeton extension: ids of projects and organizations whose record can't be read, left out of the
    /// listing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListedProject {
    project_id: String,
    organization_id: String,
    name: String,
    state: &'static str,
    project_role_assertion: bool,
    authorization_required: bool,
    project_access_required: bool,
    creation_date: Date,
    change_date: Date,
    /// Jeton extension: the event of its last change; accepted by `If-Match`.
    sequence: String,
}

impl ListedProject {
    fn of(project: &Project) -> Self {
        Self {
            project_id: project.id.to_string(),
            organization_id: project.organization.to_string(),
            name: project.name.to_string(),
            state: if project.active { "PROJECT_STATE_ACTIVE" } else { "PROJECT_STATE_INACTIVE" },
            project_role_assertion: project.asserts_roles,
            authorization_required: project.authorization_required,
            project_access_required: project.access_required,
            creation_date: Date(project.created),
            change_date: Date(project.changed),
            sequence: project.act.to_string(),
        }
    }
}

pub(super) async fn list(call: &Call, request: ListProjects) -> Result<Projects, ApiError> {
    let instance = call.whole_instance()?;
    let tests = request.filters.iter().map(ProjectFilter::read).collect::<Result<Vec<_>, _>>()?;
    let seen = |project: &&Arc<Project>| {
        call.caller.may(Permission::ProjectRead, Place::Project(project.organization, project.id))
            && tests.iter().all(|is_wanted| is_wanted(project))
    };
    let (order, key) = request.sorting_column.order();
    let all = instance.projects.values().filter(seen);
    let Cut { pagination, found, next_page_token } =
        request.pagination.cut(call.page_tokens(), order, all, |project| key(project))?;
    Ok(Projects {
        pagination,
        projects: found.into_iter().map(|project| ListedProject::of(project)).collect(),
        next_page_token,
        unreadable: call.told(instance.unreadable.iter().copied(), Permission::ProjectRead),
    })
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

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddedProjectRole {
    creation_date: Date,
}

pub(super) async fn add_role(call: &Call, request: AddProjectRole) -> Result<AddedProjectRole, ApiError> {
    let name = if request.display_name.is_empty() { &request.role_key } else { &request.display_name };
    let action = ProjectAction::AddRole {
        key: parse_role("roleKey", &request.role_key)?,
        name: parse_text("displayName", name)?,
        group: parse_text("group", &request.group)?,
    };
    let project = call.edit_project(&request.project_id, action).await?;
    Ok(AddedProjectRole { creation_date: Date(project.changed) })
}

pub(super) fn parse_role(member: &str, key: &str) -> Result<RoleKey, ApiError> {
    RoleKey::parse(key).map_err(|error| ApiError::invalid(format!("{member}: {error}")))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateProjectRole {
    project_id: String,
    role_key: String,
    display_name: Option<String>,
    group: Option<String>,
}

pub(super) async fn update_role(call: &Call, request: UpdateProjectRole) -> Result<Changed, ApiError> {
    let name = request.display_name.as_deref();
    let group = request.group.as_deref();
    let action = ProjectAction::EditRole {
        key: parse_role("roleKey", &request.role_key)?,
        name: name.map(|name| parse_name("displayName", name)).transpose()?,
        group: group.map(|group| parse_text("group", group)).transpose()?,
    };
    let project = call.edit_project(&request.project_id, action).await?;
    Ok(Changed { change_date: Date(project.changed) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemoveProjectRole {
    project_id: String,
    role_key: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemovedProjectRole {
    removal_date: Date,
}

pub(super) async fn remove_role(
    call: &Call,
    request: RemoveProjectRole,
) -> Result<RemovedProjectRole, ApiError> {
    let action = ProjectAction::RemoveRole(parse_role("roleKey", &request.role_key)?);
    let project = call.edit_project(&request.project_id, action).await?;
    Ok(RemovedProjectRole { removal_date: Date(project.changed) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListProjectRoles {
    project_id: String,
    #[serde(default)]
    pagination: Page,
    #[serde(default)]
    sorting_column: RoleColumn,
    #[serde(default)]
    filters: Vec<RoleFilter>,
}

#[derive(Debug, Deserialize)]
enum RoleFilter {
    #[serde(rename = "roleKeyFilter")]
    Key {
        #[serde(default)]
        key: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "displayNameFilter", rename_all = "camelCase")]
    Name {
        #[serde(default)]
        display_name: String,
        #[serde(default)]
        method: Method,
    },
}

impl RoleFilter {
    fn read(&self) -> Result<Test<Role>, ApiError> {
        Ok(match self {
            Self::Key { key, method } => {
                method.test("filters.roleKeyFilter.key", key, |role: &Role| role.key.as_str())?
            }
            Self::Name { display_name, method } => {
                let member = "filters.displayNameFilter.displayName";
                method.test(member, display_name, |role: &Role| role.name.as_str())?
            }
        })
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProjectRoles {
    pagination: Pagination,
    project_roles: Vec<ListedRole>,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProjectRole")]
#[serde(rename_all = "camelCase")]
struct ListedRole {
    project_id: String,
    key: String,
    creation_date: Date,
    change_date: Date,
    display_name: String,
    group: String,
}

pub(super) async fn list_roles(call: &Call, request: ListProjectRoles) -> Result<ProjectRoles, ApiError> {
    let project = call.project(&request.project_id, Permission::ProjectRead)?;
    let shown = |role: &Role| ListedRole {
        project_id: project.id.to_string(),
        key: role.key.to_string(),
        creation_date: Date(role.created),
        change_date: Date(role.changed),
        display_name: role.name.to_string(),
        group: role.group.to_string(),
    };
    let tests = request.filters.iter().map(RoleFilter::read).collect::<Result<Vec<_>, _>>()?;
    let column = request.sorting_column;
    let roles = project.roles.iter().enumerate();
    let roles = roles.filter(|(_, role)| tests.iter().all(|is_wanted| is_wanted(role)));
    let Cut { pagination, found, next_page_token } =
        request
            .pagination
            .cut(call.page_tokens(), column.name(), roles, |(place, role)| column.key(*place, role))?;
    let project_roles = found.into_iter().map(|(_, role)| shown(role)).collect();
    Ok(ProjectRoles { pagination, project_roles, next_page_token })
}
