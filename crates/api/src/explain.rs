//! Explaining a token: the answer of introspection, and the reason (`jeton.token.v1.TokenService`).

use crate::acceptance::ListedApi;
use crate::values::{Date, secret_text};
use jeton_secret::SecretText;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainToken {
    #[serde(with = "secret_text")]
    pub token: SecretText,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// True if it is live, and the named API accepts it.
    pub active: bool,
    /// The kind of token: an opaque access token, a personal access token, a JWT, or unknown.
    pub kind: Cow<'static, str>,
    /// The reason for programs.
    pub reason: Cow<'static, str>,
    /// The reason for people.
    pub sentence: String,
    /// The answer of introspection to the named API, or to one that the token is for (RFC 7662 §2.2).
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    pub introspection: Value,
    /// Active APIs that introspection shows it to, as far as you may see them; at most a hundred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted_by: Vec<ListedApi>,
    /// True if there are more of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted_by_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The credential that obtained it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
}
