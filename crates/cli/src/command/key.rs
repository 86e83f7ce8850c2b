//! `jeton key`: keys that sign assertions.

use crate::CliError;
use crate::args::{Global, Key, KeyFormat};
use crate::operator::call;
use crate::output::{PrivateFile, json, line, remark, seconds, table_of_credentials, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_domain::key::{Algorithm, RsaBits};
use serde_json::{Value, json as object};
use std::path::Path;
use zeroize::Zeroizing;

const USERS: &str = "/zitadel.user.v2.UserService/";
const APPLICATIONS: &str = "/zitadel.application.v2.ApplicationService/";

pub(crate) fn run(global: &Global, command: Key) -> Result<(), CliError> {
    match command {
        Key::Add { user, public_key, algorithm, rsa_bits, format, expires, output } => {
            let public_key = public_key.as_deref().map(read).transpose()?;
            let request = object!({
                "userId": user,
                "publicKey": public_key,
                "algorithm": algorithm.map(Algorithm::as_str),
                "rsaBits": rsa_bits.map(RsaBits::bits),
                "keyFormat": format.map(|format| match format {
                    KeyFormat::Pkcs1 => "KEY_FORMAT_PKCS1",
                    KeyFormat::Pkcs8 => "KEY_FORMAT_PKCS8",
                }),
                "lifetime": expires.map(seconds),
            });
            add(global, &user, request, output.as_deref())
        }
        Key::List { user } => {
            let reply = call(global, &format!("{USERS}ListKeys"), &object!({ "userId": user }))?;
            if global.json { json(&reply) } else { table_of_credentials(&reply) }
        }
        Key::Revoke { user, key } => {
            let request = object!({ "userId": user, "keyId": key });
            let reply = call(global, &format!("{USERS}RemoveKey"), &request)?;
            if global.json {
                json(&reply)
            } else {
                line("revoked; tokens obtained with it do not work any more")
            }
        }
    }
}

fn read(file: &Path) -> Result<String, CliError> {
    let pem = std::fs::read(file);
    pem.map(|pem| STANDARD.encode(pem))
        .map_err(|error| CliError::new(format!("reading {}: {error}", file.display())))
}

/// Adds a key to a user, or to an API if `user` has only digits and no user has it as its name or id.
fn add(global: &Global, user: &str, mut request: Value, output: Option<&Path>) -> Result<(), CliError> {
    let target = output.map(PrivateFile::create).transpose()?;
    let is_api = call(global, &format!("{USERS}GetUserByID"), &object!({ "userId": user })).is_err();
    let reply = if is_api {
        if let Some(request) = request.as_object_mut() {
            request.insert("applicationId".into(), user.into());
        }
        call(global, &format!("{APPLICATIONS}CreateApplicationKey"), &request)?
    } else {
        call(global, &format!("{USERS}AddKey"), &request)?
    };
    let content = text(&reply, if is_api { "/keyDetails" } else { "/keyContent" });
    let file = STANDARD.decode(content).map_err(|_| CliError::new("the server's reply is not base64"))?;
    let file =
        Zeroizing::new(String::from_utf8(file).map_err(|_| CliError::new("the key file is not text"))?);
    if let Some(target) = target {
        target.write(&file)?;
    }
    if global.json {
        return json(&reply);
    }
    match (file.is_empty(), output) {
        (true, _) => line(&format!("added key {}; sign with it under this kid", text(&reply, "/keyId"))),
        (false, Some(path)) => {
            line(&format!("added key {}; the key file is {}", text(&reply, "/keyId"), path.display()))
        }
        (false, None) => {
            line(&file)?;
            remark("Keep this key file: it can't be shown again.");
            Ok(())
        }
    }
}
