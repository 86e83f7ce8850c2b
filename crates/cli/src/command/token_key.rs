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

#[cfg(test)]
mod tests {
    use crate::testing::{check, refused_at_once};
    use serde_json::json;

    #[test]
    fn a_rotation_and_a_removal_say_what_they_do_to_tokens() {
        check(
            "token-key rotate",
            "RotateTokenKey",
            json!({}),
            json!({ "id": "5", "creationDate": "2026-01-02T03:04:05Z" }),
            "key 5 seals opaque tokens from now on\n",
        );
        check(
            "token-key remove 5",
            "DeleteTokenKey",
            json!({ "id": "5" }),
            json!({ "deletionDate": "2026-01-02T03:04:05Z" }),
            "removed; tokens that it sealed are not active any more\n",
        );
        assert!(refused_at_once("token-key remove").contains("required"));
    }

    #[test]
    fn states_of_keys_are_told_in_words_and_an_unknown_one_is_not_active() {
        for (state, shown) in [
            ("STATE_ACTIVE", "active"),
            ("STATE_INACTIVE", "retiring"),
            ("STATE_REMOVED", "removed"),
            ("STATE_NOVEL", "removed"),
        ] {
            let key = json!({ "id": "5", "creationDate": "2026-01-02T03:04:05Z", "state": state, "expirationDate": "2026-01-02T03:04:05Z" });
            let row = format!("5  {shown}  2026-01-02T03:04:05Z  2026-01-02T03:04:05Z");
            let printed = format!("ID  STATE  CREATED  UNTIL\n{row}\n");
            check("token-key list", "ListTokenKeys", json!({}), json!({ "tokenKeys": [key] }), &printed);
        }
    }
}
