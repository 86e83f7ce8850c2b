//! The web console under `/ui/console`: its files, sign-in, and the management API for signed-in users.
//!
//! ```text
//! GET  /ui/console/                      the page          GET  /ui/console/app.js and others
//! GET  /ui/console/api/session           the signed-in user
//! POST /ui/console/api/session           sign in           POST /ui/console/api/session/end
//! POST /ui/console/api/session/list      open sessions
//! POST /ui/console/api/{service}/{call}  a call of the management API
//! ```
//! The cookie is accepted here and nowhere else; bearer tokens are accepted everywhere else and not here.

mod files;
mod guard;
mod sessions;
mod sign_in;
mod state;

pub use sessions::Sessions;
pub use state::Console;

use crate::auth_throttle::Source;
use crate::body::{self, Incoming};
use crate::http_api;
use crate::limits::{FAILURE_FORGIVEN_SECONDS, SIGN_IN_BYTES_MAX};
use crate::response::{self, Response};
use crate::router::{Called, ConsoleEndpoint, ForConsole};
use hyper::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, SET_COOKIE};
use hyper::{Request, StatusCode};
use jeton_domain::event::EventKind;
use jeton_domain::permission::Permission;
use jeton_management::{ApiError, Caller, Code, Management, Protocol};
use jeton_secret::{CsrfToken, SessionSecret};
use serde::Deserialize;
use serde_json::{Value, json};
use sessions::{Session, Standing};
use sign_in::SignIn;
use state::ended;

/// The session's token against forged requests (CSRF), which the page adds to each request.
const CSRF_TOKEN: HeaderName = HeaderName::from_static("jeton-csrf-token");

/// Set by the page on requests that it makes without user action; these do not extend the session.
const UNATTENDED: HeaderName = HeaderName::from_static("jeton-unattended");

/// Answers a request to a path of the console.
pub async fn answer(
    console: &Console,
    source: Source,
    target: ForConsole,
    request: Request<Incoming>,
) -> Response {
    let answered = match target {
        ForConsole::Endpoint(endpoint, file) => {
            endpoint_answer(console, source, endpoint, &file, request).await
        }
        ForConsole::Call(called) => manage(console, called, request).await,
        ForConsole::WrongMethod(allow) => Ok(response::method_not_allowed(allow)),
    };
    let mut answer = answered.unwrap_or_else(|error| refuse(&error));
    files::protect(&console.oauth.issuer, answer.headers_mut());
    answer
}

/// An error answer to a call of the console's own. The only bound that such a call can reach is that of
/// failed sign-ins.
fn refuse(error: &ApiError) -> Response {
    let mut answer = http_api::refuse(Protocol::Connect, error);
    if error.code == Code::ResourceExhausted {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(FAILURE_FORGIVEN_SECONDS));
    }
    answer
}

async fn endpoint_answer(
    console: &Console,
    source: Source,
    endpoint: ConsoleEndpoint,
    file: &str,
    request: Request<Incoming>,
) -> Result<Response, ApiError> {
    match endpoint {
        ConsoleEndpoint::Root => Ok(files::redirect()),
        ConsoleEndpoint::File => Ok(files::file(file, request.headers())),
        ConsoleEndpoint::Session => whose(console, request.headers()),
        ConsoleEndpoint::SignIn => sign_in(console, source, request).await,
        ConsoleEndpoint::EndSession => end(console, request).await,
        ConsoleEndpoint::Sessions => list(console, request.headers()),
    }
}

/// The signed-in user, as JSON.
fn whose(console: &Console, headers: &HeaderMap) -> Result<Response, ApiError> {
    guard::check_fetch(headers)?;
    let (secret, session, caller) = signed_in(console, headers)?;
    Ok(response::json(
        StatusCode::OK,
        describe(console, &console.oauth.tokens.digests().csrf_token(&secret), &session, &caller),
    ))
}

async fn sign_in(
    console: &Console,
    source: Source,
    request: Request<Incoming>,
) -> Result<Response, ApiError> {
    guard::check_fetch(request.headers())?;
    guard::check_origin(request.headers(), &console.oauth.issuer)?;
    // A new secret for each session, never one that the browser brought (session fixation).
    let earlier = secret_of(request.headers());
    let (head, body) = request.into_parts();
    let request: SignIn = read(body).await?;
    let (secret, session) = sign_in::begin(console, source, &head.headers, &request).await?;
    if let Some(earlier) = earlier {
        console.sessions.end(&console.oauth.tokens.digests().digest_session(&earlier));
    }
    let caller = caller_of(console, &session)?;
    let body = describe(console, &console.oauth.tokens.digests().csrf_token(&secret), &session, &caller);
    let mut answer = response::json(StatusCode::OK, body);
    let cookie = format!(
        "{}={}; Path=/; Secure; HttpOnly; SameSite=Strict",
        guard::COOKIE_NAME,
        secret.text().expose()
    );
    let mut cookie = HeaderValue::from_str(&cookie).map_err(|_| ApiError::internal())?;
    cookie.set_sensitive(true);
    answer.headers_mut().insert(SET_COOKIE, cookie);
    Ok(answer)
}

/// The session to end; the caller's own if none is named.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EndSession {
    session_id: Option<String>,
}

