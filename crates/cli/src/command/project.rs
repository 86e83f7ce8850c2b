//! `jeton project`.

use crate::Failure;
use crate::args::{Global, Project};
use crate::operator::call;
use crate::output::{items, json, line, table, text};
use serde_json::json as object;

const SERVICE: &str = "/zitadel.project.v2.ProjectService/";

pub(crate) fn run(global: &Global, command: Project) -> Result<(), Failure> {
    match command {
        Project::Create { name, assert_roles } => {
            let request = object!({ "name": name, "projectRoleAssertion": assert_roles });
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
    }
}
