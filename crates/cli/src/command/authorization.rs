//! `jeton authorization`: roles granted to service users.

use crate::CliError;
use crate::args::{Authorization, Global};
use crate::operator::{call, perform};
use crate::output::{deleted, items, json, line, table, text};
use serde_json::json as object;

const SERVICE: &str = "/zitadel.authorization.v2.AuthorizationService/";

pub(crate) fn run(global: &Global, command: Authorization) -> Result<(), CliError> {
    let (method, request) = match command {
        Authorization::Create { user, project, roles } => {
            ("CreateAuthorization", object!({ "userId": user, "projectId": project, "roleKeys": roles }))
        }
        Authorization::Update { authorization, roles } => {
            ("UpdateAuthorization", object!({ "id": authorization, "roleKeys": roles }))
        }
        Authorization::Deactivate { authorization } => {
            ("DeactivateAuthorization", object!({ "id": authorization }))
        }
        Authorization::Activate { authorization } => {
            ("ActivateAuthorization", object!({ "id": authorization }))
        }
        Authorization::List { user, project } => return list(global, user, project),
        Authorization::Delete { authorization } => return delete(global, &authorization),
    };
    let reply = call(global, &format!("{SERVICE}{method}"), &request)?;
    if global.json {
        return json(&reply);
    }
    match text(&reply, "/id") {
        "" => line("done"),
        id => line(&format!("granted (authorization {id})")),
    }
}

fn delete(global: &Global, authorization: &str) -> Result<(), CliError> {
    let reply = call(global, &format!("{SERVICE}DeleteAuthorization"), &object!({ "id": authorization }))?;
    deleted(&reply, "authorization", authorization)?;
    if global.json { json(&reply) } else { line("done") }
}

fn list(global: &Global, user: Option<String>, project: Option<String>) -> Result<(), CliError> {
    let users = user.map(|id| object!({ "inUserIds": { "ids": [id] } }));
    let projects = project.map(|id| object!({ "projectId": { "id": id } }));
    let filters: Vec<_> = users.into_iter().chain(projects).collect();
    let request = object!({ "pagination": { "limit": 1000, "asc": true }, "filters": filters });
    perform(global, &format!("{SERVICE}ListAuthorizations"), &request, |reply| {
        let rows: Vec<_> = items(reply, "authorizations")
            .iter()
            .map(|authorization| {
                let roles = items(authorization, "roles").iter().map(|role| text(role, "/key"));
                [
                    text(authorization, "/id").to_owned(),
                    text(authorization, "/user/preferredLoginName").to_owned(),
                    text(authorization, "/project/name").to_owned(),
                    text(authorization, "/state").trim_start_matches("STATE_").to_lowercase(),
                    roles.collect::<Vec<_>>().join(" "),
                ]
            })
            .collect();
        table(["ID", "USERNAME", "PROJECT", "STATE", "ROLES"], &rows)
    })
}
