//! `POST /oauth/v2/introspect` (RFC 7662): an API asks about a token that it received, or a service user with
//! the right to introspect does, as the bearer of a token of its own (§2.1).

use super::client::{ClientRequest, use_assertion_up};
use super::posted::Posted;
use crate::oauth::{OAuth, OAuthWorker};
use crate::refused::Refused;
use crate::response::{self, Response};
use bytes::Bytes;
use hyper::StatusCode;
use jeton_domain::client::Client;
use jeton_domain::id::ProjectId;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::time::Moment;
use jeton_domain::token::AccessTokenFacts;
use jeton_oauth::authenticate::AuthenticatedClient;
use jeton_oauth::denial::Denial;
use jeton_oauth::form::Form;
use jeton_oauth::{grant, render};
use jeton_store::Snapshot;
use jeton_tokens::Asking;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::hint::black_box;

/// Answers an introspection request.
pub(super) async fn answer(
    worker: &OAuthWorker,
    request: &ClientRequest,
    posted: &Posted<'_>,
) -> Result<Response, Refused> {
    let (form, now) = (posted.form, worker.oauth.moment());
    if let Some(bearer) = request.bearer(form) {
        let body = look_for_bearer(&worker.oauth, bearer?, form, now)?;
        worker.counters.note_introspection();
        return Ok(response::json(StatusCode::OK, body));
    }
    let caller = request.authenticate(worker, posted, now)?;
    let refused = |denial| Refused::of(caller.client().id, denial);
    use_assertion_up(worker, &caller).await.map_err(refused)?;
    let body = look(worker, &caller, form, now).map_err(refused)?;
    worker.counters.note_introspection();
    Ok(response::json(StatusCode::OK, body))
}

fn look(
    worker: &OAuthWorker,
    caller: &AuthenticatedClient,
    form: &Form<'_>,
    now: Moment,
) -> Result<Bytes, Denial> {
    let oauth = &worker.oauth;
    let api = caller.client().api().ok_or(Denial::UnauthorizedClient)?;
    let text = form.token.as_ref().ok_or(Denial::TokenMissing)?;
    worker.store_handle.note_use(caller.credential(), now.wall);
    // Inactive, unknown and foreign tokens get one answer, byte for byte, after the same work.
    let active = oauth.tokens.with_token_for(caller.into(), text.expose(), now, |found| {
        grant::may_introspect(caller.client(), api, found.seen().token, found.seen().instance)
            .then(|| render::introspection(found.seen(), &oauth.issuer, &found.id(), &[api.project]))
    })?;
    Ok(active.map_or(Bytes::from_static(render::INACTIVE), Bytes::from))
}

/// Introspection for the bearer of a token, who sees tokens for projects in which it may introspect. A bearer
/// with a valid token is known, so its refusals are logged with its user.
fn look_for_bearer(oauth: &OAuth, bearer: &str, form: &Form<'_>, now: Moment) -> Result<Bytes, Refused> {
    let caller = oauth.tokens.with_token(bearer, now, |found| {
        let (token, instance) = (found.seen().token, found.seen().instance);
        let refused = |denial| Err(Refused::of(token.client.id, denial));
        let is_for = grant::audience(token.facts, token.client, instance);
        if !is_for.into_iter().any(|project| project == instance.management_project) {
            return refused(Denial::InsufficientAudience);
        }
        if !token.client.may_somewhere(Permission::TokenIntrospect) {
            return refused(Denial::InsufficientPermission);
        }
        Ok(Bearer { client: token.client.clone(), facts: token.facts.clone() })
    })?;
    let caller = caller.ok_or(Denial::InvalidBearer)??;
    look_as_bearer(oauth, &caller, form, now).map_err(|denial| Refused::of(caller.client.id, denial))
}

/// A service user that introspects, and its own token.
struct Bearer {
    client: Client,
    facts: AccessTokenFacts,
}

fn look_as_bearer(oauth: &OAuth, caller: &Bearer, form: &Form<'_>, now: Moment) -> Result<Bytes, Denial> {
    let text = form.token.as_ref().ok_or(Denial::TokenMissing)?;
    let asking = Asking(caller.client.id, caller.facts.credential);
    let is_live = Cell::new(false);
    let active = oauth.tokens.with_token_for(asking, text.expose(), now, |found| {
        is_live.set(true);
        let seen = found.seen();
        let shown = match visible(oauth, caller, (seen.token.client, seen.token.facts)) {
            Ok(shown) => shown,
            Err(denial) => return Some(Err(denial)),
        };
        let body = || render::introspection(seen, &oauth.issuer, &found.id(), &shown);
        (!shown.is_empty()).then(|| Ok(body()))
    })?;
    if !is_live.get() {
        // The same work as for a live token that is not shown.
        black_box(visible(oauth, caller, (&caller.client, &caller.facts)).is_ok());
    }
    active.transpose().map(|body| body.map_or(Bytes::from_static(render::INACTIVE), Bytes::from))
}

/// The projects that a token is for and in which the caller may introspect.
fn visible(
    oauth: &OAuth,
    caller: &Bearer,
    token: (&Client, &AccessTokenFacts),
) -> Result<Vec<ProjectId>, Denial> {
    let snapshot = oauth.store.snapshot().map_err(|_| Denial::Unavailable)?;
    let instance = snapshot.instance();
    let place = |id: &ProjectId| {
        instance
            .project(*id)
            .map_or(ResourcePath::Instance, |project| ResourcePath::Project(project.organization, *id))
    };
    let mut projects = projects(&snapshot, token)?;
    projects.retain(|id| caller.client.may(Permission::TokenIntrospect, place(id)));
    Ok(projects.into_iter().collect())
}

/// The projects that a token is for: by its scopes, by the APIs that it names, or for a personal access token
/// by authorizations.
fn projects(
    snapshot: &Snapshot,
    (client, facts): (&Client, &AccessTokenFacts),
) -> Result<BTreeSet<ProjectId>, Denial> {
    let instance = snapshot.instance();
    let mut projects: BTreeSet<_> = grant::audience(facts, client, instance).collect();
    for api in &facts.resources {
        let known = snapshot.client(*api).map_err(|_| Denial::Unavailable)?;
        projects.extend(known.and_then(|known| known.client.api().map(|api| api.project)));
    }
    if facts.personal {
        projects.extend(grant::personal_audience(client, instance));
    }
    projects.retain(|project| instance.admits(client, *project));
    Ok(projects)
}
