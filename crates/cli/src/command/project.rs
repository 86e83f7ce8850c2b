//! `jeton project`.

use crate::CliError;
use crate::args::Project;
use crate::output::expect_deleted;
use crate::session::{self, Session, first_page};
use jeton_api::calls::project::{
    ActivateProject, CreateProject, DeactivateProject, DeleteProject, GetProject, ListProjects, UpdateProject,
};
use jeton_api::projects::{self, ByProjectId};

pub(crate) fn run(session: &mut Session<'_>, command: Project) -> Result<(), CliError> {
    let by_id = |project: &str| ByProjectId { project_id: project.to_owned() };
    match command {
        Project::Create {
            name,
            assert_roles,
            authorization_required,
            project_access_required,
            organization,
        } => {
            let request = projects::CreateProject {
                organization_id: organization,
                project_id: None,
                name: name.clone(),
                project_role_assertion: Some(assert_roles),
                authorization_required: Some(authorization_required),
                project_access_required: Some(project_access_required),
            };
            session.perform::<CreateProject>(&request, |output, reply| {
                output.line(&format!("created project {name} (id {})", reply.project_id))
            })
        }
        Project::List => list(session),
        Project::Show { project } => session.perform::<GetProject>(&by_id(&project), |output, reply| {
            output.properties(&session::json(&reply.project)?)
        }),
        Project::Update { project, name, assert_roles, authorization_required, project_access_required } => {
            let request = projects::UpdateProject {
                project_id: project,
                name,
                project_role_assertion: assert_roles,
                authorization_required,
                project_access_required,
            };
            session.perform_and_say::<UpdateProject>(&request, "changed")
        }
        Project::Deactivate { project: id } => {
            session.perform_and_say::<DeactivateProject>(&by_id(&id), &format!("deactivated {id}"))
        }
        Project::Activate { project: id } => {
            session.perform_and_say::<ActivateProject>(&by_id(&id), &format!("activated {id}"))
        }
        Project::Grant(grant) => super::project_grant::run(session, grant),
        Project::Delete { project } => {
            let answer = session.call::<DeleteProject>(&by_id(&project))?;
            expect_deleted(&answer.read()?, "project", &project)?;
            session.show(&answer, |output, _| output.line(&format!("deleted {project}")))
        }
    }
}

fn list(session: &mut Session<'_>) -> Result<(), CliError> {
    let request = projects::ListProjects { pagination: first_page(), ..projects::ListProjects::default() };
    session.list::<ListProjects>(
        request,
        |request| &mut request.pagination,
        |output, reply| {
            let rows = reply
                .projects
                .into_iter()
                .map(|project| [project.project_id, project.name, project.creation_date.to_string()]);
            output.table(["ID", "NAME", "CREATED"], rows)
        },
    )
}
