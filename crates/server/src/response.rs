//! Response shapes shared by all endpoints.

use bytes::Bytes;
use http_body_util::Full;
use hyper::StatusCode;
use hyper::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE,
};
use jeton_oauth::denial::Denial;
use jeton_oauth::render;

/// The response of every endpoint.
pub type Response = hyper::Response<Full<Bytes>>;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// JSON that no cache may store (RFC 6749 §5.1), errors included.
pub fn json(status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = hyper::Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(4);
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(PRAGMA, NO_CACHE);
    response
}

/// A public document, cacheable for a while and readable from any web page (RFC 8414 §3).
pub fn document(body: Bytes) -> Response {
    let mut response = hyper::Response::new(Full::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(hyper::header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// An OAuth error response, as the protocol's table defines it.
pub fn denial(denial: Denial) -> Response {
    let appearance = denial.appearance();
    let status = StatusCode::from_u16(appearance.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match appearance.error {
        Some(_) => json(status, render::denial(denial)),
        None => nothing_more(status),
    };
    let headers = response.headers_mut();
    if let Some(challenge) = appearance.challenge {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if denial == Denial::Compressed {
        // RFC 9110 §15.5.16.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    if let Some(seconds) = denial.retry_after_seconds() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The status with an empty JSON object, for clients that parse JSON with any status.
pub fn nothing_more(status: StatusCode) -> Response {
    json(status, &b"{}"[..])
}

/// A bare status, for responses in which HTTP allows no body.
pub fn empty(status: StatusCode) -> Response {
    let mut response = hyper::Response::new(Full::default());
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    response.headers_mut().insert(PRAGMA, NO_CACHE);
    response
}

/// 404, no such path.
pub fn not_found() -> Response {
    json(
        StatusCode::NOT_FOUND,
        &br#"{"error":"not_found","error_description":"there is nothing at this path"}"#[..],
    )
}

/// 405 with the methods that the path supports (RFC 9110 §15.5.6).
pub fn method_not_allowed(allow: HeaderValue) -> Response {
    let body = br#"{"error":"invalid_request","error_description":"this method is not allowed here, see the Allow header"}"#;
    let mut response = json(StatusCode::METHOD_NOT_ALLOWED, &body[..]);
    response.headers_mut().insert(ALLOW, allow);
    response
}

/// 204 with the methods that the path supports, for OPTIONS.
pub fn options(allow: HeaderValue) -> Response {
    let mut response = empty(StatusCode::NO_CONTENT);
    response.headers_mut().insert(ALLOW, allow);
    response
}

/// 501, a method unknown at every path (RFC 9110 §15.6.2).
pub fn unknown_method() -> Response {
    json(
        StatusCode::NOT_IMPLEMENTED,
        &br#"{"error":"invalid_request","error_description":"this method is unknown"}"#[..],
    )
}

/// 400, the host is missing, repeated or malformed (RFC 9112 §3.2).
pub fn bad_host() -> Response {
    json(
        StatusCode::BAD_REQUEST,
        &br#"{"error":"invalid_request","error_description":"the request must have one valid Host"}"#[..],
    )
}

/// 503 where memory is at its limit. Over HTTP/2 it has no body: headers leave regardless of the peer's
/// windows, but the stream of a body that is not read would stay in memory here, and is no longer counted.
pub fn no_room(is_http2: bool) -> Response {
    let body = br#"{"error":"temporarily_unavailable","error_description":"too much memory is in use for other requests, try again in a second"}"#;
    let mut response = match is_http2 {
        true => empty(StatusCode::SERVICE_UNAVAILABLE),
        false => json(StatusCode::SERVICE_UNAVAILABLE, &body[..]),
    };
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// 431, too many header fields (RFC 6585 §5).
pub fn too_many_fields() -> Response {
    json(
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        &br#"{"error":"invalid_request","error_description":"the request has too many header fields"}"#[..],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::body::Body;

    #[test]
    fn the_answer_for_want_of_memory_is_json_except_over_http2() {
        for is_http2 in [false, true] {
            let response = no_room(is_http2);
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers().get(RETRY_AFTER), Some(&HeaderValue::from_static("1")));
            assert_eq!(response.body().size_hint().exact() == Some(0), is_http2);
            assert_eq!(response.headers().get(CONTENT_TYPE), Some(&JSON).filter(|_| !is_http2));
        }
    }
}
