//! `POST /oauth/v2/introspect` (RFC 7662): an API asks about a token that it received.

use super::client::ClientRequest;
use super::live::with_token;
use crate::answer::{self, Answer};
use crate::app::Worker;
use crate::failures::Source;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use jeton_oauth::denial::Denial;
use jeton_oauth::{grant, render};

/// Answers an introspection request.
pub async fn answer(worker: &Worker, source: Source, request: Request<Incoming>) -> Answer {
    match introspect(worker, source, request).await {
        Ok(body) => answer::json(StatusCode::OK, body),
        Err(denial) => answer::denial(denial),
    }
}

async fn introspect(worker: &Worker, source: Source, request: Request<Incoming>) -> Result<Bytes, Denial> {
    let request = ClientRequest::receive(request, source).await?;
    let app = &worker.app;
    let now = app.now();
    let form = request.form()?;
    let caller = request.authenticate(worker, &form, now)?.proof;
    let api = caller.client().api().ok_or(Denial::UnauthorizedClient)?;
    let text = form.token.as_ref().ok_or(Denial::TokenMissing)?;
    worker.courier.note_use(caller.credential(), now);
    let default_project = app.policy.default_project;
    // Dead, unknown and somebody else's are one answer, byte for byte.
    let active = with_token(app, text.expose(), now, |token, opened| {
        grant::may_introspect(api, &token.facts.scopes, default_project)
            .then(|| render::introspection(token, &app.issuer, opened.id, default_project))
    })?;
    Ok(active.flatten().map_or(Bytes::from_static(render::INACTIVE), Bytes::from))
}
