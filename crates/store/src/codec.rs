//! Records to bytes and back. No other file knows the encoding.
//!
//! The format is postcard: little-endian base-128 integers, lengths in front, nothing else. Reading
//! checks every length against the remaining bytes, so it needs no bound of its own and accepts all that
//! writing made; only the writer bounds the size. Decoding must consume every byte, so a truncated,
//! extended or otherwise wrong value is [`Corrupt`] and never a guess. Bytes from the network never come
//! here.

use crate::limits::RECORD_BYTES_MAX;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The bytes are no record of the expected kind, or the record is too large to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record is corrupt")]
pub(crate) struct Corrupt;

/// The bytes of a record.
///
/// # Errors
/// [`Corrupt`] if there are more than [`RECORD_BYTES_MAX`].
pub(crate) fn encode<R: Serialize>(record: &R) -> Result<Vec<u8>, Corrupt> {
    let bytes = postcard::to_extend(record, Vec::with_capacity(256)).map_err(|_| Corrupt)?;
    if bytes.len() > RECORD_BYTES_MAX { Err(Corrupt) } else { Ok(bytes) }
}

/// Reads a record.
///
/// # Errors
/// [`Corrupt`] unless every byte belongs to it.
pub(crate) fn decode<R: DeserializeOwned>(bytes: &[u8]) -> Result<R, Corrupt> {
    match postcard::take_from_bytes(bytes) {
        Ok((record, [])) => Ok(record),
        Ok(_) | Err(_) => Err(Corrupt),
    }
}
