//! Credentials: what clients authenticate with, and what state that is in.

use crate::client::Text;
use crate::key::PublicKey;
use crate::limits::TOKEN_LIFETIME_MAX;
use crate::time::{Lifetime, Timestamp};
use crate::token::Sequence;
use jeton_secret::{ClientSecretDigest, CredentialId};

/// Credentials of one client at most, those that ended but still have live tokens included.
pub const CREDENTIALS_MAX: usize = 50;

/// One way to authenticate.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Its id: in the text of a secret, the `kid` of a key.
    pub id: CredentialId,
    /// What a person calls it; may be empty.
    pub label: Text,
    /// When it was made.
    pub created: Timestamp,
    /// From this point on it is over by itself; tokens that it obtained live on until they expire.
    pub not_after: Option<Timestamp>,
    /// When it was revoked. Tokens that it obtained are revoked with it.
    pub revoked: Option<Timestamp>,
    /// Tokens that it obtained with a smaller sequence are revoked.
    pub tokens_valid_from: Sequence,
    /// What is kept to recognise it.
    pub kind: CredentialKind,
}

/// What is kept of a credential.
#[derive(Debug, Clone)]
pub enum CredentialKind {
    /// Keyed digest of a client secret.
    Secret(ClientSecretDigest),
    /// The public half of a key that signs assertions (RFC 7523).
    Key(PublicKey),
    /// A personal access token: it authenticates nobody, it stands for the one token that it obtained.
    PersonalAccessToken,
}

impl PartialEq for Credential {
    /// Equality of what may be compared openly; the digest is not.
    fn eq(&self, other: &Self) -> bool {
        (self.id, &self.label, self.created, self.not_after, self.revoked, self.key())
            == (other.id, &other.label, other.created, other.not_after, other.revoked, other.key())
    }
}

/// The state of a credential at a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialState {
    /// Authenticates.
    Live,
    /// Its time is over.
    Ended,
    /// Taken away.
    Revoked,
}

/// What happens to the live credentials of a client when one is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They stay as they are.
    Stay,
    /// They end after the overlap, at once when it is zero (as in ZITADEL).
    EndAfter(Lifetime),
}

impl Credential {
    /// What it is at `now`.
    pub fn state(&self, now: Timestamp) -> CredentialState {
        match (self.revoked, self.not_after) {
            (Some(_), _) => CredentialState::Revoked,
            (None, Some(end)) if end <= now => CredentialState::Ended,
            (None, _) => CredentialState::Live,
        }
    }

    /// Whether it is a client secret.
    pub const fn is_secret(&self) -> bool {
        matches!(self.kind, CredentialKind::Secret(_))
    }

    /// Whether it is a personal access token.
    pub const fn is_personal_access_token(&self) -> bool {
        matches!(self.kind, CredentialKind::PersonalAccessToken)
    }

    /// Whether both are of one kind.
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.kind) == std::mem::discriminant(&other.kind)
    }

    /// The digest, of a client secret.
    pub const fn digest(&self) -> Option<ClientSecretDigest> {
        match self.kind {
            CredentialKind::Secret(digest) => Some(digest),
            CredentialKind::Key(_) | CredentialKind::PersonalAccessToken => None,
        }
    }

    /// The public key, of a key.
    pub const fn key(&self) -> Option<&PublicKey> {
        match &self.kind {
            CredentialKind::Key(key) => Some(key),
            CredentialKind::Secret(_) | CredentialKind::PersonalAccessToken => None,
        }
    }

    /// Over for so long that no token obtained with it can be alive.
    pub(crate) fn is_forgettable(&self, now: Timestamp) -> bool {
        let over = match (self.revoked, self.not_after) {
            (Some(at), Some(end)) => Some(at.min(end)),
            (Some(at), None) => Some(at),
            (None, end) => end,
        };
        over.is_some_and(|over| over.after(TOKEN_LIFETIME_MAX) <= now)
    }
}
