//! Values that several calls share, in protobuf's JSON form: ids as decimal strings, timestamps as RFC 3339,
//! durations as seconds with an `s`.

use super::text_match::read_each;
use super::text_match::wanting;
use super::{ApiError, Code};
use jeton_api::values::{DateInput, Deleted, MetadataFilter, MetadataInput, Seconds};
use jeton_domain::service_user::{METADATA_MAX, METADATA_VALUE_BYTES_MAX};
use jeton_domain::text::Text;
use jeton_domain::time::{TIMESTAMP_MAX, Timestamp};
use jeton_store::query::TextMatch;

/// Parses text for people.
pub(super) fn parse_text(member: &str, text: &str) -> Result<Text, ApiError> {
    Text::new(text).map_err(|error| ApiError::invalid(format!("{member}: {error}")))
}

/// Parses text for people that must not be empty.
pub(super) fn parse_name(member: &str, text: &str) -> Result<Text, ApiError> {
    if text.trim().is_empty() {
        return Err(ApiError::invalid(format!("{member}: must not be empty")));
    }
    parse_text(member, text)
}

/// The expiry of a new credential: a date as in ZITADEL or, a Jeton extension, a time from now.
pub(super) fn end(
    expiration_date: Option<DateInput>,
    lifetime: Option<Seconds>,
    now: Timestamp,
) -> Result<Option<Timestamp>, ApiError> {
    let (member, end) = match (expiration_date, lifetime) {
        (None, None) => return Ok(None),
        (Some(DateInput(date)), None) => ("expirationDate", date),
        (None, Some(Seconds(lifetime))) => ("lifetime", now.after(lifetime)),
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid("lifetime: at most one of expirationDate, lifetime can be given"));
        }
    };
    if end <= now {
        return Err(ApiError::invalid(format!("{member}: must end in the future")));
    }
    if end > TIMESTAMP_MAX {
        return Err(ApiError::invalid(format!("{member}: must end before the year 10000")));
    }
    Ok(Some(end))
}

/// Deleting a missing object succeeds, in the calls where ZITADEL documents this: a client that repeats a
/// call after a lost answer gets no error.
pub(super) fn or_gone(deleted: Result<Deleted, ApiError>) -> Result<Deleted, ApiError> {
    match deleted {
        Err(error) if error.code == Code::NotFound => Ok(Deleted { deletion_date: None }),
        other => other,
    }
}

/// A key and its value.
type Note = (Text, Box<[u8]>);

/// Parses metadata: keys and values in base64, as protobuf's JSON has bytes.
pub(super) fn parse_metadata(entries: &[MetadataInput]) -> Result<Vec<Note>, ApiError> {
    if entries.is_empty() || entries.len() > METADATA_MAX {
        return Err(ApiError::invalid(format!("metadata: must be 1 to {METADATA_MAX} entries")));
    }
    entries.iter().enumerate().map(|(place, entry)| read_entry(entry, place)).collect()
}

fn read_entry(entry: &MetadataInput, place: usize) -> Result<Note, ApiError> {
    let value = &entry.value.0;
    if value.is_empty() || value.len() > METADATA_VALUE_BYTES_MAX {
        let message = format!("metadata[{place}].value: must be 1 to {METADATA_VALUE_BYTES_MAX} bytes");
        return Err(ApiError::invalid(message));
    }
    let key = parse_metadata_key(&format!("metadata[{place}].key"), &entry.key)?;
    Ok((key, value.as_slice().into()))
}

/// Parses filters: comparisons with the keys of entries.
pub(super) fn metadata_filters(filters: &[MetadataFilter]) -> Result<Vec<TextMatch>, ApiError> {
    read_each("filters", filters, |MetadataFilter::Key { key, method }| {
        wanting(*method, "keyFilter.key", key)
    })
}

fn parse_metadata_key(member: &str, key: &str) -> Result<Text, ApiError> {
    if key.is_empty() || key.chars().count() > 200 {
        return Err(ApiError::invalid(format!("{member}: must have 1 to 200 characters")));
    }
    parse_text(member, key)
}

/// Parses the keys of entries to be removed.
pub(super) fn parse_metadata_keys(keys: &[String]) -> Result<Vec<Text>, ApiError> {
    if keys.is_empty() || keys.len() > METADATA_MAX {
        return Err(ApiError::invalid(format!("keys: must be 1 to {METADATA_MAX}")));
    }
    keys.iter().enumerate().map(|(place, key)| parse_metadata_key(&format!("keys[{place}]"), key)).collect()
}
