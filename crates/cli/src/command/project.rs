//! `jeton project`.

use crate::CliError;
use crate::args::{Global, Project};
use crate::operator::{call, perform};
use crate::output::{deleted, items, json, line, properties, table, text};
use serde_json::json as object;

const SERVICE: &str = "/zitadel.project.v2.ProjectService/";

pub(crate) fn run(global: &Global, command: Project) -> Result<(), CliError> {
    match command {
        Project::Create {
            name,
            assert_roles,
            authorization_required,
            project_access_required,
            organization,
        } => {
            let request = object!({
                "name": name,
                "projectRoleAssertion": assert_roles,
                "authorizationRequired": authorization_required,
                "projectAccessRequired": project_access_required,
                "organizationId": organization,
            });
            let reply = call(global, &format!("{SERVICE}CreateProject"), &request)?;
            if global.json {
                return json(&reply);
            }
            line(&format!("created project {name} (id {})", text(&reply, "/projectId")))
        }
        Project::List => {
            let request = object!({ "pagination": { "limit": 1000, "asc": true } });
            let reply = call(global, &format!("{SERVICE}ListProjects"), &request)?;
            if global.json {
                return json(&reply);
            }
            let rows: Vec<_> = items(&reply, "projects")
                .iter()
                .map(|project| {
                    ["/projectId", "/name", "/creationDate"].map(|member| text(project, member).to_owned())
                })
                .collect();
            table(["ID", "NAME", "CREATED"], &rows)
        }
        Project::Show { project } => {
            let request = object!({ "projectId": project });
            perform(global, &format!("{SERVICE}GetProject"), &request, |reply| properties(&reply["project"]))
        }
        Project::Update { project, name, assert_roles, authorization_required, project_access_required } => {
            let request = object!({
                "projectId": project,
                "name": name,
                "projectRoleAssertion": assert_roles,
                "authorizationRequired": authorization_required,
                "projectAccessRequired": project_access_required,
            });
            perform(global, &format!("{SERVICE}UpdateProject"), &request, |_| line("changed"))
        }
        Project::Deactivate { project } => by_id(global, "DeactivateProject", &project, "deactivated"),
        Project::Activate { project } => by_id(global, "ActivateProject", &project, "activated"),
        Project::Grant(grant) => super::project_grant::run(global, grant),
        Project::Delete { project } => {
            let request = object!({ "projectId": project });
            let reply = call(global, &format!("{SERVICE}DeleteProject"), &request)?;
            deleted(&reply, "project", &project)?;
            if global.json { json(&reply) } else { line(&format!("deleted {project}")) }
        }
    }
}

fn by_id(global: &Global, method: &str, project: &str, done: &str) -> Result<(), CliError> {
    let request = object!({ "projectId": project });
    perform(global, &format!("{SERVICE}{method}"), &request, |_| line(&format!("{done} {project}")))
}
