//! Values that several calls share, in protobuf's JSON form: ids as decimal strings, timestamps
//! as RFC 3339, durations as seconds with an `s`.

use super::{ApiError, Code};
use crate::limits::PAGE_LEN;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_oauth::client::{Client, Text};
use jeton_oauth::service_user::{METADATA_MAX, METADATA_VALUE_BYTES_MAX};
use jeton_oauth::time::{Lifetime, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A timestamp on its way out.
#[derive(Debug, Clone, Copy, JsonSchema)]
pub(super) struct Date(#[schemars(with = "String", extend("format" = "date-time"))] pub(super) Timestamp);

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let seconds = i64::try_from(self.0.0).map_err(serde::ser::Error::custom)?;
        let date = OffsetDateTime::from_unix_timestamp(seconds).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&date.format(&Rfc3339).map_err(serde::ser::Error::custom)?)
    }
}

/// A timestamp as it goes out.
pub(crate) fn date(at: Timestamp) -> serde_json::Value {
    serde_json::to_value(Date(at)).unwrap_or_default()
}

/// Reads an RFC 3339 timestamp; fractions of a second are cut off.
pub(super) fn parse_date(member: &str, text: &str) -> Result<Timestamp, ApiError> {
    let date = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| {
        ApiError::invalid(format!("{member} must be an RFC 3339 timestamp such as 2027-01-31T12:00:00Z"))
    })?;
    u64::try_from(date.unix_timestamp())
        .map(Timestamp)
        .map_err(|_| ApiError::invalid(format!("{member} lies before 1970")))
}

/// Reads a protobuf duration such as `86400s`; fractions are cut off.
pub(super) fn parse_duration(member: &str, text: &str) -> Result<Lifetime, ApiError> {
    let whole =
        text.strip_suffix('s').map(|seconds| seconds.split_once('.').map_or(seconds, |(whole, _)| whole));
    whole
        .and_then(|seconds| seconds.parse().ok())
        .map(Lifetime)
        .ok_or_else(|| ApiError::invalid(format!("{member} must be a number of seconds such as 86400s")))
}

/// Reads text for people.
pub(super) fn parse_text(member: &str, text: &str) -> Result<Text, ApiError> {
    Text::new(text).map_err(|error| ApiError::invalid(format!("{member} {error}")))
}

/// Where a page of a listing starts and how long it is.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Page {
    #[serde(deserialize_with = "number")]
    #[schemars(with = "Number")]
    pub(super) offset: u64,
    #[serde(deserialize_with = "number")]
    #[schemars(with = "Number")]
    limit: u64,
    pub(super) asc: bool,
    /// Ours: goes on behind the page whose answer had this as `nextPageToken`; unlike an offset it costs the same
    /// wherever the page is.
    pub(super) page_token: Option<String>,
}

impl Page {
    /// How many things the page has at most.
    pub(super) fn limit(&self) -> Result<usize, ApiError> {
        let (default, max) = PAGE_LEN;
        let limit = if self.limit == 0 { u64::from(default) } else { self.limit };
        match usize::try_from(limit) {
            Ok(limit) if limit <= max as usize => Ok(limit),
            _ => Err(ApiError::invalid(format!("limit is at most {max}"))),
        }
    }

    /// The part of `all` that was asked for, and what is said about it. `all` comes in ascending order.
    pub(super) fn cut<T>(&self, mut all: Vec<T>) -> Result<(Pagination, Vec<T>), ApiError> {
        let limit = self.limit()?;
        if self.page_token.as_ref().is_some_and(|token| !token.is_empty()) {
            return Err(ApiError::invalid("this listing has no page tokens; use offset"));
        }
        let pagination = Pagination::of(all.len() as u64, limit);
        if !self.asc {
            all.reverse();
        }
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        Ok((pagination, all.into_iter().skip(offset).take(limit).collect()))
    }
}

/// 64-bit integers come as numbers or as strings.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Number {
    Plain(u64),
    Text(#[schemars(extend("pattern" = "^[0-9]{1,19}$"))] String),
}

fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match Number::deserialize(deserializer)? {
        Number::Plain(number) => Ok(number),
        Number::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

/// What goes with a page of a listing, in the older calls.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListDetails {
    pub(super) total_result: String,
    pub(super) timestamp: Date,
}

