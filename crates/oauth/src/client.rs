//! Clients and their credentials: what they are, what state they are in, how they change.
//!
//! A [`Client`] is a set of *facts* read at one revision of the store. Transitions take the facts
//! and return new ones or a [`Refusal`]; nothing here touches the store.

use crate::id::{ClientId, ClientName, ProjectId};
use crate::scope::ScopeSet;
use crate::time::{Lifetime, Timestamp};
use crate::token::Sequence;
use jeton_secret::{ClientSecretDigest, CredentialId};
use std::fmt;

/// Credentials of one client at most, those that ended but still have live tokens included.
pub const CREDENTIALS_MAX: usize = 50;

/// Counts the changes to clients since the store was opened. Facts carry the revision they were
/// read at, so the writer can tell without reading them again whether they still hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Revision(pub u64);

/// Someone who can authenticate: a service user or an API.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    /// `sub` of its tokens; `userId` or `applicationId` on the management API.
    pub id: ClientId,
    /// The OAuth `client_id`.
    pub name: ClientName,
    /// Whether it may act.
    pub state: ClientState,
    /// What it is.
    pub profile: Profile,
    /// What it authenticates with.
    pub credentials: Vec<Credential>,
    /// Tokens with a smaller sequence are revoked.
    pub tokens_valid_from: Sequence,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed (not: last used).
    pub changed: Timestamp,
}

/// Whether a client may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientState {
    /// Authenticates, and its tokens work.
    Active,
    /// Neither, until it is reactivated.
    Inactive,
}

/// What kind of client it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Profile {
    /// Gets tokens.
    ServiceUser(ServiceUser),
    /// Introspects tokens meant for its project.
    Api(Api),
}

/// What a service user is besides a client.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceUser {
    /// The display name.
    pub name: Text,
    /// Free text.
    pub description: Text,
    /// Granted when a token request names no scope (RFC 6749 §3.3); empty means that it must name some.
    pub default_scopes: ScopeSet,
}

/// What an API is besides a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Api {
    /// The display name.
    pub name: Text,
    /// Tokens with this project in their audience are shown to it.
    pub project: ProjectId,
}

/// One way to authenticate.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Its id, also in the text of the secret.
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
    /// Keyed digest of the secret.
    pub digest: ClientSecretDigest,
}

impl PartialEq for Credential {
    /// Equality of what may be compared openly; the digest is not.
    fn eq(&self, other: &Self) -> bool {
        (self.id, &self.label, self.created, self.not_after, self.revoked)
            == (other.id, &other.label, other.created, other.not_after, other.revoked)
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

/// Text for people: at most 500 bytes, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(Box<str>);

/// Why a change to a client was refused. The operator must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No client has this id or name.
    #[error("there is no such user or application")]
    UnknownClient,
    /// The client has no credential with this id.
    #[error("it has no secret with this id")]
    UnknownCredential,
    /// Another client has this name.
    #[error("this username is taken")]
    NameTaken,
    /// Another client or project has, or had, this id.
    #[error("this id is taken")]
    IdTaken,
    /// No project has this id.
    #[error("there is no such project")]
    UnknownProject,
    /// Deactivating twice.
    #[error("the user is already inactive")]
    AlreadyInactive,
    /// Reactivating an active client.
    #[error("the user is already active")]
    AlreadyActive,
    /// More than [`CREDENTIALS_MAX`].
    #[error("it has 50 secrets already; revoke one that is no longer used")]
    TooManyCredentials,
    /// An expiry that has passed.
    #[error("the expiration date lies in the past")]
    ExpiryInThePast,
    /// Revoking twice.
    #[error("the secret is already revoked")]
    AlreadyRevoked,
    /// No credential left to take away.
    #[error("the user has no client secret")]
    NoCredential,
}

impl Client {
    /// The service user's side, if it is one.
    pub const fn service_user(&self) -> Option<&ServiceUser> {
        match &self.profile {
            Profile::ServiceUser(user) => Some(user),
            Profile::Api(_) => None,
        }
    }

    /// The API's side, if it is one.
    pub const fn api(&self) -> Option<&Api> {
        match &self.profile {
            Profile::Api(api) => Some(api),
            Profile::ServiceUser(_) => None,
        }
    }

    /// The credential with this id.
    pub fn credential(&self, id: CredentialId) -> Option<&Credential> {
        self.credentials.iter().find(|credential| credential.id == id)
    }

    /// Whether any credential authenticates at `now`.
    pub fn has_live_credential(&self, now: Timestamp) -> bool {
        self.credentials.iter().any(|credential| credential.state(now) == CredentialState::Live)
    }

    /// Whether it is an active service user whose credential authenticates at `now`: what issuing a
    /// token relies on.
    pub fn may_obtain_tokens_with(&self, credential: CredentialId, now: Timestamp) -> bool {
        let live = |credential: &Credential| credential.state(now) == CredentialState::Live;
        self.service_user().is_some()
            && self.state == ClientState::Active
            && self.credential(credential).is_some_and(live)
    }

