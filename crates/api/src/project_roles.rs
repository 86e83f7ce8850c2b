//! Roles of projects, of `zitadel.project.v2.ProjectService`.

use crate::page::{Page, Pagination};
use crate::sorting::RoleColumn;
use crate::text::Method;
use crate::values::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddProjectRole {
    pub project_id: String,
    pub role_key: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub group: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddedProjectRole {
    pub creation_date: Date,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateProjectRole {
    pub project_id: String,
    pub role_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveProjectRole {
    pub project_id: String,
    pub role_key: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemovedProjectRole {
    pub removal_date: Date,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListProjectRoles {
    pub project_id: String,
    #[serde(default)]
    pub pagination: Page,
    #[serde(default)]
    pub sorting_column: RoleColumn,
    #[serde(default)]
    pub filters: Vec<RoleFilter>,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum RoleFilter {
    #[serde(rename = "roleKeyFilter")]
    Key {
        #[serde(default)]
        key: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "displayNameFilter", rename_all = "camelCase")]
    Name {
        #[serde(default)]
        display_name: String,
        #[serde(default)]
        method: Method,
    },
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectRoles {
    pub pagination: Pagination,
    pub project_roles: Vec<ListedRole>,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ProjectRole")]
#[serde(rename_all = "camelCase")]
pub struct ListedRole {
    pub project_id: String,
    pub key: String,
    pub creation_date: Date,
    pub change_date: Date,
    pub display_name: String,
    pub group: String,
}
