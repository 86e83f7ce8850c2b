//! Assertions: JWTs by which a client proves its identity (RFC 7521, RFC 7523).
//!
//! There are two uses, with rules that exclude each other as far as the clients in the field allow:
//!
//! | | client authentication | authorization grant |
//! |---|---|---|
//! | `iss` = `sub` | the client id | the user id |
//! | `aud` | the issuer alone; by a setting also the endpoint | the issuer or token endpoint, among others |
//! | lifetime at most | 60 minutes, or less by a setting | 60 minutes |
//! | `jti` | used once; needed where the user id is the client id | used once if there is one |
//! | `typ` | `client-authentication+jwt`, `JWT`, none | `authorization-grant+jwt`, `JWT`, none |
//!
//! ZITADEL's own client libraries send the grant without `jti`, with `typ: JWT` and one hour. Checking
//! has two steps: [`Assertion::parse`] and [`Assertion::check`] for the content, then
//! [`crate::authenticate::authenticate_assertion`] for the signature.

use crate::json::{self, numeric_date};
use crate::jws::{Header, Malformed, Unverified};
use crate::metadata::{Issuer, TOKEN_PATH};
use jeton_domain::client::Client;
use jeton_domain::id::ClientId;
use jeton_domain::time::Timestamp;
use serde_json::{Map, Value};

/// The `client_assertion_type` of JWTs (RFC 7523 §2.2).
pub const CLIENT_ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The `grant_type` of the JWT bearer grant (RFC 7523 §2.1).
pub const JWT_BEARER_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The maximal size of a `jti` in bytes.
pub const ASSERTION_ID_BYTES_MAX: usize = 256;
/// The maximal number of audiences of one assertion.
const AUDIENCES_MAX: usize = 16;

/// The use of an assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// `client_assertion` (RFC 7523 §2.2).
    ClientAuthentication,
    /// `assertion` of the JWT bearer grant (RFC 7523 §2.1).
    AuthorizationGrant,
}

/// The configured rules for assertions.
#[derive(Debug, Clone, Copy)]
pub struct AssertionPolicy {
    /// The tolerated difference of clocks in seconds, at most 60.
    pub skew_seconds: u64,
    /// The maximal lifetime of an assertion for client authentication, in seconds.
    pub client_lifetime_seconds_max: u64,
    /// True if client authentication may also name the token endpoint, or the endpoint that is called, as
    /// its audience: RFC 7523 allowed that and its revision forbids it.
    pub token_endpoint_audience: bool,
}

impl Default for AssertionPolicy {
    fn default() -> Self {
        Self { skew_seconds: 30, client_lifetime_seconds_max: 3600, token_endpoint_audience: false }
    }
}

/// The maximal lifetime, and age, of an assertion that is a grant.
const GRANT_LIFETIME_SECONDS_MAX: u64 = 3600;

/// The fault of an assertion. Internal only: the wire sees one denial for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AssertionError {
    /// Not a signed token.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A claim is missing, or of another type than RFC 7519 §4.1 says.
    #[error("claim {0} is missing or malformed")]
    Claim(&'static str),
    /// `typ` names another kind of token.
    #[error("typ names another kind of token")]
    Kind,
    /// `iss` and `sub` differ: a client signs for itself only.
    #[error("iss and sub differ")]
    IssuerNotSubject,
    /// A grant's `sub` is a username or belongs to no user; it must be a user id.
    #[error("sub is not the id of a user")]
    Subject,
    /// The request's `client_id` names another client.
    #[error("the request's client_id names another client")]
    ClientId,
    /// `aud` does not name this server, or names others where that is forbidden.
    #[error("aud is not this server")]
    Audience,
    /// `exp` has passed.
    #[error("it has expired")]
    Expired,
    /// The lifetime is longer than allowed.
    #[error("its lifetime is too long")]
    LivesTooLong,
    /// `nbf` or `iat` lies in the future.
    #[error("it is not valid yet")]
    NotYetValid,
    /// `iat` lies too far back.
    #[error("it was issued too long ago")]
    TooOld,
}

