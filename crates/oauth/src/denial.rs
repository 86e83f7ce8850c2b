//! Every denial, by name, and the one table of their form on the wire.
//!
//! Inside, a denial names the exact reason. Outside, the reasons that would help an attacker who
//! guesses are one answer: see [`Denial::InvalidClient`] and [`jeton_domain::token::InactiveReason`].

/// The reason a request is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Denial {
    // The client must send a different request.
    /// The body is not `application/x-www-form-urlencoded`.
    #[error("content type is not a form")]
    NotAForm,
    /// The body is compressed.
    #[error("body is compressed")]
    Compressed,
    /// Percent-encoding, UTF-8 or characters are wrong.
    #[error("form is malformed")]
    MalformedForm,
    /// Larger than [`crate::limits::FORM_BYTES_MAX`], or over a limit inside the form.
    #[error("form is too large")]
    FormTooLarge,
    /// The body did not arrive in time.
    #[error("body did not arrive in time")]
    BodyTooSlow,
    /// A parameter that may occur once is repeated.
    #[error("parameter is repeated")]
    RepeatedParameter,
    /// Two methods of authentication: Basic and body, or secret and assertion.
    #[error("more than one way of client authentication")]
    ManyAuthenticationMethods,
    /// No client authentication. Clients that wait for a challenge begin so.
    #[error("no client authentication")]
    NoAuthentication,
    /// `grant_type` is missing or empty.
    #[error("grant_type missing")]
    GrantTypeMissing,
    /// A grant type that is not supported.
    #[error("unknown grant_type")]
    UnsupportedGrantType,
    /// `assertion` is missing or empty.
    #[error("assertion missing")]
    AssertionMissing,
    /// The assertion of a grant is invalid, or names no user: always the same bytes.
    #[error("assertion is invalid")]
    InvalidGrant,
    /// A `resource` that is not a URI, names no API, or may not be in the audience of the user's tokens.
    #[error("resource is invalid")]
    InvalidTarget,
    /// More than [`crate::limits::RESOURCES_MAX`].
    #[error("too many resources")]
    TooManyResources,
    /// No project and no resource of the request may be in the audience of the user's tokens.
    #[error("nothing that was named may be the audience")]
    NoAudience,
    /// The claims of a JWT would be too long for a header.
    #[error("JWT would be too large")]
    JwtTooLarge,
    /// More scopes, audiences and resources than fit into an opaque token.
    #[error("opaque token would be too large")]
    OpaqueTokenTooLarge,
    /// The client may not use this grant, or may not introspect.
    #[error("client is not allowed to do this")]
    UnauthorizedClient,
    /// The request names no scope and the client has no default.
    #[error("scope missing")]
    ScopeMissing,
    /// The scope breaks its grammar or a limit, or has an unknown token in strict mode.
    #[error("scope is invalid")]
    InvalidScope,
    /// `token` is missing or empty.
    #[error("token missing")]
    TokenMissing,

    // The client is not authenticated; always the same bytes.
    /// Unknown client, wrong secret, ended or revoked secret, disabled client, malformed secret.
    #[error("client authentication failed")]
    InvalidClient,
    /// A failed authentication beyond the limit of its client and source. It was checked like the others.
    #[error("too many failed authentications")]
    TooManyFailures {
        /// Seconds until one more failure is forgiven.
        retry_after_seconds: u64,
    },

    /// A request to the authorization endpoint, where no sign-in exists.
    #[error("no authorization endpoint")]
    NoSignIn,

    // The bearer of a token (RFC 6750 §3).
    /// No token was sent.
    #[error("no bearer token")]
    NoBearer,
    /// The `Authorization` header does not match RFC 6750 §2.1, or is repeated.
    #[error("malformed bearer token")]
    MalformedBearer,
    /// The token is unknown, expired or revoked.
    #[error("invalid bearer token")]
    InvalidBearer,
    /// The token was not granted `openid`.
    #[error("bearer token lacks the scope")]
    InsufficientScope,
    /// The token is not for this server's own APIs.
    #[error("bearer token is not for this server")]
    InsufficientAudience,
    /// The user of the token has no administrator role with the required permission.
    #[error("bearer has no permission")]
    InsufficientPermission,

    // The server cannot serve the request now.
    /// Overload: the queue to the store is full, or a core has more requests than it can serve in time.
    #[error("overloaded")]
    Overloaded,
    /// The store or the entropy source has failed.
    #[error("unavailable")]
    Unavailable,
}

/// The form of a denial on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appearance {
    /// HTTP status.
    pub status: u16,
    /// The `error` member; `None` for an empty body (RFC 6750 §3.1: a request without authentication gets
    /// no error).
    pub error: Option<&'static str>,
    /// The `error_description` member.
    pub description: &'static str,
    /// The `WWW-Authenticate` header.
    pub challenge: Option<&'static str>,
}

const BASIC: Option<&str> = Some("Basic realm=\"jeton\"");

