//! The management API over HTTP: who calls, which call, in which form the answer goes.

use super::live::{Found, with_token};
use crate::answer::{self, Answer};
use crate::app::Worker;
use crate::body;
use crate::limits::MANAGEMENT_BYTES_MAX;
use crate::management::{
    ApiError, Caller, Code, Conditions, IdempotencyKey, Lookup, Management, Protocol, Reply, Route, lookup,
    openapi,
};
use hyper::body::Incoming;
use hyper::header::{
    ALLOW, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    IF_MATCH, WWW_AUTHENTICATE,
};
use hyper::{Request, StatusCode};
use jeton_oauth::bearer;
use jeton_oauth::denial::Denial;
use jeton_oauth::grant::audience;
use jeton_oauth::id::ActNumber;
use serde_json::Value;
use std::sync::Arc;

/// Members of a request that meant nothing; said in development.
const IGNORED_MEMBERS: HeaderName = HeaderName::from_static("jeton-ignored-members");

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Where the OpenAPI document is.
pub const OPENAPI_PATH: &str = "/v2/openapi.json";

/// Answers a call on the public listener, whose caller is who bears the token.
pub async fn answer(worker: &Arc<Worker>, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    if path == OPENAPI_PATH {
        return match request.method().as_str() {
            "GET" | "HEAD" => answer::document(openapi::document(&worker.app.issuer)),
            _ => answer::method_not_allowed("GET, HEAD, OPTIONS"),
        };
    }
    let protocol = if path.starts_with("/v2/") { Protocol::Rest } else { Protocol::Connect };
    // Before anything is said about what there is.
    match authenticate(worker, request.headers()) {
        Ok(caller) => respond(worker, caller, request).await,
        Err(error) => refuse(protocol, &error),
    }
}

/// Answers a call whose caller is known.
pub async fn respond(worker: &Arc<Worker>, caller: Caller, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    respond_at(worker, caller, &path, request).await
}

