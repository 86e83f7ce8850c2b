//! The first bytes of a connection, which tell the version of HTTP.
//!
//! An HTTP/2 peer begins with a preface of 24 bytes (RFC 9113 §3.4); anything else is HTTP/1.1. The keeper of
//! the connections ends one that stays undecided.
//!
//! hyper-util does the same, but hands the bytes on by themselves, and then hyper doubles its read buffer to
//! 16 KiB for the bytes that follow. Here the first read returns them together with all bytes that have
//! arrived.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The protocol that a peer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Http1,
    Http2,
}

/// A stream whose first bytes were looked at. Reading it begins with them.
pub(crate) struct Begun<S> {
    stream: S,
    first: [u8; PREFACE.len()],
    /// The part of `first` that was read and not handed on yet.
    left: std::ops::Range<u8>,
}

/// Waits until the protocol of the peer is clear.
///
/// # Errors
/// The peer disconnects first.
pub(crate) async fn await_version<S>(stream: S) -> io::Result<(Version, Begun<S>)>
where
    S: AsyncRead + Unpin,
{
    let mut begun = Begun { stream, first: [0; PREFACE.len()], left: 0..0 };
    let version = begun.version().await?;
    Ok((version, begun))
}

impl<S: AsyncRead + Unpin> Begun<S> {
    async fn version(&mut self) -> io::Result<Version> {
        loop {
            let (read, free) = self.first.split_at_mut(usize::from(self.left.end));
            if !PREFACE.starts_with(read) {
                return Ok(Version::Http1);
            }
            if free.is_empty() {
                return Ok(Version::Http2);
            }
            match self.stream.read(free).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                len => self.left.end = self.left.end.saturating_add(u8::try_from(len).unwrap_or(u8::MAX)),
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Begun<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let left = usize::from(self.left.start)..usize::from(self.left.end);
        let first = self.first.get(left).unwrap_or_default();
        let (now, _) = first.split_at(first.len().min(buffer.remaining()));
        buffer.put_slice(now);
        let len = u8::try_from(now.len()).unwrap_or(u8::MAX);
        self.left.start = self.left.start.saturating_add(len);
        if buffer.remaining() > 0 {
            // If that fails, the next read fails too, or finds the end.
            let _ = Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Begun<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncWriteExt, duplex};

    async fn version(sent: &[u8]) -> Version {
        let (mut client, server) = duplex(64);
        client.write_all(sent).await.unwrap();
        await_version(server).await.unwrap().0
    }

    #[tokio::test]
    async fn anything_but_the_preface_is_http_1() {
        assert_eq!(version(PREFACE).await, Version::Http2);
        assert_eq!(version(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0").await, Version::Http2);
        for other in [&b"G"[..], b"PO", b"\0", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\t", b"PRI * HTTP/1.1\r\n\r\n"]
        {
            assert_eq!(version(other).await, Version::Http1, "{}", String::from_utf8_lossy(other));
        }
    }

    #[tokio::test]
    async fn a_peer_that_disconnects_first_is_an_error() {
        for sent in [&b""[..], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".split_at(23).0] {
            let (mut client, server) = duplex(64);
            client.write_all(sent).await.unwrap();
            drop(client);
            assert!(await_version(server).await.is_err());
        }
    }

    #[tokio::test]
    async fn no_byte_is_lost_however_it_is_read() {
        let sent: Vec<u8> = (1..=100).collect();
        for sizes in [[1, 1], [7, 64], [100, 1], [23, 1], [24, 24], [25, 3]] {
            let (mut client, server) = duplex(256);
            client.write_all(&sent).await.unwrap();
            drop(client);
            let (_, mut begun) = await_version(server).await.unwrap();
            let mut received = Vec::new();
            for size in sizes.iter().cycle() {
                let mut buffer = vec![0; *size];
                match begun.read(&mut buffer).await.unwrap() {
                    0 => break,
                    len => received.extend_from_slice(&buffer[..len]),
                }
            }
            assert_eq!(received, sent, "{sizes:?}");
        }
    }

    #[tokio::test]
    async fn the_first_read_returns_all_arrived_bytes() {
        let (mut client, server) = duplex(256);
        client.write_all(&[b'x'; 100]).await.unwrap();
        let (_, mut begun) = await_version(server).await.unwrap();
        assert_eq!(begun.read(&mut [0; 256]).await.unwrap(), 100);
    }
}
