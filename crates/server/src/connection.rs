//! Serving one connection with hyper: HTTP/1.1 or HTTP/2, whichever the client speaks.

use crate::first_bytes::{Begun, Version, await_version};
use crate::limits::{
    HEAD_BYTES_MAX, HEAD_TIMEOUT, HEADER_FIELDS_MAX, HTTP2_KEEP_ALIVE, STREAMS_MAX, STREAMS_RESET_MAX,
};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::convert::Infallible;
use std::error::Error;
use std::sync::Weak;
use tokio::io::{AsyncRead, AsyncWrite};

/// How a connection that ended before its time is told of.
type Broken = Box<dyn Error + Send + Sync>;

/// What every connection is served with.
#[derive(Debug, Clone)]
pub struct Http {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Default for Http {
    /// The limits of `limits.rs`.
    fn default() -> Self {
        let (mut http1, mut http2) = (http1::Builder::new(), http2::Builder::new(TokioExecutor::new()));
        // Without a timer hyper silently ignores every timeout set below.
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_BYTES_MAX)
            .max_headers(HEADER_FIELDS_MAX)
            .keep_alive(true)
            .half_close(false);
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_pending_accept_reset_streams(STREAMS_RESET_MAX)
            .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
            .keep_alive_interval(HTTP2_KEEP_ALIVE)
            .keep_alive_timeout(HTTP2_KEEP_ALIVE);
        Self { http1, http2 }
    }
}

impl Http {
    /// Serves until the peer is done, a limit is broken, or `shutdown` says to finish. A shutdown does not wait for a peer
    /// that has said nothing yet.
    pub async fn serve<T, S>(&self, stream: T, service: S, shutdown: &Weak<GracefulShutdown>)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Service<Request<Incoming>, Response = Response<Full<Bytes>>, Error = Infallible> + Send + 'static,
        S::Future: Send + 'static,
    {
        if let Err(error) = self.converse(stream, service, shutdown).await {
            // A peer that breaks the protocol or goes away is its own affair.
            tracing::debug!(%error, "connection ended");
        }
    }

    async fn converse<T, S>(
        &self,
        stream: T,
        service: S,
        shutdown: &Weak<GracefulShutdown>,
    ) -> Result<(), Broken>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Service<Request<Incoming>, Response = Response<Full<Bytes>>, Error = Infallible> + Send + 'static,
        S::Future: Send + 'static,
    {
        let (version, stream) = await_version(stream).await?;
        let Some(watcher) = shutdown.upgrade().map(|shutdown| shutdown.watcher()) else { return Ok(()) };
        match version {
            Version::Http1 => Ok(self.speak_http1(stream, service, watcher).await?),
            Version::Http2 => {
                // Rare, and large: on the heap, so that the others' futures stay small.
                let connection = self.http2.serve_connection(TokioIo::new(stream), service);
                Ok(Box::pin(watcher.watch(connection)).await?)
            }
        }
    }

    /// A function of its own, because locals of an `async fn` would be in its future beside what is awaited: 1.6 KiB
    /// for every connection.
    fn speak_http1<T, S>(
        &self,
        stream: Begun<T>,
        service: S,
        watcher: Watcher,
    ) -> impl Future<Output = hyper::Result<()>> + use<T, S>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Service<Request<Incoming>, Response = Response<Full<Bytes>>, Error = Infallible> + Send + 'static,
        S::Future: Send + 'static,
    {
        watcher.watch(self.http1.serve_connection(TokioIo::new(stream), service))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::service::service_fn;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::Instant;

    /// How long a connection is kept on which this was sent and nothing follows; and what came back.
    async fn kept(sent: &[u8]) -> (u64, Vec<u8>) {
        let (mut client, server) = tokio::io::duplex(64 * 1024);
        let service = service_fn(|_| async { Ok::<_, Infallible>(Response::new(Full::from("hi"))) });
        let shutdown = Arc::new(GracefulShutdown::new());
        let stop = Arc::downgrade(&shutdown);
        tokio::spawn(async move { Http::default().serve(server, service, &stop).await });
        client.write_all(sent).await.unwrap();
        let start = Instant::now();
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        (start.elapsed().as_secs(), received)
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_arrive_is_given_up() {
        for sent in
            [&b"POST /oauth/v2/token HTTP/1.1\r\nhost: x\r\n"[..], b"", b"P", b"PRI * HTTP/2.0\r\n\r\nSM"]
        {
            let (seconds, _) = kept(sent).await;
            assert_eq!(seconds, HEAD_TIMEOUT.as_secs(), "{}", String::from_utf8_lossy(sent));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_closed() {
        let (seconds, received) = kept(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(received.starts_with(b"HTTP/1.1 200 OK"));
        assert_eq!(seconds, HEAD_TIMEOUT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_http_2_peer_is_closed() {
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        let (seconds, _) = kept(preface).await;
        assert!(seconds <= 2 * HTTP2_KEEP_ALIVE.as_secs(), "{seconds}");
    }

    #[tokio::test]
    async fn an_http_2_peer_is_told_how_many_requests_it_may_have_under_way() {
        let (mut client, server) = tokio::io::duplex(64 * 1024);
        let service = service_fn(|_| async { Ok::<_, Infallible>(Response::new(Full::from("hi"))) });
        let shutdown = Arc::new(GracefulShutdown::new());
        let stop = Arc::downgrade(&shutdown);
        tokio::spawn(async move { Http::default().serve(server, service, &stop).await });
        client.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
        let mut head = [0; 9];
        client.read_exact(&mut head).await.unwrap();
        assert_eq!(head[3], 4, "SETTINGS (RFC 9113 section 6.5)");
        let mut settings = vec![0; usize::from(head[2])];
        client.read_exact(&mut settings).await.unwrap();
        let streams = settings.chunks(6).find(|setting| setting[..2] == [0, 3]).unwrap();
        assert_eq!(streams[2..], STREAMS_MAX.to_be_bytes(), "SETTINGS_MAX_CONCURRENT_STREAMS");
    }

    #[tokio::test(start_paused = true)]
    async fn a_shutdown_waits_for_a_request_under_way_and_for_nobody_who_said_nothing() {
        for (sent, seconds) in
            [(&b""[..], 0), (b"PRI * HTTP/2", 0), (b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", 5)]
        {
            let (mut client, server) = tokio::io::duplex(64 * 1024);
            let service = service_fn(|_| async {
                tokio::time::sleep(Duration::from_secs(5)).await;
                Ok::<_, Infallible>(Response::new(Full::from("hi")))
            });
            let shutdown = Arc::new(GracefulShutdown::new());
            let stop = Arc::downgrade(&shutdown);
            tokio::spawn(async move { Http::default().serve(server, service, &stop).await });
            client.write_all(sent).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
            let start = Instant::now();
            Arc::into_inner(shutdown).unwrap().shutdown().await;
            assert_eq!(
                start.elapsed().as_millis().div_ceil(1000),
                seconds,
                "{}",
                String::from_utf8_lossy(sent)
            );
        }
    }
}
