//! Signing in to the console: with a one-time link, an access token, or client credentials.
//!
//! Client credentials obtain a token here as at the token endpoint, and the session continues with that
//! token. So there is one way to decide the rights of a session, and revocation works.

use super::sessions::{Session, Standing};
use super::state::{Console, ended};
use crate::auth_throttle::Source;
use crate::denial_log::Origin;
use crate::endpoint::client::{by_secret, failed};
use crate::endpoint::issue::Decided;
use crate::limits::AGENT_BYTES_MAX;
use crate::oauth::OAuth;
use crate::refused::Refused;
use hyper::header::{HeaderMap, USER_AGENT};
use jeton_domain::event::EventKind;
use jeton_domain::service_user::AccessTokenType;
use jeton_domain::time::Moment;
use jeton_management::{ApiError, Caller, Code, Management};
use jeton_oauth::credentials::ClientRef;
use jeton_oauth::denial::Denial;
use jeton_oauth::diagnosis::SecretFault;
use jeton_oauth::form::{Form, Parameters};
use jeton_oauth::grant;
use jeton_oauth::metadata::CONSOLE_PATH;
use jeton_secret::{ClientSecret, LinkSecret, SessionSecret};
use jeton_tokens::KeptToken;
use serde::Deserialize;
use zeroize::Zeroizing;

/// The token request that a sign-in with client credentials makes.
const GRANT: &[u8] = b"grant_type=client_credentials&scope=urn:zitadel:iam:org:project:id:zitadel:aud";

/// The credentials of a sign-in. No `Debug`, because of the secret inside.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields, rename_all_fields = "camelCase")]
pub(super) enum SignIn {
    /// A one-time link from `jeton console`.
    Link { link: Zeroizing<String> },
    /// A personal access token, or another opaque token for the management API.
    Token { token: Zeroizing<String> },
    /// Client credentials, as at the token endpoint.
    ClientCredentials { client_id: String, client_secret: Zeroizing<String> },
}

/// Begins a session; returns its secret.
///
/// # Errors
/// `unauthenticated`, `permission_denied`, `resource_exhausted` after too many failures, `unavailable`.
pub(super) async fn begin(
    console: &Console,
    source: Source,
    headers: &HeaderMap,
    request: &SignIn,
) -> Result<(SessionSecret, Session), ApiError> {
    let now = console.oauth.moment();
    let standing = match request {
        SignIn::Link { link } => by_link(console, source, link.trim(), now)?,
        SignIn::Token { token } => by_token(console, source, token.trim(), now)?,
        SignIn::ClientCredentials { client_id, client_secret } => {
            by_client_credentials(console, source, client_id.trim(), client_secret.trim(), now)?
        }
    };
    let secret = SessionSecret::new(console.mint().secret()?);
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let agent: String = agent.chars().filter(char::is_ascii).take(AGENT_BYTES_MAX).collect();
    let id = console.oauth.store.next_id(now.wall);
    let session = Session { id, standing, began: now, seen: now, source, agent: agent.into() };
    console.record(EventKind::SessionBegan, &session).await?;
    console.sessions.begin(console.oauth.tokens.digests().digest_session(&secret), session.clone(), now);
    Ok((secret, session))
}

fn by_link(console: &Console, source: Source, link: &str, now: Moment) -> Result<Standing, ApiError> {
    let used = LinkSecret::parse(link)
        .is_ok_and(|link| console.sessions.use_link(&console.oauth.tokens.digests().digest_link(&link), now));
    if used {
        return Ok(Standing::Operator);
    }
    Err(failure(
        &console.oauth,
        source,
        now,
        "this link was used before, is older than five minutes, or is incomplete; make a new one with \
         jeton console",
    ))
}

