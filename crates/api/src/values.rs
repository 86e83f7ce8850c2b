//! Values that several calls share, in protobuf's JSON form: ids as decimal strings, timestamps as RFC 3339,
//! durations as seconds with an `s`.

use crate::text::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_domain::client::Client;
use jeton_domain::text::Text;
use jeton_domain::time::{Lifetime, TIMESTAMP_MAX, Timestamp};
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::fmt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A timestamp of a reply. Serialising one never fails, because the reply is written after the call was done.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(inline)]
pub struct Date(#[schemars(with = "String", extend("format" = "date-time"))] pub Timestamp);

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

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let date = OffsetDateTime::parse(&text, &Rfc3339).map_err(D::Error::custom)?;
        u64::try_from(date.unix_timestamp()).map(Timestamp).map(Self).map_err(D::Error::custom)
    }
}

/// A timestamp as JSON.
pub fn date(at: Timestamp) -> Value {
    Value::String(Date(at).to_string())
}

/// A timestamp of a request.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(from = "u64", into = "Date")]
pub struct DateInput(pub Timestamp);

impl From<u64> for DateInput {
    fn from(seconds: u64) -> Self {
        Self(Timestamp(seconds))
    }
}

impl From<DateInput> for Date {
    fn from(date: DateInput) -> Self {
        Self(date.0)
    }
}

/// A duration of a request.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(from = "u32", into = "String")]
pub struct Seconds(pub Lifetime);

impl From<u32> for Seconds {
    fn from(seconds: u32) -> Self {
        Self(Lifetime(seconds))
    }
}

impl From<Seconds> for String {
    fn from(seconds: Seconds) -> Self {
        format!("{}s", seconds.0.0)
    }
}

/// Bytes of a request.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bytes(pub Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self)
    }
}

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> Self {
        STANDARD.encode(bytes.0)
    }
}

/// A secret in a request, which leaves its type only to be sent.
pub mod secret_text {
    use jeton_secret::SecretText;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the secret itself.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(secret: &SecretText, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    /// Reads a secret.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretText, D::Error> {
        String::deserialize(deserializer).map(SecretText::new)
    }
}

/// The list details that the older calls have.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListDetails {
    pub total_result: String,
    pub timestamp: Date,
}

/// The reply of calls that delete or remove an object.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deleted {
    /// Absent if there was nothing left to remove.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_date: Option<Date>,
}

impl Deleted {
    pub const fn at(now: Timestamp) -> Self {
        Self { deletion_date: Some(Date(now)) }
    }
}

/// The reply of calls that change an object.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    pub change_date: Date,
}

/// The times and the owner of an object.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The event of its last change; accepted by `If-Match`.
    pub sequence: String,
    pub change_date: Date,
    pub resource_owner: String,
    pub creation_date: Date,
}

impl Details {
    pub fn of(client: &Client) -> Self {
        Self {
            sequence: client.event_id.to_string(),
            change_date: Date(client.changed),
            resource_owner: client.organization.to_string(),
            creation_date: Date(client.created),
        }
    }
}

/// One metadata entry of a request.
#[derive(Debug, Serialize, Deserialize)]
pub struct MetadataInput {
    pub key: String,
    #[serde(default)]
    pub value: Bytes,
}

/// One metadata entry of a reply.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct MetadataEntry {
    pub key: String,
    /// The value in base64.
    pub value: String,
}

impl MetadataEntry {
    pub fn of(key: &Text, value: &[u8]) -> Self {
        Self { key: key.to_string(), value: STANDARD.encode(value) }
    }
}

/// A filter of metadata; all given members must match.
#[derive(Debug, Serialize, Deserialize)]
pub enum MetadataFilter {
    #[serde(rename = "keyFilter")]
    Key {
        #[serde(default)]
        key: String,
        #[serde(default)]
        method: Method,
    },
}

/// A list of ids.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ids {
    #[serde(default)]
    pub ids: Vec<String>,
}

/// One id.
#[derive(Debug, Serialize, Deserialize)]
pub struct Id {
    pub id: String,
}
