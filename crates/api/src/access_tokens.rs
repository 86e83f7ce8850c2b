//! Personal access tokens: `AddPersonalAccessToken` and its companions.
//!
//! A personal access token is a credential of a service user, created by an administrator, and a token at the
//! same time: with an expiry of its own, for the management API and all projects in which the user has roles,
//! within the limits of the user's tokens.

use crate::values::{Date, DateInput, Seconds};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddPersonalAccessToken {
    pub user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<DateInput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Seconds>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddedPersonalAccessToken {
    pub creation_date: Date,
    pub token_id: String,
    pub token: String,
    /// Jeton extension: the expiry; absent if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<Date>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemovePersonalAccessToken {
    pub user_id: String,
    pub token_id: String,
}
