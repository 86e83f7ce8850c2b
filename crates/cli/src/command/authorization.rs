//! `jeton authorization`: roles granted to service users.

use crate::Failure;
use crate::args::{Authorization, Global};
use crate::operator::call;
use crate::output::{json, line, text};
use serde_json::json as object;

const SERVICE: &str = "/zitadel.authorization.v2.AuthorizationService/";

pub(crate) fn run(global: &Global, command: Authorization) -> Result<(), Failure> {
    let (method, request) = match command {
        Authorization::Create { user, project, roles } => {
            ("CreateAuthorization", object!({ "userId": user, "projectId": project, "roleKeys": roles }))
        }
        Authorization::Update { authorization, roles } => {
            ("UpdateAuthorization", object!({ "id": authorization, "roleKeys": roles }))
        }
        Authorization::Delete { authorization } => ("DeleteAuthorization", object!({ "id": authorization })),
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
