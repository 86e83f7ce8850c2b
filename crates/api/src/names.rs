//! Retired names of deleted or renamed objects (`jeton.name.v1.NameService`): listing and freeing them.

use crate::page::Page;
use crate::values::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kinds of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RetiredNameType {
    #[serde(rename = "NAME_TYPE_USERNAME")]
    Username,
    #[serde(rename = "NAME_TYPE_RESOURCE")]
    Resource,
    #[serde(rename = "NAME_TYPE_ORGANIZATION_DOMAIN")]
    Domain,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListRetiredNames {
    pub pagination: Page,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetiredNames {
    pub names: Vec<ListedName>,
    /// Token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedName {
    pub r#type: RetiredNameType,
    pub name: String,
    /// The id of the user, application or organization that had it.
    pub former_id: String,
    /// The organization that may use it again.
    pub organization_id: String,
    pub retired_date: Date,
    /// The date from which every organization may use it.
    pub free_date: Date,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FreeName {
    pub r#type: RetiredNameType,
    pub name: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FreedName {
    pub change_date: Date,
}
