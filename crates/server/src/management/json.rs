//! Values that several calls share, in protobuf's JSON form: ids as decimal strings, timestamps
//! as RFC 3339, durations as seconds with an `s`.

use super::ApiError;
use jeton_oauth::client::Text;
use jeton_oauth::time::{Lifetime, Timestamp};
use serde::{Deserialize, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A timestamp on its way out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Date(pub(super) Timestamp);

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let seconds = i64::try_from(self.0.0).map_err(serde::ser::Error::custom)?;
        let date = OffsetDateTime::from_unix_timestamp(seconds).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&date.format(&Rfc3339).map_err(serde::ser::Error::custom)?)
    }
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
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Page {
    #[serde(deserialize_with = "number")]
    offset: u64,
    #[serde(deserialize_with = "number")]
    limit: u64,
    pub(super) asc: bool,
}

impl Page {
    /// The part of `all` that was asked for.
    pub(super) fn cut<T>(&self, all: Vec<T>) -> Vec<T> {
        let (default, max) = crate::limits::PAGE_LEN;
        let limit = if self.limit == 0 { u64::from(default) } else { self.limit.min(u64::from(max)) };
        let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        all.into_iter().skip(index(self.offset)).take(index(limit)).collect()
    }
}

/// 64-bit integers come as numbers or as strings.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Plain(u64),
        Text(String),
    }
    match Number::deserialize(deserializer)? {
        Number::Plain(number) => Ok(number),
        Number::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

/// What was asked for of which there is only one kind, or all.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListDetails {
    pub(super) total_result: String,
    pub(super) timestamp: Date,
}

/// When a new credential ends: at a date as in ZITADEL, or, ours, after a time.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct End {
    expiration_date: Option<String>,
    lifetime: Option<String>,
}

impl End {
    pub(super) fn at(&self, now: Timestamp) -> Result<Option<Timestamp>, ApiError> {
        match (&self.expiration_date, &self.lifetime) {
            (None, None) => Ok(None),
            (Some(date), None) => parse_date("expirationDate", date).map(Some),
            (None, Some(lifetime)) => Ok(Some(now.after(parse_duration("lifetime", lifetime)?))),
            (Some(_), Some(_)) => {
                Err(ApiError::invalid("expirationDate and lifetime exclude each other; send one of them"))
            }
        }
    }
}

/// What goes with a page of a listing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pagination {
    total_result: String,
}

impl Pagination {
    pub(super) fn of(total: usize) -> Self {
        Self { total_result: total.to_string() }
    }
}

/// The reply of calls that take something away.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deleted {
    pub(super) deletion_date: Date,
}
