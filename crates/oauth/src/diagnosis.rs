//! Diagnosis of malformed client authentication, for administrators: the client that it names, and the
//! fault.
//!
//! It examines the request only, and reads leniently where [`crate::credentials`] is strict: it accepts
//! nothing, it only names the mistake.

use crate::credentials::ClientRef;
use crate::form::{self, Form};
use crate::limits::AUTHORIZATION_BYTES_MAX;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use jeton_secret::{ClientSecret, PersonalAccessToken, SealedToken};
use zeroize::Zeroizing;

/// A fault of the presented secret, or of the way it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SecretFault {
    /// Another scheme, or a header that cannot be parsed.
    #[error("the Authorization header is not Basic with base64 of client id, colon and client secret")]
    Header,
    /// A client id without secret and assertion.
    #[error("no client secret and no assertion was sent")]
    Missing,
    /// An access token of this server.
    #[error("an access token was sent in place of the client secret")]
    Token,
    /// A client secret of this server, with other characters around it.
    #[error("the client secret was sent with spaces, quotes or a line break around it")]
    Wrapped,
    /// A text with the prefix of client secrets, but malformed.
    #[error("the client secret is not whole: it was cut off, or characters of it were changed")]
    Damaged,
    /// Any other text.
    #[error("the client secret is not one of this server: it is a placeholder, or another product's")]
    Foreign,
    /// A client secret of this server under a client id that no client can have.
    #[error("no client of this server can have this client id")]
    ClientId,
}

impl SecretFault {
    /// The machine-readable name of the fault.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Header => "malformed_authorization",
            Self::Missing => "no_secret",
            Self::Token => "token_as_secret",
            Self::Wrapped => "wrapped_secret",
            Self::Damaged => "damaged_secret",
            Self::Foreign => "foreign_secret",
            Self::ClientId => "malformed_client_id",
        }
    }

    /// The fault of a text that is not a client secret.
    pub fn of(secret: &str) -> Self {
        let is_around = |c: char| c.is_whitespace() || ['"', '\'', '`', '<', '>'].contains(&c);
        let trimmed = secret.trim_matches(is_around);
        if SealedToken::is_claimed_by(trimmed) || PersonalAccessToken::is_claimed_by(trimmed) {
            Self::Token
        } else if !ClientSecret::is_claimed_by(trimmed) {
            if trimmed.is_empty() { Self::Missing } else { Self::Foreign }
        } else if ClientSecret::parse(trimmed).is_err() {
            Self::Damaged
        } else if trimmed.len() < secret.len() {
            Self::Wrapped
        } else {
            Self::ClientId
        }
    }
}

/// Examines a request whose client authentication was refused before any client was looked up.
pub fn examine(authorization: Option<&[u8]>, form: Option<&Form<'_>>) -> (Option<ClientRef>, SecretFault) {
    let body_id = form.and_then(|form| form.client_id.as_ref()).map(form::Value::expose);
    let body_secret = form.and_then(|form| form.client_secret.as_ref()).map(form::Value::expose);
    let Some(authorization) = authorization else {
        return (named(body_id), body_secret.map_or(SecretFault::Missing, SecretFault::of));
    };
    let Some(pair) = pair(authorization) else { return (named(body_id), SecretFault::Header) };
    let (id, secret) = pair.split_once(':').unwrap_or((pair.as_str(), ""));
    (
        named(decoded(id).as_deref().map(String::as_str)).or(named(body_id)),
        SecretFault::of(&decoded_or_raw(secret)),
    )
}

fn named(id: Option<&str>) -> Option<ClientRef> {
    ClientRef::parse(id?.trim()).ok()
}

/// The decoded pair in Basic, also if padding is missing or it was not encoded at all.
fn pair(authorization: &[u8]) -> Option<Zeroizing<String>> {
    let (scheme, rest) = authorization.split_at_checked(6)?;
    if authorization.len() > AUTHORIZATION_BYTES_MAX || !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let rest = rest.trim_ascii();
    let bytes = STANDARD.decode(rest).or_else(|_| STANDARD_NO_PAD.decode(rest));
    let bytes = bytes.ok().or_else(|| rest.contains(&b':').then(|| rest.to_vec()))?;
    String::from_utf8(bytes).ok().map(Zeroizing::new)
}

fn decoded(text: &str) -> Option<Zeroizing<String>> {
    form::decode(text.as_bytes()).ok().map(|value| Zeroizing::new(value.expose().to_owned()))
}

fn decoded_or_raw(text: &str) -> Zeroizing<String> {
    decoded(text).unwrap_or_else(|| Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::client_secret;
    use crate::form::Parameters;

    fn basic(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    fn check(authorization: Option<&str>, body: &str, client: Option<&str>, fault: SecretFault) {
        let form = Form::parse(body.as_bytes(), Parameters::TOKEN_REQUEST).unwrap();
        let found = examine(authorization.map(str::as_bytes), Some(&form));
        let client = client.map(|client| ClientRef::parse(client).unwrap());
        assert_eq!(found, (client, fault), "{authorization:?} {body}");
    }

    #[test]
    fn a_malformed_secret_is_named_with_its_client() {
        let secret = client_secret();
        let secret = secret.expose();
        let billing = Some("billing");
        for (wrong, fault) in [
            ("hunter2", SecretFault::Foreign),
            ("YOUR_SECRET", SecretFault::Foreign),
            ("%zz", SecretFault::Foreign),
            (&secret[..secret.len() - 1], SecretFault::Damaged),
            (&secret.to_lowercase(), SecretFault::Damaged),
            ("jeton_cs_", SecretFault::Damaged),
            (&format!("{secret}\n"), SecretFault::Wrapped),
            (&format!("\"{secret}\""), SecretFault::Wrapped),
            ("jeton_at_x", SecretFault::Token),
            ("jeton_pat_x", SecretFault::Token),
            ("", SecretFault::Missing),
            ("\"\"", SecretFault::Missing),
        ] {
            check(Some(&basic(&format!("billing:{wrong}"))), "", billing, fault);
        }
        check(None, "client_id=billing&client_secret=hunter2", billing, SecretFault::Foreign);
        check(None, "client_id=billing", billing, SecretFault::Missing);
        check(Some(&basic("billing")), "", billing, SecretFault::Missing);
        check(Some(&basic("bil%6Cing:x")), "", billing, SecretFault::Foreign);
        check(Some(&basic(&format!("no\u{202e}name:{secret}"))), "", None, SecretFault::ClientId);
    }

    #[test]
    fn a_header_other_than_basic_is_named_with_the_client_of_the_body() {
        let billing = Some("billing");
        for header in ["Bearer x", "Basic", "Basic !", "", "Basic \u{e4}", "Digest username=\"billing\""] {
            check(Some(header), "client_id=billing", billing, SecretFault::Header);
            check(Some(header), "", None, SecretFault::Header);
        }
        check(Some("Basic billing:hunter2"), "", billing, SecretFault::Foreign);
        let unpadded = basic("billing:x");
        check(Some(unpadded.trim_end_matches('=')), "", billing, SecretFault::Foreign);
        let too_long = format!("Basic {}", "A".repeat(AUTHORIZATION_BYTES_MAX));
        check(Some(&too_long), "", None, SecretFault::Header);
    }

    #[test]
    fn a_client_is_named_also_when_the_body_can_not_be_read() {
        let header = basic("billing:x");
        assert_eq!(examine(Some(header.as_bytes()), None).0, ClientRef::parse("billing").ok());
        assert_eq!(examine(None, None).0, None);
    }
}
