//! The rest of a request's body that was not read when its answer was ready.

use crate::connections::Held;
use crate::limits::{HTTP2_LEFTOVER_BYTES_MAX, LEFTOVER_BYTES_MAX, LINGER_MAX, LINGER_TIMEOUT};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::time::timeout;

/// The rest of a request's body. Bytes that have arrived are read before the answer, so that the next request
/// can follow. The others are not awaited: the connection ends after the answer, and reads them then.
pub(super) struct Leftover {
    body: Box<Incoming>,
    bytes: usize,
    polls: u8,
}

/// Number of polls: hyper hands out arrived bytes after it was polled once.
const LEFTOVER_POLLS: u8 = 2;

impl Leftover {
    pub(super) const fn of(body: Box<Incoming>) -> Self {
        Self { body, bytes: 0, polls: 0 }
    }

    /// True if the body is read to its end.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        while self.bytes <= LEFTOVER_BYTES_MAX {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(None) => return Poll::Ready(true),
                Poll::Ready(Some(Err(_))) => return Poll::Ready(false),
                Poll::Ready(Some(Ok(frame))) => {
                    let bytes = frame.data_ref().map_or(0, Bytes::len);
                    self.bytes = self.bytes.saturating_add(bytes);
                    if self.body.is_end_stream() {
                        return Poll::Ready(true);
                    }
                }
                Poll::Pending if self.polls < LEFTOVER_POLLS => {
                    self.polls = self.polls.saturating_add(1);
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Pending => return Poll::Ready(false),
            }
        }
        Poll::Ready(false)
    }
}

/// Reads further bytes of a body over HTTP/2, for a bounded time and up to a bound. Then its stream is reset,
/// which tells the peer to stop (RFC 9113 §8.1).
pub(super) async fn read_on(mut body: Box<Incoming>, held: Held) {
    let reading = async {
        let mut bytes = 0_usize;
        while let Ok(Some(Ok(frame))) = timeout(LINGER_TIMEOUT, body.frame()).await {
            bytes = bytes.saturating_add(frame.data_ref().map_or(0, Bytes::len));
            if bytes > HTTP2_LEFTOVER_BYTES_MAX {
                return;
            }
        }
    };
    let _ = timeout(LINGER_MAX, reading).await;
    drop(held);
}
