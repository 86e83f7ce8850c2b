//! Reading a request's body: bounded in bytes and in time, without a copy when it came in one piece.

use crate::limits::BODY_TIMEOUT;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use jeton_oauth::denial::Denial;

/// The whole body, if it has at most `bytes_max` bytes.
///
/// # Errors
/// [`Denial::FormTooLarge`], [`Denial::BodyTooSlow`], [`Denial::MalformedForm`]. A length announced over the limit is refused before anything is read.
pub async fn read(mut body: Incoming, bytes_max: usize) -> Result<Bytes, Denial> {
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(Denial::FormTooLarge);
    }
    // The timer is registered only when the body is not there yet.
    tokio::time::timeout(BODY_TIMEOUT, collect(&mut body, bytes_max))
        .await
        .unwrap_or(Err(Denial::BodyTooSlow))
}

async fn collect(body: &mut Incoming, bytes_max: usize) -> Result<Bytes, Denial> {
    let Some(first) = next(body).await? else { return Ok(Bytes::new()) };
    if first.len() > bytes_max {
        return Err(Denial::FormTooLarge);
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let mut whole = BytesMut::from(first);
    while let Some(more) = next(body).await? {
        if whole.len().saturating_add(more.len()) > bytes_max {
            return Err(Denial::FormTooLarge);
        }
        whole.extend_from_slice(&more);
    }
    Ok(whole.freeze())
}

/// The next piece; trailers are ignored, nothing in them is ever used.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, Denial> {
    while let Some(frame) = body.frame().await {
        if let Ok(piece) = frame.map_err(|_| Denial::MalformedForm)?.into_data() {
            return Ok(Some(piece));
        }
    }
    Ok(None)
}
