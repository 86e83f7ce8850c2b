//! Keep-alive connections of hyper's client with one request in flight on each.

use crate::{CliError, operator};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// The warm-up, which is not counted, lasts the measured time divided by this.
const WARM_UP: u32 = 5;

/// The kind of request.
#[derive(Clone)]
pub(super) enum Task {
    /// Health checks: the cost of HTTP alone.
    Health,
    /// Token requests with each of these Basic credentials in turn.
    Issue(Vec<String>),
    /// Introspection requests with the Basic credentials of this API.
    Introspect(String),
}

impl Task {
    /// The beginning of a correct answer.
    const fn right(&self) -> &'static [u8] {
        match self {
            Self::Health => br#"{"status":"alive"}"#,
            Self::Issue(_) => br#"{"access_token":""#,
            Self::Introspect(_) => br#"{"active":true,"#,
        }
    }
}

/// One run of the load.
pub(super) struct Load {
    pub(super) address: SocketAddr,
    pub(super) connections: usize,
    pub(super) time: Duration,
    pub(super) task: Task,
    /// Issued tokens that each connection keeps.
    pub(super) keep: usize,
}

/// The result of a run.
pub(super) struct Measured {
    pub(super) per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// The issued tokens that were kept.
    pub(super) tokens: Vec<String>,
}

/// The observations of one connection.
#[derive(Default)]
struct Seen {
    latencies_us: Vec<u32>,
    tokens: Vec<String>,
}

impl Load {
    /// Sends requests for the whole time. Introspection requests are about these tokens.
    pub(super) fn run(&self, tokens: &[String]) -> Result<Measured, CliError> {
        let requests = Arc::new(self.requests(tokens)?);
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).div_ceil(2);
        let threads = threads.min(self.connections);
        let share = |thread: usize| (self.connections + threads - 1 - thread) / threads;
        let seen: Result<Vec<Seen>, CliError> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads)
                .map(|thread| {
                    let requests = &requests;
                    scope.spawn(move || self.connect_all(share(thread), thread, requests))
                })
                .collect();
            let mut all = Vec::new();
            for thread in running {
                all.extend(thread.join().map_err(|_| CliError::new("the load stopped"))??);
            }
            Ok(all)
        });
        Ok(self.sum(seen?))
    }

    fn sum(&self, seen: Vec<Seen>) -> Measured {
        let (mut latencies, mut tokens) = (Vec::new(), Vec::new());
        for mut one in seen {
            latencies.append(&mut one.latencies_us);
            tokens.append(&mut one.tokens);
        }
        latencies.sort_unstable();
        let at = |share: usize| {
            latencies.get(latencies.len() * share / 100).copied().map_or(f64::NAN, f64::from) / 1e3
        };
        let per_second = latencies.len() as f64 / self.time.as_secs_f64();
        Measured { per_second, p50_ms: at(50), p99_ms: at(99), tokens }
    }

    fn connect_all(
        &self,
        connections: usize,
        first: usize,
        requests: &Arc<Vec<Request<Full<Bytes>>>>,
    ) -> Result<Vec<Seen>, CliError> {
        operator::runtime()?.block_on(async {
            let running: Vec<_> = (0..connections)
                .map(|index| {
                    let place = index.wrapping_mul(7919).wrapping_add(first);
                    let asker = Asker { right: self.task.right(), time: self.time, keep: self.keep };
                    tokio::spawn(asker.ask(self.address, Arc::clone(requests), place))
                })
                .collect();
            let mut seen = Vec::new();
            for connection in running {
                seen.push(connection.await.map_err(|_| CliError::new("the load stopped"))??);
            }
            Ok(seen)
        })
    }

    fn requests(&self, tokens: &[String]) -> Result<Vec<Request<Full<Bytes>>>, CliError> {
        let form = |path: &str, basic: &str, body: String| {
            Request::post(path)
                .header("host", "127.0.0.1")
                .header("content-type", "application/x-www-form-urlencoded")
                .header("authorization", format!("Basic {basic}"))
                .body(Full::from(body))
        };
        let requests: Result<Vec<_>, _> = match &self.task {
            Task::Health => {
                vec![Request::get("/debug/healthz").header("host", "127.0.0.1").body(Full::default())]
                    .into_iter()
                    .collect()
            }
            Task::Issue(credentials) => credentials
                .iter()
                .map(|basic| {
                    form("/oauth/v2/token", basic, "grant_type=client_credentials&scope=profile".into())
                })
                .collect(),
            Task::Introspect(api) => tokens
                .iter()
                .map(|token| form("/oauth/v2/introspect", api, format!("token={token}")))
                .collect(),
        };
        requests.map_err(|error| CliError::new(format!("building a request: {error}")))
    }
}

