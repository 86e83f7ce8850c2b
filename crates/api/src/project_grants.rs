//! Grants of projects to other organizations, of `zitadel.project.v2.ProjectService`.

use crate::page::{Page, Pagination};
use crate::text::Method;
use crate::values::{Date, Id, Ids};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantRoles {
    pub project_id: String,
    pub granted_organization_id: String,
    #[serde(default)]
    pub role_keys: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ByGrant {
    pub project_id: String,
    pub granted_organization_id: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedGrant {
    pub creation_date: Date,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListProjectGrants {
    pub pagination: Page,
    pub sorting_column: GrantColumn,
    pub filters: Vec<GrantFilter>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub enum GrantColumn {
    #[default]
    #[serde(rename = "PROJECT_GRANT_FIELD_NAME_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "PROJECT_GRANT_FIELD_NAME_PROJECT_ID")]
    Project,
    #[serde(rename = "PROJECT_GRANT_FIELD_NAME_CREATION_DATE")]
    Created,
    #[serde(rename = "PROJECT_GRANT_FIELD_NAME_CHANGE_DATE")]
    Changed,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum GrantFilter {
    #[serde(rename = "projectNameFilter", rename_all = "camelCase")]
    ProjectName {
        #[serde(default)]
        project_name: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "roleKeyFilter")]
    Role {
        #[serde(default)]
        key: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "inProjectIdsFilter")]
    Projects(Ids),
    #[serde(rename = "organizationIdFilter")]
    Owner(Id),
    #[serde(rename = "grantedOrganizationIdFilter")]
    Granted(Id),
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectGrants {
    pub pagination: Pagination,
    pub project_grants: Vec<ListedGrant>,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// Jeton extension: ids of projects and organizations whose record can't be read, left out of the
    /// listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ProjectGrantState")]
pub enum State {
    #[serde(rename = "PROJECT_GRANT_STATE_ACTIVE")]
    Active,
    #[serde(rename = "PROJECT_GRANT_STATE_INACTIVE")]
    Inactive,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ListedProjectGrant")]
#[serde(rename_all = "camelCase")]
pub struct ListedGrant {
    pub organization_id: String,
    pub creation_date: Date,
    pub change_date: Date,
    pub granted_organization_id: String,
    pub granted_organization_name: String,
    pub granted_role_keys: Vec<String>,
    pub project_id: String,
    pub project_name: String,
    pub state: State,
    /// Jeton extension: the event of its last change; accepted by `If-Match`.
    pub sequence: String,
}
