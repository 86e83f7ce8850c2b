//! The server's identity and capabilities (RFC 8414, OpenID Connect Discovery 1.0).
//!
//! Only supported features are listed, with one exception. There is no sign-in, so an authorization
//! endpoint has no use. RFC 8414 §2 allows omitting it then, but OpenID Connect Discovery 1.0 §3 requires
//! it, and strict clients (the crate `openidconnect`) fail without it. So it is listed, and answers that
//! there is no sign-in. `response_types_supported` is required by both, and may not be empty (RFC 8414
//! §3.2): it has `none` (OAuth 2.0 Multiple Response Type Encoding Practices §4), which requests nothing.

use crate::assertion::JWT_BEARER_GRANT;
use jeton_domain::key::Algorithm;
use serde::Serialize;
use std::fmt;

/// Path of the authorization endpoint below the issuer, which always refuses.
pub const AUTHORIZATION_PATH: &str = "/oauth/v2/authorize";
/// Path of the token endpoint below the issuer.
pub const TOKEN_PATH: &str = "/oauth/v2/token";
/// Path of the introspection endpoint below the issuer.
pub const INTROSPECTION_PATH: &str = "/oauth/v2/introspect";
/// Path of the revocation endpoint below the issuer.
pub const REVOCATION_PATH: &str = "/oauth/v2/revoke";
/// Path of the userinfo endpoint below the issuer.
pub const USERINFO_PATH: &str = "/oidc/v1/userinfo";

/// Path of the web console below the issuer, ZITADEL's.
pub const CONSOLE_PATH: &str = "/ui/console";

/// Path of the JSON Web Key Set below the issuer.
pub const JWKS_PATH: &str = "/oauth/v2/keys";

/// The issuer identifier: a URL without query and fragment, kept byte for byte (RFC 8414 §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    text: Box<str>,
    /// The start of the path; the length if there is none.
    path_at: usize,
}

/// The reason a text is not an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// Not `https`, and not `http` on a loopback host.
    #[error("the issuer must begin with https:// (http:// is possible for localhost, 127.0.0.1 and [::1])")]
    Scheme,
    /// No host, a user, or an invalid character.
    #[error("the issuer must be a URL such as https://id.example.com, optionally with a port and a path")]
    Malformed,
    /// A query or a fragment.
    #[error("the issuer must have neither query nor fragment (RFC 8414 section 2)")]
    QueryOrFragment,
    /// A slash at the end, which clients lose or add.
    #[error("the issuer must not end with a slash")]
    TrailingSlash,
}

impl Issuer {
    /// Parses an issuer.
    ///
    /// # Errors
    /// The [`IssuerError`] of the first broken rule.
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(IssuerError::Scheme),
        };
        if rest.contains(['?', '#']) {
            return Err(IssuerError::QueryOrFragment);
        }
        if rest.ends_with('/') {
            return Err(IssuerError::TrailingSlash);
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let host = host(authority).ok_or(IssuerError::Malformed)?;
        if !secure && !["localhost", "127.0.0.1", "[::1]"].contains(&host) {
            return Err(IssuerError::Scheme);
        }
        let is_path = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
        if path.len() > 200 || !path.bytes().all(is_path) || path.contains("//") {
            return Err(IssuerError::Malformed);
        }
        Ok(Self { text: text.into(), path_at: text.len() - path.len() })
    }

    /// The issuer as it was configured.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port (RFC 6454 §6.2), in the configured spelling; equal to a browser's `Origin`
    /// if it was spelled as browsers do.
    pub fn origin(&self) -> &str {
        self.text.get(..self.path_at).unwrap_or_default()
    }

    /// The path, empty or beginning with a slash; endpoints are below it.
    pub fn path(&self) -> &str {
        self.text.get(self.path_at..).unwrap_or_default()
    }
}