    /// Active to inactive: nothing of it works until it is reactivated.
    ///
    /// # Errors
    /// [`Refusal::AlreadyInactive`].
    pub fn deactivate(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            ClientState::Active => Ok(Self { state: ClientState::Inactive, changed: now, ..self }),
            ClientState::Inactive => Err(Refusal::AlreadyInactive),
        }
    }

    /// Inactive to active. Tokens from before that have neither expired nor been revoked work again.
    ///
    /// # Errors
    /// [`Refusal::AlreadyActive`].
    pub fn reactivate(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            ClientState::Inactive => Ok(Self { state: ClientState::Active, changed: now, ..self }),
            ClientState::Active => Err(Refusal::AlreadyActive),
        }
    }

    /// Adds a credential. The live ones end after `overlap` (at once when it is zero) unless they
    /// end earlier by themselves, or stay as they are when there is no overlap given.
    ///
    /// # Errors
    /// [`Refusal::ExpiryInThePast`], [`Refusal::TooManyCredentials`].
    pub fn add_credential(
        mut self,
        new: Credential,
        others: Others,
        token_lifetime_max: Lifetime,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        if new.not_after.is_some_and(|end| end <= now) {
            return Err(Refusal::ExpiryInThePast);
        }
        if let Others::EndAfter(overlap) = others {
            let end = now.after(overlap);
            for credential in self.credentials.iter_mut().filter(|c| c.state(now) == CredentialState::Live) {
                credential.not_after = Some(credential.not_after.map_or(end, |earlier| earlier.min(end)));
            }
        }
        self.credentials.retain(|credential| !credential.is_forgettable(token_lifetime_max, now));
        if self.credentials.len() >= CREDENTIALS_MAX {
            return Err(Refusal::TooManyCredentials);
        }
        self.credentials.push(new);
        Ok(Self { changed: now, ..self })
    }

    /// Takes one credential away, and with it the tokens that it obtained.
    ///
    /// # Errors
    /// [`Refusal::UnknownCredential`], [`Refusal::AlreadyRevoked`].
    pub fn revoke_credential(mut self, id: CredentialId, now: Timestamp) -> Result<Self, Refusal> {
        let credential = self
            .credentials
            .iter_mut()
            .find(|credential| credential.id == id)
            .ok_or(Refusal::UnknownCredential)?;
        if credential.revoked.is_some() {
            return Err(Refusal::AlreadyRevoked);
        }
        credential.revoked = Some(now);
        Ok(Self { changed: now, ..self })
    }

    /// Takes all credentials away, and with them the tokens that they obtained.
    ///
    /// # Errors
    /// [`Refusal::NoCredential`] when there is none left to revoke.
    pub fn revoke_credentials(mut self, now: Timestamp) -> Result<Self, Refusal> {
        let mut any = false;
        for credential in self.credentials.iter_mut().filter(|credential| credential.revoked.is_none()) {
            credential.revoked = Some(now);
            any = true;
        }
        if any { Ok(Self { changed: now, ..self }) } else { Err(Refusal::NoCredential) }
    }

    /// Revokes every token that one credential obtained so far; the credential stays.
    ///
    /// # Errors
    /// [`Refusal::UnknownCredential`].
    pub fn revoke_tokens_of(
        mut self,
        id: CredentialId,
        next: Sequence,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let credential = self
            .credentials
            .iter_mut()
            .find(|credential| credential.id == id)
            .ok_or(Refusal::UnknownCredential)?;
        credential.tokens_valid_from = next;
        Ok(Self { changed: now, ..self })
    }

    /// Revokes every token issued so far; credentials stay.
    #[must_use]
    pub fn revoke_tokens(self, next: Sequence, now: Timestamp) -> Self {
        Self { tokens_valid_from: next, changed: now, ..self }
    }
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

    /// Over for so long that no token obtained with it can be alive.
    fn is_forgettable(&self, token_lifetime_max: Lifetime, now: Timestamp) -> bool {
        let over = match (self.revoked, self.not_after) {
            (Some(at), Some(end)) => Some(at.min(end)),
            (Some(at), None) => Some(at),
            (None, end) => end,
        };
        over.is_some_and(|over| over.after(token_lifetime_max) <= now)
    }
}

impl Text {
    /// Bytes at most.
    pub const BYTES_MAX: usize = 500;

    /// Reads text for people.
    ///
    /// # Errors
    /// A sentence naming the rule it breaks.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if text.len() > Self::BYTES_MAX {
            return Err(TextError::TooLong);
        }
        if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More than [`Text::BYTES_MAX`].
    #[error("has more than 500 bytes")]
    TooLong,
    /// A line break, escape or other control character.
    #[error("contains a control character")]
    ControlCharacter,
}

#[cfg(test)]
mod tests;
