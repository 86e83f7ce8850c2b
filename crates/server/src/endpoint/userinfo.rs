//! `GET` and `POST /oidc/v1/userinfo` (OpenID Connect Core §5.3): claims about the bearer of a token.

use super::live::with_token;
use crate::app::Worker;
use crate::body::Incoming;
use crate::response::{self, Response};
use hyper::header::AUTHORIZATION;
use hyper::{Request, StatusCode};
use jeton_domain::scope::StandardScope;
use jeton_oauth::denial::Denial;
use jeton_oauth::{bearer, render};

/// Answers a userinfo request. Only the `Authorization` header can carry the token: a form body is not read,
/// and a query string never (RFC 9700 §4.3.2).
pub fn answer(worker: &Worker, request: &Request<Incoming>) -> Response {
    match userinfo(worker, request) {
        Ok(body) => response::json(StatusCode::OK, body),
        Err(denial) => response::denial(denial),
    }
}

fn userinfo(worker: &Worker, request: &Request<Incoming>) -> Result<Vec<u8>, Denial> {
    let mut headers = request.headers().get_all(AUTHORIZATION).iter();
    let first = headers.next();
    if headers.next().is_some() {
        return Err(Denial::MalformedBearer);
    }
    let text = bearer::token(first.map(|value| value.as_bytes()))?;
    let seen = with_token(&worker.app, text, worker.app.moment(), |found| {
        if found.seen.token.facts.scopes.contains(StandardScope::OpenId) {
            Ok(render::userinfo(&found.seen))
        } else {
            Err(Denial::InsufficientScope)
        }
    })?;
    seen.unwrap_or(Err(Denial::InvalidBearer))
}
