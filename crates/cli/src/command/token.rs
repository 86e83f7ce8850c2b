//! `jeton token`: access tokens.

use crate::args::{Global, Token};
use crate::operator::perform;
use crate::output::{items, line, properties, text};
use crate::{CliError, pasted};
use serde_json::{Value, json as object};
use zeroize::Zeroizing;

pub(crate) fn run(global: &Global, command: Token) -> Result<(), CliError> {
    match command {
        Token::Revoke { user: Some(user), secret, .. } => revoke_of_user(global, &user, secret.as_deref()),
        Token::Revoke { user: None, token, .. } => revoke(global, &given(token.as_deref())?),
        Token::Explain { token, api } => explain(global, &given(token.as_deref())?, api.as_deref()),
    }
}

fn revoke_of_user(global: &Global, user: &str, secret: Option<&str>) -> Result<(), CliError> {
    let request = object!({ "userId": user, "secretId": secret });
    perform(global, "/jeton.token.v1.TokenService/RevokeUserTokens", &request, |_| {
        line("revoked all tokens issued so far")
    })
}

fn revoke(global: &Global, token: &str) -> Result<(), CliError> {
    let request = object!({ "token": token });
    perform(global, "/jeton.token.v1.TokenService/RevokeToken", &request, |reply| {
        let revoked = reply.get("revoked").and_then(Value::as_bool).unwrap_or_default();
        line(if revoked {
            "revoked"
        } else {
            "nothing to revoke: this token is unknown, expired or already revoked"
        })
    })
}

fn explain(global: &Global, token: &str, api: Option<&str>) -> Result<(), CliError> {
    let request = object!({ "token": token, "applicationId": api });
    perform(global, "/jeton.token.v1.TokenService/ExplainToken", &request, |reply| {
        properties(reply)?;
        for api in items(reply, "acceptedBy") {
            let [name, id, project] =
                ["/name", "/applicationId", "/projectName"].map(|member| text(api, member));
            line(&format!("{:<26} {name} ({id}, of the project {project})", "accepted by"))?;
        }
        let more = reply.get("acceptedByMore").and_then(Value::as_bool).unwrap_or_default();
        if more { line("and by more APIs") } else { Ok(()) }
    })
}

/// The token from the command line, or from standard input.
fn given(token: Option<&str>) -> Result<Zeroizing<String>, CliError> {
    match token.filter(|token| *token != "-") {
        Some(token) => pasted::read(token.as_bytes(), "token"),
        None => pasted::read(std::io::stdin().lock(), "token on standard input"),
    }
}
