//! Metadata of users: `SetUserMetadata`, `ListUserMetadata`, `DeleteUserMetadata`.

use crate::page::{Page, Pagination};
use crate::values::{Date, MetadataEntry, MetadataFilter, MetadataInput};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetUserMetadata {
    pub user_id: String,
    #[serde(default)]
    pub metadata: Vec<MetadataInput>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "UserMetadataSet")]
#[serde(rename_all = "camelCase")]
pub struct MetadataSet {
    pub set_date: Date,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListUserMetadata {
    pub user_id: String,
    #[serde(default)]
    pub pagination: Page,
    #[serde(default)]
    pub filters: Vec<MetadataFilter>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "UserMetadata")]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    pub pagination: Pagination,
    pub metadata: Vec<MetadataEntry>,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteUserMetadata {
    pub user_id: String,
    #[serde(default)]
    pub keys: Vec<String>,
}
