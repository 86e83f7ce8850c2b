//! `jeton secret`: client secrets.

use crate::CliError;
use crate::args::{Global, Secret};
use crate::operator::call;
use crate::output::{items, json, line, remark, seconds, table, text};
use serde_json::{Value, json as object};

pub(crate) fn run(global: &Global, command: Secret) -> Result<(), CliError> {
    match command {
        Secret::Generate { user, label, expires, overlap, replace } => {
            let mut request = object!({ "userId": user, "label": label.unwrap_or_default() });
            let mut set = |member: &str, value: Value| {
                if let Some(request) = request.as_object_mut() {
                    request.insert(member.to_owned(), value);
                }
            };
            if let Some(expires) = expires {
                set("lifetime", seconds(expires).into());
            }
            match overlap {
                Some(overlap) => set("overlap", seconds(overlap).into()),
                None => set("keepOthers", (!replace).into()),
            }
            generate(global, &request)
        }
        Secret::List { user } => list(global, &user),
        Secret::Revoke { user, secret, all: _ } => {
            let request = object!({ "userId": user, "secretId": secret });
            let reply = call(global, "/zitadel.user.v2.UserService/RemoveSecret", &request)?;
            if global.json {
                return json(&reply);
            }
            line("revoked; tokens obtained with it do not work any more")
        }
    }
}

fn generate(global: &Global, request: &Value) -> Result<(), CliError> {
    let reply = call(global, "/zitadel.user.v2.UserService/AddSecret", request)?;
    if global.json {
        return json(&reply);
    }
    line(&format!("ClientID      {}", text(&reply, "/clientId")))?;
    line(&format!("ClientSecret  {}", text(&reply, "/clientSecret")))?;
    remark("Copy the secret now: it can't be shown again.");
    Ok(())
}

fn list(global: &Global, user: &str) -> Result<(), CliError> {
    let reply = call(global, "/jeton.user.v1.UserService/ListSecrets", &object!({ "userId": user }))?;
    if global.json {
        return json(&reply);
    }
    let rows: Vec<_> = items(&reply, "result")
        .iter()
        .map(|secret| {
            let or_dash =
                |pointer| Some(text(secret, pointer)).filter(|t| !t.is_empty()).unwrap_or("-").to_owned();
            [
                text(secret, "/secretId").to_owned(),
                or_dash("/label"),
                text(secret, "/state").trim_start_matches("SECRET_STATE_").to_lowercase(),
                text(secret, "/creationDate").to_owned(),
                or_dash("/expirationDate"),
                or_dash("/lastUseDate"),
            ]
        })
        .collect();
    table(["ID", "LABEL", "STATE", "CREATED", "EXPIRES", "LAST USED"], &rows)
}
