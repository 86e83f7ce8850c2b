//! Access tokens as facts: their client, their rights, their life.

use crate::client::Client;
use crate::credential::FoundCredential;
use crate::generation::Generation;
use crate::id::ClientId;
use crate::limits::TOKEN_LIFETIME_MAX;
use crate::scope::ScopeSet;
use crate::time::{Moment, Timestamp};
use jeton_secret::{CredentialId, PersonalAccessTokenDigest, TokenName};
use subtle::{Choice, ConstantTimeEq};

/// The content that access tokens of all kinds share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessTokenFacts {
    /// The owning client.
    pub client: ClientId,
    /// The credential that obtained it.
    pub credential: CredentialId,
    /// The time of issue.
    pub issued: Moment,
    /// The granted scopes.
    pub scopes: ScopeSet,
    /// The APIs whose resource URIs the request named (RFC 8707).
    pub resources: Vec<ClientId>,
    /// True of a personal access token, which is for no project by default.
    pub personal: bool,
}

/// The content of an access token, in either envelope: sealed, or signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The name, by which a single token is revoked.
    pub name: TokenName,
    /// The larger of the marks of its client and its credential at the time of the decision.
    pub generation: Generation,
    /// The end of its life; 40 bits.
    pub expires: Timestamp,
    /// The client and the rights.
    pub facts: AccessTokenFacts,
}

/// The part of a statement that, with the facts about its client, decides if the token lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// The name.
    pub name: TokenName,
    /// The generation.
    pub generation: Generation,
    /// The time of issue.
    pub issued: Moment,
    /// The end of its life.
    pub expires: Timestamp,
}

impl Statement {
    /// The part of the statement that decides if the token lives.
    pub const fn life(&self) -> Life {
        let Self { name, generation, expires, .. } = *self;
        Life { name, generation, issued: self.facts.issued, expires }
    }
}

/// The facts about all tokens of an instance, at a point in time.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The newest generation that was drawn.
    pub newest: Generation,
    /// The current time.
    pub now: Moment,
}

/// A token that is live for a client at a point in time; only this module makes one.
#[derive(Debug)]
pub struct LiveToken<'a> {
    /// The end of its life; a personal access token may have none.
    pub expires: Option<Timestamp>,
    /// The content.
    pub facts: &'a AccessTokenFacts,
    /// The owning client.
    pub client: &'a Client,
    _assessed: Assessed,
}

/// Made by this module alone.
#[derive(Debug)]
struct Assessed;

impl LiveToken<'_> {
    /// True for a personal access token.
    pub const fn is_personal(&self) -> bool {
        self.facts.personal
    }
}

/// The reason a token is not live. Callers on the wire do not see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InactiveReason {
    /// The presented secret is not the token's.
    WrongSecret,
    /// The token has expired.
    Expired,
    /// The content cannot be a token of this server: issued in the future (the clock was ahead then), of
    /// a generation that was never drawn (a backup was restored since), or with a longer life than any.
    /// Otherwise a key has leaked.
    Implausible,
    /// The client is deactivated or locked, or its organization or project is deactivated.
    ClientInactive,
    /// All tokens of the client, or of the credential, were revoked after it was issued.
    Revoked,
    /// The credential that obtained it was revoked, or no longer exists.
    CredentialRevoked,
}

/// Decides if a token lives whose envelope is authentic and whose name was not revoked: the rules for
/// opaque tokens and JWTs alike.
///
/// # Errors
/// The first reason why it does not live.
pub fn assess<'a>(
    statement: &'a Statement,
    client: &'a Client,
    credential: Option<FoundCredential<'_>>,
    times: Times,
) -> Result<LiveToken<'a>, InactiveReason> {
    statement.life().check(client, credential, times)?;
    Ok(LiveToken { expires: Some(statement.expires), facts: &statement.facts, client, _assessed: Assessed })
}

impl Life {
    /// Checks the token itself, its client and the credential that obtained it, of the client's present
    /// or past. It does not check if the token's name was revoked.
    ///
    /// # Errors
    /// The first reason why it does not live.
    pub fn check(
        self,
        client: &Client,
        credential: Option<FoundCredential<'_>>,
        times: Times,
    ) -> Result<(), InactiveReason> {
        let Times { newest, now } = times;
        if now.is_past(self.issued, self.expires) {
            return Err(InactiveReason::Expired);
        }
        let length = self.expires.seconds_after(self.issued.wall);
        let is_plausible = now.is_plausible(self.issued)
            && self.generation <= newest
            && length <= u64::from(TOKEN_LIFETIME_MAX.0);
        if !is_plausible {
            return Err(InactiveReason::Implausible);
        }
        if !client.is_active() {
            return Err(InactiveReason::ClientInactive);
        }
        if self.generation < client.mark {
            return Err(InactiveReason::Revoked);
        }
        match credential {
            Some(found) if found.revoked.is_some() => Err(InactiveReason::CredentialRevoked),
            Some(found) if self.generation < found.credential.mark => Err(InactiveReason::Revoked),
            Some(_) => Ok(()),
            None => Err(InactiveReason::CredentialRevoked),
        }
    }
}

/// Says whether a personal access token lives at `now`; `facts` are what it allows today.
///
/// # Errors
/// The first reason why it does not live.
pub fn assess_personal<'a>(
    facts: &'a AccessTokenFacts,
    presented: &PersonalAccessTokenDigest,
    client: &'a Client,
    credential: Option<FoundCredential<'_>>,
    now: Moment,
) -> Result<LiveToken<'a>, InactiveReason> {
    let stored = credential.and_then(|found| found.credential.personal_digest());
    let same = stored.unwrap_or(NO_TOKEN).ct_eq(presented) & Choice::from(u8::from(stored.is_some()));
    if !bool::from(same) {
        return Err(InactiveReason::WrongSecret);
    }
    let expires = check_personal(client, credential, now)?;
    Ok(LiveToken { expires, facts, client, _assessed: Assessed })
}

/// Checks a personal access token for everything that can end it, and returns its end, if it has one.
///
/// # Errors
/// The first reason why it does not live.
pub fn check_personal(
    client: &Client,
    credential: Option<FoundCredential<'_>>,
    now: Moment,
) -> Result<Option<Timestamp>, InactiveReason> {
    let found = credential.ok_or(InactiveReason::CredentialRevoked)?;
    if found.revoked.is_some() {
        return Err(InactiveReason::CredentialRevoked);
    }
    if !client.is_live(found.credential, now) {
        return Err(InactiveReason::Expired);
    }
    let expires = client.end_of(found.credential).map(|end| end.wall);
    if client.is_active() { Ok(expires) } else { Err(InactiveReason::ClientInactive) }
}

/// The dummy digest for tokens without a credential; a random token has it with a probability of 2^-256.
const NO_TOKEN: PersonalAccessTokenDigest = PersonalAccessTokenDigest([0x6a; 32]);

mod statement;
#[cfg(test)]
mod tests;
