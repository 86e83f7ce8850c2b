//! `jeton pat`: personal access tokens.

use crate::CliError;
use crate::args::{Global, Pat};
use crate::operator::call;
use crate::output::{json, line, remark, seconds, table_of_credentials, text};
use serde_json::json as object;

const SERVICE: &str = "/zitadel.user.v2.UserService/";

pub(crate) fn run(global: &Global, command: Pat) -> Result<(), CliError> {
    match command {
        Pat::Create { user, expires } => {
            let request = object!({ "userId": user, "lifetime": expires.map(seconds) });
            let reply = call(global, &format!("{SERVICE}AddPersonalAccessToken"), &request)?;
            if global.json {
                return json(&reply);
            }
            line(text(&reply, "/token"))?;
            remark("Copy the token now: it can't be shown again.");
            Ok(())
        }
        Pat::List { user } => {
            let reply =
                call(global, &format!("{SERVICE}ListPersonalAccessTokens"), &object!({ "userId": user }))?;
            if global.json { json(&reply) } else { table_of_credentials(&reply) }
        }
        Pat::Revoke { user, token } => {
            let request = object!({ "userId": user, "tokenId": token });
            let reply = call(global, &format!("{SERVICE}RemovePersonalAccessToken"), &request)?;
            if global.json { json(&reply) } else { line("revoked") }
        }
    }
}
