//! Values that several calls share, in protobuf's JSON form: ids as decimal strings, timestamps as RFC 3339,
//! durations as seconds with an `s`.

use super::text_match::{Method, read_each};
use super::{ApiError, Code};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_domain::client::Client;
use jeton_domain::service_user::{METADATA_MAX, METADATA_VALUE_BYTES_MAX};
use jeton_domain::text::Text;
use jeton_domain::time::{Lifetime, TIMESTAMP_MAX, Timestamp};
use jeton_store::query::TextMatch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::fmt;
use time::OffsetDateTime;

/// A timestamp of a reply. Serialising one never fails, because the reply is written after the call was done.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(inline)]
pub(super) struct Date(#[schemars(with = "String", extend("format" = "date-time"))] pub(super) Timestamp);

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = i64::try_from(self.0.0.min(TIMESTAMP_MAX.0)).unwrap_or(0);
        let date = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
        let (hour, minute, second) = date.to_hms();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// A timestamp as JSON.
pub(crate) fn date(at: Timestamp) -> Value {
    Value::String(Date(at).to_string())
}

/// A timestamp of a normalised request.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(from = "u64")]
pub(super) struct DateInput(pub(super) Timestamp);

impl From<u64> for DateInput {
    fn from(seconds: u64) -> Self {
        Self(Timestamp(seconds))
    }
}

/// A duration of a normalised request.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(from = "u32")]
pub(super) struct Seconds(pub(super) Lifetime);

impl From<u32> for Seconds {
    fn from(seconds: u32) -> Self {
        Self(Lifetime(seconds))
    }
}

/// Bytes of a normalised request.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self)
    }
}

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

/// The list details that the older calls have.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListDetails {
    pub(super) total_result: String,
    pub(super) timestamp: Date,
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

/// The reply of calls that delete or remove an object.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deleted {
    /// Absent if there was nothing left to remove.
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_date: Option<Date>,
}

impl Deleted {
    pub(super) const fn at(now: Timestamp) -> Self {
        Self { deletion_date: Some(Date(now)) }
    }

    /// Deleting a missing object succeeds, in the calls where ZITADEL documents this: a client that repeats a
    /// call after a lost answer gets no error.
    pub(super) fn or_gone(deleted: Result<Self, ApiError>) -> Result<Self, ApiError> {
        match deleted {
            Err(error) if error.code == Code::NotFound => Ok(Self { deletion_date: None }),
            other => other,
        }
    }
}

/// The reply of calls that change an object.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    pub(super) change_date: Date,
}

/// The times and the owner of an object.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Details {
    /// The event of its last change; accepted by `If-Match`.
    pub(super) sequence: String,
    pub(super) change_date: Date,
    pub(super) resource_owner: String,
    pub(super) creation_date: Date,
}

impl Details {
    pub(super) fn of(client: &Client) -> Self {
        Self {
            sequence: client.act.to_string(),
            change_date: Date(client.changed),
            resource_owner: client.organization.to_string(),
            creation_date: Date(client.created),
        }
    }
}

/// A key and its value.
type Note = (Text, Box<[u8]>);

/// Parses metadata: keys and values in base64, as protobuf's JSON has bytes.
pub(super) fn parse_metadata(entries: &[MetadataInput]) -> Result<Vec<Note>, ApiError> {
    if entries.is_empty() || entries.len() > METADATA_MAX {
        return Err(ApiError::invalid(format!("metadata: must be 1 to {METADATA_MAX} entries")));
    }
    entries.iter().enumerate().map(|(place, entry)| entry.read(place)).collect()
}

/// One metadata entry of a request.
#[derive(Debug, Deserialize)]
pub(super) struct MetadataInput {
    key: String,
    #[serde(default)]
    value: Bytes,
}

impl MetadataInput {
    fn read(&self, place: usize) -> Result<Note, ApiError> {
        let value = &self.value.0;
        if value.is_empty() || value.len() > METADATA_VALUE_BYTES_MAX {
            let message = format!("metadata[{place}].value: must be 1 to {METADATA_VALUE_BYTES_MAX} bytes");
            return Err(ApiError::invalid(message));
        }
        let key = parse_metadata_key(&format!("metadata[{place}].key"), &self.key)?;
        Ok((key, value.as_slice().into()))
    }
}

/// One metadata entry of a reply.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MetadataEntry {
    key: String,
    /// The value in base64.
    value: String,
}

impl MetadataEntry {
    pub(super) fn of(key: &Text, value: &[u8]) -> Self {
        Self { key: key.to_string(), value: STANDARD.encode(value) }
    }
}

/// A filter of metadata; all given members must match.
#[derive(Debug, Deserialize)]
pub(super) enum MetadataFilter {
    #[serde(rename = "keyFilter")]
    Key {
        #[serde(default)]
        key: String,
        #[serde(default)]
        method: Method,
    },
}

impl MetadataFilter {
    /// Parses filters: comparisons with the keys of entries.
    pub(super) fn read(filters: &[Self]) -> Result<Vec<TextMatch>, ApiError> {
        read_each("filters", filters, |Self::Key { key, method }| method.wanting("keyFilter.key", key))
    }
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

/// A list of ids.
#[derive(Debug, Deserialize)]
pub(super) struct Ids {
    #[serde(default)]
    pub(super) ids: Vec<String>,
}

/// One id.
#[derive(Debug, Deserialize)]
pub(super) struct Id {
    pub(super) id: String,
}
