//! `jeton api`: the clients that may introspect.

use crate::Failure;
use crate::args::{Api, Global};
use crate::operator::call;
use crate::output::{items, json, line, table, text};
use serde_json::json as object;

const SERVICE: &str = "/zitadel.application.v2.ApplicationService/";

pub(crate) fn run(global: &Global, command: Api) -> Result<(), Failure> {
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
                return line(&format!("next: jeton key add {client_id}"));
            }
            line(&format!("ClientSecret  {}", text(&reply, "/apiConfiguration/clientSecret")))?;
            eprintln!("Copy the secret now: it can't be shown again.");
            Ok(())
        }
        Api::List => list(global),
        Api::Delete { api } => {
            let reply =
                call(global, &format!("{SERVICE}DeleteApplication"), &object!({ "applicationId": api }))?;
            if global.json { json(&reply) } else { line(&format!("deleted {api}")) }
        }
    }
}

fn list(global: &Global) -> Result<(), Failure> {
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
