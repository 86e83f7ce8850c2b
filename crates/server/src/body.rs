//! A request's body: bounded in bytes and in time, without a copy when it came in one piece.

use crate::connections::{Connection, Held, NoRoom};
use crate::limits::BODY_TIMEOUT;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;
use hyper::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};
use jeton_oauth::denial::Denial;
use std::sync::Arc;

/// A body that has not been read. Dropping it before its end leaves the rest to the connection
/// (`exchange.rs`).
#[derive(Debug)]
pub struct Incoming {
    /// Present until it is dropped.
    body: Option<hyper::body::Incoming>,
    connection: Arc<Connection>,
    is_read: bool,
}

impl Incoming {
    pub(crate) fn new(body: hyper::body::Incoming, connection: Arc<Connection>) -> Self {
        Self { body: Some(body), connection, is_read: false }
    }

    /// True if nothing is left of it, or there never was a body.
    pub fn is_end(&self) -> bool {
        self.is_read || self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    /// True if the body is encoded in a way that nothing here reads.
    pub fn is_encoded(&self, headers: &HeaderMap) -> bool {
        !self.is_end() && names_coding(headers)
    }

    /// The minimum size of the body in bytes, as announced.
    fn announced(&self) -> u64 {
        self.body.as_ref().map_or(0, |body| body.size_hint().lower())
    }

    /// The next piece. Trailers are ignored; nothing in them is ever used.
    async fn next(&mut self) -> Result<Option<Bytes>, Denial> {
        let Some(body) = self.body.as_mut() else { return Ok(None) };
        while let Some(frame) = body.frame().await {
            if let Ok(piece) = frame.map_err(|_| Denial::MalformedForm)?.into_data() {
                return Ok(Some(piece));
            }
        }
        self.is_read = true;
        Ok(None)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.is_end()
            && let Some(body) = self.body.take()
        {
            self.connection.leave(body);
        }
    }
}

/// True if a body is encoded in a way that nothing here reads, such as gzip (RFC 9110 §8.4).
pub fn names_coding(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(CONTENT_ENCODING).iter().map(HeaderValue::as_bytes);
    // A list may be empty, or have empty elements (RFC 9110 §5.6.1).
    let mut codings = lists.flat_map(|list| list.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    codings.any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
}

/// The whole body, if it has at most `bytes_max` bytes.
///
/// # Errors
/// [`Denial::FormTooLarge`], [`Denial::BodyTooSlow`], [`Denial::MalformedForm`]; [`Denial::Overloaded`] if
/// there is no room for it. An announced length over the limit is refused before anything is read.
pub async fn read(mut body: Incoming, bytes_max: usize) -> Result<Bytes, Denial> {
    if body.announced() > bytes_max as u64 {
        return Err(Denial::FormTooLarge);
    }
    let _awaited = body.connection.await_peer();
    // The timer is registered only if the body is not there yet.
    tokio::time::timeout(BODY_TIMEOUT, collect(&mut body, bytes_max))
        .await
        .unwrap_or(Err(Denial::BodyTooSlow))
}

async fn collect(body: &mut Incoming, bytes_max: usize) -> Result<Bytes, Denial> {
    let Some(first) = body.next().await? else { return Ok(Bytes::new()) };
    if first.len() > bytes_max {
        return Err(Denial::FormTooLarge);
    }
    if body.is_end() {
        return Ok(first);
    }
    let mut held = Held::nothing(Arc::clone(&body.connection));
    // A copy: a piece of one byte would keep alive the whole buffer that it came in.
    let mut whole = BytesMut::from(first.as_ref());
    drop(first);
    while let Some(more) = body.next().await? {
        if whole.len().saturating_add(more.len()) > bytes_max {
            return Err(Denial::FormTooLarge);
        }
        // A growing buffer has up to twice the bytes.
        held.grow(more.len().saturating_mul(2)).map_err(|NoRoom| Denial::Overloaded)?;
        whole.extend_from_slice(&more);
    }
    Ok(whole.freeze())
}
