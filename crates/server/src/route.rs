//! Routing: one table of paths, matched as they came, byte for byte.
//!
//! Nothing is decoded or normalised, so `//token`, `/token/`, `/%74oken` and `/./token` are 404 and every
//! endpoint has exactly one path.

use crate::app::{App, Worker};
use crate::body::Incoming;
use crate::console;
use crate::endpoint::management::OPENAPI_PATH;
use crate::endpoint::{self, ClientEndpoint, ClientRequestHead, keys, management, userinfo};
use crate::management::{Called, lookup};
use crate::response::{self, Response};
use hyper::{Method, Request, StatusCode};
use jeton_oauth::denial::Denial;
use jeton_oauth::metadata::{
    AUTHORIZATION_PATH, INTROSPECTION_PATH, JWKS_PATH, REVOCATION_PATH, TOKEN_PATH, USERINFO_PATH,
};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

/// OpenID Connect Discovery 1.0 §4.
const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// RFC 8414 §3.
const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";

/// The endpoint at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Endpoint {
    Authorize,
    Clients(ClientEndpoint),
    Userinfo,
    Keys,
    Metadata,
    OpenApi,
    Call(Called),
    Console(console::ConsolePath),
    Alive,
    Ready,
}

impl Endpoint {
    /// The endpoint at a path.
    ///
    /// Everything is below the issuer's path. A proxy may have removed that path, so a path without an
    /// endpoint below it is looked up as it came: the issuer's path may itself begin like an endpoint. RFC
    /// 8414 §3.1 puts the issuer's path behind the well-known name.
    fn at(path: &str, issuer_path: &str) -> Option<Self> {
        if path.strip_prefix(AUTHORIZATION_SERVER).is_some_and(|rest| rest == issuer_path) {
            return Some(Self::Metadata);
        }
        let below = path.strip_prefix(issuer_path).filter(|_| !issuer_path.is_empty());
        below.and_then(Self::below_issuer).or_else(|| Self::below_issuer(path))
    }

    fn below_issuer(path: &str) -> Option<Self> {
        match path {
            AUTHORIZATION_PATH => Some(Self::Authorize),
            TOKEN_PATH => Some(Self::Clients(ClientEndpoint::Token)),
            INTROSPECTION_PATH => Some(Self::Clients(ClientEndpoint::Introspection)),
            REVOCATION_PATH => Some(Self::Clients(ClientEndpoint::Revocation)),
            USERINFO_PATH => Some(Self::Userinfo),
            JWKS_PATH => Some(Self::Keys),
            OPENID_CONFIGURATION | AUTHORIZATION_SERVER => Some(Self::Metadata),
            OPENAPI_PATH => Some(Self::OpenApi),
            "/debug/healthz" => Some(Self::Alive),
            "/debug/ready" => Some(Self::Ready),
            path => console::place(path).map(Self::Console).or_else(|| lookup(path).map(Self::Call)),
        }
    }

    /// The supported methods, for `Allow` (RFC 9110 §10.2.1).
    const fn allow(&self) -> &'static str {
        match self {
            Self::Clients(_) => "POST, OPTIONS",
            Self::Authorize | Self::Userinfo => "GET, HEAD, POST, OPTIONS",
            // Calls have their own table of methods.
            Self::Call(_) => "OPTIONS",
            Self::Console(_) => "GET, HEAD, POST, OPTIONS",
            Self::Keys | Self::Metadata | Self::OpenApi | Self::Alive | Self::Ready => "GET, HEAD, OPTIONS",
        }
    }

    fn allows(&self, method: &Method) -> bool {
        matches!(self, Self::Call(_)) || self.allow().split(", ").any(|allowed| allowed == method.as_str())
    }
}

/// The result of routing.
enum Routed {
    /// An answer that is complete already.
    Done(Response),
    /// A future of the answer. It is on the heap, so that connections that wait for their next request have
    /// no room for it.
    Awaited(Pin<Box<dyn Future<Output = Response> + Send>>),
}