fn by_token(console: &Console, source: Source, token: &str, now: Moment) -> Result<Standing, ApiError> {
    let kept = console.oauth.tokens.keep(token)?.ok();
    let caller = kept.as_ref().map(|kept| admit(console, kept, now)).transpose()?.flatten();
    match (kept, caller) {
        (Some(token), Some(Caller::Bearer(client, _))) => Ok(Standing::Bearer { client: client.id, token }),
        _ => Err(failure(&console.oauth, source, now, "the access token is invalid, expired or revoked")),
    }
}

/// Counts a failed sign-in that named no client.
fn failure(oauth: &OAuth, source: Source, now: Moment, sentence: &str) -> ApiError {
    match failed(oauth, None, source, now) {
        Denial::InvalidClient => ApiError::unauthenticated(sentence),
        denial => refused(denial),
    }
}

fn by_client_credentials(
    console: &Console,
    source: Source,
    client: &str,
    secret: &str,
    now: Moment,
) -> Result<Standing, ApiError> {
    let decided = decide(console, source, client, secret, now).map_err(|refusal| {
        let denial = refusal.denial;
        refusal.note(&console.oauth, &console.counters, Origin { source, endpoint: CONSOLE_PATH });
        refused(denial)
    })?;
    let (client, token) = (decided.grant.facts.client, granted(console, decided)?);
    match admit(console, &token, now)? {
        Some(_) => Ok(Standing::Bearer { client, token }),
        None => Err(ended()),
    }
}

/// The token that a session stands for. It has no text, because no client ever holds it.
fn granted(console: &Console, decided: Decided) -> Result<KeptToken, ApiError> {
    let (name, _) = console.mint().token()?;
    Ok(console.oauth.tokens.keep_granted(decided.grant, name)?)
}

fn decide(
    console: &Console,
    source: Source,
    client: &str,
    secret: &str,
    now: Moment,
) -> Result<Decided, Refused> {
    let client = ClientRef::parse(client).map_err(|_| failed(&console.oauth, None, source, now))?;
    let parsed = ClientSecret::parse(secret);
    let secret = parsed.map_err(|_| {
        let denial = failed(&console.oauth, Some(&client), source, now);
        Refused::examined(denial, Some(client.clone()), SecretFault::of(secret))
    })?;
    let snapshot = console.oauth.store.snapshot().map_err(|_| Denial::Unavailable)?;
    let proof = by_secret(&console.oauth, source, &client, &secret, now)?;
    let form = Form::parse(GRANT, Parameters::TOKEN_REQUEST)?;
    let grant = grant::decide(&proof, &form, &[], &console.oauth.policy, snapshot.instance(), now);
    let mut grant = grant.map_err(|denial| Refused::of(proof.client().id, denial))?;
    grant.token_type = AccessTokenType::Opaque;
    Ok(Decided { proof, beside: None, grant })
}

/// The bearer of the token, if it lives and has any right to administer.
fn admit(console: &Console, token: &KeptToken, now: Moment) -> Result<Option<Caller>, ApiError> {
    let caller = console
        .oauth
        .tokens
        .with_kept(token, now, Management::caller)
        .map_err(|_| jeton_store::Unavailable::Store)?;
    match caller.transpose()? {
        Some(caller) if caller.is_administrator() => Ok(Some(caller)),
        Some(_) => Err(ApiError::forbidden(
            "this service user has no administrator role; assign one with jeton admin add",
        )),
        None => Ok(None),
    }
}

fn refused(denial: Denial) -> ApiError {
    match denial {
        Denial::InvalidClient => {
            ApiError::unauthenticated("the client id or the client secret is wrong, expired or revoked")
        }
        Denial::TooManyFailures { retry_after_seconds } => ApiError {
            code: Code::ResourceExhausted,
            message: format!("too many failed sign-ins; try again in {retry_after_seconds} seconds"),
        },
        Denial::Unavailable | Denial::Overloaded => jeton_store::Unavailable::Store.into(),
        _ => ApiError::forbidden("this service user may not have tokens for the management API"),
    }
}
