//! Client secrets of service users: `AddSecret`, `RemoveSecret`, and Jeton's own `ListSecrets`.
//!
//! `AddSecret` without further members does the same as in ZITADEL: the new secret replaces the others at
//! once. With `overlap` the others end after it; with `keepOthers` they stay.

use crate::values::{Date, DateInput, Seconds};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddSecret {
    pub user_id: String,
    #[serde(default)]
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<DateInput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Seconds>,
    #[serde(default)]
    pub keep_others: bool,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddedSecret {
    pub creation_date: Date,
    pub client_secret: String,
    /// Jeton extension: the client id to send with it; the username, or the user id if the username would
    /// have to be encoded.
    pub client_id: String,
    /// Jeton extension: its id in listings and for revocation.
    pub secret_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<Date>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveSecret {
    pub user_id: String,
    /// Jeton extension: the secret to remove; all of them by default, as in ZITADEL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_id: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListSecrets {
    pub user_id: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Secrets {
    pub result: Vec<Secret>,
    /// Ids of ended credentials, of any kind, whose record can't be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    pub secret_id: String,
    pub label: String,
    pub state: Cow<'static, str>,
    pub creation_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_use_date: Option<Date>,
}
