//! The management API over HTTP: the caller, the call, and the format of the answer.

use crate::body::{self, Incoming};
use crate::limits::MANAGEMENT_BYTES_MAX;
use crate::response::{self, Response};
use crate::router::{Called, Target};
use crate::security_events::SecurityEvents;
use hyper::header::{
    ALLOW, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
    WWW_AUTHENTICATE,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use jeton_domain::id::EventId;
use jeton_management::{
    ApiError, Caller, Code, Conditions, IdempotencyKey, Input, Management, Protocol, Reply, Route, Status,
};
use jeton_oauth::bearer;
use jeton_oauth::denial::Denial;
use jeton_tokens::Tokens;
use std::sync::Arc;

/// The response header that names ignored members of the request; sent in development mode.
const IGNORED_MEMBERS: HeaderName = HeaderName::from_static("jeton-ignored-members");

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// State of the management API over HTTP, on one worker.
#[derive(Debug)]
pub struct HttpApi {
    /// The calls.
    pub management: Management,
    /// The store's tokens, for callers.
    pub tokens: Arc<Tokens>,
    /// Security events not yet written to the audit trail.
    pub security_events: Arc<SecurityEvents>,
    /// True if ignored members of a call are named in its answer.
    pub names_ignored_members: bool,
}

/// Answers a call on the public listener, whose caller is the bearer of the token.
pub async fn answer(api: &HttpApi, called: Called, request: Request<Incoming>) -> Response {
    // Before anything is revealed about existing paths.
    match authenticate(&api.tokens, request.headers()) {
        Ok(caller) => respond(api, caller, called, request).await,
        Err(error) => refuse(called.protocol, &error),
    }
}

/// Answers a call whose caller is known.
pub async fn respond(api: &HttpApi, caller: Caller, called: Called, request: Request<Incoming>) -> Response {
    let (head, body) = request.into_parts();
    let Called { protocol, target, parameters } = called;
    let route = match target {
        Target::Route(route) => route,
        Target::Unsupported(sentence) => return refuse(protocol, &ApiError::unimplemented(sentence)),
        Target::WrongMethod(allow) => {
            let error = ApiError::invalid("this method is not allowed here, see the Allow header");
            let mut answer = shape(protocol, StatusCode::METHOD_NOT_ALLOWED, &error);
            answer.headers_mut().insert(ALLOW, allow);
            return answer;
        }
    };
    if let Err(error) = check_content(&head, &body) {
        return refuse_content(protocol, &error);
    }
    let body = match body::read(body, MANAGEMENT_BYTES_MAX).await {
        Ok(body) => body,
        Err(denial) => return refuse_body(protocol, denial),
    };
    if !body.is_empty() && !head.headers.contains_key(CONTENT_TYPE) {
        return refuse_content(protocol, &ApiError::invalid(NOT_JSON));
    }
    // Connect has no query; REST has members in the path, the query and the body.
    let query = head.uri.query().filter(|_| protocol == Protocol::Rest).map(str::to_owned);
    let input = Input { body: body.to_vec(), path: parameters, query };
    let reply = match conditions(&head.headers) {
        Ok(conditions) => api.management.submit(route, caller.clone(), conditions, input).await,
        Err(error) => Err(error),
    };
    match reply {
        Ok(reply) => granted(api, route, protocol, &reply),
        Err(error) => {
            if error.code == Code::PermissionDenied {
                api.security_events.note_denied(&caller, route);
            }
            refuse(protocol, &error)
        }
    }
}

/// The bearer of the token: a service user, with a token meant for the management API.
fn authenticate(tokens: &Tokens, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(ApiError::unauthenticated("there is more than one Authorization header"));
    }
    let text = bearer::token(first.map(|value| value.as_bytes())).map_err(|denial| {
        ApiError::unauthenticated(match denial {
            Denial::NoBearer => "an access token is missing; send it as Authorization: Bearer",
            _ => "the Authorization header has no bearer token",
        })
    })?;
    match tokens.with_token(text, tokens.moment(), Management::caller) {
        Ok(Some(caller)) => caller,
        Ok(None) => Err(ApiError::unauthenticated("the access token is invalid, expired or revoked")),
        Err(_) => Err(jeton_store::Unavailable::Store.into()),
    }
}

