//! `jeton secret`: client secrets.

use crate::CliError;
use crate::args::Secret;
use crate::output::{or_empty, words};
use crate::session::{Session, seconds};
use jeton_api::calls::user::{AddSecret, ListSecrets, RemoveSecret};
use jeton_api::secrets;

pub(crate) fn run(session: &mut Session<'_>, command: Secret) -> Result<(), CliError> {
    match command {
        Secret::Generate { user, label, expires, overlap, replace } => {
            let request = secrets::AddSecret {
                user_id: user,
                label: label.unwrap_or_default(),
                expiration_date: None,
                lifetime: expires.map(seconds),
                overlap: overlap.map(seconds),
                keep_others: overlap.is_none() && !replace,
            };
            session.perform::<AddSecret>(&request, |output, reply| {
                output.line(&format!("ClientID      {}", reply.client_id))?;
                output.line(&format!("ClientSecret  {}", reply.client_secret))?;
                output.remark("Copy the secret now: it can't be shown again.");
                Ok(())
            })
        }
        Secret::List { user } => list(session, user),
        Secret::Revoke { user, secret, all: _ } => {
            let request = secrets::RemoveSecret { user_id: user, secret_id: secret };
            let done = "revoked; tokens obtained with it do not work any more";
            session.perform_and_say::<RemoveSecret>(&request, done)
        }
    }
}

fn list(session: &mut Session<'_>, user: String) -> Result<(), CliError> {
    session.perform::<ListSecrets>(&secrets::ListSecrets { user_id: user }, |output, reply| {
        let or_dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
        let rows = reply.result.into_iter().map(|secret| {
            [
                secret.secret_id,
                or_dash(secret.label),
                words(&secret.state, "SECRET_STATE_"),
                secret.creation_date.to_string(),
                or_dash(or_empty(secret.expiration_date)),
                or_dash(or_empty(secret.last_use_date)),
            ]
        });
        output.table(["ID", "LABEL", "STATE", "CREATED", "EXPIRES", "LAST USED"], rows)
    })
}
