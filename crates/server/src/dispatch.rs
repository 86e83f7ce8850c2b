//! The way of a request from its path to the endpoint that answers it. Nothing else of what serves requests
//! knows all parts of a worker.

use crate::body::Incoming;
use crate::console::{self, Console};
use crate::counters::Meter;
use crate::endpoint::{self, ClientRequestHead, keys, userinfo};
use crate::front::Front;
use crate::http_api::{self, HttpApi};
use crate::oauth::OAuthWorker;
use crate::operator;
use crate::response::{self, Response};
use crate::router::{Endpoint, Routed};
use hyper::{Request, StatusCode};
use jeton_management::Caller;
use jeton_management::Protocol;
use jeton_oauth::denial::Denial;
use jeton_store::Unavailable;
use jeton_store::journal::JournalError;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::oneshot;

/// The parts of one worker: a thread with its own connections, random generators and store handle.
#[derive(Debug)]
pub struct Dispatcher {
    /// The listeners' own state.
    pub front: Arc<Front>,
    /// The endpoints' state.
    pub oauth: OAuthWorker,
    /// The management API over HTTP.
    pub http_api: Arc<HttpApi>,
    /// The console.
    pub console: Console,
    /// Activity per minute.
    pub meter: Arc<Meter>,
}

impl Dispatcher {
    /// Serves what requests wait for until it is cancelled.
    pub async fn run(self: Arc<Self>) {
        self.oauth.run().await;
    }
}

/// An answer, or the way to it.
enum Answering {
    /// An answer that is complete already.
    Done(Response),
    /// A future of the answer. It is on the heap, so that connections that wait for their next request have
    /// no room for it.
    Awaited(Pin<Box<dyn Future<Output = Response> + Send>>),
}

/// The listener of a request.
#[derive(Debug, Clone, Copy)]
pub enum Door {
    /// The public one, and the peer of the connection.
    Public(IpAddr),
    /// The operator's socket.
    Operator,
}

