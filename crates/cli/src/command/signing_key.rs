//! `jeton signing-key`: the keys that sign the server's tokens.

use crate::CliError;
use crate::args::{Global, SigningKey};
use crate::operator::{call, perform};
use crate::output::{deleted, items, json, line, table, text};
use jeton_domain::key::{Algorithm, RsaBits};
use serde_json::json as object;

const SERVICE: &str = "/zitadel.webkey.v2.WebKeyService/";

pub(crate) fn run(global: &Global, command: SigningKey) -> Result<(), CliError> {
    match command {
        SigningKey::List => list(global),
        SigningKey::Create { algorithm, rsa_bits } => {
            let request =
                object!({ "algorithm": algorithm.as_str(), "rsaBits": rsa_bits.map(RsaBits::bits) });
            perform(global, &format!("{SERVICE}CreateWebKey"), &request, |reply| {
                line(&format!("created key {}; it waits for its turn", text(reply, "/id")))
            })
        }
        SigningKey::Activate { key } => {
            perform(global, &format!("{SERVICE}ActivateWebKey"), &object!({ "id": key }), |_| {
                line("activated")
            })
        }
        SigningKey::Rotate { algorithm, rsa_bits, now } => {
            let request = object!({
                "algorithm": algorithm.map(Algorithm::as_str),
                "rsaBits": rsa_bits.map(RsaBits::bits),
                "now": now,
            });
            let reply = call(global, "/jeton.webkey.v1.WebKeyService/RotateWebKey", &request)?;
            if global.json {
                return json(&reply);
            }
            let member = |name| text(&reply, name);
            line(&format!(
                "key {} ({}) signs from {}",
                member("/id"),
                member("/algorithm"),
                member("/activationDate")
            ))
        }
        SigningKey::Remove { key } => {
            let reply = call(global, &format!("{SERVICE}DeleteWebKey"), &object!({ "id": key }))?;
            deleted(&reply, "signing key", &key)?;
            if global.json {
                json(&reply)
            } else {
                line("removed; tokens that it signed are not active any more")
            }
        }
    }
}

fn list(global: &Global) -> Result<(), CliError> {
    let reply = call(global, &format!("{SERVICE}ListWebKeys"), &object!({}))?;
    if global.json {
        return json(&reply);
    }
    let state = |name: &str| match name {
        "STATE_INITIAL" => "next",
        "STATE_ACTIVE" => "active",
        "STATE_INACTIVE" => "retiring",
        _ => "removed",
    };
    let rows: Vec<_> = items(&reply, "webKeys")
        .iter()
        .map(|key| {
            [
                text(key, "/id").to_owned(),
                text(key, "/algorithm").to_owned(),
                state(text(key, "/state")).to_owned(),
                text(key, "/creationDate").to_owned(),
                text(key, "/expirationDate").to_owned(),
            ]
        })
        .collect();
    table(["ID", "ALGORITHM", "STATE", "CREATED", "UNTIL"], &rows)
}
