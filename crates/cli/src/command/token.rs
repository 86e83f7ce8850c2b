//! `jeton token`: access tokens.

use crate::Failure;
use crate::args::{Global, Token};
use crate::operator::call;
use crate::output::{json, line};
use serde_json::{Value, json as object};
use std::io::Read;

/// Bytes of a token on standard input at most.
const TOKEN_BYTES_MAX: u64 = 16 * 1024;

pub(crate) fn run(global: &Global, command: Token) -> Result<(), Failure> {
    let Token::Revoke { user, secret, token } = command;
    if let Some(user) = user {
        let request = object!({ "userId": user, "secretId": secret });
        let reply = call(global, "/jeton.token.v1.TokenService/RevokeUserTokens", &request)?;
        return if global.json { json(&reply) } else { line("revoked all tokens issued so far") };
    }
    let token = match token.as_deref() {
        None | Some("-") => from_stdin()?,
        Some(token) => token.to_owned(),
    };
    let reply =
        call(global, "/jeton.token.v1.TokenService/RevokeToken", &object!({ "token": token.trim() }))?;
    if global.json {
        return json(&reply);
    }
    let revoked = reply.get("revoked").and_then(Value::as_bool).unwrap_or_default();
    line(if revoked {
        "revoked"
    } else {
        "there was nothing to revoke: the token is unknown, expired or revoked already"
    })
}

fn from_stdin() -> Result<String, Failure> {
    let mut token = String::new();
    let read = std::io::stdin().lock().take(TOKEN_BYTES_MAX).read_to_string(&mut token);
    match read {
        Ok(_) if token.trim().is_empty() => Err(Failure::new(
            "no token on standard input; pipe one in, or name a user: jeton token revoke --user NAME",
        )),
        Ok(_) => Ok(token),
        Err(error) => Err(Failure::new(format!("reading the token from standard input: {error}"))),
    }
}
