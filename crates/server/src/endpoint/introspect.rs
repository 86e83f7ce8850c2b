//! `POST /oauth/v2/introspect` (RFC 7662): an API asks about a token that it received.

use super::client::{ClientRequest, use_assertion_up};
use super::live::with_token_for;
use crate::answer::{self, Answer};
use crate::app::Worker;
use crate::refusals::Refused;
use bytes::Bytes;
use hyper::StatusCode;
use jeton_oauth::authenticate::AuthenticatedClient;
use jeton_oauth::denial::Denial;
use jeton_oauth::form::Form;
use jeton_oauth::time::Moment;
use jeton_oauth::{grant, render};

/// Answers an introspection request.
///
/// Not an `async fn`, whose future would have the request inside it twice.
pub(super) fn answer(
    worker: &Worker,
    request: ClientRequest,
) -> impl Future<Output = Result<Answer, Refused>> {
    let now = worker.app.moment();
    async move {
        let form = request.form()?;
        let caller = request.authenticate(worker, &form, now)?.proof;
        let refused = |denial| Refused::of(caller.client().id, denial);
        use_assertion_up(worker, &caller).await.map_err(refused)?;
        let body = look(worker, &caller, &form, now).map_err(refused)?;
        worker.counters.note_introspection();
        Ok(answer::json(StatusCode::OK, body))
    }
}

fn look(
    worker: &Worker,
    caller: &AuthenticatedClient,
    form: &Form<'_>,
    now: Moment,
) -> Result<Bytes, Denial> {
    let app = &worker.app;
    let api = caller.client().api().ok_or(Denial::UnauthorizedClient)?;
    let text = form.token.as_ref().ok_or(Denial::TokenMissing)?;
    worker.courier.note_use(caller.credential(), now.wall);
    // Dead, unknown and for others are one answer, byte for byte, after the same work.
    let active = with_token_for(app, caller, text.expose(), now, |found| {
        grant::may_introspect(caller.client(), api, found.seen.token, found.seen.instance)
            .then(|| render::introspection(&found.seen, &app.issuer, &found.id, api.project))
    })?;
    Ok(active.map_or(Bytes::from_static(render::INACTIVE), Bytes::from))
}
