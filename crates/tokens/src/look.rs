//! Finding a presented token, and deciding if it is live.

use crate::Tokens;
use crate::apis::{named_apis, resources};
use crate::lookups::Lookups;
use crate::presented::{Asking, Found, Id, Kept, KeptToken, Presented, Revocation, TokenInactive};
use jeton_domain::client::found;
use jeton_domain::generation::Generation;
use jeton_domain::id::{ClientId, TokenKeyId};
use jeton_domain::resource::Resource;
use jeton_domain::time::{Careful, Moment};
use jeton_domain::token::{
    AccessTokenFacts, InactiveReason, LiveToken, Statement, Times, assess, assess_personal,
};
use jeton_oauth::denial::Denial;
use jeton_oauth::grant::{self, Grant};
use jeton_oauth::jws::Unverified;
use jeton_oauth::jwt::AccessTokenClaims;
use jeton_oauth::render::Seen;
use jeton_secret::{CredentialId, PersonalAccessToken, PersonalAccessTokenDigest, SealedToken, TokenName};
use jeton_store::{Snapshot, Unavailable};
use std::sync::Arc;

/// The result of `see` on a live token, or the reason why there is none.
type Shown<R> = Result<Result<R, TokenInactive>, Unavailable>;

impl Tokens {
    /// The part that may be kept of a token that is not a JWT.
    ///
    /// # Errors
    /// [`Unavailable`] if the store or the key can't be read.
    pub fn keep(&self, text: &str) -> Result<Result<KeptToken, TokenInactive>, Unavailable> {
        if PersonalAccessToken::is_claimed_by(text) {
            let parsed = PersonalAccessToken::parse(text).map_err(|_| TokenInactive::Malformed);
            return Ok(parsed.map(|token| self.kept_personal(&token)));
        }
        let Ok(sealed) = SealedToken::parse(text) else { return Ok(Err(TokenInactive::Malformed)) };
        let ring = self.token_keys.ring(&*self.store.snapshot()?);
        let read = ring.read(sealed)?.ok_or(TokenInactive::NotOpened);
        Ok(read.map(|(key, statement)| KeptToken(Kept::Opaque(key, Arc::new(statement)))))
    }

    /// A token of this grant that no client holds: it has no text.
    ///
    /// # Errors
    /// [`Unavailable`] without a key that seals.
    pub fn keep_granted(&self, grant: Grant, name: TokenName) -> Result<KeptToken, Unavailable> {
        let snapshot = self.store.snapshot()?;
        let active = snapshot.token_keys().active().map(|key| key.id);
        let key = active.ok_or(Unavailable::Store)?;
        let life = grant.life(name);
        let (generation, expires) = (life.generation, life.expires);
        let statement = Statement { name, generation, expires, facts: grant.facts };
        Ok(KeptToken(Kept::Opaque(key, Arc::new(statement))))
    }

    fn kept_personal(&self, token: &PersonalAccessToken) -> KeptToken {
        KeptToken(Kept::Personal {
            client: ClientId(token.client()),
            credential: token.credential(),
            digest: self.digests.digest_personal_access_token(token),
        })
    }

