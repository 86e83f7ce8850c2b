//! Client authentication: from the presented credentials to a proof.
//!
//! Unknown client, wrong secret, ended or revoked secret and disabled client do the same work and get the
//! same denial. The caller has always computed the digest of the presented secret before this; the work
//! here is one comparison of 32 bytes per credential, or with a dummy if there is none. With an assertion
//! it is one verification of a signature, by a dummy key if there is no other.

use crate::assertion::{AssertionUse, CheckedAssertion};
use crate::denial::Denial;
use crate::jws::{Header, Unverified};
use crate::limits::KEYS_TRIED_MAX;
use jeton_domain::client::Client;
use jeton_domain::credential::{Credential, CredentialState, FoundCredential, PastCredential};
use jeton_domain::generation::Generation;
use jeton_domain::id::ClientId;
use jeton_domain::time::Moment;
use jeton_secret::{ClientSecretDigest, CredentialId};
use std::sync::Arc;
use subtle::{Choice, ConstantTimeEq};

/// The dummy digest for requests without a credential; a random secret has it with a probability of
/// 2^-256.
const DUMMY: ClientSecretDigest = ClientSecretDigest([0x6a; 32]);

/// The proof that a client is who it says it is. Only [`authenticate`] and [`authenticate_assertion`]
/// make one, and issuing, introspecting and revoking ask for it:
///
/// ```compile_fail
/// # use jeton_oauth::authenticate::AuthenticatedClient;
/// fn forged(proof: AuthenticatedClient) -> AuthenticatedClient {
///     AuthenticatedClient { ..proof }
/// }
/// ```
#[derive(Debug)]
pub struct AuthenticatedClient {
    client: Arc<Client>,
    credential: CredentialId,
    generation: Generation,
    assertion: Option<AssertionUse>,
}

impl AuthenticatedClient {
    /// The authenticated client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The credential that it authenticated with.
    pub const fn credential(&self) -> CredentialId {
        self.credential
    }

    /// The generation of tokens that it obtains: the larger of its mark and its credential's, in the
    /// facts that proved it.
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    fn new(client: Arc<Client>, proven: Proven, assertion: Option<AssertionUse>) -> Self {
        let Proven { credential, mark } = proven;
        Self { credential, generation: client.mark.max(mark), client, assertion }
    }

    /// The single use that must be recorded before the request is answered; `None` unless it
    /// authenticated with an assertion that works once.
    pub const fn assertion(&self) -> Option<&AssertionUse> {
        self.assertion.as_ref()
    }
}

/// A proven credential, and its mark.
#[derive(Debug, Clone, Copy)]
struct Proven {
    credential: CredentialId,
    mark: Generation,
}

impl From<&Credential> for Proven {
    fn from(credential: &Credential) -> Self {
        Self { credential: credential.id, mark: credential.mark }
    }
}

/// Compares the presented digest with the credential that the secret names: first among the client's live
/// credentials and, if that does not prove it, in the client's past, by `past`. (Nearly all credentials
/// of the past have ended; one that ended while the clock was ahead may live again.) Every failure looks
/// into the past, so all failures cost the same.
///
/// # Errors
/// [`Denial::InvalidClient`] for every reason; the errors of `past`.
pub fn authenticate(
    found: Option<Arc<Client>>,
    credential: CredentialId,
    presented: &ClientSecretDigest,
    past: impl FnOnce(ClientId) -> Result<Option<PastCredential>, Denial>,
    now: Moment,
) -> Result<AuthenticatedClient, Denial> {
    let present = found.as_deref().and_then(|client| client.credential(credential));
    let active = found.as_deref().is_some_and(Client::is_active);
    let mut proven = proves(present.map(FoundCredential::from), presented, now);
    if proven.is_none() || !active {
        let past = past(found.as_deref().map_or(NOBODY, |client| client.id))?;
        proven = proves(past.as_ref().map(FoundCredential::from), presented, now);
    }
    match (found, proven) {
        (Some(client), Some(proven)) if active => Ok(AuthenticatedClient::new(client, proven, None)),
        _ => Err(Denial::InvalidClient),
    }
}

/// An id that no client has.
const NOBODY: ClientId = ClientId(0);

fn proves(
    credential: Option<FoundCredential<'_>>,
    presented: &ClientSecretDigest,
    now: Moment,
) -> Option<Proven> {
    let secret = credential.filter(|found| found.credential.is_secret());
    let matches = secret.and_then(|found| found.credential.digest()).unwrap_or(DUMMY).ct_eq(presented);
    let live = secret.is_some_and(|found| found.state(now) == CredentialState::Live);
    let proven = bool::from(matches & Choice::from(u8::from(live)));
    secret.filter(|_| proven).map(|found| found.credential.into())
}

