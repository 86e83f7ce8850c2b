//! Serving one connection with hyper: HTTP/1.1 or HTTP/2, as the client speaks.

use crate::connections::{Connection, Order, Seat};
use crate::exchange::{Exchanges, Handler};
use crate::first_bytes::{Begun, Version, await_version};
use crate::limits::{
    HEAD_BYTES_MAX, HEADER_FIELDS_MAX, HTTP2_KEEP_ALIVE, HTTP2_WINDOW_BYTES, SEND_BUFFER_BYTES, STREAMS_MAX,
    STREAMS_RESET_MAX,
};
use crate::watched::Watched;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};

/// The error that ended a connection early.
type Broken = Box<dyn Error + Send + Sync>;

/// The HTTP configuration of every connection.
#[derive(Debug, Clone)]
pub struct Http {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Default for Http {
    /// The limits of `limits.rs`. Those in time are enforced by the keeper.
    fn default() -> Self {
        let (mut http1, mut http2) = (http1::Builder::new(), http2::Builder::new(TokioExecutor::new()));
        http1
            .header_read_timeout(None)
            .max_buf_size(HEAD_BYTES_MAX)
            .max_headers(HEADER_FIELDS_MAX)
            .keep_alive(true)
            .half_close(false);
        // Without a timer hyper silently ignores the timeouts set below.
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_pending_accept_reset_streams(STREAMS_RESET_MAX)
            .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
            .initial_stream_window_size(HTTP2_WINDOW_BYTES)
            .initial_connection_window_size(HTTP2_WINDOW_BYTES)
            .max_send_buf_size(SEND_BUFFER_BYTES as usize)
            .keep_alive_interval(HTTP2_KEEP_ALIVE)
            .keep_alive_timeout(HTTP2_KEEP_ALIVE);
        Self { http1, http2 }
    }
}

impl Http {
    /// Serves until the peer is done, a limit is exceeded, or the keeper ends the connection.
    pub async fn serve<T, H>(&self, stream: T, seat: Seat, handler: H)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        H: Handler + Send + Unpin + 'static,
        H::Answering: 'static,
    {
        if let Err(error) = self.converse(stream, seat.connection(), handler).await {
            // A peer that breaks the protocol or disconnects is no fault of the server.
            tracing::debug!(%error, "connection ended");
        }
    }

    async fn converse<T, H>(&self, stream: T, connection: &Arc<Connection>, handler: H) -> Result<(), Broken>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        H: Handler + Send + Unpin + 'static,
        H::Answering: 'static,
    {
        let Some(begun) = until_told(connection, await_version(stream)).await else { return Ok(()) };
        let (version, stream) = begun?;
        connection.speaks(version == Version::Http2);
        match version {
            Version::Http1 => Ok(speak(stream, connection, handler, |io, exchanges| {
                self.http1.serve_connection(io, exchanges)
            })
            .await?),
            // Rare and large: on the heap, so that the futures of other connections stay small.
            Version::Http2 => Ok(Box::pin(speak(stream, connection, handler, |io, exchanges| {
                self.http2.serve_connection(io, exchanges)
            }))
            .await?),
        }
    }
}

/// A conversation on a watched stream. A function of its own, because locals of an `async fn` would be in its
/// future beside the awaited value: 1.6 KiB for every connection.
fn speak<T: AsyncRead + AsyncWrite + Unpin, H, C>(
    stream: Begun<T>,
    connection: &Arc<Connection>,
    handler: H,
    serve: impl FnOnce(TokioIo<Watched<Begun<T>>>, Exchanges<H>) -> C,
) -> Ordered<C> {
    let connection = Arc::clone(connection);
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&connection)));
    let exchanges = Exchanges { handler, connection: Arc::clone(&connection) };
    Ordered { conversation: serve(io, exchanges), connection, is_listening: false, is_finishing: false }
}

/// The outcome of `future`, or `None` if the connection is told to end first.
async fn until_told<F: Future>(connection: &Connection, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| {
        connection.listen(context.waker());
        if connection.order() != Order::None {
            return Poll::Ready(None);
        }
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// A conversation that follows the keeper's orders.
struct Ordered<C> {
    conversation: C,
    connection: Arc<Connection>,
    is_listening: bool,
    is_finishing: bool,
}

impl<C: GracefulConnection<Error = hyper::Error> + Unpin> Future for Ordered<C> {
    type Output = hyper::Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if !this.is_listening {
            // Registered once: a task has one waker as long as it lives.
            this.connection.listen(context.waker());
            this.is_listening = true;
        }
        match this.connection.order() {
            Order::None => {}
            Order::Finish if this.is_finishing => {}
            Order::Finish => {
                this.is_finishing = true;
                Pin::new(&mut this.conversation).graceful_shutdown();
            }
            Order::Leave | Order::Drop => return Poll::Ready(Ok(())),
        }
        this.connection.begin_turn();
        Pin::new(&mut this.conversation).poll(context)
    }
}

#[cfg(test)]
mod tests;
