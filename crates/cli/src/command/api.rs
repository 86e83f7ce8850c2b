//! `jeton api`: clients that may introspect tokens.

use crate::CliError;
use crate::args::{Api, Global};
use crate::operator::{call, perform};
use crate::output::{items, json, line, properties, remark, table, text};
use crate::shell;
use serde_json::json as object;

const SERVICE: &str = "/zitadel.application.v2.ApplicationService/";

pub(crate) fn run(global: &Global, command: Api) -> Result<(), CliError> {
    match command {
        Api::Create { name, project, resource, private_key_jwt } => {
            let method = if private_key_jwt { "PRIVATE_KEY_JWT" } else { "BASIC" };
            let request = object!({
                "name": name,
                "projectId": project,
                "apiConfiguration": {
                    "authMethodType": format!("API_AUTH_METHOD_TYPE_{method}"),
                    "resource": resource,
                },
            });
            let reply = call(global, &format!("{SERVICE}CreateApplication"), &request)?;
            if global.json {
                return json(&reply);
            }
            let client_id = text(&reply, "/apiConfiguration/clientId");
            line(&format!("ClientID      {client_id}"))?;
            if private_key_jwt {
                return line(&format!("next: {}", shell::command("jeton key add", &[client_id])));
            }
            line(&format!("ClientSecret  {}", text(&reply, "/apiConfiguration/clientSecret")))?;
            remark("Copy the secret now: it can't be shown again.");
            Ok(())
        }
        Api::List => list(global),
        Api::Show { api } => {
            let request = object!({ "applicationId": api });
            perform(global, &format!("{SERVICE}GetApplication"), &request, |reply| {
                properties(&reply["application"])
            })
        }
        Api::Rename { api, name } => {
            let request = object!({ "applicationId": api, "name": name });
            perform(global, &format!("{SERVICE}UpdateApplication"), &request, |_| line("renamed"))
        }
        Api::Deactivate { api } => by_id(global, "DeactivateApplication", &api, "deactivated"),
        Api::Reactivate { api } => by_id(global, "ReactivateApplication", &api, "reactivated"),
        Api::Keys { api } => keys(global, api),
        Api::Delete { api } => {
            let reply =
                call(global, &format!("{SERVICE}DeleteApplication"), &object!({ "applicationId": api }))?;
            if global.json { json(&reply) } else { line(&format!("deleted {api}")) }
        }
    }
}

fn by_id(global: &Global, method: &str, api: &str, done: &str) -> Result<(), CliError> {
    let request = object!({ "applicationId": api });
    perform(global, &format!("{SERVICE}{method}"), &request, |_| line(&format!("{done} {api}")))
}

fn keys(global: &Global, api: Option<String>) -> Result<(), CliError> {
    let filters: Vec<_> =
        api.map(|id| object!({ "applicationIdFilter": { "applicationId": id } })).into_iter().collect();
    let request = object!({ "pagination": { "limit": 1000, "asc": true }, "filters": filters });
    perform(global, &format!("{SERVICE}ListApplicationKeys"), &request, |reply| {
        let members = ["/keyId", "/applicationId", "/creationDate", "/expirationDate"];
        let rows: Vec<_> = items(reply, "keys")
            .iter()
            .map(|key| members.map(|member| text(key, member).to_owned()))
            .collect();
        table(["ID", "APPLICATION", "CREATED", "EXPIRES"], &rows)
    })
}

fn list(global: &Global) -> Result<(), CliError> {
    let request = object!({ "pagination": { "limit": 1000, "asc": true } });
    let reply = call(global, &format!("{SERVICE}ListApplications"), &request)?;
    if global.json {
        return json(&reply);
    }
    let rows: Vec<_> = items(&reply, "applications")
        .iter()
        .map(|api| {
            ["/name", "/apiConfiguration/clientId", "/projectId", "/creationDate"]
                .map(|member| text(api, member).to_owned())
        })
        .collect();
    table(["NAME", "CLIENT ID", "PROJECT", "CREATED"], &rows)
}
