//! Finding a presented access token, opaque or JWT, and saying whether it lives.

use crate::app::App;
use jeton_oauth::authenticate::AuthenticatedClient;
use jeton_oauth::denial::Denial;
use jeton_oauth::grant;
use jeton_oauth::id::{ClientId, ProjectId};
use jeton_oauth::jws::Unverified;
use jeton_oauth::jwt::AccessTokenClaims;
use jeton_oauth::render::Seen;
use jeton_oauth::resource::Resource;
use jeton_oauth::scope::{ScopeSet, UnknownScopes};
use jeton_oauth::time::{Careful, Moment, Timestamp};
use jeton_oauth::token::{
    AccessTokenFacts, Dead, LiveToken, Sequence, TokenKey, assess, assess_authentic, assess_personal,
    personal_end,
};
use jeton_secret::{AccessToken, CredentialId, OpenedToken, PersonalAccessToken, PersonalAccessTokenDigest};
use jeton_store::act::{Bearer, BearerToken};
use jeton_store::snapshot::found;
use jeton_store::{Command, RevokedJwt, Snapshot, Unavailable};
use std::fmt;
use std::hint::black_box;

/// A live token and its name.
pub(crate) struct Found<'a> {
    /// What answers are made of.
    pub(crate) seen: Seen<'a>,
    /// Its name.
    pub(crate) id: Id<'a>,
}

/// The name of a token, and what revokes it.
#[derive(Clone, Copy)]
pub(crate) enum Id<'a> {
    /// Of an opaque access token.
    Opaque(&'a OpenedToken),
    /// Of a JWT access token.
    Jwt { jti: &'a str, key: TokenKey, name: [u8; 16] },
    /// Of a personal access token: the credential that it is.
    Personal(CredentialId),
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opaque(opened) => opened.id.fmt(f),
            Self::Jwt { jti, .. } => f.write_str(jti),
            Self::Personal(credential) => credential.fmt(f),
        }
    }
}

impl Found<'_> {
    /// The command that revokes it for its own client.
    pub(crate) fn revocation(&self, now: Timestamp) -> Command {
        let client = self.seen.token.client.id;
        match self.id {
            Id::Opaque(opened) => Command::RevokeToken { key: key_of(opened), digest: opened.digest },
            Id::Jwt { key, name, .. } => Command::RevokeJwt(self.revoked_jwt(key, name)),
            Id::Personal(credential) => Command::RevokePersonalAccessToken { client, credential, now },
        }
    }

    /// What is remembered of it when it is a JWT and revoked.
    pub(crate) fn revoked_jwt(&self, key: TokenKey, name: [u8; 16]) -> RevokedJwt {
        let lifetime_seconds = key.expires.seconds_after(self.seen.token.facts.issued.wall);
        RevokedJwt { name, expires: key.expires, lifetime_seconds }
    }

    /// Its bearer, for the writer to look at again.
    pub(crate) const fn bearer(&self) -> Bearer {
        let facts = self.seen.token.facts;
        let issued = facts.issued;
        let token = match self.id {
            Id::Opaque(opened) => BearerToken::Opaque { key: key_of(opened), issued },
            Id::Jwt { key, name, .. } => BearerToken::Jwt { key, issued, name },
            Id::Personal(_) => BearerToken::Personal,
        };
        Bearer { client: facts.client, credential: facts.credential, token }
    }
}

/// The row of an opaque token.
pub(crate) const fn key_of(opened: &OpenedToken) -> TokenKey {
    TokenKey::from_position(opened.position)
}

/// A presented token without its secret: what may be kept of it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KeptToken {
    /// An opaque access token.
    Opaque(OpenedToken),
    /// A personal access token.
    Personal { client: ClientId, credential: CredentialId, digest: PersonalAccessTokenDigest },
}

impl KeptToken {
    /// What may be kept of a token that is not a JWT; `None` for other texts.
    pub(crate) fn of(app: &App, text: &str) -> Option<Self> {
        if PersonalAccessToken::is_claimed_by(text) {
            return PersonalAccessToken::parse(text).ok().map(|token| Self::personal(app, &token));
        }
        AccessToken::parse(text).ok().map(|token| Self::Opaque(app.keys.open_token(&token)))
    }

    fn personal(app: &App, token: &PersonalAccessToken) -> Self {
        Self::Personal {
            client: ClientId(token.client()),
            credential: token.credential(),
            digest: app.keys.digest_personal_access_token(token),
        }
    }
}

/// Why what was presented is no live token. Administrators are told; the wire isn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotLive {
    /// Neither of the form of an opaque token nor a signed JWT.
    Malformed,
    /// No published key of this server signed it.
    NotSigned,
    /// Signed, but not as an access token.
    NotAnAccessToken,
    /// There is no such token: never issued here, revoked, or expired and purged.
    Unknown,
    /// A JWT that was revoked by itself.
    Revoked(ClientId),
    /// The owning client was deleted.
    Ownerless,
    /// It is there, and something ended it; its expiry, if it has one.
    Dead(Dead, ClientId, Option<Timestamp>),
}

