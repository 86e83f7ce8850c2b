//! Client authentication: from what was presented to a proof.
//!
//! Unknown client, wrong secret, ended or revoked secret and disabled client do the same work and
//! come to the same denial. The digest of the presented secret is made before this, always; what is
//! left here is one comparison of 32 bytes per credential, or with a dummy when there is none.

use crate::client::{Client, ClientState, CredentialState};
use crate::denial::Denial;
use crate::time::Timestamp;
use jeton_secret::{ClientSecretDigest, CredentialId};
use std::sync::Arc;
use subtle::{Choice, ConstantTimeEq};

/// Compared with when there is no credential; no secret has this digest but with chance 2^-256.
const DUMMY: ClientSecretDigest = ClientSecretDigest([0x6a; 32]);

/// The proof that a client is who it says it is. Only [`authenticate`] makes one, and issuing,
/// introspecting and revoking ask for it.
#[derive(Debug)]
pub struct AuthenticatedClient {
    client: Arc<Client>,
    credential: CredentialId,
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
    let matches = stored.map_or(DUMMY, |stored| stored.digest).ct_eq(presented);
    let live = stored.is_some_and(|stored| stored.state(now) == CredentialState::Live)
        && found.as_deref().is_some_and(|client| client.state == ClientState::Active);
    match found {
        Some(client) if bool::from(matches & Choice::from(u8::from(live))) => {
            Ok(AuthenticatedClient { client, credential })
        }
        Some(_) | None => Err(Denial::InvalidClient),
    }
}

#[cfg(test)]
mod tests;
