//! Serving one connection with hyper: HTTP/1.1 or HTTP/2, whichever the client speaks.

use crate::limits::{
    HEAD_BYTES_MAX, HEAD_TIMEOUT, HEADER_FIELDS_MAX, HTTP2_KEEP_ALIVE, STREAMS_MAX, STREAMS_RESET_MAX,
};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::Watcher;
use std::convert::Infallible;

/// What every connection is served with.
pub fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // Without a timer hyper silently ignores every timeout set below.
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADER_FIELDS_MAX)
        .keep_alive(true)
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_pending_accept_reset_streams(STREAMS_RESET_MAX)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
        .keep_alive_interval(HTTP2_KEEP_ALIVE)
        .keep_alive_timeout(HTTP2_KEEP_ALIVE);
    builder
}

/// Serves until the peer is done, a limit is broken, or the watcher says to finish.
pub async fn serve<I, S>(builder: &auto::Builder<TokioExecutor>, io: I, service: S, watcher: Watcher)
where
    I: Read + Write + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<Full<Bytes>>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
{
    let connection = builder.serve_connection(io, service);
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        // A peer that breaks the protocol or goes away is its own affair.
        tracing::debug!(%error, "connection ended");
    }
}
