//! Verification that a request to the console's API comes from the console's own page (OWASP, "Cross-Site
//! Request Forgery Prevention").
//!
//! A browser sends the session's cookie with requests of any page. Besides the cookie, which is
//! `SameSite=Strict`, a request must therefore be marked by the browser as same-origin, must be JSON, which a
//! form can't send, and must carry the session's token in a header, which no other origin can read or add.

use crate::limits::LISTED_MAX;
use hyper::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, ORIGIN};
use jeton_management::ApiError;
use jeton_oauth::metadata::Issuer;

/// The `__Host-` prefix makes browsers insist on `Secure`, `Path=/` and no `Domain` (RFC 6265bis §4.1.3.2).
pub(super) const COOKIE_NAME: &str = "__Host-jeton";

/// Fetch Metadata Request Headers §2.3.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Checks the browser's own statement of a request's origin.
///
/// # Errors
/// `permission_denied`.
pub(super) fn check_fetch(headers: &HeaderMap) -> Result<(), ApiError> {
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
    match (sites.next(), sites.next()) {
        (None, None) => Ok(()),
        (Some(site), None) if site == "same-origin" => Ok(()),
        _ => Err(forged("the request comes from another site")),
    }
}

/// Checks the headers that a request with effects needs besides.
///
/// # Errors
/// `permission_denied`, `invalid_argument`.
pub(super) fn check_origin(headers: &HeaderMap, issuer: &Issuer) -> Result<(), ApiError> {
    let mut origins = headers.get_all(ORIGIN).iter();
    let origin = match (origins.next(), origins.next()) {
        (Some(origin), None) => origin.to_str().unwrap_or_default(),
        _ => return Err(forged("the request must have exactly one Origin header")),
    };
    if !is_own(origin, issuer) {
        return Err(forged(
            "the request comes from a foreign origin; open the console at the URL given by --issuer",
        ));
    }
    let content = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content.split(';').next().unwrap_or_default().trim() != "application/json" {
        return Err(ApiError::invalid("the request must have Content-Type: application/json"));
    }
    Ok(())
}

pub(super) fn forged(why: &str) -> ApiError {
    ApiError::forbidden(format!("{why}; only the console's own page may do this"))
}

/// True if this is the issuer's origin. A server on loopback has three names.
fn is_own(origin: &str, issuer: &Issuer) -> bool {
    let own = issuer.origin();
    if origin == own {
        return true;
    }
    let loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let port = loopback.iter().find_map(|host| own.strip_prefix(host));
    port.is_some_and(|port| {
        loopback.iter().any(|host| origin.strip_prefix(host).is_some_and(|rest| rest == port))
    })
}

/// The session's cookie, if there is exactly one.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = || headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = || lines().flat_map(|line| line.split(';'));
    // Longer lists are refused rather than cut off, because a second cookie could be in the rest.
    if pairs().nth(LISTED_MAX).is_some() {
        return None;
    }
    let mut found = pairs()
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_as_a_whole() {
        let issuer = Issuer::parse("https://id.example.com/tenant").unwrap();
        assert!(is_own("https://id.example.com", &issuer));
        for other in [
            "http://id.example.com",
            "https://id.example.com:8443",
            "https://id.example.com.evil.example",
            "https://evil.example/https://id.example.com",
            "https://sub.id.example.com",
            "https://ID.example.com",
            "null",
            "",
        ] {
            assert!(!is_own(other, &issuer), "{other}");
        }
    }

    #[test]
    fn a_server_on_loopback_has_three_names_and_one_port() {
        let issuer = Issuer::parse("http://127.0.0.1:8080").unwrap();
        for own in ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"] {
            assert!(is_own(own, &issuer), "{own}");
        }
        for other in
            ["http://localhost", "http://localhost:80800", "https://localhost:8080", "http://127.0.0.2:8080"]
        {
            assert!(!is_own(other, &issuer), "{other}");
        }
    }

    #[test]
    fn a_cookie_counts_only_if_there_is_exactly_one() {
        let headers = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(COOKIE, hyper::header::HeaderValue::from_static(line));
            }
            headers
        };
        assert_eq!(cookie(&headers(&["a=b; __Host-jeton=x; c=d"])), Some("x"));
        assert_eq!(cookie(&headers(&["a=b", "__Host-jeton=x"])), Some("x"));
        for lines in [
            &["__Host-jeton=x; __Host-jeton=y"][..],
            &["__Host-jeton=x", "__Host-jeton=x"],
            &["jeton=x"],
            &[],
        ] {
            assert_eq!(cookie(&headers(lines)), None, "{lines:?}");
        }
        let beside = |others: usize| {
            let line = format!("{}__Host-jeton=x", "a=b; ".repeat(others));
            HeaderMap::from_iter([(COOKIE, hyper::header::HeaderValue::from_str(&line).unwrap())])
        };
        assert_eq!(cookie(&beside(LISTED_MAX - 1)), Some("x"));
        assert_eq!(cookie(&beside(LISTED_MAX)), None, "too many");
    }
}
