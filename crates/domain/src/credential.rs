//! Credentials of clients, and their states.
//!
//! A client *has* the credentials that live. One that was revoked or has ended is moved to the client's
//! past, where it does not count against the limit; it is kept as long as a token that it obtained can
//! live.

use crate::generation::Generation;
use crate::key::PublicKey;
use crate::refusal::OperationError;
use crate::text::Text;
use crate::time::{Lifetime, Moment, Timestamp};
use jeton_secret::{ClientSecretDigest, CredentialId, PersonalAccessTokenDigest};

/// One way to authenticate.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The id: part of the text of a secret, the `kid` of a key.
    pub id: CredentialId,
    /// A label for people; may be empty.
    pub label: Text,
    /// The time of creation.
    pub created: Moment,
    /// The end of its life; tokens that it obtained live on until they expire.
    pub not_after: Option<Moment>,
    /// The mark: tokens of earlier generations that it obtained are revoked.
    pub mark: Generation,
    /// The stored data for verifying it.
    pub kind: CredentialKind,
}

/// The kind of a credential, with the stored data for verifying it.
#[derive(Debug, Clone)]
pub enum CredentialKind {
    /// Keyed digest of a client secret.
    Secret(ClientSecretDigest),
    /// The public half of a key that signs assertions (RFC 7523).
    Key(PublicKey),
    /// Keyed digest of a personal access token, which authenticates no client: it is itself a token.
    PersonalAccessToken(PersonalAccessTokenDigest),
}

impl PartialEq for Credential {
    /// Equality of the fields that may be compared openly, without digests.
    fn eq(&self, other: &Self) -> bool {
        (self.id, &self.label, self.created, self.not_after, self.mark, self.key())
            == (other.id, &other.label, other.created, other.not_after, other.mark, other.key())
            && self.is_like(other)
    }
}

/// The state of a credential at a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialState {
    /// It authenticates.
    Live,
    /// It has expired.
    Ended,
    /// It was revoked.
    Revoked,
}

/// The effect of a new credential on the client's live ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExistingCredentials {
    /// They stay unchanged.
    Keep,
    /// They end after the overlap, immediately if it is zero (as in ZITADEL).
    EndAfter(Lifetime),
}

impl Credential {
    /// True if it has not expired.
    pub fn is_live(&self, now: Moment) -> bool {
        self.not_after.is_none_or(|end| !now.is_over(end))
    }

    /// True if it has ended by itself on both clocks, so that it does not live again when the wall clock
    /// goes back.
    pub fn has_surely_ended(&self, now: Moment) -> bool {
        self.not_after.is_some_and(|end| now.is_surely_past(end))
    }

    /// The end of its life by the wall clock, if it has one.
    pub fn end(&self) -> Option<Timestamp> {
        self.not_after.map(|end| end.wall)
    }

    /// True for a client secret.
    pub const fn is_secret(&self) -> bool {
        matches!(self.kind, CredentialKind::Secret(_))
    }

    /// True for a personal access token.
    pub const fn is_personal_access_token(&self) -> bool {
        matches!(self.kind, CredentialKind::PersonalAccessToken(_))
    }

    /// True if both are of one kind.
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.kind) == std::mem::discriminant(&other.kind)
    }

    /// The digest of a client secret; `None` for other kinds.
    pub const fn digest(&self) -> Option<ClientSecretDigest> {
        match self.kind {
            CredentialKind::Secret(digest) => Some(digest),
            CredentialKind::Key(_) | CredentialKind::PersonalAccessToken(_) => None,
        }
    }

    /// The digest of a personal access token; `None` for other kinds.
    pub const fn personal_digest(&self) -> Option<PersonalAccessTokenDigest> {
        match self.kind {
            CredentialKind::PersonalAccessToken(digest) => Some(digest),
            CredentialKind::Secret(_) | CredentialKind::Key(_) => None,
        }
    }

    /// The public key of a key; `None` for other kinds.
    pub const fn key(&self) -> Option<&PublicKey> {
        match &self.kind {
            CredentialKind::Key(key) => Some(key),
            CredentialKind::Secret(_) | CredentialKind::PersonalAccessToken(_) => None,
        }
    }

    /// Shortens its life to `end`, unless it ends earlier.
    pub(crate) fn end_by(&mut self, end: Moment) {
        self.not_after = Some(self.not_after.map_or(end, |own| own.earlier(end)));
    }
}

/// A credential of a client's past.
#[derive(Debug, Clone, PartialEq)]
pub struct PastCredential {
    /// The credential as it was. Its end is still a question about now: one that had to make room while
    /// the clock was ahead lives again when the clock is right.
    pub credential: Credential,
    /// The time of revocation, which also revokes the tokens that it obtained; `None` if it expired.
    pub revoked: Option<Timestamp>,
}

impl PastCredential {
    /// The state at `now`.
    pub fn state(&self, now: Moment) -> CredentialState {
        FoundCredential { credential: &self.credential, revoked: self.revoked }.state(now)
    }

    /// Revokes it with the tokens that it obtained.
    ///
    /// # Errors
    /// [`OperationError::AlreadyRevoked`].
    pub fn revoke(self, now: Timestamp) -> Result<Self, OperationError> {
        match self.revoked {
            Some(_) => Err(OperationError::AlreadyRevoked),
            None => Ok(Self { revoked: Some(now), ..self }),
        }
    }
}

/// A credential that a request or token names, of a client's present or past.
#[derive(Debug, Clone, Copy)]
pub struct FoundCredential<'c> {
    /// The credential.
    pub credential: &'c Credential,
    /// The time of revocation, if it was revoked.
    pub revoked: Option<Timestamp>,
}

impl FoundCredential<'_> {
    /// The state at `now`.
    pub fn state(&self, now: Moment) -> CredentialState {
        match self.revoked {
            Some(_) => CredentialState::Revoked,
            None if self.credential.is_live(now) => CredentialState::Live,
            None => CredentialState::Ended,
        }
    }
}

impl<'c> From<&'c Credential> for FoundCredential<'c> {
    fn from(credential: &'c Credential) -> Self {
        Self { credential, revoked: None }
    }
}

impl<'c> From<&'c PastCredential> for FoundCredential<'c> {
    fn from(past: &'c PastCredential) -> Self {
        Self { credential: &past.credential, revoked: past.revoked }
    }
}