/// When a new credential ends: at a date as in ZITADEL, or, ours, after a time.
pub(super) fn end(
    expiration_date: Option<&str>,
    lifetime: Option<&str>,
    now: Timestamp,
) -> Result<Option<Timestamp>, ApiError> {
    match (expiration_date, lifetime) {
        (None, None) => Ok(None),
        (Some(date), None) => parse_date("expirationDate", date).map(Some),
        (None, Some(lifetime)) => Ok(Some(now.after(parse_duration("lifetime", lifetime)?))),
        (Some(_), Some(_)) => {
            Err(ApiError::invalid("expirationDate and lifetime exclude each other; send one of them"))
        }
    }
}

/// What goes with a page of a listing.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pagination {
    /// Missing when nobody counted them.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_result: Option<String>,
    applied_limit: String,
}

impl Pagination {
    pub(super) fn of(total: u64, limit: usize) -> Self {
        Self { total_result: Some(total.to_string()), applied_limit: limit.to_string() }
    }

    /// Of a listing that ends where the page does.
    pub(super) fn of_part(limit: usize) -> Self {
        Self { total_result: None, applied_limit: limit.to_string() }
    }
}

/// The reply of calls that take something away.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deleted {
    /// Missing when there was nothing left to take away.
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_date: Option<Date>,
}

impl Deleted {
    pub(super) const fn at(now: Timestamp) -> Self {
        Self { deletion_date: Some(Date(now)) }
    }

    /// Deleting what is not there is done already, in the calls where ZITADEL says so: whoever repeats one after a
    /// lost answer gets no error.
    pub(super) fn or_gone(deleted: Result<Self, ApiError>) -> Result<Self, ApiError> {
        match deleted {
            Err(error) if error.code == Code::NotFound => Ok(Self { deletion_date: None }),
            other => other,
        }
    }
}

/// The reply of calls that change something.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    pub(super) change_date: Date,
}

/// Since when something is as it is, and whose it is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Details {
    /// The act that changed it last; `If-Match` takes it.
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

/// A key and what is noted under it.
type Note = (Text, Box<[u8]>);

/// Reads metadata: keys and values in base64, as protobuf's JSON has bytes.
pub(super) fn parse_metadata(entries: &[MetadataEntry]) -> Result<Vec<Note>, ApiError> {
    if entries.is_empty() || entries.len() > METADATA_MAX {
        return Err(ApiError::invalid(format!("metadata must have 1 to {METADATA_MAX} entries")));
    }
    entries.iter().map(MetadataEntry::read).collect()
}

/// One note.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct MetadataEntry {
    pub(super) key: String,
    /// In base64.
    #[serde(default)]
    pub(super) value: String,
}

impl MetadataEntry {
    pub(super) fn of(key: &Text, value: &[u8]) -> Self {
        Self { key: key.to_string(), value: STANDARD.encode(value) }
    }

    fn read(&self) -> Result<Note, ApiError> {
        let value = STANDARD.decode(&self.value);
        let value = value.map_err(|_| ApiError::invalid("metadata: values must be base64"))?;
        if value.is_empty() || value.len() > METADATA_VALUE_BYTES_MAX {
            let message = format!("metadata: a value has 1 to {METADATA_VALUE_BYTES_MAX} bytes");
            return Err(ApiError::invalid(message));
        }
        Ok((parse_metadata_key(&self.key)?, value.into()))
    }
}

fn parse_metadata_key(key: &str) -> Result<Text, ApiError> {
    if key.is_empty() || key.len() > 200 {
        return Err(ApiError::invalid("metadata: a key has 1 to 200 characters"));
    }
    parse_text("metadata: a key", key)
}

/// Reads the keys of notes that are to be removed.
pub(super) fn parse_metadata_keys(keys: &[String]) -> Result<Vec<Text>, ApiError> {
    if keys.is_empty() || keys.len() > METADATA_MAX {
        return Err(ApiError::invalid(format!("keys must have 1 to {METADATA_MAX} entries")));
    }
    keys.iter().map(|key| parse_metadata_key(key)).collect()
}

/// A list of ids.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Ids {
    #[serde(default)]
    pub(super) ids: Vec<String>,
}

/// One id.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Id {
    pub(super) id: String,
}