/// A parsed assertion, of which nothing is verified.
#[derive(Debug)]
pub struct Assertion<'a> {
    token: Unverified<'a>,
    claims: Claims,
}

#[derive(Debug)]
struct Claims {
    issuer: Box<str>,
    subject: Box<str>,
    audiences: Vec<Box<str>>,
    expires: u64,
    issued: Option<u64>,
    not_before: Option<u64>,
    id: Option<Box<str>>,
}

/// An assertion whose claims hold; its signature is not verified yet.
#[derive(Debug)]
pub struct CheckedAssertion<'a> {
    token: &'a Unverified<'a>,
    purpose: Purpose,
    subject: &'a str,
    single_use: Option<AssertionUse>,
}

/// The record that makes an assertion usable once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertionUse {
    /// The `jti`.
    pub id: Box<str>,
    /// The end of the time in which it must be remembered.
    pub until: Timestamp,
}

impl<'a> Assertion<'a> {
    /// Parses an assertion.
    ///
    /// # Errors
    /// [`AssertionError::Malformed`], [`AssertionError::Claim`].
    pub fn parse(text: &'a str) -> Result<Self, AssertionError> {
        let token = Unverified::parse(text)?;
        let claims = Claims::read(&token.claimed()?)?;
        Ok(Self { token, claims })
    }

    /// The unverified token.
    pub const fn token(&self) -> &Unverified<'a> {
        &self.token
    }

    /// The `kid` of its header: the key that it claims.
    pub fn key_id(&self) -> Option<&str> {
        self.token.header.key_id.as_deref()
    }

    /// The unverified subject: usable for finding a client, for nothing else.
    pub fn subject(&self) -> &str {
        &self.claims.subject
    }

    /// Checks all rules that need no knowledge of the client. `endpoint` is the called path below the
    /// issuer.
    ///
    /// # Errors
    /// The [`AssertionError`] of the first broken rule.
    pub fn check(
        &'a self,
        purpose: Purpose,
        issuer: &Issuer,
        endpoint: &str,
        policy: &AssertionPolicy,
        now: Timestamp,
    ) -> Result<CheckedAssertion<'a>, AssertionError> {
        let claims = &self.claims;
        self.check_kind(purpose)?;
        if claims.issuer != claims.subject {
            return Err(AssertionError::IssuerNotSubject);
        }
        claims.check_audience(purpose, issuer, endpoint, policy)?;
        claims.check_time(purpose, policy, now)?;
        let until = Timestamp(claims.expires.saturating_add(policy.skew_seconds));
        let single_use = claims.id.clone().map(|id| AssertionUse { id, until });
        Ok(CheckedAssertion { token: &self.token, purpose, subject: &claims.subject, single_use })
    }

    fn check_kind(&self, purpose: Purpose) -> Result<(), AssertionError> {
        let own = match purpose {
            Purpose::ClientAuthentication => "client-authentication+jwt",
            Purpose::AuthorizationGrant => "authorization-grant+jwt",
        };
        let header = &self.token.header;
        let good = header.kind.is_none() || header.is("JWT") || header.is(own);
        if good { Ok(()) } else { Err(AssertionError::Kind) }
    }
}

impl CheckedAssertion<'_> {
    /// The subject of the assertion.
    pub const fn subject(&self) -> &str {
        self.subject
    }

    /// True if it would work as a grant and as client authentication alike: it names a user by id, as a
    /// grant does, and no `jti` limits it to a single use.
    pub(crate) fn fits_both_uses(&self, client: &Client) -> bool {
        self.purpose == Purpose::ClientAuthentication
            && self.single_use.is_none()
            && client.service_user().is_some()
            && ClientId::parse(self.subject).is_ok()
    }

    pub(crate) const fn token(&self) -> &Unverified<'_> {
        self.token
    }

    pub(crate) const fn header(&self) -> &Header {
        &self.token.header
    }

    pub(crate) fn single_use(&self) -> Option<AssertionUse> {
        self.single_use.clone()
    }
}