/// The host of `host [ ":" port ]`, if both are well-formed.
fn host(authority: &str) -> Option<&str> {
    let end = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority.get(end..)?.find(':') {
        Some(colon) => (authority.get(..end + colon)?, authority.get(end + colon + 1..)),
        None => (authority, None),
    };
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
    let is_address = |b: u8| b.is_ascii_hexdigit() || b":.".contains(&b);
    let good_host = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => !inner.is_empty() && inner.bytes().all(is_address),
        None => !host.is_empty() && host.len() <= 253 && host.bytes().all(is_name),
    };
    let good_port = port.is_none_or(|port| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port != 0)
    });
    (good_host && good_port).then_some(host)
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The methods of client authentication at all three endpoints that require it.
pub const AUTHENTICATION_METHODS: [&str; 3] =
    ["client_secret_basic", "client_secret_post", "private_key_jwt"];

/// The methods at the introspection endpoint: client authentication, or the token of a service user (RFC
/// 8414 §2 takes both names from registries that share none).
const INTROSPECTION_METHODS: [&str; 4] = {
    let [one, two, three] = AUTHENTICATION_METHODS;
    [one, two, three, "Bearer"]
};

/// The grants of the token endpoint.
pub const GRANT_TYPES: [&str; 2] = ["client_credentials", JWT_BEARER_GRANT];

/// The metadata document; the same at both well-known places.
#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a str,
    authorization_endpoint: String,
    token_endpoint: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    grant_types_supported: [&'a str; 2],
    response_types_supported: [&'a str; 1],
    subject_types_supported: [&'a str; 1],
    scopes_supported: Vec<&'a str>,
    claims_supported: [&'a str; 7],
    id_token_signing_alg_values_supported: [&'a str; 10],
    token_endpoint_auth_methods_supported: [&'a str; 3],
    token_endpoint_auth_signing_alg_values_supported: [&'a str; 10],
    introspection_endpoint_auth_methods_supported: [&'a str; 4],
    introspection_endpoint_auth_signing_alg_values_supported: [&'a str; 10],
    revocation_endpoint_auth_methods_supported: [&'a str; 3],
    revocation_endpoint_auth_signing_alg_values_supported: [&'a str; 10],
}

/// The discovery document.
pub fn document(issuer: &Issuer) -> Vec<u8> {
    let metadata = Metadata {
        issuer: &issuer.text,
        authorization_endpoint: format!("{issuer}{AUTHORIZATION_PATH}"),
        token_endpoint: format!("{issuer}{TOKEN_PATH}"),
        introspection_endpoint: format!("{issuer}{INTROSPECTION_PATH}"),
        revocation_endpoint: format!("{issuer}{REVOCATION_PATH}"),
        userinfo_endpoint: format!("{issuer}{USERINFO_PATH}"),
        jwks_uri: format!("{issuer}{JWKS_PATH}"),
        grant_types_supported: GRANT_TYPES,
        response_types_supported: ["none"],
        subject_types_supported: ["public"],
        scopes_supported: jeton_domain::scope::StandardScope::ALL
            .into_iter()
            .map(|scope| scope.as_str())
            .collect(),
        claims_supported: ["iss", "sub", "aud", "exp", "iat", "name", "preferred_username"],
        id_token_signing_alg_values_supported: Algorithm::NAMES,
        token_endpoint_auth_methods_supported: AUTHENTICATION_METHODS,
        token_endpoint_auth_signing_alg_values_supported: Algorithm::NAMES,
        introspection_endpoint_auth_methods_supported: INTROSPECTION_METHODS,
        introspection_endpoint_auth_signing_alg_values_supported: Algorithm::NAMES,
        revocation_endpoint_auth_methods_supported: AUTHENTICATION_METHODS,
        revocation_endpoint_auth_signing_alg_values_supported: Algorithm::NAMES,
    };
    serde_json::to_vec(&metadata).expect("strings and lists of them are always JSON")
}

#[cfg(test)]
mod tests;
