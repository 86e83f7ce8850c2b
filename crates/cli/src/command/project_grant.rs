//! `jeton project grant`: projects that are granted to other organizations.

use crate::CliError;
use crate::args::{Global, ProjectGrant};
use crate::operator::{call, perform};
use crate::output::{deleted, items, json, line, table, text};
use serde_json::{Value, json as object};

const SERVICE: &str = "/zitadel.project.v2.ProjectService/";

pub(crate) fn run(global: &Global, command: ProjectGrant) -> Result<(), CliError> {
    match command {
        ProjectGrant::Add { project, organization, roles } => {
            let request = with_roles(&project, &organization, &roles);
            let done = format!("granted {project} to {organization}");
            perform(global, &format!("{SERVICE}CreateProjectGrant"), &request, |_| line(&done))
        }
        ProjectGrant::List { project, organization } => list(global, project, organization),
        ProjectGrant::Set { project, organization, roles } => {
            let request = with_roles(&project, &organization, &roles);
            perform(global, &format!("{SERVICE}UpdateProjectGrant"), &request, |_| line("changed"))
        }
        ProjectGrant::Deactivate { project, organization } => {
            switch(global, "DeactivateProjectGrant", &by_ids(&project, &organization), "deactivated")
        }
        ProjectGrant::Activate { project, organization } => {
            switch(global, "ActivateProjectGrant", &by_ids(&project, &organization), "activated")
        }
        ProjectGrant::Remove { project, organization } => {
            let request = by_ids(&project, &organization);
            let reply = call(global, &format!("{SERVICE}DeleteProjectGrant"), &request)?;
            deleted(&reply, "grant to organization", &organization)?;
            if global.json { json(&reply) } else { line(&format!("removed the grant to {organization}")) }
        }
    }
}

fn by_ids(project: &str, organization: &str) -> Value {
    object!({ "projectId": project, "grantedOrganizationId": organization })
}

fn with_roles(project: &str, organization: &str, roles: &[String]) -> Value {
    object!({ "projectId": project, "grantedOrganizationId": organization, "roleKeys": roles })
}

fn switch(global: &Global, method: &str, request: &Value, done: &str) -> Result<(), CliError> {
    perform(global, &format!("{SERVICE}{method}"), request, |_| line(done))
}

fn list(global: &Global, project: Option<String>, organization: Option<String>) -> Result<(), CliError> {
    let of = project.map(|id| object!({ "inProjectIdsFilter": { "ids": [id] } }));
    let to = organization.map(|id| object!({ "grantedOrganizationIdFilter": { "id": id } }));
    let filters: Vec<_> = of.into_iter().chain(to).collect();
    let request = object!({ "pagination": { "limit": 1000, "asc": true }, "filters": filters });
    let reply = call(global, &format!("{SERVICE}ListProjectGrants"), &request)?;
    if global.json {
        return json(&reply);
    }
    let row = |grant: &Value| {
        let roles: Vec<_> = items(grant, "grantedRoleKeys").iter().filter_map(Value::as_str).collect();
        let state = text(grant, "/state").trim_start_matches("PROJECT_GRANT_STATE_").to_lowercase();
        let [project, to, name] = ["/projectId", "/grantedOrganizationId", "/grantedOrganizationName"]
            .map(|member| text(grant, member).to_owned());
        [project, to, name, roles.join(" "), state]
    };
    let rows: Vec<_> = items(&reply, "projectGrants").iter().map(row).collect();
    table(["PROJECT", "ORGANIZATION", "NAME", "ROLES", "STATE"], &rows)
}
