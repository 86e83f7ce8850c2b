//! Client authentication: from what was presented to a proof.
//!
//! Unknown client, wrong secret, ended or revoked secret and disabled client do the same work and
//! come to the same denial. The digest of the presented secret is made before this, always; what is
//! left here is one comparison of 32 bytes per credential, or with a dummy when there is none. With an
//! assertion it is one verification of a signature, by a dummy key when there is no other.

use crate::assertion::{AssertionUse, CheckedAssertion};
use crate::client::Client;
use crate::credential::{Credential, CredentialState};
use crate::denial::Denial;
use crate::jws::{Header, Unverified};
use crate::time::Timestamp;
use jeton_secret::{ClientSecretDigest, CredentialId};
use std::sync::Arc;
use subtle::{Choice, ConstantTimeEq};

/// Compared with when there is no credential; no secret has this digest but with chance 2^-256.
const DUMMY: ClientSecretDigest = ClientSecretDigest([0x6a; 32]);

/// The proof that a client is who it says it is. Only [`authenticate`] and [`authenticate_assertion`]
/// make one, and issuing, introspecting and revoking ask for it.
#[derive(Debug)]
pub struct AuthenticatedClient {
    client: Arc<Client>,
    credential: CredentialId,
    assertion: Option<AssertionUse>,
}

impl AuthenticatedClient {
    /// Who it is.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What it authenticated with.
    pub const fn credential(&self) -> CredentialId {
        self.credential
    }

    /// What has to be used up before anything is answered, when it authenticated with an assertion
    /// that works once.
    pub const fn assertion(&self) -> Option<&AssertionUse> {
        self.assertion.as_ref()
    }
}

/// Compares the presented digest with the credential that the secret names.
///
/// # Errors
/// [`Denial::InvalidClient`], whatever the reason.
pub fn authenticate(
    found: Option<Arc<Client>>,
    credential: CredentialId,
    presented: &ClientSecretDigest,
    now: Timestamp,
) -> Result<AuthenticatedClient, Denial> {
    let stored = found.as_deref().and_then(|client| client.credential(credential));
    let stored = stored.filter(|credential| credential.is_secret());
    let matches = stored.and_then(Credential::digest).unwrap_or(DUMMY).ct_eq(presented);
    let live = stored.is_some_and(|stored| stored.state(now) == CredentialState::Live)
        && found.as_deref().is_some_and(Client::is_active);
    match found {
        Some(client) if bool::from(matches & Choice::from(u8::from(live))) => {
            Ok(AuthenticatedClient { client, credential, assertion: None })
        }
        Some(_) | None => Err(Denial::InvalidClient),
    }
}

/// Verifies an assertion with the key that it names among the client's own. `verify` says whether a
/// signature is that of a credential's key; given none it does the same work in vain.
///
/// # Errors
/// [`Denial::InvalidClient`], whatever the reason.
pub fn authenticate_assertion(
    found: Option<Arc<Client>>,
    assertion: &CheckedAssertion<'_>,
    verify: impl FnOnce(Option<&Credential>, &Unverified<'_>) -> bool,
    now: Timestamp,
) -> Result<AuthenticatedClient, Denial> {
    let key = found.as_deref().and_then(|client| named_key(client, assertion.header(), now));
    let verified = verify(key, assertion.token());
    let credential = key.map(|credential| credential.id);
    let active = found.as_deref().is_some_and(Client::is_active);
    match (found, credential) {
        (Some(client), Some(credential)) if verified && active && !assertion.fits_both_uses(&client) => {
            Ok(AuthenticatedClient { client, credential, assertion: assertion.single_use() })
        }
        _ => Err(Denial::InvalidClient),
    }
}

/// Why a client did not prove who it is. For administrators; whoever asks is told [`Denial::InvalidClient`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ClientFault {
    /// What was presented is no secret of ours, or names nobody.
    #[error("no such client, or not a secret of this server")]
    Unknown,
    /// Deactivated or locked, or its organization is deactivated.
    #[error("the client is deactivated or locked, or its organization is deactivated")]
    Inactive,
    /// It has no such credential, any more.
    #[error("the client has no such credential; it was removed, or is another client's or another server's")]
    NoCredential,
    /// Its time is over.
    #[error("the credential has ended")]
    Ended,
    /// It was revoked.
    #[error("the credential was revoked")]
    Revoked,
    /// The secret or the signature is not the credential's.
    #[error("the secret or the signature is not the credential's")]
    Wrong,
}

impl ClientFault {
    /// For programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown_client",
            Self::Inactive => "inactive_client",
            Self::NoCredential => "unknown_credential",
            Self::Ended => "ended_credential",
            Self::Revoked => "revoked_credential",
            Self::Wrong => "wrong_credential",
        }
    }

    /// What is to be said about a client and the credential that it named, after [`authenticate`] or
    /// [`authenticate_assertion`] refused it. It compares nothing that is secret.
    pub fn of(found: Option<&Client>, credential: Option<CredentialId>, now: Timestamp) -> Self {
        let Some(client) = found else { return Self::Unknown };
        if !client.is_active() {
            return Self::Inactive;
        }
        match credential.and_then(|id| client.credential(id)).map(|credential| credential.state(now)) {
            None => Self::NoCredential,
            Some(CredentialState::Ended) => Self::Ended,
            Some(CredentialState::Revoked) => Self::Revoked,
            Some(CredentialState::Live) => Self::Wrong,
        }
    }
}

/// The live key with this id and algorithm; the only one of the algorithm when the header names none.
fn named_key<'c>(client: &'c Client, header: &Header, now: Timestamp) -> Option<&'c Credential> {
    let fits = |credential: &&Credential| {
        credential.state(now) == CredentialState::Live
            && credential.key().is_some_and(|key| key.algorithm == header.algorithm)
    };
    let mut keys = client.credentials.iter().filter(fits);
    match header.key_id.as_deref() {
        Some(id) => keys.find(|credential| credential.id.to_string() == id),
        None => keys.next().filter(|_| keys.next().is_none()),
    }
}

#[cfg(test)]
mod tests;
