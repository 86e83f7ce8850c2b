//! `POST /oauth/v2/token` (RFC 6749 §4.4, RFC 7523 §2.1): the hot path.
//!
//! The body is awaited, and the queue of an assertion, before this begins (`endpoint.rs`). Other awaits occur
//! only in uncommon cases: an assertion that is used up, and signatures under signing load. Cost sketch per
//! opaque token: 32 bytes of ChaCha20, 2 BLAKE3 compressions for the secret, one seal of AES-256-GCM-SIV (0.2
//! us), about ten small allocations. The rest is hyper and the kernel. A JWT costs a signature instead of the
//! seal.

use super::client::{ClientRequest, use_assertion_up};
use super::issue;
use super::posted::Posted;
use crate::oauth::{OAuth, OAuthWorker};
use crate::refused::Refused;
use crate::response::{self, Response};
use hyper::StatusCode;
use jeton_domain::resource::Resource;
use jeton_domain::time::Moment;
use jeton_oauth::denial::Denial;
use jeton_oauth::form::Form;
use jeton_oauth::grant::{self, GrantType, Target};

/// Answers a token request.
///
/// Not an `async fn`: the returned future contains nothing of the request.
pub(super) fn answer<'w>(
    worker: &'w OAuthWorker,
    request: &ClientRequest,
    posted: &Posted<'_>,
) -> impl Future<Output = Result<Response, Refused>> + use<'w> {
    let decided = decide(worker, request, posted, worker.oauth.moment());
    async move {
        let (decided, grant_type) = decided?;
        let client = decided.grant.facts.client;
        if let Some(beside) = &decided.beside {
            use_assertion_up(worker, beside).await.map_err(|denial| Refused::of(client, denial))?;
        }
        let body = issue::issue(worker, &decided).await.map_err(|denial| {
            let denial = match (grant_type, denial) {
                // The assertion was the grant, so it is the grant that failed (RFC 7521 §4.1.1).
                (GrantType::JwtBearer, Denial::InvalidClient) => Denial::InvalidGrant,
                (_, denial) => denial,
            };
            Refused::of(client, denial)
        })?;
        let grant = &decided.grant;
        worker.counters.note_issued(grant.facts.issued.until(grant.expires).careful);
        Ok(response::json(StatusCode::OK, body))
    }
}

/// Authenticates the client first, then looks at the rest of the request.
fn decide(
    worker: &OAuthWorker,
    request: &ClientRequest,
    posted: &Posted<'_>,
    now: Moment,
) -> Result<(issue::Decided, GrantType), Refused> {
    let oauth = &worker.oauth;
    let form = posted.form;
    let grant_type = GrantType::of(form);
    let (proof, beside) = match grant_type {
        Ok(GrantType::JwtBearer) => request.authenticate_grant(worker, posted, now)?,
        Ok(GrantType::ClientCredentials) | Err(_) => (request.authenticate(worker, posted, now)?, None),
    };
    let refused = |denial| Refused::of(proof.client().id, denial);
    let grant_type = grant_type.map_err(refused)?;
    let snapshot = oauth.store.snapshot().map_err(|_| Denial::Unavailable)?;
    let targets = targets(oauth, form).map_err(refused)?;
    let grant = grant::decide(&proof, form, &targets, &oauth.policy, snapshot.instance(), now);
    let grant = grant.map_err(refused)?;
    Ok((issue::Decided { proof, beside, grant }, grant_type))
}

/// The APIs that the request names (RFC 8707 §2).
fn targets(oauth: &OAuth, form: &Form<'_>) -> Result<Vec<Target>, Denial> {
    let mut targets: Vec<Target> = Vec::new();
    for value in &form.resources {
        let resource = Resource::parse(value.expose()).map_err(|_| Denial::InvalidTarget)?;
        let snapshot = oauth.store.snapshot().map_err(|_| Denial::Unavailable)?;
        let known = snapshot.api_by_resource(&resource).map_err(|_| Denial::Unavailable)?;
        let known = known.ok_or(Denial::InvalidTarget)?;
        let api = known.client.api().ok_or(Denial::InvalidTarget)?;
        let target = Target { api: known.client.id, project: api.project, resource };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(targets)
}
