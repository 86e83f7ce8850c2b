//! `GET /oauth/v2/keys`: the public keys that verify our tokens (RFC 7517 §5).

use crate::body::Incoming;
use crate::document;
use crate::oauth::OAuth;
use crate::response::{self, Response};
use hyper::header::{ETAG, HeaderValue};
use hyper::{Request, StatusCode};
use jeton_oauth::denial::Denial;

/// Answers with the key set, or with 304 if the caller has it already. A set that lacks unreadable keys would
/// make verifiers refuse valid tokens, so it is not served.
pub fn answer(oauth: &OAuth, request: &Request<Incoming>) -> Response {
    let Ok(snapshot) = oauth.store.snapshot() else { return response::denial(Denial::Unavailable) };
    if snapshot.signing_keys().is_lost {
        return response::denial(Denial::Unavailable);
    }
    let ring = oauth.tokens.signing_keys().ring(&snapshot);
    let etag = HeaderValue::from_maybe_shared(ring.etag.clone()).unwrap_or(HeaderValue::from_static("\"\""));
    let is_known = document::is_known(request.headers(), &etag);
    let mut response = response::document(if is_known { bytes::Bytes::new() } else { ring.jwks.clone() });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response.headers_mut().insert(ETAG, etag);
    response
}
