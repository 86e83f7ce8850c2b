//! `GET /oauth/v2/keys`: the public keys that verify our tokens (RFC 7517 §5).

use crate::answer::{self, Answer};
use crate::app::App;
use hyper::body::Incoming;
use hyper::header::{ETAG, IF_NONE_MATCH};
use hyper::{Request, StatusCode};
use jeton_oauth::denial::Denial;

/// Answers with the key set, or says that the caller has it already.
pub fn answer(app: &App, request: &Request<Incoming>) -> Answer {
    let Ok(snapshot) = app.store.snapshot() else { return answer::denial(Denial::Unavailable) };
    let ring = app.signing.ring(&snapshot);
    let known = request
        .headers()
        .get_all(IF_NONE_MATCH)
        .iter()
        .any(|value| names(value.as_bytes(), ring.etag.as_bytes()));
    let mut response = answer::document(if known { bytes::Bytes::new() } else { ring.jwks.clone() });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response.headers_mut().insert(ETAG, ring.etag.clone());
    response
}

/// Whether an `If-None-Match` field (RFC 9110 §13.1.2) has this validator, weakly compared.
fn names(field: &[u8], etag: &[u8]) -> bool {
    field == b"*"
        || field
            .split(|byte| *byte == b',')
            .map(<[u8]>::trim_ascii)
            .any(|listed| listed.strip_prefix(b"W/").unwrap_or(listed) == etag)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_validator_is_found_in_a_list_strong_or_weak() {
        for field in ["\"1-2\"", "*", "W/\"1-2\"", "\"0\", \"1-2\"", "\"0\" ,W/\"1-2\""] {
            assert!(names(field.as_bytes(), b"\"1-2\""), "{field}");
        }
        for field in ["", "\"1\"", "1-2", "\"1-2", "\"1-2\"x"] {
            assert!(!names(field.as_bytes(), b"\"1-2\""), "{field}");
        }
    }
}