/// Verifies an assertion with the client's key that it names or, if it names none, with the newest keys
/// of its algorithm, one after the other. `verify` is true if a signature is by a credential's key; given
/// `None` it does the same work and discards the result, so every failure costs the same.
///
/// # Errors
/// [`Denial::InvalidClient`] for every reason.
pub fn authenticate_assertion(
    found: Option<Arc<Client>>,
    assertion: &CheckedAssertion<'_>,
    mut verify: impl FnMut(Option<&Credential>, &Unverified<'_>) -> bool,
    past: impl FnOnce(ClientId, CredentialId) -> Result<Option<PastCredential>, Denial>,
    now: Moment,
) -> Result<AuthenticatedClient, Denial> {
    let header = assertion.header();
    let mut keys = found.as_deref().map(|client| candidates(client, header, now)).unwrap_or_default();
    let past = match (&found, keys.as_slice(), named(header)) {
        (Some(client), [], Some(id)) => past(client.id, id)?,
        _ => None,
    };
    let lives = |past: &&PastCredential| past.state(now) == CredentialState::Live;
    let fits = |credential: &&Credential| has_algorithm(credential, header);
    keys.extend(past.as_ref().filter(lives).map(|past| &past.credential).filter(fits));
    let tries = if header.key_id.is_some() { 1 } else { KEYS_TRIED_MAX };
    let key = (0..tries).find_map(|place| {
        let key = keys.get(place).copied();
        let verified = verify(key, assertion.token());
        key.filter(|_| verified).map(Proven::from)
    });
    let active = found.as_deref().is_some_and(Client::is_active);
    match (found, key) {
        (Some(client), Some(proven)) if active && !assertion.fits_both_uses(&client) => {
            Ok(AuthenticatedClient::new(client, proven, assertion.single_use()))
        }
        _ => Err(Denial::InvalidClient),
    }
}

/// The reason a client was not authenticated. For administrators; the caller only gets
/// [`Denial::InvalidClient`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ClientFault {
    /// No client has this name or id, or the request named none.
    #[error("there is no such client")]
    Unknown,
    /// The client is deactivated or locked, or its organization is deactivated.
    #[error("the client is deactivated or locked, or its organization is deactivated")]
    Inactive,
    /// The client has no such credential, or no longer.
    #[error("the client has no such credential; it was removed, or is another client's or another server's")]
    NoCredential,
    /// The credential has expired.
    #[error("the credential has ended")]
    Ended,
    /// The credential was revoked.
    #[error("the credential was revoked")]
    Revoked,
    /// The secret or the signature is not the credential's.
    #[error("the secret or the signature is not the credential's")]
    Wrong,
}

impl ClientFault {
    /// The machine-readable name of the reason.
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

    /// The reason for a client and the state of the named credential, after [`authenticate`] or
    /// [`authenticate_assertion`] refused it. It compares nothing secret.
    pub fn of(found: Option<&Client>, credential: Option<CredentialState>) -> Self {
        let Some(client) = found else { return Self::Unknown };
        if !client.is_active() {
            return Self::Inactive;
        }
        match credential {
            None => Self::NoCredential,
            Some(CredentialState::Ended) => Self::Ended,
            Some(CredentialState::Revoked) => Self::Revoked,
            Some(CredentialState::Live) => Self::Wrong,
        }
    }
}

/// The live key with the header's id and algorithm; the newest ones of the algorithm if the header names
/// none.
fn candidates<'c>(client: &'c Client, header: &Header, now: Moment) -> Vec<&'c Credential> {
    let is_named = |id: CredentialId| header.key_id.as_deref().is_none_or(|named| id.to_string() == named);
    let fits = |credential: &&Credential| {
        credential.is_live(now) && has_algorithm(credential, header) && is_named(credential.id)
    };
    client.credentials.iter().rev().filter(fits).take(KEYS_TRIED_MAX).collect()
}

fn has_algorithm(credential: &Credential, header: &Header) -> bool {
    credential.key().is_some_and(|key| key.algorithm == header.algorithm)
}

/// The credential that a header's `kid` names.
fn named(header: &Header) -> Option<CredentialId> {
    let text = header.key_id.as_deref()?;
    text.parse().ok().map(CredentialId).filter(|id| id.to_string() == text)
}

#[cfg(test)]
mod tests;
