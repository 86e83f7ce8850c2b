//! The baseline of the load measurement: hyper alone, with the server's limits. It answers every request
//! with a constant after reading its body.
//!
//! `bare-hyper PORT token|introspection|BYTES` listens on 127.0.0.1.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use jeton_server::limits::{HEAD_BYTES_MAX, HEAD_TIMEOUT, HEADER_FIELDS_MAX};
use jeton_server::listener;
use jeton_server::response::{self, Response};
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;

/// The server's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An answer of the same length as a real one with a token.
const TOKEN: &str = r#"{"access_token":"jeton_at_000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000","token_type":"Bearer","expires_in":43200,"scope":"openid profile"}"#;

/// An answer of the same length as a real one about a token of the load's service users.
const INTROSPECTION: &str = r#"{"active":true,"scope":"openid profile","client_id":"bench-00000","token_type":"Bearer","exp":1795489894,"iat":1795446694,"nbf":1795446694,"sub":"7575541699837954","aud":["7575541699837953"],"iss":"http://127.0.0.1:18080","jti":"6076046540012b46238483bcba53a10f","username":"bench-00000","name":"Bench 00000","preferred_username":"bench-00000","updated_at":1795446692}"#;

const USAGE: &str = "usage: bare-hyper PORT token|introspection|BYTES";

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let port: u16 = args.next().ok_or(USAGE)?.parse()?;
    let body = match args.next().as_deref() {
        Some("token") => Bytes::from_static(TOKEN.as_bytes()),
        Some("introspection") => Bytes::from_static(INTROSPECTION.as_bytes()),
        // An answer with a JWT, whose length depends on the algorithm.
        Some(bytes) => {
            let bytes: usize = bytes.parse().map_err(|_| USAGE)?;
            let head = r#"{"access_token":"eyJ.."#;
            format!("{head}{}\"}}", "0".repeat(bytes.saturating_sub(head.len() + 2))).into()
        }
        None => return Err(USAGE.into()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(serve(SocketAddr::from(([127, 0, 0, 1], port)), body))
}

async fn serve(address: SocketAddr, body: Bytes) -> Result<(), Box<dyn Error>> {
    let listener = listener::bind(address)?;
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADER_FIELDS_MAX)
        .half_close(false);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let body = body.clone();
        let service = service_fn(move |request| {
            let body = body.clone();
            async move { Ok::<_, Infallible>(constant(request, body).await) }
        });
        // Errors of a connection are ignored.
        tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
    }
}

async fn constant(request: Request<Incoming>, body: Bytes) -> Response {
    match request.into_body().collect().await {
        Ok(_) => response::json(StatusCode::OK, body),
        Err(_) => response::empty(StatusCode::BAD_REQUEST),
    }
}
