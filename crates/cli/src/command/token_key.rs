//! `jeton token-key`: the keys that seal the server's opaque tokens.

use crate::CliError;
use crate::args::{Global, TokenKey};
use crate::operator::{call, perform};
use crate::output::{deleted, items, json, line, table, text};
use serde_json::json as object;

const SERVICE: &str = "/jeton.tokenkey.v1.TokenKeyService/";

pub(crate) fn run(global: &Global, command: TokenKey) -> Result<(), CliError> {
    match command {
        TokenKey::List => list(global),
        TokenKey::Rotate => perform(global, &format!("{SERVICE}RotateTokenKey"), &object!({}), |reply| {
            line(&format!("key {} seals opaque tokens from now on", text(reply, "/id")))
        }),
        TokenKey::Remove { key } => {
            let reply = call(global, &format!("{SERVICE}DeleteTokenKey"), &object!({ "id": key }))?;
            deleted(&reply, "token key", &key)?;
            if global.json {
                json(&reply)
            } else {
                line("removed; tokens that it sealed are not active any more")
            }
        }
    }
}

fn list(global: &Global) -> Result<(), CliError> {
    let reply = call(global, &format!("{SERVICE}ListTokenKeys"), &object!({}))?;
    if global.json {
        return json(&reply);
    }
    let state = |name: &str| match name {
        "STATE_ACTIVE" => "active",
        "STATE_INACTIVE" => "retiring",
        _ => "removed",
    };
    let rows: Vec<_> = items(&reply, "tokenKeys")
        .iter()
        .map(|key| {
            [
                text(key, "/id").to_owned(),
                state(text(key, "/state")).to_owned(),
                text(key, "/creationDate").to_owned(),
                text(key, "/expirationDate").to_owned(),
            ]
        })
        .collect();
    table(["ID", "STATE", "CREATED", "UNTIL"], &rows)
}
