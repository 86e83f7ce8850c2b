//! `jeton signing-key`: the keys that sign the server's tokens.

use crate::CliError;
use crate::args::SigningKey;
use crate::output::{expect_deleted, or_empty};
use crate::session::Session;
use jeton_api::calls::web_key::{ActivateWebKey, CreateWebKey, DeleteWebKey, ListWebKeys, RotateWebKey};
use jeton_api::values::Id;
use jeton_api::web_keys;
use jeton_domain::key::{Algorithm, RsaBits};

pub(crate) fn run(session: &mut Session<'_>, command: SigningKey) -> Result<(), CliError> {
    match command {
        SigningKey::List => list(session),
        SigningKey::Create { algorithm, rsa_bits } => {
            let request = web_keys::CreateWebKey {
                algorithm: Some(algorithm.as_str().to_owned()),
                rsa_bits: rsa_bits.map(RsaBits::bits),
                ..web_keys::CreateWebKey::default()
            };
            session.perform::<CreateWebKey>(&request, |output, reply| {
                output.line(&format!("created key {}; it waits for its turn", reply.id))
            })
        }
        SigningKey::Activate { key } => {
            session.perform_and_say::<ActivateWebKey>(&Id { id: key }, "activated")
        }
        SigningKey::Rotate { algorithm, rsa_bits, now } => {
            let request = web_keys::RotateWebKey {
                algorithm: algorithm.map(|algorithm| Algorithm::as_str(algorithm).to_owned()),
                rsa_bits: rsa_bits.map(RsaBits::bits),
                now,
            };
            session.perform::<RotateWebKey>(&request, |output, key| {
                output.line(&format!("key {} ({}) signs from {}", key.id, key.algorithm, key.activation_date))
            })
        }
        SigningKey::Remove { key } => {
            let answer = session.call::<DeleteWebKey>(&Id { id: key.clone() })?;
            expect_deleted(&answer.read()?, "signing key", &key)?;
            session.show(&answer, |output, _| {
                output.line("removed; tokens that it signed are not active any more")
            })
        }
    }
}

fn list(session: &mut Session<'_>) -> Result<(), CliError> {
    session.perform::<ListWebKeys>(&web_keys::ListWebKeys {}, |output, reply| {
        let rows = reply.web_keys.into_iter().map(|key| {
            let state = match &*key.state {
                "STATE_INITIAL" => "next",
                "STATE_ACTIVE" => "active",
                "STATE_INACTIVE" => "retiring",
                _ => "removed",
            };
            [
                key.id,
                key.algorithm.into_owned(),
                state.to_owned(),
                key.creation_date.to_string(),
                or_empty(key.expiration_date),
            ]
        });
        output.table(["ID", "ALGORITHM", "STATE", "CREATED", "UNTIL"], rows)
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, refused_at_once};
    use serde_json::json;

    #[test]
    fn algorithms_are_named_without_regard_to_case_and_bits_are_those_of_rsa() {
        let reply = json!({ "id": "5", "creationDate": "2026-01-02T03:04:05Z" });
        for (command, request) in [
            ("signing-key create es256", json!({ "algorithm": "ES256" })),
            ("signing-key create RS256 --rsa-bits 4096", json!({ "algorithm": "RS256", "rsaBits": 4096 })),
        ] {
            check(command, "CreateWebKey", request, reply.clone(), "created key 5; it waits for its turn\n");
        }
        assert!(refused_at_once("signing-key create").contains("required"));
        for wrong in ["HS256", "none", "ES256K", ""] {
            let told = refused_at_once(&format!("signing-key create '{wrong}'"));
            assert!(told.contains("must be one of RS256") || told.contains("a value is required"), "{told}");
        }
        for wrong in ["1024", "2049", "8192", "-1"] {
            let told = refused_at_once(&format!("signing-key create RS256 --rsa-bits={wrong}"));
            assert!(told.contains("must be 2048, 3072 or 4096"), "{told}");
        }
    }

    #[test]
    fn a_rotation_says_from_when_the_next_key_signs() {
        let reply = json!({ "id": "5", "algorithm": "PS384", "activationDate": "2026-01-02T03:04:05Z" });
        let printed = "key 5 (PS384) signs from 2026-01-02T03:04:05Z\n";
        for (command, request) in [
            ("signing-key rotate", json!({ "now": false })),
            (
                "signing-key rotate --algorithm PS384 --rsa-bits 3072 --now",
                json!({ "algorithm": "PS384", "rsaBits": 3072, "now": true }),
            ),
        ] {
            check(command, "RotateWebKey", request, reply.clone(), printed);
        }
    }

    #[test]
    fn a_removal_says_what_it_does_to_tokens() {
        let printed = "removed; tokens that it signed are not active any more\n";
        let reply = json!({ "deletionDate": "2026-01-02T03:04:05Z" });
        check("signing-key remove 5", "DeleteWebKey", json!({ "id": "5" }), reply, printed);
    }

    #[test]
    fn states_of_keys_are_told_in_words_and_an_unknown_one_is_not_active() {
        for (state, shown) in [
            ("STATE_INITIAL", "next"),
            ("STATE_ACTIVE", "active"),
            ("STATE_INACTIVE", "retiring"),
            ("STATE_REMOVED", "removed"),
            ("STATE_NOVEL", "removed"),
        ] {
            let key = json!({
                "id": "5", "creationDate": "2026-01-02T03:04:05Z", "changeDate": "2026-01-02T03:04:05Z", "state": state, "algorithm": "EdDSA",
            });
            let row = format!("5  EdDSA  {shown}  2026-01-02T03:04:05Z");
            let printed = format!("ID  ALGORITHM  STATE  CREATED  UNTIL\n{row}\n");
            check("signing-key list", "ListWebKeys", json!({}), json!({ "webKeys": [key] }), &printed);
        }
    }
}
