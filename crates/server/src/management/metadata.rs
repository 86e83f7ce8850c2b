//! Metadata of users: `SetUserMetadata`, `ListUserMetadata`, `DeleteUserMetadata`.

use super::ApiError;
use super::call::Call;
use super::json::{
    Date, Deleted, MetadataEntry, MetadataFilter, MetadataInput, parse_metadata, parse_metadata_keys,
};
use super::pages::{Cut, Page, Pagination};
use jeton_domain::permission::Permission;
use jeton_domain::refusal::OperationError;
use jeton_domain::text::Text;
use jeton_store::operation::ClientUpdate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SetUserMetadata {
    user_id: String,
    #[serde(default)]
    metadata: Vec<MetadataInput>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UserMetadataSet")]
#[serde(rename_all = "camelCase")]
pub(super) struct MetadataSet {
    set_date: Date,
}

pub(super) async fn set(call: &Call, request: SetUserMetadata) -> Result<MetadataSet, ApiError> {
    let known = call.user(&request.user_id, Permission::UserWrite)?;
    let notes = parse_metadata(&request.metadata)?;
    let now = call.now();
    call.update(known.client.id, ClientUpdate::SetMetadata(notes), now).await?;
    Ok(MetadataSet { set_date: Date(now) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListUserMetadata {
    user_id: String,
    #[serde(default)]
    pagination: Page,
    #[serde(default)]
    filters: Vec<MetadataFilter>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UserMetadata")]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pagination: Pagination,
    metadata: Vec<MetadataEntry>,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub(super) async fn list(call: &Call, request: ListUserMetadata) -> Result<Metadata, ApiError> {
    let known = call.user(&request.user_id, Permission::UserRead)?;
    let user = known.client.service_user().ok_or(OperationError::NotAServiceUser)?;
    let filters = MetadataFilter::read(&request.filters)?;
    let is_wanted = |key: &Text| filters.iter().all(|filter| filter.matches(key.as_str()));
    let notes = user.metadata.iter().filter(|(key, _)| is_wanted(key));
    let Cut { pagination, found, next_page_token } =
        request.pagination.cut(call.page_tokens(), "metadata", notes, |(key, _)| key.to_string())?;
    let metadata = found.into_iter().map(|(key, value)| MetadataEntry::of(key, value)).collect();
    Ok(Metadata { pagination, metadata, next_page_token })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeleteUserMetadata {
    user_id: String,
    #[serde(default)]
    keys: Vec<String>,
}

pub(super) async fn delete(call: &Call, request: DeleteUserMetadata) -> Result<Deleted, ApiError> {
    let known = call.user(&request.user_id, Permission::UserWrite)?;
    let keys = parse_metadata_keys(&request.keys)?;
    let now = call.now();
    call.update(known.client.id, ClientUpdate::DeleteMetadata(keys), now).await?;
    Ok(Deleted::at(now))
}
