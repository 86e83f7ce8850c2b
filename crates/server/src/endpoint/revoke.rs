//! `POST /oauth/v2/revoke` (RFC 7009): a client gives a token of its own back.
//!
//! An unknown token, a dead one, junk and another client's token are all answered with 200 and
//! without effect: a client that does not own a token learns nothing about it.

use super::client::{ClientRequest, rejected, use_assertion_up};
use super::live::with_token;
use crate::answer::{self, Answer};
use crate::app::Worker;
use crate::failures::Source;
use crate::refusals::{Origin, Refused};
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use jeton_oauth::authenticate::AuthenticatedClient;
use jeton_oauth::denial::Denial;
use jeton_oauth::form::Form;
use jeton_oauth::metadata::REVOCATION_PATH;
use jeton_oauth::time::Timestamp;
use jeton_store::Command;

/// Answers a revocation request: 200 when the token is dead, durably.
pub async fn answer(worker: &Worker, source: Source, request: Request<Incoming>) -> Answer {
    match revoke(worker, source, request).await {
        Ok(()) => answer::empty(StatusCode::OK),
        Err(refused) => refused.answer(worker, Origin { source, endpoint: REVOCATION_PATH }),
    }
}

async fn revoke(worker: &Worker, source: Source, request: Request<Incoming>) -> Result<(), Refused> {
    let request = ClientRequest::receive(request, source).await?;
    let now = worker.app.now();
    let form = request.form()?;
    let caller = request.authenticate(worker, &form, now)?.proof;
    let refused = |denial| Refused::of(caller.client().id, denial);
    use_assertion_up(worker, &caller).await.map_err(refused)?;
    let Some(command) = decide(worker, &caller, &form, now).map_err(refused)? else { return Ok(()) };
    match worker.courier.deliver(command).await {
        Ok(_) => Ok(()),
        Err(rejection) => Err(refused(rejected(rejection))),
    }
}

/// The command that kills the token, if it is there and the client's.
fn decide(
    worker: &Worker,
    caller: &AuthenticatedClient,
    form: &Form<'_>,
    now: Timestamp,
) -> Result<Option<Command>, Denial> {
    let text = form.token.as_ref().ok_or(Denial::TokenMissing)?;
    worker.courier.note_use(caller.credential(), now);
    let command = with_token(&worker.app, text.expose(), now, |found| {
        let own = found.seen.token.client.id == caller.client().id;
        own.then(|| found.revocation())
    })?;
    Ok(command.flatten())
}
