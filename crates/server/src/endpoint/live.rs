//! Finding a presented access token, opaque or JWT, and deciding if it is live.

mod apis;

use crate::app::App;
use apis::{named_apis, resources};
use jeton_domain::admin::{Bearer, BearerToken, RevokedToken};
use jeton_domain::generation::Generation;
use jeton_domain::id::{ClientId, SigningKeyId, TokenKeyId};
use jeton_domain::resource::Resource;
use jeton_domain::time::{Careful, Moment, Timestamp};
use jeton_domain::token::{
    AccessTokenFacts, InactiveReason, Life, LiveToken, Statement, Times, assess, assess_personal,
};
use jeton_oauth::authenticate::AuthenticatedClient;
use jeton_oauth::denial::Denial;
use jeton_oauth::grant;
use jeton_oauth::jws::Unverified;
use jeton_oauth::jwt::AccessTokenClaims;
use jeton_oauth::render::Seen;
use jeton_secret::{CredentialId, PersonalAccessToken, PersonalAccessTokenDigest, SealedToken, TokenName};
use jeton_store::snapshot::found;
use jeton_store::{Command, Snapshot, Unavailable};
use std::fmt;
use std::hint::black_box;
use std::sync::Arc;

/// A live token and its name.
pub(crate) struct Found<'a> {
    /// The facts that answers are made of.
    pub(crate) seen: Seen<'a>,
    /// The name of the token.
    pub(crate) id: Id<'a>,
}

/// The name of a token, which is also what revocation needs.
#[derive(Clone, Copy)]
pub(crate) enum Id<'a> {
    /// An opaque access token, and the key that sealed it.
    Opaque(Life, TokenKeyId),
    /// A JWT access token, and the key that signed it.
    Jwt { jti: &'a str, life: Life, key: SigningKeyId },
    /// A personal access token: its credential.
    Personal(CredentialId),
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opaque(life, _) => life.name.fmt(f),
            Self::Jwt { jti, .. } => f.write_str(jti),
            Self::Personal(credential) => credential.fmt(f),
        }
    }
}

impl Found<'_> {
    /// The token's own statements, without the facts about its client.
    fn presented(&self) -> Presented {
        let AccessTokenFacts { client, credential, issued, .. } = *self.seen.token.facts;
        let life = match self.id {
            Id::Opaque(life, _) | Id::Jwt { life, .. } => Some(life),
            Id::Personal(_) => None,
        };
        Presented { client, credential, issued, expires: self.seen.token.expires, life }
    }

    /// The bearer, for the writer to check again.
    pub(crate) const fn bearer(&self) -> Bearer {
        let facts = self.seen.token.facts;
        let token = match self.id {
            Id::Opaque(life, key) => BearerToken::Opaque(life, key),
            Id::Jwt { life, key, .. } => BearerToken::Jwt(life, key),
            Id::Personal(_) => BearerToken::Personal,
        };
        Bearer { client: facts.client, credential: facts.credential, token }
    }
}

/// The statements of an authentic token, live or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Presented {
    /// The client of the token.
    pub(crate) client: ClientId,
    /// The credential that obtained the token; of a personal access token its own credential.
    pub(crate) credential: CredentialId,
    /// The time of issue.
    pub(crate) issued: Moment,
    /// The end of its life, if it has one.
    pub(crate) expires: Option<Timestamp>,
    /// The part that decides if it is live; none for a personal access token, which is a credential.
    life: Option<Life>,
}

/// The permanent end of a token.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Revocation {
    /// An opaque token or a JWT.
    Token(RevokedToken),
    /// A personal access token: its credential.
    Credential(ClientId, CredentialId),
}

impl Revocation {
    /// The command that revokes it on behalf of its own client.
    pub(crate) const fn command(self, now: Timestamp) -> Command {
        match self {
            Self::Token(token) => Command::RevokeToken(token),
            Self::Credential(client, credential) => {
                Command::RevokePersonalAccessToken { client, credential, now }
            }
        }
    }
}

impl Presented {
    const fn revocation(&self) -> Revocation {
        let Self { client, credential, .. } = *self;
        match self.life {
            Some(Life { name, issued, expires, .. }) => {
                Revocation::Token(RevokedToken { client, credential, name, issued, expires })
            }
            None => Revocation::Credential(client, credential),
        }
    }

