//! `jeton token-key`: the keys that seal the server's opaque tokens.

use crate::CliError;
use crate::args::TokenKey;
use crate::output::{expect_deleted, or_empty};
use crate::session::Session;
use jeton_api::calls::token_key::{DeleteTokenKey, ListTokenKeys, RotateTokenKey};
use jeton_api::token_keys;
use jeton_api::values::Id;

pub(crate) fn run(session: &mut Session<'_>, command: TokenKey) -> Result<(), CliError> {
    match command {
        TokenKey::List => list(session),
        TokenKey::Rotate => session
            .perform::<RotateTokenKey>(&token_keys::RotateTokenKey {}, |output, reply| {
                output.line(&format!("key {} seals opaque tokens from now on", reply.id))
            }),
        TokenKey::Remove { key } => {
            let answer = session.call::<DeleteTokenKey>(&Id { id: key.clone() })?;
            expect_deleted(&answer.read()?, "token key", &key)?;
            session.show(&answer, |output, _| {
                output.line("removed; tokens that it sealed are not active any more")
            })
        }
    }
}

fn list(session: &mut Session<'_>) -> Result<(), CliError> {
    session.perform::<ListTokenKeys>(&token_keys::ListTokenKeys {}, |output, reply| {
        let rows = reply.token_keys.into_iter().map(|key| {
            let state = match &*key.state {
                "STATE_ACTIVE" => "active",
                "STATE_INACTIVE" => "retiring",
                _ => "removed",
            };
            [key.id, state.to_owned(), key.creation_date.to_string(), or_empty(key.expiration_date)]
        });
        output.table(["ID", "STATE", "CREATED", "UNTIL"], rows)
    })
}
