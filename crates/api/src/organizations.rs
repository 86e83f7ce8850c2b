//! Organizations: `zitadel.org.v2.OrganizationService`.

use crate::page::{Page, Pagination};
use crate::text::Method;
use crate::values::{Date, Details, ListDetails, MetadataEntry, MetadataFilter, MetadataInput};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddOrganization {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    #[serde(default)]
    pub admins: Vec<Admin>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Admin {
    pub user_id: String,
    #[serde(default)]
    pub roles: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddedOrganization {
    pub details: Details,
    pub organization_id: String,
    pub created_admins: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateOrganization {
    pub organization_id: String,
    pub name: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ByOrganizationId {
    pub organization_id: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListOrganizations {
    pub query: Page,
    pub sorting_column: OrganizationColumn,
    pub queries: Vec<OrganizationQuery>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub enum OrganizationColumn {
    #[default]
    #[serde(rename = "ORGANIZATION_FIELD_NAME_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "ORGANIZATION_FIELD_NAME_NAME")]
    Name,
    #[serde(rename = "ORGANIZATION_FIELD_NAME_CREATION_DATE")]
    Created,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum OrganizationQuery {
    #[serde(rename = "nameQuery")]
    Name {
        #[serde(default)]
        name: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "domainQuery")]
    Domain {
        #[serde(default)]
        domain: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "idQuery")]
    Id { id: String },
    #[serde(rename = "stateQuery")]
    State { state: OrganizationState },
    #[serde(rename = "defaultQuery")]
    Default {},
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OrganizationState {
    #[serde(rename = "ORGANIZATION_STATE_ACTIVE")]
    Active,
    #[serde(rename = "ORGANIZATION_STATE_INACTIVE")]
    Inactive,
    #[serde(rename = "ORGANIZATION_STATE_REMOVED")]
    Removed,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Organizations {
    pub details: ListDetails,
    pub result: Vec<ListedOrganization>,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// Jeton extension: ids of projects and organizations whose record can't be read, left out of the
    /// listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedOrganization {
    pub id: String,
    pub details: Details,
    pub state: OrganizationState,
    pub name: String,
    pub primary_domain: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetOrganizationMetadata {
    pub organization_id: String,
    #[serde(default)]
    pub metadata: Vec<MetadataInput>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "OrganizationMetadataSet")]
#[serde(rename_all = "camelCase")]
pub struct MetadataSet {
    pub set_date: Date,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListOrganizationMetadata {
    pub organization_id: String,
    #[serde(default)]
    pub pagination: Page,
    #[serde(default)]
    pub filters: Vec<MetadataFilter>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "OrganizationMetadata")]
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
pub struct DeleteOrganizationMetadata {
    pub organization_id: String,
    #[serde(default)]
    pub keys: Vec<String>,
}
