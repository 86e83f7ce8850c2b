//! The console's files, and the response headers that restrict what a browser may do with them.

use crate::document;
use crate::response::{self, Response};
use bytes::Bytes;
use http_body_util::Full;
use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName,
    HeaderValue, LOCATION, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use jeton_oauth::metadata::Issuer;

/// Adds the security headers of every console response.
pub(super) fn protect(issuer: &Issuer, headers: &mut HeaderMap) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, jeton_console::CONTENT_SECURITY_POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    set(REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    );
    if issuer.as_str().starts_with("https://") {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// A redirect to the page, relative, so that it works wherever a proxy mounts the console.
pub(super) fn redirect() -> Response {
    let mut answer = response::empty(StatusCode::FOUND);
    answer.headers_mut().insert(LOCATION, HeaderValue::from_static("console/"));
    answer
}

pub(super) fn file(path: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = jeton_console::asset(path) else { return response::not_found() };
    let Ok(etag) = HeaderValue::from_str(&asset.etag) else { return response::not_found() };
    let (is_known, takes_gzip) = (document::is_known(headers, &etag), document::takes_gzip(headers));
    let body = match (is_known, takes_gzip) {
        (true, _) => Bytes::new(),
        (false, true) => Bytes::from_static(&asset.gzip),
        (false, false) => Bytes::from_static(asset.bytes),
    };
    let mut answer = hyper::Response::new(Full::new(body));
    let fields = answer.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    fields.insert(ETAG, etag);
    fields.insert(VARY, HeaderValue::from_static("accept-encoding"));
    // Revalidated each time, and answered with 304 as long as the server is the same version.
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if is_known {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    } else if takes_gzip {
        answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}
