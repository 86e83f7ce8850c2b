//! `POST /oauth/v2/revoke` (RFC 7009): a client revokes a token of its own.
//!
//! An unknown token, a dead one, malformed text and another client's token are all answered with 200 and
//! without effect: a client that does not own a token learns nothing about it.

use super::client::{ClientRequest, rejected, use_assertion_up};
use super::posted::Posted;
use crate::oauth::OAuthWorker;
use crate::refused::Refused;
use crate::response::{self, Response};
use hyper::StatusCode;
use jeton_domain::time::Moment;
use jeton_oauth::authenticate::AuthenticatedClient;
use jeton_oauth::denial::Denial;
use jeton_oauth::form::Form;
use jeton_store::Command;

/// Answers a revocation request: 200 once the revocation is durable.
pub(super) async fn answer(
    worker: &OAuthWorker,
    request: &ClientRequest,
    posted: &Posted<'_>,
) -> Result<Response, Refused> {
    let (form, now) = (posted.form, worker.oauth.moment());
    let caller = request.authenticate(worker, posted, now)?;
    let refused = |denial| Refused::of(caller.client().id, denial);
    use_assertion_up(worker, &caller).await.map_err(refused)?;
    if let Some(command) = decide(worker, &caller, form, now).map_err(refused)? {
        let revoked = worker.store_handle.submit(command).await;
        revoked.map_err(|rejection| refused(rejected(rejection)))?;
    }
    Ok(response::nothing_more(StatusCode::OK))
}

/// The command that ends the token permanently, if it is the client's.
fn decide(
    worker: &OAuthWorker,
    caller: &AuthenticatedClient,
    form: &Form<'_>,
    now: Moment,
) -> Result<Option<Command>, Denial> {
    let text = form.token.as_ref().ok_or(Denial::TokenMissing)?;
    worker.store_handle.note_use(caller.credential(), now.wall);
    let revocation = worker.oauth.tokens.revocation_of_own(caller.into(), text.expose(), now)?;
    Ok(revocation.map(|revocation| revocation.command(now.wall)))
}
