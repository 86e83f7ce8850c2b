//! Revoking access tokens as an administrator: `jeton.token.v1.TokenService`.

use crate::values::{Date, secret_text};
use jeton_secret::SecretText;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub struct RevokeToken {
    #[serde(with = "secret_text")]
    pub token: SecretText,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Revoked {
    /// False if there was no such token, or it was invalid permanently.
    pub revoked: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevokeUserTokens {
    pub user_id: String,
    /// Only tokens that this secret obtained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_id: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevokedUserTokens {
    pub revocation_date: Date,
}