/// One connection.
struct Asker {
    right: &'static [u8],
    time: Duration,
    keep: usize,
}

impl Asker {
    /// Sends requests one after the other, each after the answer to the last.
    async fn ask(
        self,
        address: SocketAddr,
        requests: Arc<Vec<Request<Full<Bytes>>>>,
        first: usize,
    ) -> Result<Seen, CliError> {
        let lost =
            |error: &dyn std::fmt::Display| CliError::new(format!("the server did not answer: {error}"));
        let stream = TcpStream::connect(address).await.map_err(|error| lost(&error))?;
        stream.set_nodelay(true).map_err(|error| lost(&error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| lost(&error))?;
        tokio::spawn(connection);
        let mut seen = Seen::default();
        let begin = Instant::now() + self.time / WARM_UP;
        for request in requests.iter().cycle().skip(first % requests.len().max(1)) {
            let sent = Instant::now();
            if sent >= begin + self.time {
                break;
            }
            let body = answer(&mut sender, request.clone()).await?;
            if !body.starts_with(self.right) {
                return Err(CliError::new("the server's answer is not what was asked for"));
            }
            if sent >= begin {
                seen.latencies_us.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                if seen.tokens.len() < self.keep {
                    seen.tokens.extend(token(&body));
                }
            }
        }
        Ok(seen)
    }
}

async fn answer(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<Bytes, CliError> {
    let lost = |error: hyper::Error| CliError::new(format!("the server did not answer: {error}"));
    let response = sender.send_request(request).await.map_err(lost)?;
    let status = response.status();
    let body = response.into_body().collect().await.map_err(lost)?.to_bytes();
    if status == StatusCode::OK {
        Ok(body)
    } else {
        Err(CliError::new(format!(
            "the server refused a request: {status} {}",
            String::from_utf8_lossy(&body)
        )))
    }
}

fn token(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("access_token").and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    /// A server that answers one request with these bytes.
    fn answering(answer: &'static str) -> (SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let head = BufReader::new(stream.try_clone().unwrap()).lines();
            assert!(head.map_while(Result::ok).any(|line| line.is_empty()), "a request");
            stream.write_all(answer.as_bytes()).unwrap();
        });
        (address, server)
    }

    fn failure(answer: &'static str) -> String {
        let (address, server) = answering(answer);
        let task = Task::Introspect(String::new());
        let load = Load { address, connections: 1, time: Duration::from_secs(10), task, keep: 0 };
        let measured = load.run(&["token".to_owned()]);
        server.join().unwrap();
        measured.err().expect("it ends with a failure").to_string()
    }

    #[test]
    fn answers_that_are_not_what_was_asked_for_are_not_measured() {
        let inactive = failure("HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{\"active\":false}");
        assert_eq!(inactive, "the server's answer is not what was asked for");
        let refused = failure("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\nbusy");
        assert_eq!(refused, "the server refused a request: 503 Service Unavailable busy");
        let cut = failure("HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{\"acti");
        assert!(cut.starts_with("the server did not answer: "), "{cut}");
    }
}
