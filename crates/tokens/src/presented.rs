//! Presented tokens: their names, what they say, and the reasons why they are not live.

use jeton_domain::admin::{Bearer, BearerToken, RevokedToken};
use jeton_domain::id::{ClientId, SigningKeyId, TokenKeyId};
use jeton_domain::time::{Moment, Timestamp};
use jeton_domain::token::{AccessTokenFacts, InactiveReason, Life, Statement};
use jeton_oauth::authenticate::AuthenticatedClient;
use jeton_oauth::render::Seen;
use jeton_secret::{CredentialId, PersonalAccessTokenDigest};
use jeton_store::Command;
use std::fmt;
use std::sync::Arc;

/// A live token and its name.
pub struct Found<'a> {
    /// The facts that answers are made of.
    pub(crate) seen: Seen<'a>,
    /// The name of the token.
    pub(crate) id: Id<'a>,
}

/// The name of a token, which is also what revocation needs.
#[derive(Clone, Copy)]
pub enum Id<'a> {
    /// An opaque access token, and the key that sealed it.
    Opaque(Life, TokenKeyId),
    /// A JWT access token, and the key that signed it.
    Jwt {
        /// Its `jti`.
        jti: &'a str,
        /// The part that decides if it is live.
        life: Life,
        /// The key.
        key: SigningKeyId,
    },
    /// A personal access token: its credential.
    Personal(CredentialId),
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opaque(life, _) => life.name.fmt(f),
            Self::Jwt { jti, .. } => f.write_str(jti),
            Self::Personal(credential) => credential.fmt(f),
        }
    }
}

impl<'a> Found<'a> {
    /// The facts that answers are made of.
    pub const fn seen(&self) -> &Seen<'a> {
        &self.seen
    }

    /// The name of the token.
    pub const fn id(&self) -> Id<'a> {
        self.id
    }

    /// The token's own statements, without the facts about its client.
    pub(crate) fn presented(&self) -> Presented {
        let AccessTokenFacts { client, credential, issued, .. } = *self.seen.token.facts;
        let life = match self.id {
            Id::Opaque(life, _) | Id::Jwt { life, .. } => Some(life),
            Id::Personal(_) => None,
        };
        Presented { client, credential, issued, expires: self.seen.token.expires, life }
    }

    /// The bearer, for the writer to check again.
    pub const fn bearer(&self) -> Bearer {
        let facts = self.seen.token.facts;
        let token = match self.id {
            Id::Opaque(life, key) => BearerToken::Opaque(life, key),
            Id::Jwt { life, key, .. } => BearerToken::Jwt(life, key),
            Id::Personal(_) => BearerToken::Personal,
        };
        Bearer { client: facts.client, credential: facts.credential, token }
    }
}

/// The statements of an authentic token, live or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// The client of the token.
    pub client: ClientId,
    /// The credential that obtained the token; of a personal access token its own credential.
    pub credential: CredentialId,
    /// The time of issue.
    pub issued: Moment,
    /// The end of its life, if it has one.
    pub expires: Option<Timestamp>,
    /// The part that decides if it is live; none for a personal access token, which is a credential.
    pub(crate) life: Option<Life>,
}

/// The permanent end of a token.
#[derive(Debug, Clone, Copy)]
pub enum Revocation {
    /// An opaque token or a JWT.
    Token(RevokedToken),
    /// A personal access token: its credential.
    Credential(ClientId, CredentialId),
}

impl Revocation {
    /// The command that revokes it on behalf of its own client.
    pub const fn command(self, now: Timestamp) -> Command {
        match self {
            Self::Token(token) => Command::RevokeToken(token),
            Self::Credential(client, credential) => {
                Command::RevokePersonalAccessToken { client, credential, now }
            }
        }
    }
}

impl Presented {
    pub(crate) const fn revocation(&self) -> Revocation {
        let Self { client, credential, .. } = *self;
        match self.life {
            Some(Life { name, issued, expires, .. }) => {
                Revocation::Token(RevokedToken { client, credential, name, issued, expires })
            }
            None => Revocation::Credential(client, credential),
        }
    }

    /// True if a token that is dead for this reason may live again: its user may be activated again, and a
    /// wrong clock may be corrected.
    pub(crate) fn may_live_again(&self, dead: InactiveReason, now: Moment) -> bool {
        let seconds = self.expires.map_or(0, |end| end.seconds_after(self.issued.wall));
        let careful = self.issued.careful.after(seconds).after(1);
        match dead {
            InactiveReason::ClientInactive | InactiveReason::Implausible => true,
            InactiveReason::Expired => {
                self.expires.is_some_and(|wall| !now.is_surely_past(Moment { wall, careful }))
            }
            InactiveReason::WrongSecret | InactiveReason::Revoked | InactiveReason::CredentialRevoked => {
                false
            }
        }
    }
}

/// A presented token without its text, as far as it may be kept.
#[derive(Debug, Clone)]
pub struct KeptToken(pub(crate) Kept);

#[derive(Debug, Clone)]
pub(crate) enum Kept {
    /// An opaque access token: its content, and the key that sealed it.
    Opaque(TokenKeyId, Arc<Statement>),
    /// A personal access token.
    Personal { client: ClientId, credential: CredentialId, digest: PersonalAccessTokenDigest },
}

/// The reason why a presented text is no live token. Administrators see it; it never goes to the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenInactive {
    /// Neither of the form of an opaque token nor a signed JWT.
    Malformed,
    /// No token key of this server opens it.
    NotOpened,
    /// No published key of this server signed it.
    NotSigned,
    /// Signed, but not as an access token.
    NotAnAccessToken,
    /// No such personal access token.
    Unknown,
    /// Revoked individually.
    Revoked(Presented),
    /// The owning client was deleted.
    Ownerless,
    /// Authentic, but ended.
    Ended(InactiveReason, Presented),
}

/// A client that asks about tokens, and the credential by which it authenticated.
#[derive(Debug, Clone, Copy)]
pub struct Asking(pub ClientId, pub CredentialId);

impl From<&AuthenticatedClient> for Asking {
    fn from(client: &AuthenticatedClient) -> Self {
        Self(client.client().id, client.credential())
    }
}
