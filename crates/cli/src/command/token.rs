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
