//! Access tokens as facts: who they are for, what they allow, how long they live.

use crate::client::Client;
use crate::credential::{Credential, FoundCredential};
use crate::id::ClientId;
use crate::scope::ScopeSet;
use crate::time::{Moment, Timestamp};
use jeton_secret::{CredentialId, PersonalAccessTokenDigest, Position, TokenDigest};
use subtle::{Choice, ConstantTimeEq};

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
    pub const fn from_position(position: Position) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = position.0;
        let packed = u128::from_be_bytes([0, 0, 0, 0, a, b, c, d, e, f, g, h, i, j, k, l]);
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
    pub issued: Moment,
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

/// A token that is live for a client at a point in time; only this module makes one.
#[derive(Debug)]
pub struct LiveToken<'a> {
    /// When it expires; a personal access token may have no end.
    pub expires: Option<Timestamp>,
    /// What it says.
    pub facts: &'a AccessTokenFacts,
    /// The owning client.
    pub client: &'a Client,
    personal: bool,
}

impl LiveToken<'_> {
    /// Whether it is a personal access token.
    pub const fn is_personal(&self) -> bool {
        self.personal
    }
}

/// Why a token is not live. Callers on the wire see none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dead {
    /// The presented secret is not the token's.
    WrongSecret,
    /// Its time is over.
    Expired,
    /// It says that it was issued in the future: the clock was ahead then.
    Implausible,
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
    credential: Option<FoundCredential<'_>>,
    now: Moment,
) -> Result<LiveToken<'a>, Dead> {
    if !bool::from(stored.digest.ct_eq(&presented)) {
        return Err(Dead::WrongSecret);
    }
    assess_authentic(key, &stored.facts, client, credential, now)
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
    credential: Option<FoundCredential<'_>>,
    now: Moment,
) -> Result<LiveToken<'a>, Dead> {
    check_lifetime(key, facts.issued, client, credential, now)?;
    Ok(LiveToken { expires: Some(key.expires), facts, client, personal: false })
}

/// What can end a token by itself or through its client and the credential that obtained it, of the client's
/// present or past.
///
/// # Errors
/// The first reason why it does not live.
pub fn check_lifetime(
    key: TokenKey,
    issued: Moment,
    client: &Client,
    credential: Option<FoundCredential<'_>>,
    now: Moment,
) -> Result<(), Dead> {
    if now.is_past(issued, key.expires) {
        return Err(Dead::Expired);
    }
    if !now.is_plausible(issued) {
        return Err(Dead::Implausible);
    }
    if !client.is_active() {
        return Err(Dead::ClientInactive);
    }
    if key.sequence < client.tokens_valid_from {
        return Err(Dead::Revoked);
    }
    match credential {
        Some(found) if found.revoked.is_some() => Err(Dead::CredentialRevoked),
        Some(found) if key.sequence < found.credential.tokens_valid_from => Err(Dead::Revoked),
        Some(_) => Ok(()),
        None => Err(Dead::CredentialRevoked),
    }
}

/// Says whether a personal access token lives at `now`; `facts` are those of [`crate::grant::personal`].
///
/// # Errors
/// The first reason why it does not.
pub fn assess_personal<'a>(
    facts: &'a AccessTokenFacts,
    presented: &PersonalAccessTokenDigest,
    client: &'a Client,
    credential: Option<FoundCredential<'_>>,
    now: Moment,
) -> Result<LiveToken<'a>, Dead> {
    let stored = credential.and_then(|found| found.credential.personal_digest());
    let same = stored.unwrap_or(NO_TOKEN).ct_eq(presented) & Choice::from(u8::from(stored.is_some()));
    if !bool::from(same) {
        return Err(Dead::WrongSecret);
    }
    let expires = check_personal(client, credential, now)?;
    Ok(LiveToken { expires, facts, client, personal: true })
}

/// What can end a personal access token; its end, if it has one.
///
/// # Errors
/// The first reason why it does not live.
pub fn check_personal(
    client: &Client,
    credential: Option<FoundCredential<'_>>,
    now: Moment,
) -> Result<Option<Timestamp>, Dead> {
    let found = credential.ok_or(Dead::CredentialRevoked)?;
    if found.revoked.is_some() {
        return Err(Dead::CredentialRevoked);
    }
    let expires = personal_end(client, found.credential);
    if expires.is_some_and(|end| now.is_past(found.credential.created, end)) {
        return Err(Dead::Expired);
    }
    if client.is_active() { Ok(expires) } else { Err(Dead::ClientInactive) }
}

/// The end of a personal access token: its own, or that of the life that its user's tokens may have.
pub fn personal_end(client: &Client, credential: &Credential) -> Option<Timestamp> {
    let lifetime = client.service_user().and_then(|user| user.limits.lifetime);
    let bound = lifetime.map(|lifetime| credential.created.wall.after(lifetime));
    [credential.not_after, bound].into_iter().flatten().min()
}

/// Compared with when there is no such credential; no token has this digest but with chance 2^-256.
const NO_TOKEN: PersonalAccessTokenDigest = PersonalAccessTokenDigest([0x6a; 32]);

#[cfg(test)]
mod tests;