impl Claims {
    fn read(payload: &Map<String, Value>) -> Result<Self, AssertionError> {
        let text = |name: &'static str| json::string(payload, name).map_err(|_| AssertionError::Claim(name));
        let required = |name: &'static str| {
            text(name)?.filter(|text| !text.is_empty()).map(Box::from).ok_or(AssertionError::Claim(name))
        };
        let date = |name: &'static str| {
            payload.get(name).map(|value| numeric_date(value).ok_or(AssertionError::Claim(name))).transpose()
        };
        let id = text("jti")?;
        if id.is_some_and(|id| id.is_empty() || id.len() > ASSERTION_ID_BYTES_MAX) {
            return Err(AssertionError::Claim("jti"));
        }
        Ok(Self {
            issuer: required("iss")?,
            subject: required("sub")?,
            audiences: audiences(payload.get("aud"))?,
            expires: date("exp")?.ok_or(AssertionError::Claim("exp"))?,
            issued: date("iat")?,
            not_before: date("nbf")?,
            id: id.map(Box::from),
        })
    }

    /// For client authentication the issuer is compared byte for byte, and stands alone: a token for
    /// several servers could be replayed by one of them (RFC 7523bis). With `token_endpoint_audience`
    /// every entry must name this server.
    fn check_audience(
        &self,
        purpose: Purpose,
        issuer: &Issuer,
        endpoint: &str,
        policy: &AssertionPolicy,
    ) -> Result<(), AssertionError> {
        let is_issuer = |audience: &str| audience == issuer.as_str();
        let is_at = |audience: &str, base: &str, path: &str| audience.strip_prefix(base) == Some(path);
        let mut all = self.audiences.iter().map(AsRef::as_ref);
        let good = match purpose {
            Purpose::ClientAuthentication if policy.token_endpoint_audience => all.all(|audience| {
                // The endpoints are below the issuer; behind a proxy that strips its path, also below the
                // origin.
                let bases = [issuer.as_str(), issuer.origin()].into_iter();
                let mut places = bases.flat_map(|base| [TOKEN_PATH, endpoint].map(|path| (base, path)));
                is_issuer(audience) || places.any(|(base, path)| is_at(audience, base, path))
            }),
            Purpose::ClientAuthentication => all.len() == 1 && all.all(is_issuer),
            Purpose::AuthorizationGrant => {
                all.any(|audience| is_issuer(audience) || is_at(audience, issuer.as_str(), TOKEN_PATH))
            }
        };
        if good { Ok(()) } else { Err(AssertionError::Audience) }
    }

    fn check_time(
        &self,
        purpose: Purpose,
        policy: &AssertionPolicy,
        now: Timestamp,
    ) -> Result<(), AssertionError> {
        let skew = policy.skew_seconds;
        let (earliest, latest) = (now.0.saturating_sub(skew), now.0.saturating_add(skew));
        let lifetime_max = match purpose {
            Purpose::ClientAuthentication => policy.client_lifetime_seconds_max,
            Purpose::AuthorizationGrant => GRANT_LIFETIME_SECONDS_MAX,
        };
        if self.expires <= earliest {
            return Err(AssertionError::Expired);
        }
        if self.expires > latest.saturating_add(lifetime_max) {
            return Err(AssertionError::LivesTooLong);
        }
        if self.not_before.is_some_and(|from| from > latest) || self.issued.is_some_and(|at| at > latest) {
            return Err(AssertionError::NotYetValid);
        }
        if self.issued.is_some_and(|at| at.saturating_add(lifetime_max) < earliest) {
            return Err(AssertionError::TooOld);
        }
        Ok(())
    }
}

/// A string, or a list of strings (RFC 7519 §4.1.3).
fn audiences(claim: Option<&Value>) -> Result<Vec<Box<str>>, AssertionError> {
    const FAULT: AssertionError = AssertionError::Claim("aud");
    match claim {
        Some(Value::String(one)) => Ok(vec![one.as_str().into()]),
        Some(Value::Array(all)) if !all.is_empty() && all.len() <= AUDIENCES_MAX => {
            all.iter().map(|one| one.as_str().map(Box::from).ok_or(FAULT)).collect()
        }
        _ => Err(FAULT),
    }
}

#[cfg(test)]
mod tests;
