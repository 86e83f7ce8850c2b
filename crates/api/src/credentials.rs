//! Credentials over all users: unused ones, and those about to expire
//! (`jeton.credential.v1.CredentialService`).

use crate::page::Page;
use crate::values::{Date, Seconds};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListUnusedCredentials {
    pub pagination: Page,
    /// Minimum time without use, such as `7776000s`; 90 days by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unused_for: Option<Seconds>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListExpiringCredentials {
    pub pagination: Page,
    /// Maximum time until the expiry, such as `2592000s`; 30 days by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Seconds>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "LiveCredentials")]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    pub credentials: Vec<Listed>,
    /// Token of the next page; absent on the last one. A page looks at a bounded number of users, so it may
    /// be short, even empty, and still have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// Ids of users whose record can't be read, left out of the listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "LiveCredential")]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    pub credential_id: String,
    pub r#type: Cow<'static, str>,
    pub label: String,
    pub user_id: String,
    pub username: String,
    pub organization_id: String,
    pub creation_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_use_date: Option<Date>,
}