    /// True if a token that is dead for this reason may live again: its user may be activated again, and a
    /// wrong clock may be corrected.
    fn may_live_again(&self, dead: InactiveReason, now: Moment) -> bool {
        let seconds = self.expires.map_or(0, |end| end.seconds_after(self.issued.wall));
        let careful = self.issued.careful.after(seconds).after(1);
        match dead {
            InactiveReason::ClientInactive | InactiveReason::Implausible => true,
            InactiveReason::Expired => {
                self.expires.is_some_and(|wall| !now.is_surely_past(Moment { wall, careful }))
            }
            InactiveReason::WrongSecret | InactiveReason::Revoked | InactiveReason::CredentialRevoked => {
                false
            }
        }
    }
}

/// A presented token without its text, as far as it may be kept.
#[derive(Debug, Clone)]
pub(crate) enum KeptToken {
    /// An opaque access token: its content, and the key that sealed it.
    Opaque(TokenKeyId, Arc<Statement>),
    /// A personal access token.
    Personal { client: ClientId, credential: CredentialId, digest: PersonalAccessTokenDigest },
}

impl KeptToken {
    /// The part that may be kept of a token that is not a JWT.
    pub(crate) fn of(app: &App, text: &str) -> Result<Result<Self, TokenInactive>, Unavailable> {
        if PersonalAccessToken::is_claimed_by(text) {
            let parsed = PersonalAccessToken::parse(text).map_err(|_| TokenInactive::Malformed);
            return Ok(parsed.map(|token| Self::personal(app, &token)));
        }
        let Ok(sealed) = SealedToken::parse(text) else { return Ok(Err(TokenInactive::Malformed)) };
        let ring = app.sealing.ring(&*app.store.snapshot()?);
        let read = ring.read(sealed)?.ok_or(TokenInactive::NotOpened);
        Ok(read.map(|(key, statement)| Self::Opaque(key, Arc::new(statement))))
    }

    fn personal(app: &App, token: &PersonalAccessToken) -> Self {
        Self::Personal {
            client: ClientId(token.client()),
            credential: token.credential(),
            digest: app.keys.digest_personal_access_token(token),
        }
    }
}

/// The reason why a presented text is no live token. Administrators see it; it never goes to the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenInactive {
    /// Neither of the form of an opaque token nor a signed JWT.
    Malformed,
    /// No token key of this server opens it.
    NotOpened,
    /// No published key of this server signed it.
    NotSigned,
    /// Signed, but not as an access token.
    NotAnAccessToken,
    /// No such personal access token.
    Unknown,
    /// Revoked individually.
    Revoked(Presented),
    /// The owning client was deleted.
    Ownerless,
    /// Authentic, but ended.
    Ended(InactiveReason, Presented),
}

/// The result of `see` on a live token, or the reason why there is none.
type Shown<R> = Result<Result<R, TokenInactive>, Unavailable>;

