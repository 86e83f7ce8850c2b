//! Leaks: a pasted secret or token is disabled at once, no matter which caller found it
//! (`jeton.leak.v1.LeakService`).

use crate::values::secret_text;
use jeton_secret::SecretText;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportLeak {
    /// A client secret, a personal access token, or an access token.
    #[serde(with = "secret_text")]
    pub secret: SecretText,
    /// The client id of its owner; by default the owner is found through the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Reported {
    /// True if a credential was disabled; false if it was invalid already.
    pub disabled: bool,
    /// The kind of secret.
    pub kind: Cow<'static, str>,
}
