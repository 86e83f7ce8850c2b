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
