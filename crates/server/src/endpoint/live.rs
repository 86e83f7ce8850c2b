//! Finding a presented access token, opaque or JWT, and saying whether it lives.

use crate::app::App;
use jeton_oauth::client::Client;
use jeton_oauth::denial::Denial;
use jeton_oauth::id::{ClientId, ProjectId};
use jeton_oauth::jws::Unverified;
use jeton_oauth::jwt::AccessTokenClaims;
use jeton_oauth::render::Seen;
use jeton_oauth::resource::Resource;
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::{AccessTokenFacts, Dead, LiveToken, Sequence, TokenKey, assess, assess_authentic};
use jeton_secret::{AccessToken, OpenedToken};
use jeton_store::{Command, Snapshot, Unavailable};
use std::fmt;

/// A live token and how it is called.
pub(crate) struct Found<'a> {
    /// What answers are made of.
    pub(crate) seen: Seen<'a>,
    /// Its name.
    pub(crate) id: Id<'a>,
}

/// How a token is called, and what revokes it.
pub(crate) enum Id<'a> {
    Opaque(&'a OpenedToken),
    Jwt { jti: &'a str, name: [u8; 16] },
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opaque(opened) => opened.id.fmt(f),
            Self::Jwt { jti, .. } => f.write_str(jti),
        }
    }
}

impl Found<'_> {
    /// The command that revokes it.
    pub(crate) const fn revocation(&self) -> Command {
        let key = self.seen.token.key;
        match self.id {
            Id::Opaque(opened) => Command::RevokeToken { key, digest: opened.digest },
            Id::Jwt { name, .. } => Command::RevokeJwt { expires: key.expires, name },
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
    /// Whose it is was deleted.
    Ownerless,
    /// It is there, and something ended it.
    Dead(Dead, ClientId, TokenKey),
}

/// What somebody saw of a live token, or why there is none.
type Shown<R> = Result<Result<R, NotLive>, Unavailable>;

/// Shows the token to `see` if it lives; `None` if it does not, for whatever reason.
///
/// # Errors
/// [`Denial::Unavailable`] when the store can't be read: that says nothing about the token.
pub(crate) fn with_token<R>(
    app: &App,
    text: &str,
    now: Timestamp,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Result<Option<R>, Denial> {
    known_or_not(look(app, text, now, see))
}

/// Shows a token that was opened before to `see`, if it still lives.
///
/// # Errors
/// [`Denial::Unavailable`] when the store can't be read.
pub(crate) fn with_opened<R>(
    app: &App,
    opened: &OpenedToken,
    now: Timestamp,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Result<Option<R>, Denial> {
    known_or_not(app.store.snapshot().and_then(|snapshot| with_row(&snapshot, opened, now, see)))
}

fn known_or_not<R>(shown: Shown<R>) -> Result<Option<R>, Denial> {
    let shown = shown.map_err(|_| Denial::Unavailable)?;
    Ok(shown.inspect_err(|why| tracing::debug!(?why, "a token that is not live was presented")).ok())
}

/// Shows the token to `see` if it lives, or says why it does not.
///
/// # Errors
/// [`Unavailable`] when the store can't be read.
pub(crate) fn look<R>(app: &App, text: &str, now: Timestamp, see: impl FnOnce(&Found<'_>) -> R) -> Shown<R> {
    let snapshot = app.store.snapshot()?;
    if AccessToken::is_claimed_by(text) {
        let Ok(token) = AccessToken::parse(text) else { return Ok(Err(NotLive::Malformed)) };
        with_row(&snapshot, &app.keys.open_token(&token), now, see)
    } else {
        with_jwt(app, &snapshot, text, now, see)
    }
}

fn with_row<R>(
    snapshot: &Snapshot,
    opened: &OpenedToken,
    now: Timestamp,
    see: impl FnOnce(&Found<'_>) -> R,
) -> Shown<R> {
    let key = TokenKey::from_position(opened.position);
    let Some(stored) = snapshot.access_token(key)? else { return Ok(Err(NotLive::Unknown)) };
    let Some(known) = snapshot.client(stored.facts.client)? else { return Ok(Err(NotLive::Ownerless)) };
    let resources = resources(snapshot, &stored.facts)?;
    let live = assess(key, &stored, opened.digest, &known.client, now);
    Ok(show(live, key, &known.client, snapshot, &resources, Id::Opaque(opened), see))
}

/// A JWT is ours when one of our published keys signed it; the rest is as with an opaque one, but for
/// the look into the list of revoked ones.
fn with_jwt<R>(
    app: &App,
    snapshot: &Snapshot,
    text: &str,
    now: Timestamp,
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
    let Some(claims) = AccessTokenClaims::read(&token) else { return Ok(Err(NotLive::NotAnAccessToken)) };
    let Some(id) = app.keys.read_jwt_id(claims.jti) else { return Ok(Err(NotLive::NotAnAccessToken)) };
    let key = TokenKey { expires: claims.expires, sequence: Sequence(id.sequence) };
    if snapshot.is_jwt_revoked(key.expires, id.name)? {
        return Ok(Err(NotLive::Revoked(claims.subject)));
    }
    let Some(known) = snapshot.client(claims.subject)? else { return Ok(Err(NotLive::Ownerless)) };
    let (apis, resources) = named_apis(snapshot, &claims)?;
    let facts = AccessTokenFacts {
        client: claims.subject,
        credential: id.credential,
        issued: claims.issued,
        scopes: claims.scopes,
        resources: apis,
    };
    let live = assess_authentic(key, &facts, &known.client, now);
    let id = Id::Jwt { jti: claims.jti, name: id.name };
    Ok(show(live, key, &known.client, snapshot, &resources, id, see))
}

fn show<R>(
    live: Result<LiveToken<'_>, Dead>,
    key: TokenKey,
    client: &Client,
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
        // Whoever has a key without its secret knows nothing about the token there.
        Err(Dead::WrongSecret) => Err(NotLive::Unknown),
        Err(dead) => Err(NotLive::Dead(dead, client.id, key)),
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
