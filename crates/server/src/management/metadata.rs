//! Metadata of users: `SetUserMetadata`, `ListUserMetadata`, `DeleteUserMetadata`.

use super::json::{Date, Deleted, Page, Pagination, parse_text};
use super::{ApiError, Management};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_oauth::client::{Refusal, Text};
use jeton_oauth::service_user::{METADATA_MAX, METADATA_VALUE_BYTES_MAX};
use jeton_store::Action;
use jeton_store::command::Update;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SetUserMetadata {
    user_id: String,
    metadata: Vec<Entry>,
}

/// A key and a value in base64, as protobuf's JSON has bytes.
#[derive(Debug, Deserialize)]
struct Entry {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MetadataSet {
    set_date: Date,
}

pub(super) async fn set(
    management: &Management,
    request: Result<SetUserMetadata, ApiError>,
) -> Result<MetadataSet, ApiError> {
    let request = request?;
    let known = management.find_user(&request.user_id)?;
    if request.metadata.is_empty() || request.metadata.len() > METADATA_MAX {
        return Err(ApiError::invalid(format!("metadata must have 1 to {METADATA_MAX} entries")));
    }
    let notes = request.metadata.iter().map(Entry::read).collect::<Result<Vec<_>, _>>()?;
    let now = management.now();
    management.change(known.client.id, Action::Update(Update::Note(notes)), now).await?;
    Ok(MetadataSet { set_date: Date(now) })
}

impl Entry {
    fn read(&self) -> Result<(Text, Box<[u8]>), ApiError> {
        if self.key.is_empty() || self.key.len() > 200 {
            return Err(ApiError::invalid("metadata: a key has 1 to 200 characters"));
        }
        let value = STANDARD.decode(&self.value);
        let value = value.map_err(|_| ApiError::invalid("metadata: values must be base64"))?;
        if value.is_empty() || value.len() > METADATA_VALUE_BYTES_MAX {
            let message = format!("metadata: a value has 1 to {METADATA_VALUE_BYTES_MAX} bytes");
            return Err(ApiError::invalid(message));
        }
        Ok((parse_text("metadata: a key", &self.key)?, value.into()))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListUserMetadata {
    user_id: String,
    #[serde(default)]
    pagination: Page,
}

#[derive(Debug, Serialize)]
pub(super) struct Metadata {
    pagination: Pagination,
    metadata: Vec<ListedEntry>,
}

#[derive(Debug, Serialize)]
struct ListedEntry {
    key: String,
    value: String,
}

pub(super) fn list(
    management: &Management,
    request: Result<ListUserMetadata, ApiError>,
) -> Result<Metadata, ApiError> {
    let request = request?;
    let known = management.find_user(&request.user_id)?;
    let user = known.client.service_user().ok_or(Refusal::NotAServiceUser)?;
    let entries = user.metadata.iter();
    let all: Vec<_> = entries
        .map(|(key, value)| ListedEntry { key: key.to_string(), value: STANDARD.encode(value) })
        .collect();
    Ok(Metadata { pagination: Pagination::of(all.len()), metadata: request.pagination.cut(all) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeleteUserMetadata {
    user_id: String,
    keys: Vec<String>,
}

pub(super) async fn delete(
    management: &Management,
    request: Result<DeleteUserMetadata, ApiError>,
) -> Result<Deleted, ApiError> {
    let request = request?;
    let known = management.find_user(&request.user_id)?;
    let keys =
        request.keys.iter().map(|key| parse_text("keys: a key", key)).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() {
        return Err(ApiError::invalid("keys must not be empty"));
    }
    let now = management.now();
    management.change(known.client.id, Action::Update(Update::Forget(keys)), now).await?;
    Ok(Deleted { deletion_date: Date(now) })
}
