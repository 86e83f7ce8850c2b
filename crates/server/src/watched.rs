//! A connection's byte stream: it records reads and writes, reads a bounded number of bytes before other
//! connections are polled, and closes so that the last answer arrives.

use crate::connections::Connection;
use crate::limits::{HTTP2_LINGER_BYTES_MAX, LINGER_BYTES_MAX};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};

/// Buffer size for discarded bytes.
const DISCARD_BYTES: usize = 4 * 1024;

/// A stream that reports its events to its connection.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    stream: Take<S>,
    connection: Arc<Connection>,
    /// Bytes that may still be discarded after the last answer.
    linger: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Watched<S> {
    pub(crate) fn new(stream: S, connection: Arc<Connection>) -> Self {
        let linger = if connection.is_http2() { HTTP2_LINGER_BYTES_MAX } else { LINGER_BYTES_MAX };
        Self { stream: stream.take(0), connection, linger }
    }

    fn inner(&mut self) -> Pin<&mut S> {
        Pin::new(self.stream.get_mut())
    }

    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => self.connection.note_blocked(),
            Poll::Ready(Ok(bytes)) => self.connection.note_sent(bytes),
            Poll::Ready(Err(_)) => {}
        }
        written
    }

    /// Reads the peer's input until it closes too. A close while bytes arrive is a reset, which takes the
    /// answer away from a peer that has not read it yet.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.linger > 0 && self.connection.turn_left() > 0 {
            let mut discarded = [0; DISCARD_BYTES];
            let mut buffer = ReadBuf::new(&mut discarded);
            match ready!(self.inner().poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {
                    let bytes = buffer.filled().len();
                    self.linger = self.linger.saturating_sub(bytes);
                    self.connection.note_discarded(bytes);
                }
                Ok(()) | Err(_) => return Poll::Ready(()),
            }
        }
        if self.linger == 0 {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = self.connection.turn_left();
        if left == 0 {
            // Lets other connections run first.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.stream.set_limit(left as u64);
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let bytes = buffer.filled().len().saturating_sub(before);
        Poll::Ready(self.connection.note_received(bytes))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.inner().poll_write(context, bytes);
        self.note(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.inner().poll_flush(context))?;
        self.connection.note_flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.note_closing();
        ready!(self.inner().poll_shutdown(context))?;
        self.poll_linger(context).map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.inner().poll_write_vectored(context, parts);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.get_ref().is_write_vectored()
    }
}