async fn end(console: &Console, request: Request<Incoming>) -> Result<Response, ApiError> {
    let (secret, session, caller) = own_page(console, request.headers())?;
    let EndSession { session_id } = read(request.into_body()).await?;
    let ended = match session_id {
        None => console.sessions.end(&console.oauth.tokens.digests().digest_session(&secret)),
        Some(id) => {
            let id = id.parse().map_err(|_| ApiError::invalid("sessionId must be a session's id"))?;
            let ended = console.sessions.end_called(id, |other| may_see(&caller, &session, other));
            Some(ended.ok_or_else(|| ApiError::not_found(format!("there is no session {id}")))?)
        }
    };
    let is_own = ended.as_ref().is_none_or(|ended| ended.id == session.id);
    if let Some(ended) = ended {
        console.record(EventKind::SessionEnded, &ended).await?;
    }
    let mut answer = response::json(StatusCode::OK, "{}");
    if is_own {
        let gone = format!("{}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0", guard::COOKIE_NAME);
        let gone = HeaderValue::from_str(&gone).map_err(|_| ApiError::internal())?;
        answer.headers_mut().insert(SET_COOKIE, gone);
    }
    Ok(answer)
}

fn list(console: &Console, headers: &HeaderMap) -> Result<Response, ApiError> {
    let (_, session, caller) = own_page(console, headers)?;
    let shown = console.sessions.list(console.oauth.moment(), |other| may_see(&caller, &session, other));
    let shown: Vec<Value> = shown
        .iter()
        .map(|other| {
            json!({
                "sessionId": other.id.to_string(),
                "own": other.id == session.id,
                "name": name(console, &other.standing),
                "source": other.source.to_string(),
                "agent": other.agent,
                "began": jeton_api::values::date(other.began.wall),
                "seen": jeton_api::values::date(other.seen.wall),
            })
        })
        .collect();
    Ok(response::json(StatusCode::OK, json!({ "sessions": shown }).to_string()))
}

/// True for the caller's own sessions, and for every session if the caller administers the instance.
fn may_see(caller: &Caller, own: &Session, other: &Session) -> bool {
    own.standing.client() == other.standing.client()
        || caller.may(Permission::AdministratorWrite, jeton_domain::permission::ResourcePath::Instance)
}

/// A call of the management API.
async fn manage(console: &Console, called: Called, request: Request<Incoming>) -> Result<Response, ApiError> {
    let (_, _, caller) = own_page(console, request.headers())?;
    Ok(http_api::respond(&console.http_api, caller, called, request).await)
}

/// The session and caller of a request that only the console's own page may make.
fn own_page(console: &Console, headers: &HeaderMap) -> Result<(SessionSecret, Session, Caller), ApiError> {
    guard::check_fetch(headers)?;
    guard::check_origin(headers, &console.oauth.issuer)?;
    let (secret, session, caller) = signed_in(console, headers)?;
    let mut tokens = headers.get_all(CSRF_TOKEN).iter();
    let expected: CsrfToken = console.oauth.tokens.digests().csrf_token(&secret);
    match (tokens.next(), tokens.next()) {
        (Some(token), None) if expected.is(token.as_bytes()) => Ok((secret, session, caller)),
        _ => Err(guard::forged("the request lacks the session's token")),
    }
}

fn secret_of(headers: &HeaderMap) -> Option<SessionSecret> {
    SessionSecret::parse(guard::cookie(headers)?).ok()
}

/// The session and caller of a request's cookie.
fn signed_in(console: &Console, headers: &HeaderMap) -> Result<(SessionSecret, Session, Caller), ApiError> {
    let attended = !headers.contains_key(UNATTENDED);
    let secret = secret_of(headers).ok_or_else(ended)?;
    let session = console
        .sessions
        .find(&console.oauth.tokens.digests().digest_session(&secret), attended, console.oauth.moment())
        .ok_or_else(ended)?;
    let caller = caller_of(console, &session)?;
    Ok((secret, session, caller))
}

/// The caller that a session acts for, as of now.
fn caller_of(console: &Console, session: &Session) -> Result<Caller, ApiError> {
    match &session.standing {
        Standing::Operator => Ok(Caller::Operator),
        Standing::Bearer { token, .. } => {
            let found = console.oauth.tokens.with_kept(token, console.oauth.moment(), Management::caller);
            found.map_err(|_| jeton_store::Unavailable::Store)?.unwrap_or_else(|| Err(ended()))
        }
    }
}

/// Reads a small strict request. serde's own error text may quote a secret, so it is not passed on.
async fn read<R: serde::de::DeserializeOwned>(body: Incoming) -> Result<R, ApiError> {
    let body = body::read(body, SIGN_IN_BYTES_MAX).await;
    let body = body.map_err(|_| ApiError::invalid("the request is too large or did not arrive"))?;
    serde_json::from_slice(&body).map_err(|_| ApiError::invalid("the request does not match this call"))
}

fn name(console: &Console, standing: &Standing) -> String {
    let Some(client) = standing.client() else { return "operator".into() };
    let known =
        console.oauth.store.snapshot().ok().and_then(|snapshot| snapshot.client(client).ok().flatten());
    known.map_or_else(|| client.to_string(), |known| known.client.name.to_string())
}

/// The facts that a page needs, as JSON.
fn describe(console: &Console, csrf: &CsrfToken, session: &Session, caller: &Caller) -> String {
    let (idle, last) = session.ends();
    let permissions: Vec<&str> =
        Permission::ALL.iter().filter(|needed| caller.may_somewhere(**needed)).map(|p| p.name()).collect();
    json!({
        "sessionId": session.id.to_string(),
        "csrfToken": csrf.text().expose(),
        "name": name(console, &session.standing),
        "userId": session.standing.client().map(|client| client.to_string()),
        "permissions": permissions,
        "endsWhenIdle": jeton_api::values::date(idle),
        "ends": jeton_api::values::date(last),
        "issuer": console.oauth.issuer.as_str(),
        "version": env!("CARGO_PKG_VERSION"),
    })
    .to_string()
}