/// The same for a call that came by another path than its own.
pub async fn respond_at(
    worker: &Arc<Worker>,
    caller: Caller,
    path: &str,
    request: Request<Incoming>,
) -> Answer {
    let (head, body) = request.into_parts();
    let (route, protocol, parameters) = match lookup(head.method.as_str(), path) {
        Lookup::Found(route, protocol, parameters) => (route, protocol, parameters),
        Lookup::WrongVerb(protocol, verbs) => {
            let error = ApiError::invalid("this method is not allowed here, see the Allow header");
            let mut answer = shape(protocol, StatusCode::METHOD_NOT_ALLOWED, &error);
            allow(&mut answer, &verbs);
            return answer;
        }
        Lookup::Senseless(sentence) => {
            return refuse(Protocol::Connect, &ApiError::unimplemented(sentence));
        }
        Lookup::Nothing => return answer::not_found(),
    };
    let body = match body::read(body, MANAGEMENT_BYTES_MAX).await {
        Ok(body) => body,
        Err(denial) => return refuse_body(protocol, denial),
    };
    if !body.is_empty()
        && let Err(error) = check_content(&head.headers)
    {
        let mut answer = shape(protocol, StatusCode::UNSUPPORTED_MEDIA_TYPE, &error);
        answer.headers_mut().insert("accept-post", HeaderValue::from_static("application/json"));
        return answer;
    }
    let body = match protocol {
        Protocol::Connect => Ok(body.to_vec()),
        Protocol::Rest => with_members(&body, &parameters, head.uri.query()),
    };
    let reply = match (body, conditions(&head.headers)) {
        (Ok(body), Ok(conditions)) => {
            let management = Management::new(Arc::clone(worker));
            management.run(route, caller.clone(), conditions, body).await
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    match reply {
        Ok(reply) => granted(worker, route, protocol, &reply),
        Err(error) => {
            if error.code == Code::PermissionDenied {
                worker.app.observations.note_denied(&caller, route);
            }
            refuse(protocol, &error)
        }
    }
}

/// 204 with the methods that a path has (RFC 9110 §9.3.7). It needs no token, because browsers send none with it, and
/// it says no more than the document.
pub fn options(path: &str) -> Answer {
    let verbs = match path {
        OPENAPI_PATH => vec!["GET", "HEAD"],
        path => match lookup("OPTIONS", path) {
            Lookup::WrongVerb(_, verbs) => verbs,
            Lookup::Found(..) | Lookup::Senseless(_) | Lookup::Nothing => return answer::not_found(),
        },
    };
    let mut answer = answer::empty(StatusCode::NO_CONTENT);
    allow(&mut answer, &verbs);
    answer
}

fn allow(answer: &mut Answer, verbs: &[&str]) {
    if let Ok(verbs) = HeaderValue::from_str(&format!("{}, OPTIONS", verbs.join(", "))) {
        answer.headers_mut().insert(ALLOW, verbs);
    }
}

/// Who bears the token: a service user, with a token meant for the management API.
fn authenticate(worker: &Worker, headers: &HeaderMap) -> Result<Caller, ApiError> {
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
    let app = &worker.app;
    match with_token(app, text, app.moment(), caller) {
        Ok(Some(caller)) => caller,
        Ok(None) => Err(ApiError::unauthenticated("the access token is invalid, expired or revoked")),
        Err(_) => Err(jeton_store::Unavailable::Store.into()),
    }
}

/// Who bears a live token, if it is meant for the management API.
pub(crate) fn caller(found: &Found<'_>) -> Result<Caller, ApiError> {
    let token = found.seen.token;
    let instance = found.seen.instance;
    if !audience(token.facts, instance).any(|project| project == instance.management_project) {
        return Err(ApiError::unauthenticated(
            "the access token is not for the management API; request the scope \
             urn:zitadel:iam:org:project:id:zitadel:aud",
        ));
    }
    Ok(Caller::Bearer(Arc::new(token.client.clone()), found.bearer()))
}

/// JSON, as it is.
fn check_content(headers: &HeaderMap) -> Result<(), ApiError> {
    let content = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(ApiError::invalid("the request must have Content-Type: application/json"));
    }
    let encoding = headers.get(CONTENT_ENCODING).map_or(&b"identity"[..], |value| value.as_bytes());
    if !encoding.eq_ignore_ascii_case(b"identity") {
        return Err(ApiError::unimplemented("requests can't be compressed here; send them as they are"));
    }
    Ok(())
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

/// What the caller believes to be the last change (RFC 9110 §13.1.1): the number that replies have as `sequence`.
fn expected(headers: &HeaderMap) -> Result<Option<ActNumber>, ApiError> {
    let Some(value) = headers.get(IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.trim_matches('"');
    let parsed = if number == "0" { Ok(ActNumber(0)) } else { ActNumber::parse(number) };
    parsed
        .map(Some)
        .map_err(|_| ApiError::invalid("If-Match must be the sequence that the subject had when you read it"))
}

/// A REST request as the JSON of its call: the body's members, those of the path, and those of the query.
fn with_members(
    body: &[u8],
    parameters: &[(&'static str, &str)],
    query: Option<&str>,
) -> Result<Vec<u8>, ApiError> {
    let mut members = match body {
        [] => serde_json::Map::new(),
        body => match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => members,
            Ok(_) => return Err(ApiError::invalid("the request must be a JSON object")),
            Err(_) => return Err(ApiError::invalid("the request is not valid JSON")),
        },
    };
    if body.is_empty() {
        // Repeated names are a list, as protobuf's mapping to HTTP has it.
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let list = members.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                list.push(Value::String(value.into_owned()));
            }
        }
    }
    for (name, value) in parameters {
        members.insert((*name).to_owned(), Value::String((*value).to_owned()));
    }
    serde_json::to_vec(&members).map_err(|_| ApiError::invalid("the request is not valid JSON"))
}

fn granted(worker: &Worker, route: &Route, protocol: Protocol, reply: &Reply) -> Answer {
    // The two REST calls for which ZITADEL says so.
    let created = protocol == Protocol::Rest && matches!(route.method, "CreateUser" | "AddOrganization");
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let mut answer = answer::json(status, reply.body.clone());
    if worker.app.config.development && !reply.ignored.is_empty() {
        let ignored: String = reply.ignored.join(", ").chars().filter(char::is_ascii_graphic).collect();
        if let Ok(ignored) = HeaderValue::from_str(&ignored) {
            answer.headers_mut().insert(IGNORED_MEMBERS, ignored);
        }
    }
    answer
}

pub(crate) fn refuse(protocol: Protocol, error: &ApiError) -> Answer {
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

fn refuse_body(protocol: Protocol, denial: Denial) -> Answer {
    let (status, error) = match denial {
        Denial::FormTooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            ApiError::invalid(format!("the request has more than {MANAGEMENT_BYTES_MAX} bytes")),
        ),
        Denial::BodyTooSlow => {
            (StatusCode::REQUEST_TIMEOUT, ApiError::invalid("the request's body did not arrive in time"))
        }
        _ => (StatusCode::BAD_REQUEST, ApiError::invalid("the request's body broke off")),
    };
    let mut answer = shape(protocol, status, &error);
    // What follows of the body is not read, so the connection can't be used further.
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

fn shape(protocol: Protocol, status: StatusCode, error: &ApiError) -> Answer {
    answer::json(status, error.to_json(protocol))
}
