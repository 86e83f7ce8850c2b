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

#[cfg(test)]
mod tests {
    use crate::testing::{check, refused_at_once};
    use serde_json::json;

    #[test]
    fn a_switch_of_a_project_is_off_when_it_is_not_given_and_stays_at_an_update() {
        check(
            "project create P",
            "CreateProject",
            json!({
                "name": "P", "authorizationRequired": false, "projectAccessRequired": false,
                "projectRoleAssertion": false,
            }),
            json!({ "projectId": "7", "creationDate": "2026-01-02T03:04:05Z" }),
            "created project P (id 7)\n",
        );
        check(
            "project create P --assert-roles --authorization-required --project-access-required --organization 8",
            "CreateProject",
            json!({
                "name": "P", "organizationId": "8", "authorizationRequired": true, "projectAccessRequired": true,
                "projectRoleAssertion": true,
            }),
            json!({ "projectId": "7", "creationDate": "2026-01-02T03:04:05Z" }),
            "created project P (id 7)\n",
        );
        check(
            "project update 7 --assert-roles false --authorization-required true",
            "UpdateProject",
            json!({ "projectId": "7", "projectRoleAssertion": false, "authorizationRequired": true }),
            json!({}),
            "changed\n",
        );
    }

    #[test]
    fn a_change_names_the_project_and_says_what_was_done() {
        for (command, method, said) in [
            ("project deactivate 7", "DeactivateProject", "deactivated 7\n"),
            ("project activate 7", "ActivateProject", "activated 7\n"),
            ("project delete 7", "DeleteProject", "deleted 7\n"),
        ] {
            check(
                command,
                method,
                json!({ "projectId": "7" }),
                json!({ "deletionDate": "2026-01-02T03:04:05Z" }),
                said,
            );
        }
    }

    #[test]
    fn a_switch_is_true_or_false() {
        let told = refused_at_once("project update 7 --assert-roles maybe");
        assert!(told.contains("invalid value 'maybe' for '--assert-roles <BOOL>'"), "{told}");
        assert!(refused_at_once("project create P --assert-roles true").contains("unexpected argument"));
        assert!(refused_at_once("project create").contains("required"));
    }
}
