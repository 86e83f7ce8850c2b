//! Untrusted signed tokens: the compact serialization of RFC 7515 §7.1, parsed strictly.
//!
//! ```text
//! BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature)
//! ```
//! The result is *unverified*: usable for finding the key, for nothing else. Refused before any key is
//! looked up: other numbers of parts, padding and non-canonical base64url, repeated members, `alg`
//! outside the list, `crit` and `b64` (no extension is supported), keys and key addresses inside the
//! header (RFC 8725 §3.10), nested tokens and texts over the size limits.
//!
//! The payload is parsed on demand only: where the header alone names the key, an untrusted payload is
//! not read before its signature was verified.

use crate::json::{self, NotAnObject};
use crate::limits::{JWS_HEADER_BYTES_MAX, JWS_SIGNATURE_BYTES_MAX, JWS_VALUES_MAX};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_domain::key::Algorithm;
use serde_json::{Map, Value};

/// The maximal length of a token in characters.
pub const JWS_BYTES_MAX: usize = 16 * 1024;
/// The maximal length of a key id in bytes.
pub const KEY_ID_BYTES_MAX: usize = 128;

/// The reason a text is not a signed token. Internal only: the wire sees one denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Malformed {
    /// More than [`JWS_BYTES_MAX`], [`JWS_HEADER_BYTES_MAX`] or [`JWS_SIGNATURE_BYTES_MAX`].
    #[error("token is too long")]
    TooLong,
    /// Not three parts.
    #[error("token does not have three parts")]
    Parts,
    /// Padding, another alphabet, or spare bits that are not zero.
    #[error("token is not canonical base64url")]
    Encoding,
    /// Header or payload is not an object with unique members of the right types.
    #[error("header or payload is not a proper JSON object")]
    Json,
    /// `alg` is missing or not one of [`Algorithm::ALL`].
    #[error("algorithm is not supported")]
    Algorithm,
    /// The header has a member that would change what the signature means.
    #[error("header asks for something that is not supported")]
    Header,
}

impl From<NotAnObject> for Malformed {
    fn from(_: NotAnObject) -> Self {
        Self::Json
    }
}

/// A parsed token, not verified.
#[derive(Debug)]
pub struct Unverified<'a> {
    /// The members of the header.
    pub header: Header,
    payload: &'a str,
    /// The signed text: encoded header, dot, encoded payload.
    pub signing_input: &'a [u8],
    /// The signature.
    pub signature: Vec<u8>,
}

/// The header members that this crate uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The claimed algorithm; only the key's own is accepted.
    pub algorithm: Algorithm,
    /// The claimed key (`kid`); none if that is empty or `null`.
    pub key_id: Option<Box<str>>,
    /// The claimed kind of token (`typ`, RFC 8725 §3.11).
    pub kind: Option<Box<str>>,
}

/// Header members that carry a key, change the encoding, or must be understood.
const REFUSED_MEMBERS: [&str; 8] = ["crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "enc"];

impl<'a> Unverified<'a> {
    /// Parses a token.
    ///
    /// # Errors
    /// [`Malformed`] for the first broken rule.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        if text.len() > JWS_BYTES_MAX {
            return Err(Malformed::TooLong);
        }
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Malformed::Parts);
        };
        if header.len() > JWS_HEADER_BYTES_MAX || signature.len() > JWS_SIGNATURE_BYTES_MAX {
            return Err(Malformed::TooLong);
        }
        let signed = header.len().saturating_add(1).saturating_add(payload.len());
        Ok(Self {
            header: Header::parse(&decode(header)?)?,
            payload,
            signing_input: text.as_bytes().get(..signed).ok_or(Malformed::Parts)?,
            signature: decode(signature)?,
        })
    }

    /// The members of the payload, for a verified signature. Before verification, use [`Self::claimed`].
    ///
    /// # Errors
    /// [`Malformed::Encoding`], [`Malformed::Json`].
    pub fn payload(&self) -> Result<Map<String, Value>, Malformed> {
        Ok(json::object(&decode(self.payload)?)?)
    }

    /// The members of an unverified payload of at most [`JWS_VALUES_MAX`] values: usable for finding a
    /// key, for nothing else.
    ///
    /// # Errors
    /// As for [`Self::payload`].
    pub fn claimed(&self) -> Result<Map<String, Value>, Malformed> {
        Ok(json::object_of(JWS_VALUES_MAX, &decode(self.payload)?)?)
    }
}

impl Header {
    fn parse(json: &[u8]) -> Result<Self, Malformed> {
        let members = json::object_of(JWS_VALUES_MAX, json)?;
        if REFUSED_MEMBERS.iter().any(|name| members.contains_key(*name)) {
            return Err(Malformed::Header);
        }
        if json::string(&members, "cty")?.is_some_and(|content| content.to_ascii_lowercase().contains("jwt"))
        {
            return Err(Malformed::Header);
        }
        let algorithm =
            json::string(&members, "alg")?.and_then(Algorithm::parse).ok_or(Malformed::Algorithm)?;
        let key_id = json::given_string(&members, "kid")?;
        if key_id.is_some_and(|id| id.len() > KEY_ID_BYTES_MAX) {
            return Err(Malformed::Header);
        }
        let kind = json::string(&members, "typ")?;
        Ok(Self { algorithm, key_id: key_id.map(Into::into), kind: kind.map(Into::into) })
    }

    /// True if `typ` is this media type, with or without `application/` and in any case (RFC 7515
    /// §4.1.9).
    pub fn is(&self, kind: &str) -> bool {
        self.kind.as_deref().is_some_and(|own| {
            let short = own.get(..12).filter(|prefix| prefix.eq_ignore_ascii_case("application/"));
            let own = short.map_or(own, |_| own.get(12..).unwrap_or_default());
            own.eq_ignore_ascii_case(kind)
        })
    }
}

/// Decodes a part; an empty one is refused.
fn decode(part: &str) -> Result<Vec<u8>, Malformed> {
    if part.is_empty() {
        return Err(Malformed::Encoding);
    }
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Malformed::Encoding)
}

#[cfg(test)]
mod tests;
