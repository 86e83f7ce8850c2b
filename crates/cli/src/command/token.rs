//! `jeton token`: access tokens.

use crate::args::Token;
use crate::session::{self, Session};
use crate::{CliError, pasted};
use jeton_api::calls::token::{ExplainToken, RevokeToken, RevokeUserTokens};
use jeton_api::{explain, tokens};
use jeton_secret::SecretText;

pub(crate) fn run(session: &mut Session<'_>, command: Token) -> Result<(), CliError> {
    match command {
        Token::Revoke { user: Some(user), secret, .. } => {
            let request = tokens::RevokeUserTokens { user_id: user, secret_id: secret };
            session.perform_and_say::<RevokeUserTokens>(&request, "revoked all tokens issued so far")
        }
        Token::Revoke { user: None, token, .. } => revoke(session, token.as_deref()),
        Token::Explain { token, api } => explain(session, token.as_deref(), api),
    }
}

fn revoke(session: &mut Session<'_>, token: Option<&str>) -> Result<(), CliError> {
    let request = tokens::RevokeToken { token: given(session, token)? };
    session.perform::<RevokeToken>(&request, |output, reply| {
        output.line(if reply.revoked {
            "revoked"
        } else {
            "nothing to revoke: this token is unknown, expired or already revoked"
        })
    })
}

fn explain(session: &mut Session<'_>, token: Option<&str>, api: Option<String>) -> Result<(), CliError> {
    let request = explain::ExplainToken { token: given(session, token)?, application_id: api };
    session.perform::<ExplainToken>(&request, |output, reply| {
        output.properties(&session::json(&reply)?)?;
        for api in reply.accepted_by {
            output.line(&format!(
                "{:<26} {} ({}, of the project {})",
                "accepted by", api.name, api.application_id, api.project_name
            ))?;
        }
        if reply.accepted_by_more { output.line("and by more APIs") } else { Ok(()) }
    })
}

/// The token from the command line, or from standard input.
fn given(session: &mut Session<'_>, token: Option<&str>) -> Result<SecretText, CliError> {
    match token.filter(|token| *token != "-") {
        Some(token) => pasted::read(token.as_bytes(), "token"),
        None => pasted::read(&mut *session.input, "token on standard input"),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Script, check, refused_at_once, with_narrow_columns};
    use serde_json::{Value, json};

    #[test]
    fn a_token_is_taken_from_the_command_line_or_from_standard_input() {
        for (arguments, input) in [
            (&["token", "revoke", "jeton_at_x"][..], ""),
            (&["token", "revoke"], "jeton_at_x\n"),
            (&["token", "revoke", "-"], "Authorization: Bearer jeton_at_x\r\n"),
        ] {
            let mut script = Script::new([Ok(json!({ "revoked": true }))]);
            assert_eq!(script.run_with(arguments, input).output, "revoked\n");
            assert_eq!(script.requests(), [json!({ "token": "jeton_at_x" })], "{arguments:?}");
        }
    }

    #[test]
    fn a_token_that_was_not_there_to_revoke_is_no_failure() {
        let printed = "nothing to revoke: this token is unknown, expired or already revoked\n";
        check("token revoke t", "RevokeToken", json!({ "token": "t" }), json!({ "revoked": false }), printed);
    }

    #[test]
    fn tokens_of_a_user_or_of_its_secret_are_revoked_without_a_token() {
        let said = "revoked all tokens issued so far\n";
        for (command, request) in [
            ("token revoke --user -u", json!({ "userId": "-u" })),
            ("token revoke --user u --secret 5", json!({ "userId": "u", "secretId": "5" })),
        ] {
            check(
                command,
                "RevokeUserTokens",
                request,
                json!({ "revocationDate": "2026-01-02T03:04:05Z" }),
                said,
            );
        }
        assert!(refused_at_once("token revoke --secret 5").contains("required"));
        assert!(refused_at_once("token revoke t --user u").contains("cannot be used with"));
    }

    #[test]
    fn nothing_is_asked_about_an_empty_token() {
        for command in ["token revoke", "token explain", "token explain -"] {
            assert_eq!(refused_at_once(command), "the token on standard input is empty", "{command}");
        }
        for command in ["token revoke ''", "token explain ' '", "token explain Bearer"] {
            assert_eq!(refused_at_once(command), "the token is empty", "{command}");
        }
    }

    #[test]
    fn an_explanation_names_the_apis_that_accept_the_token() {
        let mut reply = json!({
            "active": true, "kind": "opaque", "reason": "live", "sentence": "it works", "introspection": {},
            "acceptedBy": [{ "applicationId": "5", "name": "A", "projectId": "7", "projectName": "P" }],
            "acceptedByMore": false,
        });
        let request = json!({ "token": "t", "applicationId": "5" });
        let printed = "accepted by  A (5, of the project P)\n";
        let (_, requests, output) = explained(&reply, "token explain t --api 5");
        assert_eq!(requests, [request]);
        assert!(output.contains("sentence  it works\n") && output.ends_with(printed), "{output}");
        reply["acceptedByMore"] = json!(true);
        assert!(explained(&reply, "token explain t").2.ends_with("and by more APIs\n"));
    }

    fn explained(reply: &Value, command: &str) -> (Result<(), String>, Vec<Value>, String) {
        let mut script = Script::new([Ok(reply.clone())]);
        let ran = script.command(command);
        (ran.result, script.requests(), with_narrow_columns(&ran.output))
    }
}