const NOT_JSON: &str = "the request must have Content-Type: application/json";

/// Checks that a request is uncompressed JSON before anything is done. A request without a body may omit the
/// type, but not name another one or a compression: its sender would believe that the call was not
/// understood, although it was done. A GET changes nothing and has no body, so any type is accepted.
fn check_content(head: &Parts, body: &Incoming) -> Result<(), ApiError> {
    if body.is_end() && head.method == Method::GET {
        return Ok(());
    }
    let mut types = head.headers.get_all(CONTENT_TYPE).iter();
    match (types.next(), types.next()) {
        // A body without a type is refused when it has arrived.
        (None, _) => {}
        (Some(content), None) if is_json(content) => {}
        (Some(_), _) => return Err(ApiError::invalid(NOT_JSON)),
    }
    if body::names_coding(&head.headers) {
        return Err(ApiError::unimplemented("compressed requests are not supported; send plain JSON"));
    }
    Ok(())
}

fn is_json(content: &HeaderValue) -> bool {
    let essence = content.to_str().ok().and_then(|content| content.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn conditions(headers: &HeaderMap) -> Result<Conditions, ApiError> {
    let key = headers.get(IDEMPOTENCY_KEY).map(|value| {
        IdempotencyKey::parse(value.as_bytes()).ok_or_else(|| {
            let len = IdempotencyKey::LEN_MAX;
            ApiError::invalid(format!(
                "Idempotency-Key must have 1 to {len} visible characters without spaces"
            ))
        })
    });
    Ok(Conditions { expected: expected(headers)?, key: key.transpose()? })
}

/// The last change that the caller knows of (RFC 9110 §13.1.1): the number that replies have as `sequence`.
fn expected(headers: &HeaderMap) -> Result<Option<EventId>, ApiError> {
    let Some(value) = headers.get(IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.trim_matches('"');
    let parsed = if number == "0" { Ok(EventId(0)) } else { EventId::parse(number) };
    parsed
        .map(Some)
        .map_err(|_| ApiError::invalid("If-Match must be the sequence that the subject had when you read it"))
}

fn granted(api: &HttpApi, route: &Route, protocol: Protocol, reply: &Reply) -> Response {
    let created = protocol == Protocol::Rest && route.status == Status::Created;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let mut answer = response::json(status, reply.body.clone());
    if api.names_ignored_members && !reply.ignored.is_empty() {
        let ignored: String = reply.ignored.join(", ").chars().filter(char::is_ascii_graphic).collect();
        if let Ok(ignored) = HeaderValue::from_str(&ignored) {
            answer.headers_mut().insert(IGNORED_MEMBERS, ignored);
        }
    }
    answer
}

pub(crate) fn refuse(protocol: Protocol, error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = shape(protocol, status, error);
    let headers = answer.headers_mut();
    match error.code {
        Code::Unauthenticated => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"jeton\""));
        }
        Code::Unavailable => {
            headers.insert(hyper::header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    answer
}

fn refuse_body(protocol: Protocol, denial: Denial) -> Response {
    let (status, error) = match denial {
        Denial::FormTooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            ApiError::invalid(format!("the request has more than {MANAGEMENT_BYTES_MAX} bytes")),
        ),
        Denial::BodyTooSlow => {
            (StatusCode::REQUEST_TIMEOUT, ApiError::invalid("the request's body did not arrive in time"))
        }
        _ => (StatusCode::BAD_REQUEST, ApiError::invalid("the request's body ended early")),
    };
    let mut answer = shape(protocol, status, &error);
    // The rest of the body is not read, so the connection can't be used further.
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

fn refuse_content(protocol: Protocol, error: &ApiError) -> Response {
    let mut answer = shape(protocol, StatusCode::UNSUPPORTED_MEDIA_TYPE, error);
    answer.headers_mut().insert("accept-post", HeaderValue::from_static("application/json"));
    answer
}

fn shape(protocol: Protocol, status: StatusCode, error: &ApiError) -> Response {
    response::json(status, error.to_json(protocol))
}