/// Shows the token to `see` if it is live; `None` if it is not, for any reason.
///
/// # Errors
/// [`Denial::Unavailable`] if the store can't be read, which says nothing about the token.
pub(crate) fn with_token<R>(
    app: &App,
    text: &str,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Result<Option<R>, Denial> {
    known_or_not(look(app, text, now, see))
}

/// A client that asks about tokens, and the credential by which it authenticated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking(pub(crate) ClientId, pub(crate) CredentialId);

impl From<&AuthenticatedClient> for Asking {
    fn from(client: &AuthenticatedClient) -> Self {
        Self(client.client().id, client.credential())
    }
}

/// Shows the token to `see` for an authenticated client, if it is live; `see` decides if the client may see
/// it.
///
/// Every reason for not showing it costs the same lookups, except for texts that can't be tokens of this
/// server, which the client can tell by itself. So the time of the answer does not tell a live token of
/// another client from a revoked one.
///
/// # Errors
/// [`Denial::Unavailable`] if the store can't be read.
pub(crate) fn with_token_for<R>(
    app: &App,
    asking: Asking,
    text: &str,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> Option<R>,
) -> Result<Option<R>, Denial> {
    let why = match look(app, text, now, see).map_err(|_| Denial::Unavailable)? {
        Ok(Some(shown)) => return Ok(Some(shown)),
        Ok(None) => None,
        Err(why) => Some(why),
    };
    tracing::debug!(?why, "a token that is not live, or is for others, was presented");
    even_out(app, asking, why).map_err(|_| Denial::Unavailable)?;
    Ok(None)
}

/// The revocation of a presented token of the asking client, if it is live or may live again. As with
/// [`with_token_for`], a token of another client takes as long as one that no key opens.
///
/// # Errors
/// [`Denial::Unavailable`] if the store can't be read.
pub(crate) fn revocation_of_own(
    app: &App,
    asking: Asking,
    text: &str,
    now: Moment,
) -> Result<Option<Revocation>, Denial> {
    let shown = look(app, text, now, |found| found.presented()).map_err(|_| Denial::Unavailable)?;
    let why = shown.err();
    if let Some(presented) = revocable(shown, now).filter(|presented| presented.client == asking.0) {
        return Ok(Some(presented.revocation()));
    }
    even_out(app, asking, why).map_err(|_| Denial::Unavailable)?;
    Ok(None)
}

/// The revocation of a token of any client, if it is live or may live again.
///
/// # Errors
/// [`Unavailable`] if the store can't be read.
pub(crate) fn revocation(app: &App, text: &str, now: Moment) -> Result<Option<Revocation>, Unavailable> {
    let shown = look(app, text, now, |found| found.presented())?;
    Ok(revocable(shown, now).map(|presented| presented.revocation()))
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

/// Makes up for lookups that were skipped because the token ended early, with the asking client in place of
/// the owner.
fn even_out(app: &App, asking: Asking, why: Option<TokenInactive>) -> Result<(), Unavailable> {
    let (misses_owner, misses_past) = match why {
        Some(TokenInactive::Malformed | TokenInactive::NotSigned | TokenInactive::NotAnAccessToken) => {
            (false, false)
        }
        Some(TokenInactive::NotOpened | TokenInactive::Unknown) => (true, true),
        // The past credentials were searched in vain.
        Some(TokenInactive::Ended(InactiveReason::CredentialRevoked, ..)) => (false, false),
        Some(TokenInactive::Ownerless | TokenInactive::Revoked(..) | TokenInactive::Ended(..)) | None => {
            (false, true)
        }
    };
    let snapshot = app.store.snapshot()?;
    let Asking(client, credential) = asking;
    if misses_owner {
        black_box(snapshot.is_token_revoked(TokenName([0; 16]))?);
        black_box(snapshot.client(client)?);
    }
    if misses_past {
        black_box(snapshot.past_credential(client, credential)?);
    }
    Ok(())
}

/// Shows a token that was presented before to `see`, if it is still live.
///
/// # Errors
/// [`Denial::Unavailable`] if the store can't be read.
pub(crate) fn with_kept<R>(
    app: &App,
    token: &KeptToken,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Result<Option<R>, Denial> {
    known_or_not(app.store.snapshot().and_then(|snapshot| look_at_kept(app, &snapshot, token, now, see)))
}

fn known_or_not<R>(shown: Shown<R>) -> Result<Option<R>, Denial> {
    let shown = shown.map_err(|_| Denial::Unavailable)?;
    Ok(shown.inspect_err(|why| tracing::debug!(?why, "a token that is not live was presented")).ok())
}

/// Shows the token to `see` if it is live, or returns the reason why it is not.
///
/// # Errors
/// [`Unavailable`] if the store can't be read.
pub(crate) fn look<R>(app: &App, text: &str, now: Moment, see: impl FnOnce(&Found<'_>) -> R) -> Shown<R> {
    let snapshot = app.store.snapshot()?;
    if PersonalAccessToken::is_claimed_by(text) {
        let Ok(token) = PersonalAccessToken::parse(text) else { return Ok(Err(TokenInactive::Malformed)) };
        return look_at_kept(app, &snapshot, &KeptToken::personal(app, &token), now, see);
    }
    if !SealedToken::is_claimed_by(text) {
        return with_jwt(app, &snapshot, text, now, see);
    }
    let Ok(sealed) = SealedToken::parse(text) else { return Ok(Err(TokenInactive::Malformed)) };
    match app.sealing.ring(&snapshot).read(sealed)? {
        Some((key, statement)) => with_sealed(app, &snapshot, (key, &statement), now, see),
        None => Ok(Err(TokenInactive::NotOpened)),
    }
}

fn look_at_kept<R>(
    app: &App,
    snapshot: &Snapshot,
    token: &KeptToken,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Shown<R> {
    match token {
        KeptToken::Opaque(key, _) if !app.sealing.ring(snapshot).has(*key)? => {
            Ok(Err(TokenInactive::NotOpened))
        }
        KeptToken::Opaque(key, statement) => with_sealed(app, snapshot, (*key, statement), now, see),
        KeptToken::Personal { client, credential, digest } => {
            with_personal(snapshot, *client, *credential, digest, now, see)
        }
    }
}

fn with_sealed<R>(
    app: &App,
    snapshot: &Snapshot,
    (key, statement): (TokenKeyId, &Statement),
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Shown<R> {
    let resources = resources(snapshot, &statement.facts)?;
    with_statement(app, snapshot, statement, &resources, Id::Opaque(statement.life(), key), now, see)
}

/// The rules that both envelopes share. All lookups come before any decision.
fn with_statement<R>(
    app: &App,
    snapshot: &Snapshot,
    statement: &Statement,
    resources: &[Resource],
    id: Id<'_>,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Shown<R> {
    let facts = &statement.facts;
    let is_revoked = snapshot.is_token_revoked(statement.name)?;
    let Some(known) = snapshot.client(facts.client)? else { return Ok(Err(TokenInactive::Ownerless)) };
    let client = &*known.client;
    let past = snapshot.past_of(client, facts.credential)?;
    let credential = found(client, past.as_ref(), facts.credential);
    let times = Times { newest: snapshot.newest_generation(), now };
    let live = assess(statement, client, credential, times);
    if matches!(live, Err(InactiveReason::Implausible)) {
        app.security_events.note_implausible(client.id);
    }
    let AccessTokenFacts { client, credential, issued, .. } = *facts;
    let (expires, life) = (Some(statement.expires), Some(statement.life()));
    let presented = Presented { client, credential, issued, expires, life };
    if is_revoked {
        return Ok(Err(TokenInactive::Revoked(presented)));
    }
    Ok(show(live, presented, snapshot, resources, id, see))
}

/// A personal access token is a credential of its client, with nothing else to look up.
fn with_personal<R>(
    snapshot: &Snapshot,
    client: ClientId,
    credential: CredentialId,
    digest: &PersonalAccessTokenDigest,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Shown<R> {
    let Some(known) = snapshot.client(client)? else { return Ok(Err(TokenInactive::Ownerless)) };
    let client = &*known.client;
    let past = snapshot.past_of(client, credential)?;
    let Some(own) = found(client, past.as_ref(), credential) else { return Ok(Err(TokenInactive::Unknown)) };
    let facts = grant::personal(client, own.credential, snapshot.instance());
    let live = assess_personal(&facts, digest, client, Some(own), now);
    let (expires, issued) = (client.end_of(own.credential).map(|end| end.wall), own.credential.created);
    let presented = Presented { client: client.id, credential, issued, expires, life: None };
    Ok(show(live, presented, snapshot, &[], Id::Personal(credential), see))
}

/// A JWT is ours if one of our published keys signed it; the rest is as with an opaque token.
fn with_jwt<R>(
    app: &App,
    snapshot: &Snapshot,
    text: &str,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Shown<R> {
    let Ok(token) = Unverified::parse(text) else { return Ok(Err(TokenInactive::Malformed)) };
    let ring = app.signing.ring(snapshot);
    if let Some(unreadable) = ring.unreadable(&token) {
        return Err(unreadable.into());
    }
    let Some(key) = ring.verified_by(&token) else { return Ok(Err(TokenInactive::NotSigned)) };
    let Ok(payload) = token.payload() else { return Ok(Err(TokenInactive::NotAnAccessToken)) };
    let claims = AccessTokenClaims::read(&token.header, &payload);
    let Some(claims) = claims else { return Ok(Err(TokenInactive::NotAnAccessToken)) };
    let Some(id) = app.keys.read_jwt_id(claims.jti) else { return Ok(Err(TokenInactive::NotAnAccessToken)) };
    let (apis, resources) = named_apis(snapshot, &claims)?;
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
    with_statement(app, snapshot, &statement, &resources, id, now, see)
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
