//! `POST /oauth/v2/token` (RFC 6749 §4.4): the hot path.
//!
//! Two awaits: the body, and the commit. Cost sketch per token: 5 BLAKE3 compressions and 32 bytes
//! of ChaCha20 (0.5 µs), one row in a shared transaction (1 µs), a share of one commit, about ten
//! small allocations. The rest is hyper and the kernel.

use super::client::ClientRequest;
use crate::answer::{self, Answer};
use crate::app::Worker;
use crate::failures::Source;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use jeton_oauth::client::Revision;
use jeton_oauth::denial::Denial;
use jeton_oauth::grant::{self, Grant};
use jeton_oauth::render;
use jeton_oauth::token::TokenKey;
use jeton_secret::TokenDigest;
use jeton_store::{Command, IssueToken, Outcome, Rejection};

/// Answers a token request.
pub async fn answer(worker: &Worker, source: Source, request: Request<Incoming>) -> Answer {
    match issue(worker, source, request).await {
        Ok(body) => answer::json(StatusCode::OK, body),
        Err(denial) => answer::denial(denial),
    }
}

async fn issue(worker: &Worker, source: Source, request: Request<Incoming>) -> Result<Vec<u8>, Denial> {
    let request = ClientRequest::receive(request, source).await?;
    let now = worker.app.now();
    let (grant, as_of) = decide(worker, &request, now)?;
    let secret = worker.mint().secret().map_err(|_| Denial::Unavailable)?;
    let seal = worker.app.keys.seal_token(&secret);
    let key = make_durable(worker, &grant, seal.digest, as_of).await?;
    Ok(render::token(&seal.text(&secret, key.position()), &grant))
}

fn decide(
    worker: &Worker,
    request: &ClientRequest,
    now: jeton_oauth::time::Timestamp,
) -> Result<(Grant, Revision), Denial> {
    let form = request.form()?;
    let client = request.authenticate(worker, &form, now)?;
    let grant = grant::decide(&client.proof, &form, &worker.app.policy, now)?;
    Ok((grant, client.as_of))
}

/// Returns when the token is on disk.
async fn make_durable(
    worker: &Worker,
    grant: &Grant,
    digest: TokenDigest,
    as_of: Revision,
) -> Result<TokenKey, Denial> {
    let command = Command::IssueToken(IssueToken {
        client: grant.client,
        credential: grant.credential,
        issued: grant.issued,
        expires: grant.expires,
        scopes: grant.scopes.clone(),
        digest,
        as_of,
    });
    match worker.courier.deliver(command).await {
        Ok(Outcome::Issued(key)) => Ok(key),
        // Disabled, deleted or revoked while the request was under way.
        Err(Rejection::NoLongerHolds) => Err(Denial::InvalidClient),
        Err(Rejection::QueueFull) => Err(Denial::Overloaded),
        Ok(Outcome::TokenRevoked(_) | Outcome::Client(_) | Outcome::Noted)
        | Err(Rejection::Refused(_) | Rejection::Unavailable) => Err(Denial::Unavailable),
    }
}
