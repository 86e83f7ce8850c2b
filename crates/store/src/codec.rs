//! Records to bytes and back: the one file that knows how.
//!
//! bincode with one fixed configuration and a limit. Decoding a record must consume every byte, so
//! a truncated, extended or otherwise wrong value is [`Corrupt`] and never a guess. Bytes from the
//! network never come here.

use crate::limits::RECORD_BYTES_MAX;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A stored value that no version of this program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored record is corrupt")]
pub struct Corrupt;

/// Little-endian, variable-length integers, at most [`RECORD_BYTES_MAX`].
const CONFIG: bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<RECORD_BYTES_MAX>,
> = bincode::config::standard().with_limit::<RECORD_BYTES_MAX>();

/// Appends a record to `out`.
///
/// # Errors
/// [`Corrupt`] when it would exceed the limit.
pub(crate) fn encode<R: Serialize>(record: &R, out: &mut Vec<u8>) -> Result<(), Corrupt> {
    let start = out.len();
    bincode::serde::encode_into_std_write(record, out, CONFIG).map_err(|_| Corrupt)?;
    if out.len().saturating_sub(start) > RECORD_BYTES_MAX {
        out.truncate(start);
        return Err(Corrupt);
    }
    Ok(())
}

/// Reads a record.
///
/// # Errors
/// [`Corrupt`] unless every byte belongs to it.
pub(crate) fn decode<R: DeserializeOwned>(bytes: &[u8]) -> Result<R, Corrupt> {
    match bincode::serde::decode_from_slice(bytes, CONFIG) {
        Ok((record, used)) if used == bytes.len() => Ok(record),
        Ok(_) | Err(_) => Err(Corrupt),
    }
}
