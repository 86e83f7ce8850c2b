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

#[cfg(test)]
mod tests {
    use crate::testing::{Script, check, refused_at_once};
    use serde_json::{Value, json};

    fn added() -> Value {
        json!({
            "clientId": "u", "clientSecret": "jeton_cs_x", "secretId": "5", "creationDate": "2026-01-02T03:04:05Z", "novelty": 1,
        })
    }

    #[test]
    fn older_secrets_stay_unless_it_is_said_that_they_end() {
        let printed = "ClientID  u\nClientSecret  jeton_cs_x\n";
        for (command, request) in [
            ("secret generate u", json!({ "userId": "u", "label": "", "keepOthers": true })),
            ("secret generate u --replace", json!({ "userId": "u", "label": "", "keepOthers": false })),
            (
                "secret generate u --overlap 0",
                json!({ "userId": "u", "label": "", "keepOthers": false, "overlap": "0s" }),
            ),
            (
                "secret generate u --label -L --expires 1d",
                json!({ "userId": "u", "label": "-L", "keepOthers": true, "lifetime": "86400s" }),
            ),
        ] {
            check(command, "AddSecret", request, added(), printed);
        }
        let told = refused_at_once("secret generate u --replace --overlap 1h");
        assert!(told.contains("cannot be used with"), "{told}");
    }

    #[test]
    fn advice_to_copy_the_secret_is_for_people_and_no_part_of_the_output() {
        let ran = Script::new([Ok(added())]).command("secret generate u");
        assert_eq!(ran.remarks, "Copy the secret now: it can't be shown again.\n");
        assert_eq!(Script::new([Ok(added())]).command("--json secret generate u").remarks, "");
    }

    #[test]
    fn one_secret_is_revoked_or_all_and_neither_is_a_guess() {
        let done = "revoked; tokens obtained with it do not work any more\n";
        let one = json!({ "userId": "u", "secretId": "5" });
        check("secret revoke u 5", "RemoveSecret", one, json!({}), done);
        check("secret revoke u --all", "RemoveSecret", json!({ "userId": "u" }), json!({}), done);
        assert!(refused_at_once("secret revoke u").contains("required"));
        assert!(refused_at_once("secret revoke u 5 --all").contains("cannot be used with"));
    }

    #[test]
    fn what_a_secret_does_not_have_is_a_dash() {
        let secret = |label: &str, state: &str| json!({ "secretId": "5", "label": label, "state": state, "creationDate": "2026-01-02T03:04:05Z" });
        let rows = [secret("", "SECRET_STATE_LIVE"), secret("L", "SECRET_STATE_NOVEL")];
        check(
            "secret list u",
            "ListSecrets",
            json!({ "userId": "u" }),
            json!({ "result": rows }),
            "ID  LABEL  STATE  CREATED  EXPIRES  LAST USED\n5  -  live  2026-01-02T03:04:05Z  -  -\n\
             5  L  novel  2026-01-02T03:04:05Z  -  -\n",
        );
    }
}
