//! `jeton key`: keys that sign assertions.

use crate::CliError;
use crate::args::{Key, KeyFormat};
use crate::output::PrivateFile;
use crate::session::{Session, seconds};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_api::application_keys;
use jeton_api::calls::application::CreateApplicationKey;
use jeton_api::calls::user::{AddKey, GetUserByID, ListKeys, RemoveKey};
use jeton_api::keys::{self, Format};
use jeton_api::user_credentials::ListCredentials;
use jeton_api::users::ByUserId;
use jeton_api::values::Bytes;
use jeton_domain::key::{Algorithm, RsaBits};
use serde_json::Value;
use std::path::Path;
use zeroize::Zeroizing;

pub(crate) fn run(session: &mut Session<'_>, command: Key) -> Result<(), CliError> {
    match command {
        Key::Add { user, public_key, algorithm, rsa_bits, format, expires, output } => {
            let request = keys::AddKey {
                user_id: user,
                expiration_date: None,
                lifetime: expires.map(seconds),
                public_key: public_key.as_deref().map(read).transpose()?,
                algorithm: algorithm.map(|algorithm| Algorithm::as_str(algorithm).to_owned()),
                rsa_bits: rsa_bits.map(RsaBits::bits),
                key_format: format.map(|format| match format {
                    KeyFormat::Pkcs1 => Format::Pkcs1,
                    KeyFormat::Pkcs8 => Format::Pkcs8,
                }),
            };
            add(session, request, output.as_deref())
        }
        Key::List { user } => {
            let request = ListCredentials { user_id: Some(user), ..ListCredentials::default() };
            session.list::<ListKeys>(
                request,
                |request| &mut request.pagination,
                |output, reply| output.credentials(reply),
            )
        }
        Key::Revoke { user, key } => {
            let request = keys::RemoveKey { user_id: user, key_id: key };
            let done = "revoked; tokens obtained with it do not work any more";
            session.perform_and_say::<RemoveKey>(&request, done)
        }
    }
}

fn read(file: &Path) -> Result<Bytes, CliError> {
    let pem = std::fs::read(file);
    pem.map(Bytes).map_err(|error| CliError::new(format!("reading {}: {error}", file.display())))
}

/// An added key.
struct Added {
    id: String,
    /// The key file; empty if a public key was added.
    file: Zeroizing<String>,
    reply: Value,
}

/// Adds a key and shows it. Its file is created first, so that no key is generated for one that can't be.
fn add(session: &mut Session<'_>, request: keys::AddKey, file: Option<&Path>) -> Result<(), CliError> {
    let target = file.map(PrivateFile::create).transpose()?;
    let added = add_to_owner(session, request)?;
    if let Some(target) = target {
        target.write(&added.file)?;
    }
    let output = &mut session.output;
    if session.global.json {
        return output.json(&added.reply);
    }
    match (added.file.is_empty(), file) {
        (true, _) => output.line(&format!("added key {}; sign with it under this kid", added.id)),
        (false, Some(path)) => {
            output.line(&format!("added key {}; the key file is {}", added.id, path.display()))
        }
        (false, None) => {
            output.line(&added.file)?;
            output.remark("Keep this key file: it can't be shown again.");
            Ok(())
        }
    }
}

/// Adds a key to a user, or to an API if no user has this name or id.
fn add_to_owner(session: &mut Session<'_>, request: keys::AddKey) -> Result<Added, CliError> {
    if session.call::<GetUserByID>(&ByUserId { user_id: request.user_id.clone() }).is_ok() {
        let answer = session.call::<AddKey>(&request)?;
        let key = answer.read()?;
        return Ok(Added { id: key.key_id, file: decode(&key.key_content)?, reply: answer.json });
    }
    let request = application_keys::CreateApplicationKey {
        application_id: request.user_id,
        project_id: None,
        expiration_date: request.expiration_date,
        lifetime: request.lifetime,
        public_key: request.public_key,
        algorithm: request.algorithm,
        rsa_bits: request.rsa_bits,
        key_format: request.key_format,
    };
    let answer = session.call::<CreateApplicationKey>(&request)?;
    let key = answer.read()?;
    Ok(Added { id: key.key_id, file: decode(&key.key_details)?, reply: answer.json })
}

fn decode(content: &str) -> Result<Zeroizing<String>, CliError> {
    let file = STANDARD.decode(content).map_err(|_| CliError::new("the server's reply is not base64"))?;
    String::from_utf8(file).map(Zeroizing::new).map_err(|_| CliError::new("the key file is not text"))
}