/// What was seen of a live token, or why there is none.
type Shown<R> = Result<Result<R, NotLive>, Unavailable>;

/// Shows the token to `see` if it lives; `None` if it does not, for whatever reason.
///
/// # Errors
/// [`Denial::Unavailable`] when the store can't be read: that says nothing about the token.
pub(crate) fn with_token<R>(
    app: &App,
    text: &str,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Result<Option<R>, Denial> {
    known_or_not(look(app, text, now, see))
}

/// A client that asks about tokens, and the credential by which it does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking(pub(crate) ClientId, pub(crate) CredentialId);

impl From<&AuthenticatedClient> for Asking {
    fn from(client: &AuthenticatedClient) -> Self {
        Self(client.client().id, client.credential())
    }
}

/// Shows the token to `see` for a client that authenticated, if it lives; `see` decides whether the client may see it.
///
/// Whatever the reason for not showing it, the same was looked up (but for texts that can't be tokens of this server,
/// which the client can tell by itself): the time of the answer does not tell a token that lives and is not the
/// client's business from one that was revoked.
///
/// # Errors
/// [`Denial::Unavailable`] when the store can't be read.
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

/// Looks up what was not looked up because the token died early, with the asking client in place of the owner.
fn even_out(app: &App, asking: Asking, why: Option<NotLive>) -> Result<(), Unavailable> {
    let (misses_owner, misses_past) = match why {
        Some(NotLive::Malformed | NotLive::NotSigned | NotLive::NotAnAccessToken) => (false, false),
        Some(NotLive::Unknown | NotLive::Revoked(_) | NotLive::Ownerless) => (true, true),
        Some(NotLive::Dead(Dead::CredentialRevoked, ..)) => (false, false),
        Some(NotLive::Dead(..)) | None => (false, true),
    };
    let snapshot = app.store.snapshot()?;
    let Asking(client, credential) = asking;
    if misses_owner {
        // A token's row is a few fields and its scopes.
        black_box(ScopeSet::parse("openid profile", UnknownScopes::Drop)).ok();
        black_box(snapshot.client(client)?);
    }
    if misses_past {
        black_box(snapshot.past_credential(client, credential)?);
    }
    Ok(())
}

/// Shows a token that was presented before to `see`, if it still lives.
///
/// # Errors
/// [`Denial::Unavailable`] when the store can't be read.
pub(crate) fn with_kept<R>(
    app: &App,
    token: &KeptToken,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Result<Option<R>, Denial> {
    known_or_not(app.store.snapshot().and_then(|snapshot| look_at_kept(&snapshot, token, now, see)))
}

fn known_or_not<R>(shown: Shown<R>) -> Result<Option<R>, Denial> {
    let shown = shown.map_err(|_| Denial::Unavailable)?;
    Ok(shown.inspect_err(|why| tracing::debug!(?why, "a token that is not live was presented")).ok())
}

/// Shows the token to `see` if it lives, or says why it does not.
///
/// # Errors
/// [`Unavailable`] when the store can't be read.
pub(crate) fn look<R>(app: &App, text: &str, now: Moment, see: impl FnOnce(&Found<'_>) -> R) -> Shown<R> {
    let snapshot = app.store.snapshot()?;
    if AccessToken::is_claimed_by(text) || PersonalAccessToken::is_claimed_by(text) {
        return match KeptToken::of(app, text) {
            Some(token) => look_at_kept(&snapshot, &token, now, see),
            None => Ok(Err(NotLive::Malformed)),
        };
    }
    with_jwt(app, &snapshot, text, now, see)
}

fn look_at_kept<R>(
    snapshot: &Snapshot,
    token: &KeptToken,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Shown<R> {
    match token {
        KeptToken::Opaque(opened) => with_row(snapshot, opened, now, see),
        KeptToken::Personal { client, credential, digest } => {
            with_personal(snapshot, *client, *credential, digest, now, see)
        }
    }
}

fn with_row<R>(
    snapshot: &Snapshot,
    opened: &OpenedToken,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Shown<R> {
    let key = key_of(opened);
    let Some(stored) = snapshot.access_token(key)? else { return Ok(Err(NotLive::Unknown)) };
    let Some(known) = snapshot.client(stored.facts.client)? else { return Ok(Err(NotLive::Ownerless)) };
    let client = &*known.client;
    let past = snapshot.past_of(client, stored.facts.credential)?;
    let credential = found(client, past.as_ref(), stored.facts.credential);
    let resources = resources(snapshot, &stored.facts)?;
    let live = assess(key, &stored, opened.digest, client, credential, now);
    let expires = Some(key.expires);
    Ok(show(live, client.id, expires, snapshot, &resources, Id::Opaque(opened), see))
}

/// A personal access token is a credential of its client: there is nothing else to look up.
fn with_personal<R>(
    snapshot: &Snapshot,
    client: ClientId,
    credential: CredentialId,
    digest: &PersonalAccessTokenDigest,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Shown<R> {
    let Some(known) = snapshot.client(client)? else { return Ok(Err(NotLive::Ownerless)) };
    let client = &*known.client;
    let past = snapshot.past_of(client, credential)?;
    let Some(own) = found(client, past.as_ref(), credential) else { return Ok(Err(NotLive::Unknown)) };
    let facts = grant::personal(client, own.credential, snapshot.instance());
    let live = assess_personal(&facts, digest, client, Some(own), now);
    let expires = personal_end(client, own.credential);
    Ok(show(live, client.id, expires, snapshot, &[], Id::Personal(credential), see))
}

/// A JWT is ours when one of our published keys signed it; the rest is as with an opaque one, but for
/// the look into the list of revoked ones.
fn with_jwt<R>(
    app: &App,
    snapshot: &Snapshot,
    text: &str,
    now: Moment,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Shown<R> {
    let Ok(token) = Unverified::parse(text) else { return Ok(Err(NotLive::Malformed)) };
    let ring = app.signing.ring(snapshot);
    if let Some(unreadable) = ring.unreadable(&token) {
        return Err(unreadable.into());
    }
    if !ring.verifies(&token) {
        return Ok(Err(NotLive::NotSigned));
    }
    let Ok(payload) = token.payload() else { return Ok(Err(NotLive::NotAnAccessToken)) };
    let claims = AccessTokenClaims::read(&token.header, &payload);
    let Some(claims) = claims else { return Ok(Err(NotLive::NotAnAccessToken)) };
    let Some(id) = app.keys.read_jwt_id(claims.jti) else { return Ok(Err(NotLive::NotAnAccessToken)) };
    let key = TokenKey { expires: claims.expires, sequence: Sequence(id.sequence) };
    if snapshot.is_jwt_revoked(id.name)? {
        return Ok(Err(NotLive::Revoked(claims.subject)));
    }
    let Some(known) = snapshot.client(claims.subject)? else { return Ok(Err(NotLive::Ownerless)) };
    let client = &*known.client;
    let past = snapshot.past_of(client, id.credential)?;
    let credential = found(client, past.as_ref(), id.credential);
    let (apis, resources) = named_apis(snapshot, &claims)?;
    let facts = AccessTokenFacts {
        client: claims.subject,
        credential: id.credential,
        issued: Moment { wall: claims.issued, careful: Careful(id.careful) },
        scopes: claims.scopes,
        resources: apis,
    };
    let live = assess_authentic(key, &facts, client, credential, now);
    let id = Id::Jwt { jti: claims.jti, key, name: id.name };
    Ok(show(live, client.id, Some(key.expires), snapshot, &resources, id, see))
}

fn show<R>(
    live: Result<LiveToken<'_>, Dead>,
    client: ClientId,
    expires: Option<Timestamp>,
    snapshot: &Snapshot,
    resources: &[Resource],
    id: Id<'_>,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Result<R, NotLive> {
    match live {
        Ok(token) => {
            let seen = Seen { token: &token, resources, instance: snapshot.instance() };
            Ok(see(&Found { seen, id }))
        }
        // The public part of a token without its secret tells nothing about the token.
        Err(Dead::WrongSecret) => Err(NotLive::Unknown),
        Err(dead) => Err(NotLive::Dead(dead, client, expires)),
    }
}

/// The URIs of the APIs that a token is for, as far as these still exist.
fn resources(snapshot: &Snapshot, facts: &AccessTokenFacts) -> Result<Vec<Resource>, Unavailable> {
    let mut found = Vec::new();
    for api in &facts.resources {
        if let Some(known) = snapshot.client(*api)? {
            found.extend(known.client.api().and_then(|api| api.resource.clone()));
        }
    }
    Ok(found)
}

/// The APIs that a JWT's audience names by URI. One that is gone leaves an id that no API has, so that
/// the token does not fall back to the default audience.
fn named_apis(
    snapshot: &Snapshot,
    claims: &AccessTokenClaims<'_>,
) -> Result<(Vec<ClientId>, Vec<Resource>), Unavailable> {
    let (mut apis, mut resources) = (Vec::new(), Vec::new());
    for name in claims.audience.iter().filter(|name| ProjectId::parse(name).is_err()) {
        let resource = Resource::parse(name).ok();
        let known =
            resource.as_ref().map(|resource| snapshot.api_by_resource(resource)).transpose()?.flatten();
        apis.push(known.as_ref().map_or(ClientId(0), |known| known.client.id));
        resources.extend(resource.filter(|_| known.is_some()));
    }
    Ok((apis, resources))
}