/// Answers a request on the public listener.
///
/// Not an `async fn`, whose future would contain the request beside the parts kept of it.
pub fn answer(
    worker: Arc<Worker>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> impl Future<Output = Response> + use<> {
    let routed = route(worker, peer, request);
    async move {
        match routed {
            Routed::Done(answer) => answer,
            Routed::Awaited(answering) => answering.await,
        }
    }
}

fn route(worker: Arc<Worker>, peer: IpAddr, request: Request<Incoming>) -> Routed {
    let path = request.uri().path();
    let Some(endpoint) = Endpoint::at(path, worker.app.issuer.path()) else {
        return Routed::Done(if path == "*" && request.method() == Method::OPTIONS {
            response::options("GET, HEAD, POST, OPTIONS")
        } else {
            response::not_found()
        });
    };
    if request.method() == Method::OPTIONS {
        return Routed::Done(match &endpoint {
            Endpoint::Call(called) => management::options(called),
            _ => response::options(endpoint.allow()),
        });
    }
    if !endpoint.allows(request.method()) {
        return Routed::Done(refuse_method(request.method(), &endpoint));
    }
    // The management API has an error format of its own.
    if !matches!(endpoint, Endpoint::Call(_)) && request.body().is_encoded(request.headers()) {
        return Routed::Done(response::denial(Denial::Compressed));
    }
    let app = &worker.app;
    Routed::Done(match endpoint {
        Endpoint::Clients(endpoint) => {
            let source = app.proxies.source(peer, request.headers());
            let asked = ClientRequestHead::of(request, source);
            return Routed::Awaited(Box::pin(async move { endpoint.answer(&worker, asked).await }));
        }
        Endpoint::Call(called) => {
            return Routed::Awaited(Box::pin(
                async move { management::answer(&worker, called, request).await },
            ));
        }
        Endpoint::Console(place) => {
            let source = app.proxies.source(peer, request.headers());
            return Routed::Awaited(Box::pin(async move {
                console::answer(&worker, source, place, request).await
            }));
        }
        Endpoint::Authorize => response::denial(Denial::NoSignIn),
        Endpoint::Userinfo if !worker.load_shedder.admits() => endpoint::overloaded(&worker),
        Endpoint::Userinfo => {
            userinfo::answer(&worker, app.proxies.source(peer, request.headers()), &request)
        }
        Endpoint::Keys => keys::answer(app, &request),
        Endpoint::Metadata => app.metadata.answer(request.headers()),
        Endpoint::OpenApi => app.openapi().answer(request.headers()),
        Endpoint::Alive => response::json(StatusCode::OK, &br#"{"status":"alive"}"#[..]),
        Endpoint::Ready => ready(app),
    })
}

/// 200 if all requests can be served, otherwise 503; the body names the working parts.
fn ready(app: &App) -> Response {
    let readiness = app.readiness();
    let status = if readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    response::json(status, readiness.to_json())
}

/// 405 for a method that exists, 501 for one that does not (RFC 9110 §15.6.2).
fn refuse_method(method: &Method, endpoint: &Endpoint) -> Response {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::TRACE,
        Method::CONNECT,
    ];
    if known.contains(method) {
        response::method_not_allowed(endpoint.allow())
    } else {
        response::unknown_method()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::connection::Http;
    use crate::limits::{TURN_MAX, TURN_REQUESTS_MIN};
    use crate::run;
    use jeton_oauth::metadata::Issuer;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[test]
    fn paths_are_matched_byte_for_byte() {
        assert_eq!(Endpoint::at("/oauth/v2/token", ""), Some(Endpoint::Clients(ClientEndpoint::Token)));
        for other in [
            "//oauth/v2/token",
            "/oauth/v2/token/",
            "/./oauth/v2/token",
            "/oauth/v2/%74oken",
            "/oauth/v2/token;x",
            "/oauth/v2/token%00",
            "/OAUTH/v2/token",
            "oauth/v2/token",
            "/oauth/v2",
            "/",
            "",
        ] {
            assert_eq!(Endpoint::at(other, ""), None, "{other}");
        }
    }

    #[test]
    fn an_issuer_with_a_path_has_its_documents_where_the_rfcs_say() {
        let at = |path| Endpoint::at(path, "/tenant1");
        assert_eq!(at("/tenant1/.well-known/openid-configuration"), Some(Endpoint::Metadata));
        assert_eq!(at("/.well-known/oauth-authorization-server/tenant1"), Some(Endpoint::Metadata));
        assert_eq!(at("/.well-known/oauth-authorization-server/tenant2"), None);
        assert_eq!(at("/tenant1/oauth/v2/token"), Some(Endpoint::Clients(ClientEndpoint::Token)));
        assert_eq!(at("/tenant2/oauth/v2/token"), None);
    }

    /// A path for each endpoint.
    const PATHS: &[&str] = &[
        AUTHORIZATION_PATH,
        TOKEN_PATH,
        INTROSPECTION_PATH,
        REVOCATION_PATH,
        USERINFO_PATH,
        JWKS_PATH,
        OPENID_CONFIGURATION,
        AUTHORIZATION_SERVER,
        OPENAPI_PATH,
        "/debug/healthz",
        "/debug/ready",
        "/ui/console",
        "/ui/console/",
        "/ui/console/app.js",
        "/ui/console/api/session",
        "/ui/console/api/zitadel.user.v2.UserService/ListUsers",
        "/zitadel.user.v2.UserService/ListUsers",
        "/zitadel.session.v2.SessionService/CreateSession",
        "/jeton.audit.v1.AuditService/ListEvents",
        "/v2/users",
        "/v2/users/new",
        "/v2/users/12/keys/13",
        "/v2/organizations/_search",
    ];

    #[test]
    fn everything_is_below_the_issuers_path_whether_a_proxy_takes_it_away_or_not() {
        let issuers = [
            "/tenant1",
            "/a/b",
            "/oauth",
            "/oauth/v2",
            "/v2",
            "/v2/users",
            "/ui",
            "/ui/console",
            "/debug",
            "/oidc",
        ];
        for path in PATHS {
            let plain = Endpoint::at(path, "");
            assert!(plain.is_some(), "{path}");
            for issuer in issuers.iter().chain(PATHS) {
                let issuer = issuer.trim_end_matches('/');
                assert_eq!(Endpoint::at(&format!("{issuer}{path}"), issuer), plain, "{issuer} kept: {path}");
                // A path that is also an endpoint below the issuer's path takes precedence; only the console
                // has such paths.
                let is_console = issuer.starts_with("/ui/console");
                if !is_console {
                    assert_eq!(Endpoint::at(path, issuer), plain, "{issuer} taken: {path}");
                }
            }
            for wrong in ["/tenant2", "/tenant1x", "/tenant1/tenant1", "//tenant1"] {
                assert_eq!(Endpoint::at(&format!("{wrong}{path}"), "/tenant1"), None, "{wrong}{path}");
            }
        }
    }

    const LATE: Duration = TURN_MAX.saturating_add(Duration::from_millis(1));

    fn ask(method: &str, path: &str) -> String {
        let form = "content-type: application/x-www-form-urlencoded";
        format!("{method} {path} HTTP/1.1\r\nhost: x\r\n{form}\r\ncontent-length: 2\r\n\r\na=")
    }

    /// Sends these requests on one connection, with this delay before each, to a worker whose poll round
    /// never ends and has used up its minimum. An introspection is served late after it was routed.
    async fn answers(requests: &[(&str, Duration)]) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        let config = Config::local(&directory.path().join("data"));
        let issuer = Issuer::parse("https://id.example.com").unwrap();
        let app = App::new(run::open(&config).unwrap(), config, issuer);
        let worker = Worker::new(Arc::new(app)).unwrap();
        assert!((1..TURN_REQUESTS_MIN).all(|_| worker.load_shedder.admits()));
        let (mut client, server) = tokio::io::duplex(64 * 1024);
        let connections = Arc::clone(&worker.app.connections);
        let handler = move |request: Request<Incoming>| {
            let worker = Arc::clone(&worker);
            let wait = if request.uri().path() == INTROSPECTION_PATH { LATE } else { Duration::ZERO };
            let answering = answer(worker, IpAddr::from([192, 0, 2, 1]), request);
            async move {
                tokio::time::advance(wait).await;
                answering.await
            }
        };
        let seat = connections.open(connections.place_now().unwrap(), IpAddr::from([192, 0, 2, 1]));
        tokio::spawn(async move { Http::default().serve(server, seat.unwrap(), handler).await });
        let mut answers = Vec::new();
        for (request, pause) in requests {
            tokio::time::advance(*pause).await;
            client.write_all(request.as_bytes()).await.unwrap();
            let mut received = [0; 4096];
            let len = client.read(&mut received).await.unwrap();
            answers.push(String::from_utf8_lossy(&received[..len]).into_owned());
        }
        answers
    }

    #[tokio::test(start_paused = true)]
    async fn an_overlong_poll_round_refuses_clients_and_serves_administrators_and_probes() {
        let soon = Duration::ZERO;
        let requests = [
            (ask("POST", TOKEN_PATH), soon),
            (ask("POST", TOKEN_PATH), LATE),
            (ask("POST", INTROSPECTION_PATH), soon),
            (ask("POST", REVOCATION_PATH), soon),
            (ask("GET", USERINFO_PATH), soon),
            (ask("GET", "/debug/healthz"), soon),
            (ask("POST", "/zitadel.user.v2.UserService/ListUsers"), soon),
        ];
        let requests: Vec<_> = requests.iter().map(|(text, pause)| (text.as_str(), *pause)).collect();
        let answers = answers(&requests).await;
        assert!(answers[0].starts_with("HTTP/1.1 401 "), "the first of a round: {}", answers[0]);
        for refused in &answers[1..5] {
            assert!(
                refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after: 1\r\n"),
                "{refused}"
            );
        }
        assert!(answers[5].starts_with("HTTP/1.1 200 "), "{}", answers[5]);
        assert!(answers[6].starts_with("HTTP/1.1 401 "), "{}", answers[6]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_was_routed_in_time_and_is_served_late_is_refused() {
        let (first, second) = (ask("POST", TOKEN_PATH), ask("POST", INTROSPECTION_PATH));
        let answers = answers(&[(&first, Duration::ZERO), (&second, Duration::ZERO)]).await;
        assert!(answers[0].starts_with("HTTP/1.1 401 "), "{}", answers[0]);
        assert!(answers[1].starts_with("HTTP/1.1 503 "), "{}", answers[1]);
    }
}
