//! `jeton role`: roles of projects.

use crate::CliError;
use crate::args::{Global, Role};
use crate::operator::{call, perform};
use crate::output::{items, json, line, table, text};
use serde_json::json as object;

const SERVICE: &str = "/zitadel.project.v2.ProjectService/";

pub(crate) fn run(global: &Global, command: Role) -> Result<(), CliError> {
    match command {
        Role::Add { project, key, name, group } => {
            let request = object!({
                "projectId": project,
                "roleKey": key,
                "displayName": name.unwrap_or_default(),
                "group": group.unwrap_or_default(),
            });
            let reply = call(global, &format!("{SERVICE}AddProjectRole"), &request)?;
            if global.json { json(&reply) } else { line(&format!("added role {key}")) }
        }
        Role::List { project } => {
            let request = object!({ "projectId": project, "pagination": { "limit": 1000 } });
            let reply = call(global, &format!("{SERVICE}ListProjectRoles"), &request)?;
            if global.json {
                return json(&reply);
            }
            let rows: Vec<_> = items(&reply, "projectRoles")
                .iter()
                .map(|role| ["/key", "/displayName", "/group"].map(|member| text(role, member).to_owned()))
                .collect();
            table(["KEY", "NAME", "GROUP"], &rows)
        }
        Role::Update { project, key, name, group } => {
            let request =
                object!({ "projectId": project, "roleKey": key, "displayName": name, "group": group });
            perform(global, &format!("{SERVICE}UpdateProjectRole"), &request, |_| line("changed"))
        }
        Role::Remove { project, key } => {
            let request = object!({ "projectId": project, "roleKey": key });
            let reply = call(global, &format!("{SERVICE}RemoveProjectRole"), &request)?;
            if global.json { json(&reply) } else { line(&format!("removed role {key}")) }
        }
    }
}
