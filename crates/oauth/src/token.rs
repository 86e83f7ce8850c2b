//! Access tokens as facts: who they are for, what they allow, how long they live.

use crate::client::{Client, ClientState};
use crate::id::ClientId;
use crate::scope::ScopeSet;
use crate::time::Timestamp;
use jeton_secret::{CredentialId, Position, TokenDigest};

/// The order in which the store issued tokens: 56 bits, never reused.
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

/// What the store knows of an access token.
#[derive(Debug, Clone)]
pub struct AccessTokenFacts {
    /// Whose it is.
    pub client: ClientId,
    /// The credential that obtained it.
    pub credential: CredentialId,
    /// When it was issued.
    pub issued: Timestamp,
    /// What it allows.
    pub scopes: ScopeSet,
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

/// Why a token is not live. Callers on the wire see none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dead {
    /// The presented secret is not the token's.
    WrongSecret,
    /// Its time is over.
    Expired,
    /// Its client is deactivated.
    ClientInactive,
    /// All tokens of its client, or of its credential, were revoked after it was issued.
    Revoked,
    /// The credential that obtained it was revoked, or is gone.
    CredentialRevoked,
}

/// Says whether a token found at `key` lives at `now`.
///
/// # Errors
/// The first reason why it does not.
pub fn assess<'a>(
    key: TokenKey,
    facts: &'a AccessTokenFacts,
    presented: TokenDigest,
    client: &'a Client,
    now: Timestamp,
) -> Result<LiveToken<'a>, Dead> {
    use subtle::ConstantTimeEq;
    if !bool::from(facts.digest.ct_eq(&presented)) {
        return Err(Dead::WrongSecret);
    }
    if key.expires <= now {
        return Err(Dead::Expired);
    }
    match client.state {
        ClientState::Active => {}
        ClientState::Inactive => return Err(Dead::ClientInactive),
    }
    if key.sequence < client.tokens_valid_from {
        return Err(Dead::Revoked);
    }
    match client.credential(facts.credential) {
        Some(credential) if credential.revoked.is_some() => Err(Dead::CredentialRevoked),
        Some(credential) if key.sequence < credential.tokens_valid_from => Err(Dead::Revoked),
        Some(_) => Ok(LiveToken { key, facts, client }),
        None => Err(Dead::CredentialRevoked),
    }
}

#[cfg(test)]
mod tests;
