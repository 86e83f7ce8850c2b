//! Projects: `zitadel.project.v2.ProjectService`. Their roles are in `project_roles.rs`, grants in
//! `project_grants.rs`.

use super::ApiError;
use super::access::parse_project;
use super::call::Call;
use super::caller::Caller;
use super::handle::Handle;
use super::json::or_gone;
use super::json::parse_name;
use super::pages::Cut;
use super::text_match::test_of;
use super::text_match::{Test, read_each};
use jeton_api::calls::project;
use jeton_api::projects::{
    Belonging, ByProjectId, CreateProject, CreatedProject, GotProject, ListProjects, ListedProject,
    ProjectColumn, ProjectFilter, Projects, UpdateProject,
};
use jeton_api::values::{Changed, Date, Deleted};
use jeton_domain::admin::{Operation, Outcome, ProjectEdit, ProjectOperation};
use jeton_domain::caseless::folded;
use jeton_domain::id::{OrganizationId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::project::Project;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Handle for project::CreateProject {
    async fn handle(call: &Call, request: CreateProject) -> Result<CreatedProject, ApiError> {
        let organization =
            call.organization(request.organization_id.as_deref(), Permission::ProjectCreate)?;
        let name = parse_name("name", &request.name)?;
        let id = match request.project_id.as_deref() {
            None => ProjectId(call.next_id()),
            Some(id) => parse_project("projectId", id)?,
        };
        let edit = ProjectEdit {
            name: None,
            asserts_roles: request.project_role_assertion,
            authorization_required: request.authorization_required,
            access_required: request.project_access_required,
        };
        let action = ProjectOperation::Create { organization, name, edit };
        let project = call.change_project(id, action).await?;
        Ok(CreatedProject { project_id: project.id.to_string(), creation_date: Date(project.created) })
    }
}

impl Call {
    async fn change_project(
        &self,
        project: ProjectId,
        action: ProjectOperation,
    ) -> Result<Arc<Project>, ApiError> {
        match self.execute(Operation::Project(project, action), self.now()).await? {
            Outcome::Project(project) => Ok(project),
            _ => Err(ApiError::internal()),
        }
    }

    /// Changes a project that the caller may change.
    pub(super) async fn edit_project(
        &self,
        id: &str,
        action: ProjectOperation,
    ) -> Result<Arc<Project>, ApiError> {
        let project = self.project(id, Permission::ProjectWrite)?;
        self.change_project(project.id, action).await
    }
}

impl Handle for project::UpdateProject {
    async fn handle(call: &Call, request: UpdateProject) -> Result<Changed, ApiError> {
        let name = request.name.as_deref().map(|name| parse_name("name", name)).transpose()?;
        let edit = ProjectEdit {
            name,
            asserts_roles: request.project_role_assertion,
            authorization_required: request.authorization_required,
            access_required: request.project_access_required,
        };
        let project = call.edit_project(&request.project_id, ProjectOperation::Edit(edit)).await?;
        Ok(Changed { change_date: Date(project.changed) })
    }
}

impl Handle for project::ActivateProject {
    async fn handle(call: &Call, request: ByProjectId) -> Result<Changed, ApiError> {
        switch(call, &request.project_id, true).await
    }
}

impl Handle for project::DeactivateProject {
    async fn handle(call: &Call, request: ByProjectId) -> Result<Changed, ApiError> {
        switch(call, &request.project_id, false).await
    }
}

/// Setting the current state again is no error, as in ZITADEL.
async fn switch(call: &Call, id: &str, active: bool) -> Result<Changed, ApiError> {
    if !active && let Some(id) = call.unreadable_project(id)? {
        let ended = call.end_unreadable(Operation::Project(id, ProjectOperation::SetActive(false))).await?;
        return Ok(Changed { change_date: Date(ended) });
    }
    let mut project = call.project(id, Permission::ProjectWrite)?;
    if project.active != active {
        project = call.change_project(project.id, ProjectOperation::SetActive(active)).await?;
    }
    Ok(Changed { change_date: Date(project.changed) })
}

impl Handle for project::DeleteProject {
    async fn handle(call: &Call, request: ByProjectId) -> Result<Deleted, ApiError> {
        or_gone(remove(call, &request).await)
    }
}

async fn remove(call: &Call, request: &ByProjectId) -> Result<Deleted, ApiError> {
    if let Some(id) = call.unreadable_project(&request.project_id)? {
        return Ok(Deleted::at(call.end_unreadable(Operation::Project(id, ProjectOperation::Delete)).await?));
    }
    let project = call.project(&request.project_id, Permission::ProjectDelete)?;
    call.change_project(project.id, ProjectOperation::Delete).await?;
    Ok(Deleted::at(call.now()))
}

impl Handle for project::GetProject {
    async fn handle(call: &Call, request: ByProjectId) -> Result<GotProject, ApiError> {
        let project = call.project(&request.project_id, Permission::ProjectRead)?;
        Ok(GotProject { project: ListedProject::of(&project) })
    }
}

/// The caller's view of projects and of their grants.
#[derive(Debug, Clone)]
struct View {
    caller: Caller,
    /// The existing organizations whose granted projects the filters ask for.
    granted_to: Vec<OrganizationId>,
}

impl View {
    fn new(call: &Call, filters: &[ProjectFilter], instance: &Instance) -> Self {
        let granted_to = filters.iter().filter_map(|filter| match filter {
            ProjectFilter::Organization {
                organization_id,
                r#type: Belonging::Granted | Belonging::Either,
            } => OrganizationId::parse(organization_id).ok(),
            _ => None,
        });
        // Grants to a deleted organization disappear with its rows.
        let granted_to = granted_to.filter(|id| !instance.removed.contains(&id.0)).collect();
        Self { caller: call.caller.clone(), granted_to }
    }

    /// True if the caller may see the project, or a grant of it that the filters ask for.
    fn shows(&self, project: &Project) -> bool {
        let place = ResourcePath::Project(project.organization, project.id);
        self.caller.may(Permission::ProjectRead, place)
            || self.granted_to.iter().any(|to| self.shows_grant(project, *to))
    }

    /// True if the listing of grants shows the grant: to readers of its project or of its organization.
    fn shows_grant(&self, project: &Project, to: OrganizationId) -> bool {
        let places =
            [ResourcePath::Project(project.organization, project.id), ResourcePath::Organization(to)];
        self.granted_to.contains(&to)
            && project.grants.contains_key(&to)
            && places.into_iter().any(|place| self.caller.may(Permission::ProjectGrantRead, place))
    }
}

fn read_filter(filter: &ProjectFilter, view: &View) -> Result<Test<Project>, ApiError> {
    Ok(match filter {
        // Text that is no id matches nothing.
        ProjectFilter::Ids(wanted) => {
            let ids: BTreeSet<_> = wanted.ids.iter().filter_map(|id| ProjectId::parse(id).ok()).collect();
            Box::new(move |project| ids.contains(&project.id))
        }
        ProjectFilter::Name { project_name, method } => {
            let member = "projectNameFilter.projectName";
            test_of(*method, member, project_name, |project: &Project| project.name.as_str())?
        }
        ProjectFilter::Organization { organization_id, r#type } => {
            let (id, view) = (OrganizationId::parse(organization_id).ok(), view.clone());
            let has_owned = *r#type != Belonging::Granted;
            let has_granted = *r#type != Belonging::Owned;
            Box::new(move |project| {
                has_owned && Some(project.organization) == id
                    || has_granted && id.is_some_and(|id| view.shows_grant(project, id))
            })
        }
    })
}

/// The key by which projects are sorted: a text, a number, the id.
type Key = (String, u64, u64);

/// The order's name in page tokens, and its key.
const fn order_of(column: ProjectColumn) -> (&'static str, fn(&Project) -> Key) {
    match column {
        ProjectColumn::Unspecified | ProjectColumn::Id => {
            ("projects", |project| (String::new(), 0, project.id.0))
        }
        ProjectColumn::Created => {
            ("projects by creation", |project| (String::new(), project.created.0, project.id.0))
        }
        ProjectColumn::Changed => {
            ("projects by change", |project| (String::new(), project.changed.0, project.id.0))
        }
        ProjectColumn::Name => {
            ("projects by name", |project| (folded(project.name.as_str()).into_owned(), 0, project.id.0))
        }
    }
}

impl Handle for project::ListProjects {
    async fn handle(call: &Call, request: ListProjects) -> Result<Projects, ApiError> {
        let instance = call.whole_instance()?;
        let view = View::new(call, &request.filters, &instance);
        let tests = read_each("filters", &request.filters, |filter| read_filter(filter, &view))?;
        let seen =
            |project: &&Arc<Project>| view.shows(project) && tests.iter().all(|is_wanted| is_wanted(project));
        let (order, key) = order_of(request.sorting_column);
        let all = instance.projects.values().filter(seen);
        let Cut { pagination, found, next_page_token } =
            call.page_tokens().cut(&request.pagination, order, all, |project| key(project))?;
        Ok(Projects {
            pagination,
            projects: found.into_iter().map(|project| ListedProject::of(project)).collect(),
            next_page_token,
            unreadable: call.told(instance.unreadable.iter().copied(), Permission::ProjectRead),
        })
    }
}
