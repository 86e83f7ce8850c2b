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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, check, refused_at_once};
    use serde_json::json;

    fn added(file: &str) -> Result<Value, String> {
        Ok(
            json!({ "keyId": "6", "keyContent": STANDARD.encode(file), "creationDate": "2026-01-02T03:04:05Z" }),
        )
    }

    /// The reply to a look at a user; only its being there counts.
    fn found() -> Result<Value, String> {
        Ok(json!({}))
    }

    fn missing() -> Result<Value, String> {
        Err("there is no user u".to_owned())
    }

    #[test]
    fn a_key_is_added_with_what_the_command_line_says() {
        let mut script = Script::new([found(), added("the file")]);
        let command = "key add u --algorithm ps256 --rsa-bits 3072 --format pkcs8 --expires 1d";
        let ran = script.command(command);
        assert_eq!((ran.result, &*ran.output), (Ok(()), "the file\n"));
        assert_eq!(ran.remarks, "Keep this key file: it can't be shown again.\n");
        assert_eq!(script.methods(), ["GetUserByID", "AddKey"]);
        let request = json!({
            "userId": "u", "algorithm": "PS256", "rsaBits": 3072, "keyFormat": "KEY_FORMAT_PKCS8",
            "lifetime": "86400s",
        });
        assert_eq!(script.requests()[1], request);
    }

    #[test]
    fn an_owner_that_is_no_user_is_an_api() {
        let reply = json!({ "keyId": "6", "keyDetails": STANDARD.encode("the file"), "creationDate": "2026-01-02T03:04:05Z" });
        let mut script = Script::new([missing(), Ok(reply.clone())]);
        assert_eq!(script.command("key add u").output, "the file\n");
        assert_eq!(script.methods(), ["GetUserByID", "CreateApplicationKey"]);
        assert_eq!(script.requests()[1], json!({ "applicationId": "u" }));
        let printed = Script::new([missing(), Ok(reply.clone())]).command("--json key add u").output;
        assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), reply);
    }

    #[test]
    fn an_uploaded_key_has_no_file_to_print() {
        let directory = tempfile::tempdir().unwrap();
        let pem = directory.path().join("public.pem");
        std::fs::write(&pem, "a key").unwrap();
        let mut script = Script::new([found(), added("")]);
        let ran = script.run(&["key", "add", "u", "--public-key", pem.to_str().unwrap()]);
        assert_eq!(ran.output, "added key 6; sign with it under this kid\n");
        assert_eq!(ran.remarks, "");
        assert_eq!(script.requests()[1], json!({ "userId": "u", "publicKey": STANDARD.encode("a key") }));
    }

    #[test]
    fn a_key_file_is_written_and_not_printed() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("key.json");
        let path = file.to_str().unwrap();
        let ran = Script::new([found(), added("the file")]).run(&["key", "add", "u", "--output", path]);
        assert_eq!(ran.output, format!("added key 6; the key file is {path}\n"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "the file");
        let mut script = Script::new([found(), added("another")]);
        let told = script.run(&["key", "add", "u", "--output", path]).result.unwrap_err();
        assert!(told.contains("is not overwritten"), "{told}");
        assert!(script.requests().is_empty(), "no key is generated for a file that is there");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "the file");
    }

    #[test]
    fn a_refused_key_or_one_that_can_not_be_read_leaves_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("key.json");
        let unreadable = |content: &str| {
            Ok(json!({ "keyId": "6", "keyContent": content, "creationDate": "2026-01-02T03:04:05Z" }))
        };
        for (reply, told) in [
            (Err("no".to_owned()), "no"),
            (unreadable("no base64!"), "the server's reply is not base64"),
            (unreadable("/w=="), "the key file is not text"),
        ] {
            let mut script = Script::new([found(), reply]);
            let ran = script.run(&["key", "add", "u", "--output", file.to_str().unwrap()]);
            assert_eq!(ran.result, Err(told.to_owned()));
            assert!(!file.exists(), "{told}");
        }
    }

    #[test]
    fn what_is_said_of_a_new_key_is_refused_beside_a_public_one() {
        for option in ["--rsa-bits 2048", "--format pkcs1", "--output f"] {
            let told = refused_at_once(&format!("key add u --public-key k.pem {option}"));
            assert!(told.contains("cannot be used with"), "{told}");
        }
        let told = refused_at_once("key add u --public-key /nowhere/key.pem");
        assert!(told.starts_with("reading /nowhere/key.pem: "), "{told}");
        for (option, told) in [
            ("--algorithm HS256", "must be one of RS256"),
            ("--rsa-bits 1024", "must be 2048, 3072 or 4096"),
            ("--format der", "invalid value 'der'"),
        ] {
            let refused = refused_at_once(&format!("key add u {option}"));
            assert!(refused.contains(told), "{refused}");
        }
    }

    #[test]
    fn a_key_is_revoked_by_its_id() {
        let request = json!({ "userId": "u", "keyId": "6" });
        let said = "revoked; tokens obtained with it do not work any more\n";
        check("key revoke u 6", "RemoveKey", request, json!({}), said);
        assert!(refused_at_once("key revoke u").contains("required"));
    }
}