    /// Shows the token to `see` if it is live; `None` if it is not, for any reason.
    ///
    /// # Errors
    /// [`Denial::Unavailable`] if the store can't be read, which says nothing about the token.
    pub fn with_token<R>(
        &self,
        text: &str,
        now: Moment,
        see: impl FnOnce(&Found<'_>) -> R,
    ) -> Result<Option<R>, Denial> {
        known_or_not(self.look(text, now, see))
    }

    /// Shows the token to `see` for an authenticated client, if it is live; `see` decides if the client may
    /// see it.
    ///
    /// Every reason for not showing it costs the same lookups, except for texts that can't be tokens of this
    /// server, which the client can tell by itself. So the time of the answer does not tell a live token of
    /// another client from a revoked one.
    ///
    /// # Errors
    /// [`Denial::Unavailable`] if the store can't be read.
    pub fn with_token_for<R>(
        &self,
        asking: Asking,
        text: &str,
        now: Moment,
        see: impl FnOnce(&Found<'_>) -> Option<R>,
    ) -> Result<Option<R>, Denial> {
        let snapshot = self.store.snapshot().map_err(|_| Denial::Unavailable)?;
        let lookups = Lookups::new(&snapshot);
        let why = match self.judge(&lookups, text, now, see).map_err(|_| Denial::Unavailable)? {
            Ok(Some(shown)) => return Ok(Some(shown)),
            Ok(None) => None,
            Err(why) => Some(why),
        };
        tracing::debug!(?why, "a token that is not live, or is for others, was presented");
        even_out(&lookups, asking, why);
        Ok(None)
    }

    /// The revocation of a presented token of the asking client, if it is live or may live again. As with
    /// [`Self::with_token_for`], a token of another client takes as long as one that no key opens.
    ///
    /// # Errors
    /// [`Denial::Unavailable`] if the store can't be read.
    pub fn revocation_of_own(
        &self,
        asking: Asking,
        text: &str,
        now: Moment,
    ) -> Result<Option<Revocation>, Denial> {
        let snapshot = self.store.snapshot().map_err(|_| Denial::Unavailable)?;
        let lookups = Lookups::new(&snapshot);
        let shown = self.judge(&lookups, text, now, |found| found.presented());
        let shown = shown.map_err(|_| Denial::Unavailable)?;
        let why = shown.err();
        if let Some(presented) = revocable(shown, now).filter(|presented| presented.client == asking.0) {
            return Ok(Some(presented.revocation()));
        }
        even_out(&lookups, asking, why);
        Ok(None)
    }

    /// The revocation of a token of any client, if it is live or may live again.
    ///
    /// # Errors
    /// [`Unavailable`] if the store can't be read.
    pub fn revocation(&self, text: &str, now: Moment) -> Result<Option<Revocation>, Unavailable> {
        let shown = self.look(text, now, |found| found.presented())?;
        Ok(revocable(shown, now).map(|presented| presented.revocation()))
    }

    /// Shows a token that was presented before to `see`, if it is still live.
    ///
    /// # Errors
    /// [`Denial::Unavailable`] if the store can't be read.
    pub fn with_kept<R>(
        &self,
        token: &KeptToken,
        now: Moment,
        see: impl FnOnce(&Found<'_>) -> R,
    ) -> Result<Option<R>, Denial> {
        let snapshot = self.store.snapshot().map_err(|_| Denial::Unavailable)?;
        known_or_not(self.look_at_kept(&Lookups::new(&snapshot), token, now, see))
    }

    /// Shows the token to `see` if it is live, or returns the reason why it is not.
    ///
    /// # Errors
    /// [`Unavailable`] if the store can't be read.
    pub fn look<R>(&self, text: &str, now: Moment, see: impl FnOnce(&Found<'_>) -> R) -> Shown<R> {
        let snapshot = self.store.snapshot()?;
        self.judge(&Lookups::new(&snapshot), text, now, see)
    }

    fn judge<R>(
        &self,
        lookups: &Lookups<'_>,
        text: &str,
        now: Moment,
        see: impl FnOnce(&Found<'_>) -> R,
    ) -> Shown<R> {
        if PersonalAccessToken::is_claimed_by(text) {
            let Ok(token) = PersonalAccessToken::parse(text) else {
                return Ok(Err(TokenInactive::Malformed));
            };
            return self.look_at_kept(lookups, &self.kept_personal(&token), now, see);
        }
        if !SealedToken::is_claimed_by(text) {
            return self.with_jwt(lookups, text, now, see);
        }
        let Ok(sealed) = SealedToken::parse(text) else { return Ok(Err(TokenInactive::Malformed)) };
        match self.token_keys.ring(lookups.snapshot()).read(sealed)? {
            Some((key, statement)) => self.with_sealed(lookups, (key, &statement), now, see),
            None => Ok(Err(TokenInactive::NotOpened)),
        }
    }

    fn look_at_kept<R>(
        &self,
        lookups: &Lookups<'_>,
        token: &KeptToken,
        now: Moment,
        see: impl FnOnce(&Found<'_>) -> R,
    ) -> Shown<R> {
        match &token.0 {
            Kept::Opaque(key, _) if !self.token_keys.ring(lookups.snapshot()).has(*key)? => {
                Ok(Err(TokenInactive::NotOpened))
            }
            Kept::Opaque(key, statement) => self.with_sealed(lookups, (*key, statement), now, see),
            Kept::Personal { client, credential, digest } => {
                with_personal(lookups, *client, *credential, digest, now, see)
            }
        }
    }

    fn with_sealed<R>(
        &self,
        lookups: &Lookups<'_>,
        (key, statement): (TokenKeyId, &Statement),
        now: Moment,
        see: impl FnOnce(&Found<'_>) -> R,
    ) -> Shown<R> {
        let resources = resources(lookups.snapshot(), &statement.facts)?;
        self.with_statement(lookups, statement, &resources, Id::Opaque(statement.life(), key), now, see)
    }

    /// The rules that both envelopes share. All lookups come before any decision.
    fn with_statement<R>(
        &self,
        lookups: &Lookups<'_>,
        statement: &Statement,
        resources: &[Resource],
        id: Id<'_>,
        now: Moment,
        see: impl FnOnce(&Found<'_>) -> R,
    ) -> Shown<R> {
        let facts = &statement.facts;
        let is_revoked = lookups.is_token_revoked(statement.name)?;
        let Some(known) = lookups.client(facts.client)? else { return Ok(Err(TokenInactive::Ownerless)) };
        let client = &*known.client;
        let past = lookups.past_of(client, facts.credential)?;
        let credential = found(client, past.as_ref(), facts.credential);
        let times = Times { newest: lookups.snapshot().newest_generation(), now };
        let live = assess(statement, client, credential, times);
        if matches!(live, Err(InactiveReason::Implausible)) {
            self.alarm.raise(client.id);
        }
        let AccessTokenFacts { client, credential, issued, .. } = *facts;
        let (expires, life) = (Some(statement.expires), Some(statement.life()));
        let presented = Presented { client, credential, issued, expires, life };
        if is_revoked {
            return Ok(Err(TokenInactive::Revoked(presented)));
        }
        Ok(show(live, presented, lookups.snapshot(), resources, id, see))
    }

    /// A JWT is ours if one of our published keys signed it; the rest is as with an opaque token.
    fn with_jwt<R>(
        &self,
        lookups: &Lookups<'_>,
        text: &str,
        now: Moment,
        see: impl FnOnce(&Found<'_>) -> R,
    ) -> Shown<R> {
        let Ok(token) = Unverified::parse(text) else { return Ok(Err(TokenInactive::Malformed)) };
        let ring = self.signing_keys.ring(lookups.snapshot());
        if let Some(unreadable) = ring.unreadable(&token) {
            return Err(unreadable.into());
        }
        let Some(key) = ring.verified_by(&token) else { return Ok(Err(TokenInactive::NotSigned)) };
        let Ok(payload) = token.payload() else { return Ok(Err(TokenInactive::NotAnAccessToken)) };
        let claims = AccessTokenClaims::read(&token.header, &payload);
        let Some(claims) = claims else { return Ok(Err(TokenInactive::NotAnAccessToken)) };
        let Some(id) = self.digests.read_jwt_id(claims.jti) else {
            return Ok(Err(TokenInactive::NotAnAccessToken));
        };
        let (apis, resources) = named_apis(lookups.snapshot(), &claims)?;
        let facts = AccessTokenFacts {
            client: claims.subject,
            credential: id.credential,
            issued: Moment { wall: claims.issued, careful: Careful(id.careful) },
            scopes: claims.scopes,
            resources: apis,
            personal: false,
        };
        let generation = Generation(id.generation);
        let statement = Statement { name: id.name, generation, expires: claims.expires, facts };
        let id = Id::Jwt { jti: claims.jti, life: statement.life(), key };
        self.with_statement(lookups, &statement, &resources, id, now, see)
    }
}

/// Makes the look-ups that were not made because the token ended early. Its sender can tell by itself that a
/// text is no token of this server.
fn even_out(lookups: &Lookups<'_>, asking: Asking, why: Option<TokenInactive>) {
    use TokenInactive::{Malformed, NotAnAccessToken, NotSigned};
    if !matches!(why, Some(Malformed | NotSigned | NotAnAccessToken)) {
        lookups.make_the_rest(asking);
    }
}

fn revocable(shown: Result<Presented, TokenInactive>, now: Moment) -> Option<Presented> {
    match shown {
        Ok(presented) => Some(presented),
        Err(TokenInactive::Ended(dead, presented)) => {
            presented.may_live_again(dead, now).then_some(presented)
        }
        Err(_) => None,
    }
}

fn known_or_not<R>(shown: Shown<R>) -> Result<Option<R>, Denial> {
    let shown = shown.map_err(|_| Denial::Unavailable)?;
    Ok(shown.inspect_err(|why| tracing::debug!(?why, "a token that is not live was presented")).ok())
}

/// A personal access token is a credential of its client, with nothing else to look up.
fn with_personal<R>(
    lookups: &Lookups<'_>,
    client: ClientId,
    credential: CredentialId,
    digest: &PersonalAccessTokenDigest,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Shown<R> {
    let Some(known) = lookups.client(client)? else { return Ok(Err(TokenInactive::Ownerless)) };
    let client = &*known.client;
    let past = lookups.past_of(client, credential)?;
    let Some(own) = found(client, past.as_ref(), credential) else { return Ok(Err(TokenInactive::Unknown)) };
    let facts = grant::personal(client, own.credential, lookups.snapshot().instance());
    let live = assess_personal(&facts, digest, client, Some(own), now);
    let (expires, issued) = (client.end_of(own.credential).map(|end| end.wall), own.credential.created);
    let presented = Presented { client: client.id, credential, issued, expires, life: None };
    Ok(show(live, presented, lookups.snapshot(), &[], Id::Personal(credential), see))
}

fn show<R>(
    live: Result<LiveToken<'_>, InactiveReason>,
    presented: Presented,
    snapshot: &Snapshot,
    resources: &[Resource],
    id: Id<'_>,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Result<R, TokenInactive> {
    match live {
        Ok(token) => {
            let seen = Seen { token: &token, resources, instance: snapshot.instance() };
            Ok(see(&Found { seen, id }))
        }
        // The public part of a token without its secret tells nothing about the token.
        Err(InactiveReason::WrongSecret) => Err(TokenInactive::Unknown),
        Err(dead) => Err(TokenInactive::Ended(dead, presented)),
    }
}
