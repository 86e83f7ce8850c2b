//! Roles of projects, of `zitadel.project.v2.ProjectService`.

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use super::json::{parse_name, parse_text};
use super::pages::Cut;
use super::sorting::role_key;
use super::sorting::role_order;
use super::text_match::test_of;
use super::text_match::{Test, read_each};
use jeton_api::calls::project;
use jeton_api::project_roles::{
    AddProjectRole, AddedProjectRole, ListProjectRoles, ListedRole, ProjectRoles, RemoveProjectRole,
    RemovedProjectRole, RoleFilter, UpdateProjectRole,
};
use jeton_api::values::{Changed, Date};
use jeton_domain::admin::ProjectOperation;
use jeton_domain::permission::Permission;
use jeton_domain::role::{Role, RoleKey};

impl Handle for project::AddProjectRole {
    async fn handle(call: &Call, request: AddProjectRole) -> Result<AddedProjectRole, ApiError> {
        let name = if request.display_name.is_empty() { &request.role_key } else { &request.display_name };
        let action = ProjectOperation::AddRole {
            key: parse_role("roleKey", &request.role_key)?,
            name: parse_text("displayName", name)?,
            group: parse_text("group", &request.group)?,
        };
        let project = call.edit_project(&request.project_id, action).await?;
        Ok(AddedProjectRole { creation_date: Date(project.changed) })
    }
}

pub(super) fn parse_role(member: &str, key: &str) -> Result<RoleKey, ApiError> {
    RoleKey::parse(key).map_err(|error| ApiError::invalid(format!("{member}: {error}")))
}

impl Handle for project::UpdateProjectRole {
    async fn handle(call: &Call, request: UpdateProjectRole) -> Result<Changed, ApiError> {
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
}

impl Handle for project::RemoveProjectRole {
    async fn handle(call: &Call, request: RemoveProjectRole) -> Result<RemovedProjectRole, ApiError> {
        let action = ProjectOperation::RemoveRole(parse_role("roleKey", &request.role_key)?);
        let project = call.edit_project(&request.project_id, action).await?;
        Ok(RemovedProjectRole { removal_date: Date(project.changed) })
    }
}

fn read_filter(filter: &RoleFilter) -> Result<Test<Role>, ApiError> {
    Ok(match filter {
        RoleFilter::Key { key, method } => {
            test_of(*method, "roleKeyFilter.key", key, |role: &Role| role.key.as_str())?
        }
        RoleFilter::Name { display_name, method } => {
            let member = "displayNameFilter.displayName";
            test_of(*method, member, display_name, |role: &Role| role.name.as_str())?
        }
    })
}

impl Handle for project::ListProjectRoles {
    async fn handle(call: &Call, request: ListProjectRoles) -> Result<ProjectRoles, ApiError> {
        let project = call.project(&request.project_id, Permission::ProjectRead)?;
        let shown = |role: &Role| ListedRole {
            project_id: project.id.to_string(),
            key: role.key.to_string(),
            creation_date: Date(role.created),
            change_date: Date(role.changed),
            display_name: role.name.to_string(),
            group: role.group.to_string(),
        };
        let tests = read_each("filters", &request.filters, read_filter)?;
        let column = request.sorting_column;
        let roles = project.roles.iter().enumerate();
        let roles = roles.filter(|(_, role)| tests.iter().all(|is_wanted| is_wanted(role)));
        let Cut { pagination, found, next_page_token } =
            call.page_tokens().cut(&request.pagination, role_order(column), roles, |(place, role)| {
                role_key(column, *place, role)
            })?;
        let project_roles = found.into_iter().map(|(_, role)| shown(role)).collect();
        Ok(ProjectRoles { pagination, project_roles, next_page_token })
    }
}
