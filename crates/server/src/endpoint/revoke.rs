//! `POST /oauth/v2/revoke` (RFC 7009): a client gives a token of its own back.
//!
//! An unknown token, a dead one, junk and another client's token are all answered with 200 and
//! without effect: a client that does not own a token learns nothing about it.

use super::client::ClientRequest;
use super::live::with_token;
use crate::answer::{self, Answer};
use crate::app::Worker;
use crate::failures::Source;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use jeton_oauth::denial::Denial;
use jeton_store::{Command, Outcome, Rejection};

/// Answers a revocation request: 200 when the token is dead, durably.
pub async fn answer(worker: &Worker, source: Source, request: Request<Incoming>) -> Answer {
    match revoke(worker, source, request).await {
        Ok(()) => answer::empty(StatusCode::OK),
        Err(denial) => answer::denial(denial),
    }
}

async fn revoke(worker: &Worker, source: Source, request: Request<Incoming>) -> Result<(), Denial> {
    let request = ClientRequest::receive(request, source).await?;
    let Some(command) = decide(worker, &request)? else { return Ok(()) };
    match worker.courier.deliver(command).await {
        Ok(Outcome::TokenRevoked(_)) => Ok(()),
        Err(Rejection::QueueFull) => Err(Denial::Overloaded),
        Ok(Outcome::Issued(_) | Outcome::Client(_) | Outcome::Noted)
        | Err(Rejection::Refused(_) | Rejection::NoLongerHolds | Rejection::Unavailable) => {
            Err(Denial::Unavailable)
        }
    }
}

/// The command that kills the token, if it is there and the client's.
fn decide(worker: &Worker, request: &ClientRequest) -> Result<Option<Command>, Denial> {
    let now = worker.app.now();
    let form = request.form()?;
    let caller = request.authenticate(worker, &form, now)?.proof;
    let text = form.token.as_ref().ok_or(Denial::TokenMissing)?;
    worker.courier.note_use(caller.credential(), now);
    let command = with_token(&worker.app, text.expose(), now, |token, opened| {
        let own = token.client.id == caller.client().id;
        own.then_some(Command::RevokeToken { key: token.key, digest: opened.digest })
    })?;
    Ok(command.flatten())
}
