//! Projects: `zitadel.project.v2.ProjectService`. Their roles are in `project_roles.rs`, grants in
//! `project_grants.rs`.

use super::ApiError;
use super::call::{Call, Caller, parse_project};
use super::json::{Changed, Date, Deleted, Ids, parse_name};
use super::pages::{Cut, Page, Pagination};
use super::text_match::{Method, Test, read_each};
use jeton_domain::caseless::folded;
use jeton_domain::id::{OrganizationId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::project::Project;
use jeton_store::operation::{ProjectEdit, ProjectOperation};
use jeton_store::{Operation, Outcome};
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

impl Call {
    async fn change_project(
        &self,
        project: ProjectId,
        action: ProjectOperation,
    ) -> Result<Arc<Project>, ApiError> {
        match self.act(Operation::Project(project, action), self.now()).await? {
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
    let project = call.edit_project(&request.project_id, ProjectOperation::Edit(edit)).await?;
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
        let ended = call.end_unreadable(Operation::Project(id, ProjectOperation::SetActive(false))).await?;
        return Ok(Changed { change_date: Date(ended) });
    }
    let mut project = call.project(id, Permission::ProjectWrite)?;
    if project.active != active {
        project = call.change_project(project.id, ProjectOperation::SetActive(active)).await?;
    }
    Ok(Changed { change_date: Date(project.changed) })
}

pub(super) async fn delete(call: &Call, request: ByProjectId) -> Result<Deleted, ApiError> {
    Deleted::or_gone(remove(call, &request).await)
}

async fn remove(call: &Call, request: &ByProjectId) -> Result<Deleted, ApiError> {
    if let Some(id) = call.unreadable_project(&request.project_id)? {
        return Ok(Deleted::at(call.end_unreadable(Operation::Project(id, ProjectOperation::Delete)).await?));
    }
    let project = call.project(&request.project_id, Permission::ProjectDelete)?;
    call.change_project(project.id, ProjectOperation::Delete).await?;
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
    Organization {
        organization_id: String,
        #[serde(default)]
        r#type: Belonging,
    },
}

/// The relation of a project to an organization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
enum Belonging {
    #[serde(rename = "OWNED")]
    Owned,
    #[serde(rename = "GRANTED")]
    Granted,
    #[default]
    #[serde(rename = "OWNED_OR_GRANTED", alias = "TYPE_UNSPECIFIED")]
    Either,
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

impl ProjectFilter {
    fn read(&self, view: &View) -> Result<Test<Project>, ApiError> {
        Ok(match self {
            // Text that is no id matches nothing.
            Self::Ids(wanted) => {
                let ids: BTreeSet<_> = wanted.ids.iter().filter_map(|id| ProjectId::parse(id).ok()).collect();
                Box::new(move |project| ids.contains(&project.id))
            }
            Self::Name { project_name, method } => {
                let member = "projectNameFilter.projectName";
                method.test(member, project_name, |project: &Project| project.name.as_str())?
            }
            Self::Organization { organization_id, r#type } => {
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
    let view = View::new(call, &request.filters, &instance);
    let tests = read_each("filters", &request.filters, |filter| filter.read(&view))?;
    let seen =
        |project: &&Arc<Project>| view.shows(project) && tests.iter().all(|is_wanted| is_wanted(project));
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
