//! The server's token keys: `jeton.tokenkey.v1.TokenKeyService`.

use crate::values::Date;
use jeton_domain::token_key::{TokenKey, TokenKeyState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Serialize, Deserialize)]
pub struct ListTokenKeys {}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenKeys {
    pub token_keys: Vec<ListedTokenKey>,
    /// Ids of keys whose record can't be read, left out of the listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedTokenKey {
    pub id: String,
    pub creation_date: Date,
    pub state: Cow<'static, str>,
    /// The time until which a retiring key opens tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<Date>,
}

impl ListedTokenKey {
    pub fn of(key: &TokenKey) -> Self {
        let (state, until) = match key.state {
            TokenKeyState::Active => ("STATE_ACTIVE", None),
            TokenKeyState::Retiring { until } => ("STATE_INACTIVE", Some(Date(until.wall))),
            TokenKeyState::Removed { .. } => ("STATE_REMOVED", None),
        };
        Self {
            id: key.id.to_string(),
            creation_date: Date(key.created.wall),
            state: state.into(),
            expiration_date: until,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct RotateTokenKey {}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotatedTokenKey {
    /// The key that seals from now on.
    pub id: String,
    pub creation_date: Date,
}
