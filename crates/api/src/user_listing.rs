//! `ListUsers`.

use crate::page::Page;
use crate::user_filter::Query;
use crate::users::User;
use crate::values::ListDetails;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListUsers {
    pub query: Page,
    pub sorting_column: Column,
    pub queries: Vec<Query>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Users {
    pub details: ListDetails,
    pub sorting_column: Column,
    pub result: Vec<User>,
    /// Jeton extension: token of the next page; absent on the last one. With filters a page looks at a
    /// bounded number of users, so it may be short, even empty, and still have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// Jeton extension: ids of users whose record can't be read, left out of the listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

/// The order; newest first by default, as in ZITADEL. Columns that only people have are not included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "UserSorting")]
pub enum Column {
    #[default]
    #[serde(rename = "USER_FIELD_NAME_CREATION_DATE", alias = "USER_FIELD_NAME_TYPE")]
    Creation,
    #[serde(rename = "USER_FIELD_NAME_USER_NAME")]
    UserName,
    #[serde(rename = "USER_FIELD_NAME_DISPLAY_NAME")]
    DisplayName,
    #[serde(rename = "USER_FIELD_NAME_STATE")]
    State,
    #[serde(
        rename = "USER_FIELD_NAME_EMAIL",
        alias = "USER_FIELD_NAME_FIRST_NAME",
        alias = "USER_FIELD_NAME_LAST_NAME",
        alias = "USER_FIELD_NAME_NICK_NAME"
    )]
    People,
}
