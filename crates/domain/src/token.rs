//! Access tokens as facts: who they are for, what they allow, how long they live.

use crate::client::Client;
use crate::credential::FoundCredential;
use crate::generation::Generation;
use crate::id::ClientId;
use crate::limits::TOKEN_LIFETIME_MAX;
use crate::scope::ScopeSet;
use crate::time::{Moment, Timestamp};
use jeton_secret::{CredentialId, PersonalAccessTokenDigest, TokenName};
use subtle::{Choice, ConstantTimeEq};

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
    /// True of a personal access token, which is for no project by default.
    pub personal: bool,
}

/// The content of an access token, in either envelope: sealed, or signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its own name, by which it is revoked alone.
    pub name: TokenName,
    /// The larger of the marks of its client and its credential when it was decided.
    pub generation: Generation,
    /// The end of its life; 40 bits.
    pub expires: Timestamp,
    /// Its client, and the rights that it gives.
    pub facts: AccessTokenFacts,
}

/// The part of a statement that decides, with the facts about its client, whether the token lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// Its name.
    pub name: TokenName,
    /// Its generation.
    pub generation: Generation,
    /// The time of issue.
    pub issued: Moment,
    /// The end of its life.
    pub expires: Timestamp,
}

impl Statement {
    /// The part that decides, with the facts, whether it lives.
    pub const fn life(&self) -> Life {
        let Self { name, generation, expires, .. } = *self;
        Life { name, generation, issued: self.facts.issued, expires }
    }
}

/// Facts about all tokens of an instance, at a point in time.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The newest generation that was drawn.
    pub newest: Generation,
    /// Now.
    pub now: Moment,
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
    _assessed: Assessed,
}

/// Made by this module alone.
#[derive(Debug)]
struct Assessed;

impl LiveToken<'_> {
    /// Whether it is a personal access token.
    pub const fn is_personal(&self) -> bool {
        self.facts.personal
    }
}

/// Why a token is not live. Callers on the wire see none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dead {
    /// The presented secret is not the token's.
    WrongSecret,
    /// Its time is over.
    Expired,
    /// It says what no token of ours can say: issued in the future (the clock was ahead then), of a generation that was never
    /// drawn (a backup was restored since), or with a life longer than any. Or else a key is in other hands.
    Implausible,
    /// Its client is deactivated or locked, or what it belongs to is deactivated.
    ClientInactive,
    /// All tokens of its client, or of its credential, were revoked after it was issued.
    Revoked,
    /// The credential that obtained it was revoked, or is gone.
    CredentialRevoked,
}

/// Says whether a token lives whose envelope is authentic and whose name was not revoked: the rules for opaque tokens and
/// JWTs alike.
///
/// # Errors
/// The first reason why it does not.
pub fn assess<'a>(
    statement: &'a Statement,
    client: &'a Client,
    credential: Option<FoundCredential<'_>>,
    times: Times,
) -> Result<LiveToken<'a>, Dead> {
    statement.life().check(client, credential, times)?;
    Ok(LiveToken { expires: Some(statement.expires), facts: &statement.facts, client, _assessed: Assessed })
}

impl Life {
    /// Looks for an end of a token by itself or through its client and the credential that obtained it, of the client's
    /// present or past. Its name may be revoked besides.
    ///
    /// # Errors
    /// The first reason why it does not live.
    pub fn check(
        self,
        client: &Client,
        credential: Option<FoundCredential<'_>>,
        times: Times,
    ) -> Result<(), Dead> {
        let Times { newest, now } = times;
        if now.is_past(self.issued, self.expires) {
            return Err(Dead::Expired);
        }
        let length = self.expires.seconds_after(self.issued.wall);
        let is_plausible = now.is_plausible(self.issued)
            && self.generation <= newest
            && length <= u64::from(TOKEN_LIFETIME_MAX.0);
        if !is_plausible {
            return Err(Dead::Implausible);
        }
        if !client.is_active() {
            return Err(Dead::ClientInactive);
        }
        if self.generation < client.mark {
            return Err(Dead::Revoked);
        }
        match credential {
            Some(found) if found.revoked.is_some() => Err(Dead::CredentialRevoked),
            Some(found) if self.generation < found.credential.mark => Err(Dead::Revoked),
            Some(_) => Ok(()),
            None => Err(Dead::CredentialRevoked),
        }
    }
}

/// Says whether a personal access token lives at `now`; `facts` are what it allows today.
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
    Ok(LiveToken { expires, facts, client, _assessed: Assessed })
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
    if !client.is_live(found.credential, now) {
        return Err(Dead::Expired);
    }
    let expires = client.end_of(found.credential).map(|end| end.wall);
    if client.is_active() { Ok(expires) } else { Err(Dead::ClientInactive) }
}

/// Compared with when there is no such credential; no token has this digest but with chance 2^-256.
const NO_TOKEN: PersonalAccessTokenDigest = PersonalAccessTokenDigest([0x6a; 32]);

mod statement;
#[cfg(test)]
mod tests;
