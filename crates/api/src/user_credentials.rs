//! Listings of users' keys and of their personal access tokens, which have the same shape in ZITADEL.
//!
//! With a `userIdFilter` the listing has one user's credentials, without it those of all users that the
//! caller sees, page by page.

use crate::page::{Page, Pagination};
use crate::sorting::CredentialColumn;
use crate::values::{Date, DateInput, Id};
use jeton_domain::client::Client;
use jeton_domain::credential::Credential;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListCredentials {
    pub pagination: Page,
    #[serde(skip_serializing_if = "CredentialColumn::is_unspecified")]
    pub sorting_column: CredentialColumn,
    pub filters: Vec<Filter>,
    /// Jeton extension: shorter than a filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum Filter {
    #[serde(rename = "userIdFilter")]
    User(Id),
    #[serde(rename = "keyIdFilter", alias = "tokenIdFilter")]
    Credential(Id),
    #[serde(rename = "organizationIdFilter")]
    Organization(Id),
    #[serde(rename = "createdDateFilter")]
    Created(DateFilter),
    #[serde(rename = "expirationDateFilter")]
    Expires(DateFilter),
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "UserCredentials")]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    pub pagination: Pagination,
    pub result: Vec<ListedCredential>,
    /// Jeton extension: token of the next page over all users; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// Ours: ids of users whose record can't be read, left out of the listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "UserCredential")]
#[serde(rename_all = "camelCase")]
pub struct ListedCredential {
    pub id: String,
    pub user_id: String,
    pub organization_id: String,
    pub creation_date: Date,
    pub change_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<Date>,
    /// Jeton extension: the signature algorithm of a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Cow<'static, str>>,
}

impl ListedCredential {
    pub fn of(client: &Client, credential: &Credential) -> Self {
        Self {
            id: credential.id.to_string(),
            user_id: client.id.to_string(),
            organization_id: client.organization.to_string(),
            creation_date: Date(credential.created.wall),
            change_date: Date(credential.created.wall),
            expiration_date: client.end_of(credential).map(|end| Date(end.wall)),
            algorithm: credential.key().map(|key| key.algorithm.as_str().into()),
        }
    }
}

/// The comparison of a date with the wanted one.
#[derive(Debug, Serialize, Deserialize)]
pub struct DateFilter {
    pub timestamp: DateInput,
    #[serde(default)]
    pub method: DateMethod,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub enum DateMethod {
    #[default]
    #[serde(rename = "TIMESTAMP_FILTER_METHOD_EQUALS")]
    Equals,
    #[serde(rename = "TIMESTAMP_FILTER_METHOD_AFTER")]
    After,
    #[serde(rename = "TIMESTAMP_FILTER_METHOD_AFTER_OR_EQUALS")]
    AfterOrEquals,
    #[serde(rename = "TIMESTAMP_FILTER_METHOD_BEFORE")]
    Before,
    #[serde(rename = "TIMESTAMP_FILTER_METHOD_BEFORE_OR_EQUALS")]
    BeforeOrEquals,
}