impl Denial {
    /// The table. Codes are those of RFC 6749 §5.2 and RFC 6750 §3.1; `temporarily_unavailable` is
    /// borrowed from RFC 6749 §4.1.2.1 for cases that these do not cover, `slow_down` from RFC 8628 §3.5.
    pub const fn appearance(self) -> Appearance {
        let (status, error, description, challenge) = match self {
            Self::NotAForm => {
                (400, "invalid_request", "the body must be application/x-www-form-urlencoded", None)
            }
            Self::Compressed => {
                (415, "invalid_request", "the body must not be compressed, send it as it is", None)
            }
            Self::MalformedForm => {
                (400, "invalid_request", "the body is not a well-formed form in UTF-8", None)
            }
            Self::FormTooLarge => (413, "invalid_request", "the body is too large", None),
            Self::BodyTooSlow => (408, "invalid_request", "the body did not arrive in time", None),
            Self::RepeatedParameter => (400, "invalid_request", "a parameter is repeated", None),
            Self::ManyAuthenticationMethods => {
                (400, "invalid_request", "use one method of client authentication, not several", None)
            }
            Self::NoAuthentication => (401, "invalid_client", "client authentication missing", BASIC),
            Self::GrantTypeMissing => (400, "invalid_request", "grant_type missing", None),
            Self::UnsupportedGrantType => (400, "unsupported_grant_type", "grant_type not supported", None),
            Self::AssertionMissing => (400, "invalid_request", "assertion missing", None),
            Self::InvalidGrant => {
                (400, "invalid_grant", "the assertion is invalid, expired or was used before", None)
            }
            Self::InvalidTarget => (400, "invalid_target", "the resource is malformed or unknown", None),
            Self::TooManyResources => (400, "invalid_target", "there are too many resources", None),
            Self::NoAudience => (
                400,
                "invalid_target",
                "the user may have no token for what is named: it has no authorization in a project that requires one, \
                 or is of another organization than a project that is for its own alone",
                None,
            ),
            Self::OpaqueTokenTooLarge => (
                400,
                "invalid_scope",
                "the scopes, audiences and resources of the request do not fit into one token: ask for fewer of them",
                None,
            ),
            Self::JwtTooLarge => (
                400,
                "invalid_scope",
                "the user has too many roles or too much metadata for one JWT: ask for less, for a single project, \
                 or let the user have opaque tokens",
                None,
            ),
            Self::UnauthorizedClient => {
                (400, "unauthorized_client", "the client is not allowed to do this", None)
            }
            Self::ScopeMissing => {
                (400, "invalid_request", "scope missing: the client has no default scopes", None)
            }
            Self::InvalidScope => (400, "invalid_scope", "the scope is malformed or unknown", None),
            Self::TokenMissing => (400, "invalid_request", "token missing", None),
            Self::InvalidClient => (401, "invalid_client", "client authentication failed", BASIC),
            Self::TooManyFailures { .. } => (
                429,
                "slow_down",
                "client authentication failed, as it did too often; wait before the next attempt",
                None,
            ),
            Self::NoSignIn => (
                400,
                "unsupported_response_type",
                "people do not sign in here: programs get tokens at the token endpoint",
                None,
            ),
            Self::NoBearer => {
                return Appearance { status: 401, error: None, description: "", challenge: Some("Bearer") };
            }
            Self::MalformedBearer => (
                400,
                "invalid_request",
                "the Authorization header is malformed",
                Some(
                    "Bearer error=\"invalid_request\", error_description=\"the Authorization header is malformed\"",
                ),
            ),
            Self::InvalidBearer => (
                401,
                "invalid_token",
                "the token is invalid or expired",
                Some("Bearer error=\"invalid_token\", error_description=\"the token is invalid or expired\""),
            ),
            Self::InsufficientScope => (
                403,
                "insufficient_scope",
                "the token lacks a scope",
                Some(
                    "Bearer error=\"insufficient_scope\", error_description=\"the token lacks a scope\", scope=\"openid\"",
                ),
            ),
            Self::InsufficientAudience => (
                403,
                "insufficient_scope",
                "the token is not for this server",
                Some(
                    "Bearer error=\"insufficient_scope\", error_description=\"the token is not for this server\", scope=\"urn:zitadel:iam:org:project:id:zitadel:aud\"",
                ),
            ),
            Self::InsufficientPermission => (
                403,
                "insufficient_scope",
                "the user of the token may not introspect",
                Some(
                    "Bearer error=\"insufficient_scope\", error_description=\"the user of the token may not introspect\"",
                ),
            ),
            Self::Overloaded => {
                (503, "temporarily_unavailable", "too many requests, try again in a second", None)
            }
            Self::Unavailable => {
                (503, "temporarily_unavailable", "the server is temporarily unavailable", None)
            }
        };
        Appearance { status, error: Some(error), description, challenge }
    }

    /// The `Retry-After` header in seconds (RFC 9110 §10.2.3).
    pub const fn retry_after_seconds(self) -> Option<u64> {
        match self {
            Self::TooManyFailures { retry_after_seconds } => Some(retry_after_seconds),
            Self::Overloaded | Self::Unavailable => Some(1),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
