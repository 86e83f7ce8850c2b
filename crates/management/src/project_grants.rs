//! Grants of projects to other organizations, of `zitadel.project.v2.ProjectService`.

use super::ApiError;
use super::authorizations::parse_roles;
use super::call::Call;
use super::handle::Handle;
use super::json::or_gone;
use super::pages::Cut;
use super::text_match::read_each;
use super::text_match::wanting;
use jeton_api::calls::project;
use jeton_api::project_grants::{
    ByGrant, CreatedGrant, GrantColumn, GrantFilter, GrantRoles, ListProjectGrants, ListedGrant,
    ProjectGrants, State,
};
use jeton_api::values::{Changed, Date, Deleted};
use jeton_domain::admin::{Operation, Outcome, ProjectGrantOperation};
use jeton_domain::id::{OrganizationId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::project::Project;
use jeton_domain::project_grant::ProjectGrant;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Handle for project::CreateProjectGrant {
    async fn handle(call: &Call, request: GrantRoles) -> Result<CreatedGrant, ApiError> {
        let action = ProjectGrantOperation::Create(parse_roles(&request.role_keys, None)?);
        let grant = call.change_grant(&request.project_id, &request.granted_organization_id, action).await?;
        Ok(CreatedGrant { creation_date: Date(grant.created) })
    }
}

impl Handle for project::UpdateProjectGrant {
    async fn handle(call: &Call, request: GrantRoles) -> Result<Changed, ApiError> {
        let action = ProjectGrantOperation::Change(parse_roles(&request.role_keys, None)?);
        let grant = call.change_grant(&request.project_id, &request.granted_organization_id, action).await?;
        Ok(Changed { change_date: Date(grant.changed) })
    }
}

impl Handle for project::ActivateProjectGrant {
    async fn handle(call: &Call, request: ByGrant) -> Result<Changed, ApiError> {
        switch(call, &request, true).await
    }
}

impl Handle for project::DeactivateProjectGrant {
    async fn handle(call: &Call, request: ByGrant) -> Result<Changed, ApiError> {
        switch(call, &request, false).await
    }
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

impl Handle for project::DeleteProjectGrant {
    async fn handle(call: &Call, request: ByGrant) -> Result<Deleted, ApiError> {
        or_gone(remove(call, &request).await)
    }
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
        match self.execute(Operation::ProjectGrant(project, to, action), self.now()).await? {
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

/// The order's name in page tokens, and its number.
const fn order_of(column: GrantColumn) -> (&'static str, fn(&Found<'_>) -> u64) {
    match column {
        GrantColumn::Unspecified | GrantColumn::Created => ("grants", |found| found.grant.created.0),
        GrantColumn::Project => ("grants by project", |_| 0),
        GrantColumn::Changed => ("grants by change", |found| found.grant.changed.0),
    }
}

/// A listed grant.
struct Found<'i> {
    project: &'i Project,
    to: OrganizationId,
    grant: &'i ProjectGrant,
}

type Test = Box<dyn Fn(&Found<'_>) -> bool>;

fn read_filter(filter: &GrantFilter) -> Result<Test, ApiError> {
    Ok(match filter {
        GrantFilter::ProjectName { project_name, method } => {
            let wanted = wanting(*method, "projectNameFilter.projectName", project_name)?;
            Box::new(move |found| wanted.matches(found.project.name.as_str()))
        }
        GrantFilter::Role { key, method } => {
            let wanted = wanting(*method, "roleKeyFilter.key", key)?;
            Box::new(move |found| found.grant.roles.iter().any(|role| wanted.matches(role.key.as_str())))
        }
        // Text that is no id matches nothing.
        GrantFilter::Projects(wanted) => {
            let ids: BTreeSet<_> = wanted.ids.iter().filter_map(|id| ProjectId::parse(id).ok()).collect();
            Box::new(move |found| ids.contains(&found.project.id))
        }
        GrantFilter::Owner(wanted) => {
            let id = OrganizationId::parse(&wanted.id).ok();
            Box::new(move |found| Some(found.project.organization) == id)
        }
        GrantFilter::Granted(wanted) => {
            let id = OrganizationId::parse(&wanted.id).ok();
            Box::new(move |found| Some(found.to) == id)
        }
    })
}

fn shown(found: &Found<'_>, instance: &Instance) -> ListedGrant {
    let Found { project, to, grant } = found;
    let organization = instance.organization(*to);
    ListedGrant {
        organization_id: project.organization.to_string(),
        creation_date: Date(grant.created),
        change_date: Date(grant.changed),
        granted_organization_id: to.to_string(),
        granted_organization_name: organization.map(|all| all.name.to_string()).unwrap_or_default(),
        granted_role_keys: grant.roles.iter().map(|role| role.key.to_string()).collect(),
        project_id: project.id.to_string(),
        project_name: project.name.to_string(),
        state: if grant.active { State::Active } else { State::Inactive },
        sequence: grant.event_id.to_string(),
    }
}

/// The grants that the caller may see: of projects, or to organizations, where it has the right.
impl Handle for project::ListProjectGrants {
    async fn handle(call: &Call, request: ListProjectGrants) -> Result<ProjectGrants, ApiError> {
        let instance = call.instance()?;
        let tests = read_each("filters", &request.filters, read_filter)?;
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
        let (order, number) = order_of(request.sorting_column);
        let key = |found: &Found<'_>| (number(found), found.project.id.0, found.to.0);
        let Cut { pagination, found, next_page_token } =
            call.page_tokens().cut(&request.pagination, order, listed, key)?;
        Ok(ProjectGrants {
            pagination,
            project_grants: found.iter().map(|found| shown(found, &instance)).collect(),
            next_page_token,
            unreadable: call.told(instance.unreadable.iter().copied(), Permission::ProjectGrantRead),
        })
    }
}