impl Door {
    const fn peer(self) -> IpAddr {
        match self {
            Self::Public(peer) => peer,
            Self::Operator => IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }
}

/// Answers a request.
///
/// Not an `async fn`, whose future would contain the request beside the parts kept of it.
pub fn answer(
    parts: Arc<Dispatcher>,
    door: Door,
    request: Request<Incoming>,
) -> impl Future<Output = Response> + use<> {
    let answering = match parts.oauth.oauth.store.is_shared() {
        true => confirmed(parts, door, request),
        false => route(parts, door, request),
    };
    async move {
        match answering {
            Answering::Done(answer) => answer,
            Answering::Awaited(answering) => answering.await,
        }
    }
}

/// Routes a request once this server's facts are as new as those of any other server were when it arrived.
/// Answers that are made of no facts need no confirmation.
fn confirmed(parts: Arc<Dispatcher>, door: Door, request: Request<Incoming>) -> Answering {
    let router = match door {
        Door::Public(_) => &parts.front.router,
        Door::Operator => &parts.front.operator_router,
    };
    // Calls have an error format of their own.
    let format = match router.route(request.method(), request.uri().path()) {
        Routed::Call(called) => Some(called.protocol),
        Routed::Console(_) => Some(Protocol::Connect),
        Routed::Endpoint(
            Endpoint::Clients(_) | Endpoint::Userinfo | Endpoint::Keys | Endpoint::SignInLink,
        ) => None,
        _ => return route(parts, door, request),
    };
    Answering::Awaited(Box::pin(async move {
        if let Err(error) = confirm(&parts).await {
            tracing::debug!(%error, "the facts of this server could not be confirmed");
            return match format {
                Some(protocol) => http_api::refuse(protocol, &Unavailable::Store.into()),
                None => response::denial(Denial::Unavailable),
            };
        }
        match route(parts, door, request) {
            Answering::Done(answer) => answer,
            Answering::Awaited(answering) => answering.await,
        }
    }))
}

async fn confirm(parts: &Dispatcher) -> Result<(), JournalError> {
    let (sender, receiver) = oneshot::channel();
    parts.oauth.oauth.store.confirm(move |result| {
        // A request that was given up waits for nothing.
        let _ = sender.send(result);
    });
    receiver.await.unwrap_or(Err(JournalError::TooSlow))
}

fn route(parts: Arc<Dispatcher>, door: Door, request: Request<Incoming>) -> Answering {
    let router = match door {
        Door::Public(_) => &parts.front.router,
        Door::Operator => &parts.front.operator_router,
    };
    let routed = router.route(request.method(), request.uri().path());
    // Calls have an error format of their own.
    if let Routed::Endpoint(_) | Routed::Console(_) = routed
        && request.body().is_encoded(request.headers())
    {
        return Answering::Done(response::denial(Denial::Compressed));
    }
    Answering::Done(match routed {
        Routed::Endpoint(endpoint) => return serve(parts, door, endpoint, request),
        Routed::Call(called) => {
            return Answering::Awaited(Box::pin(async move {
                match door {
                    Door::Public(_) => http_api::answer(&parts.http_api, called, request).await,
                    Door::Operator => {
                        http_api::respond(&parts.http_api, Caller::Operator, called, request).await
                    }
                }
            }));
        }
        Routed::Console(target) => {
            let source = parts.front.proxies.source(door.peer(), request.headers());
            return Answering::Awaited(Box::pin(async move {
                console::answer(&parts.console, source, target, request).await
            }));
        }
        Routed::Options(allow) => response::options(allow),
        Routed::WrongMethod(allow) => response::method_not_allowed(allow),
        Routed::UnknownMethod => response::unknown_method(),
        Routed::Nothing => response::not_found(),
    })
}

fn serve(parts: Arc<Dispatcher>, door: Door, endpoint: Endpoint, request: Request<Incoming>) -> Answering {
    let front = &parts.front;
    Answering::Done(match endpoint {
        Endpoint::Clients(endpoint) => {
            let source = front.proxies.source(door.peer(), request.headers());
            let asked = ClientRequestHead::of(request, source);
            return Answering::Awaited(Box::pin(async move { endpoint.answer(&parts.oauth, asked).await }));
        }
        Endpoint::Authorize => response::denial(Denial::NoSignIn),
        Endpoint::Userinfo if !parts.oauth.load_shedder.admits() => endpoint::overloaded(&parts.oauth),
        Endpoint::Userinfo => {
            let source = front.proxies.source(door.peer(), request.headers());
            userinfo::answer(&parts.oauth, source, &request)
        }
        Endpoint::Keys => keys::answer(&parts.oauth.oauth, &request),
        Endpoint::Metadata => front.metadata.answer(request.headers()),
        Endpoint::OpenApi => front.openapi().answer(request.headers()),
        Endpoint::Alive => response::json(StatusCode::OK, &br#"{"status":"alive"}"#[..]),
        Endpoint::Ready => ready(front),
        Endpoint::Statistics => {
            operator::statistics(&parts.oauth.oauth.store, &parts.meter, &front.connections)
        }
        Endpoint::SignInLink => operator::sign_in_link(&parts.console),
    })
}

/// 200 if all requests can be served, otherwise 503; the body names the working parts.
fn ready(front: &Front) -> Response {
    let readiness = front.readiness();
    let status = if readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    response::json(status, readiness.to_json())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::connection::Http;
    use crate::limits::{TURN_MAX, TURN_REQUESTS_MIN};
    use crate::run;
    use crate::wiring::Wiring;
    use jeton_oauth::metadata::{INTROSPECTION_PATH, Issuer, REVOCATION_PATH, TOKEN_PATH, USERINFO_PATH};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
        let wiring = Wiring::new(run::open(&config).unwrap(), &config, issuer).unwrap();
        let worker = wiring.worker().unwrap();
        assert!((1..TURN_REQUESTS_MIN).all(|_| worker.oauth.load_shedder.admits()));
        let (mut client, server) = tokio::io::duplex(64 * 1024);
        let connections = Arc::clone(&worker.front.connections);
        let handler = move |request: Request<Incoming>| {
            let worker = Arc::clone(&worker);
            let wait = if request.uri().path() == INTROSPECTION_PATH { LATE } else { Duration::ZERO };
            let answering = answer(worker, Door::Public(IpAddr::from([192, 0, 2, 1])), request);
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
