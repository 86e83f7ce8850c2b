//! Roles of projects, of `zitadel.project.v2.ProjectService`.

use super::ApiError;
use super::call::Call;
use super::json::{Changed, Date, parse_name, parse_text};
use super::pages::{Cut, Page, Pagination};
use super::sorting::RoleColumn;
use super::text_match::{Method, Test, read_each};
use jeton_domain::permission::Permission;
use jeton_domain::role::{Role, RoleKey};
use jeton_store::operation::ProjectOperation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    let action = ProjectOperation::AddRole {
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
    let action = ProjectOperation::EditRole {
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
    let action = ProjectOperation::RemoveRole(parse_role("roleKey", &request.role_key)?);
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
                method.test("roleKeyFilter.key", key, |role: &Role| role.key.as_str())?
            }
            Self::Name { display_name, method } => {
                let member = "displayNameFilter.displayName";
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
    let tests = read_each("filters", &request.filters, RoleFilter::read)?;
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
