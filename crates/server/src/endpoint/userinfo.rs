//! `GET` and `POST /oidc/v1/userinfo` (OpenID Connect Core §5.3): claims about the bearer of a token.

use crate::auth_throttle::Source;
use crate::body::Incoming;
use crate::denial_log::Origin;
use crate::oauth::OAuthWorker;
use crate::refused::Refused;
use crate::response::{self, Response};
use hyper::header::AUTHORIZATION;
use hyper::{Request, StatusCode};
use jeton_domain::scope::StandardScope;
use jeton_oauth::denial::Denial;
use jeton_oauth::metadata::USERINFO_PATH;
use jeton_oauth::{bearer, render};

/// Answers a userinfo request. Only the `Authorization` header can carry the token: a form body is not read,
/// and a query string never (RFC 9700 §4.3.2).
pub fn answer(worker: &OAuthWorker, source: Source, request: &Request<Incoming>) -> Response {
    match userinfo(worker, request) {
        Ok(body) => response::json(StatusCode::OK, body),
        Err(refused) => refused.answer(worker, Origin { source, endpoint: USERINFO_PATH }),
    }
}

fn userinfo(worker: &OAuthWorker, request: &Request<Incoming>) -> Result<Vec<u8>, Refused> {
    let mut headers = request.headers().get_all(AUTHORIZATION).iter();
    let first = headers.next();
    if headers.next().is_some() {
        return Err(Denial::MalformedBearer.into());
    }
    let text = bearer::token(first.map(|value| value.as_bytes()))?;
    let seen = worker.oauth.tokens.with_token(text, worker.oauth.moment(), |found| {
        if found.seen().token.facts.scopes.contains(StandardScope::OpenId) {
            Ok(render::userinfo(found.seen()))
        } else {
            Err(Refused::of(found.seen().token.facts.client, Denial::InsufficientScope))
        }
    })?;
    seen.unwrap_or(Err(Denial::InvalidBearer.into()))
}
