//! Access tokens as facts: who they are for, what they allow, how long they live.

use crate::client::Client;
use crate::credential::Credential;
use crate::id::ClientId;
use crate::scope::ScopeSet;
use crate::time::Timestamp;
use jeton_secret::{CredentialId, Position, TokenDigest};

/// The order of issue: 56 bits, never reused. An opaque token has one of its own; a JWT has the next
/// one at the time of the facts that it was decided on, so that it stands in the same order to every
/// revocation of "all tokens so far".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Sequence(pub u64);

impl Sequence {
    /// The largest sequence.
    pub const MAX: Self = Self((1 << 56) - 1);
}

/// Where a token is kept: by expiry, then by order of issue, so that inserting goes to one end of
/// the table and purging takes from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenKey {
    /// When the token expires; 40 bits.
    pub expires: Timestamp,
    /// Its order of issue.
    pub sequence: Sequence,
}

impl TokenKey {
    /// The last expiry that fits: far beyond any clock.
    pub const EXPIRES_MAX: Timestamp = Timestamp((1 << 40) - 1);

    /// The form that is masked and put into the token's text: 5 bytes of expiry, 7 of sequence.
    pub fn position(self) -> Position {
        let packed = (u128::from(self.expires.0 & Self::EXPIRES_MAX.0) << 56)
            | u128::from(self.sequence.0 & Sequence::MAX.0);
        let mut bytes = [0; Position::BYTES];
        for (byte, packed) in bytes.iter_mut().zip(packed.to_be_bytes().iter().skip(16 - Position::BYTES)) {
            *byte = *packed;
        }
        Position(bytes)
    }

    /// Reads that form back; every position is a key, though hardly ever one that exists.
    pub fn from_position(position: Position) -> Self {
        let packed = position.0.iter().fold(0_u128, |packed, byte| (packed << 8) | u128::from(*byte));
        #[expect(clippy::cast_possible_truncation, reason = "both halves are masked to their width")]
        let (expires, sequence) = ((packed >> 56) as u64, (packed as u64) & Sequence::MAX.0);
        Self { expires: Timestamp(expires), sequence: Sequence(sequence) }
    }
}

/// What a token says, whatever its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessTokenFacts {
    /// Whose it is.
    pub client: ClientId,
    /// The credential that obtained it.
    pub credential: CredentialId,
    /// When it was issued.
    pub issued: Timestamp,
    /// What it allows.
    pub scopes: ScopeSet,
    /// APIs that it is for because the request named their resource URIs (RFC 8707).
    pub resources: Vec<ClientId>,
}

/// What the store knows of an opaque access token.
#[derive(Debug, Clone)]
pub struct StoredToken {
    /// What it says.
    pub facts: AccessTokenFacts,
    /// Digest of its text's secret.
    pub digest: TokenDigest,
}

/// A token that is live for a client at a point in time; only [`assess`] makes one.
#[derive(Debug)]
pub struct LiveToken<'a> {
    /// Where it is kept.
    pub key: TokenKey,
    /// The token.
    pub facts: &'a AccessTokenFacts,
    /// Whose it is.
    pub client: &'a Client,
}

impl LiveToken<'_> {
    /// Whether it is a personal access token.
    pub fn is_personal(&self) -> bool {
        let credential = self.client.credential(self.facts.credential);
        credential.is_some_and(Credential::is_personal_access_token)
    }
}

/// Why a token is not live. Callers on the wire see none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dead {
    /// The presented secret is not the token's.
    WrongSecret,
    /// Its time is over.
    Expired,
    /// Its client is deactivated or locked, or what it belongs to is deactivated.
    ClientInactive,
    /// All tokens of its client, or of its credential, were revoked after it was issued.
    Revoked,
    /// The credential that obtained it was revoked, or is gone.
    CredentialRevoked,
}

/// Says whether an opaque token found at `key` lives at `now`.
///
/// # Errors
/// The first reason why it does not.
pub fn assess<'a>(
    key: TokenKey,
    stored: &'a StoredToken,
    presented: TokenDigest,
    client: &'a Client,
    now: Timestamp,
) -> Result<LiveToken<'a>, Dead> {
    use subtle::ConstantTimeEq;
    if !bool::from(stored.digest.ct_eq(&presented)) {
        return Err(Dead::WrongSecret);
    }
    assess_authentic(key, &stored.facts, client, now)
}

/// Says whether a token that is certainly ours lives at `now`: of an opaque one the digest was
/// compared, of a JWT the signature was verified and the list of revoked ones looked at.
///
/// # Errors
/// The first reason why it does not.
pub fn assess_authentic<'a>(
    key: TokenKey,
    facts: &'a AccessTokenFacts,
    client: &'a Client,
    now: Timestamp,
) -> Result<LiveToken<'a>, Dead> {
    check_lifetime(key, facts.credential, client, now)?;
    Ok(LiveToken { key, facts, client })
}

/// What can end a token by itself or through its client and credential.
///
/// # Errors
/// The first reason why it does not live.
pub fn check_lifetime(
    key: TokenKey,
    credential: CredentialId,
    client: &Client,
    now: Timestamp,
) -> Result<(), Dead> {
    if key.expires <= now {
        return Err(Dead::Expired);
    }
    if !client.is_active() {
        return Err(Dead::ClientInactive);
    }
    if key.sequence < client.tokens_valid_from {
        return Err(Dead::Revoked);
    }
    match client.credential(credential) {
        Some(credential) if credential.revoked.is_some() => Err(Dead::CredentialRevoked),
        Some(credential) if key.sequence < credential.tokens_valid_from => Err(Dead::Revoked),
        Some(_) => Ok(()),
        None => Err(Dead::CredentialRevoked),
    }
}

#[cfg(test)]
mod tests;
