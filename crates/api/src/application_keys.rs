//! Keys of applications: `CreateApplicationKey`, `DeleteApplicationKey`, `GetApplicationKey`,
//! `ListApplicationKeys`.

use crate::keys::Format;
use crate::page::{Page, Pagination};
use crate::sorting::CredentialColumn;
use crate::values::{Bytes, Date, DateInput, Seconds};
use jeton_domain::client::Client;
use jeton_domain::credential::Credential;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateApplicationKey {
    pub application_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<DateInput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Seconds>,
    /// The public key in PEM; absent if a key is to be generated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<Bytes>,
    /// Jeton extension: the signature algorithm of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rsa_bits: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_format: Option<Format>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedApplicationKey {
    pub key_id: String,
    pub creation_date: Date,
    /// The key file in base64; empty if a public key was uploaded.
    pub key_details: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteApplicationKey {
    pub application_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    pub key_id: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListApplicationKeys {
    pub pagination: Page,
    #[serde(skip_serializing_if = "CredentialColumn::is_unspecified")]
    pub sorting_column: CredentialColumn,
    pub filters: Vec<ApplicationKeyFilter>,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum ApplicationKeyFilter {
    #[serde(rename = "applicationIdFilter", rename_all = "camelCase")]
    Application { application_id: String },
    #[serde(rename = "projectIdFilter", rename_all = "camelCase")]
    Project { project_id: String },
    #[serde(rename = "organizationIdFilter", rename_all = "camelCase")]
    Organization { organization_id: String },
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationKeys {
    pub keys: Vec<ApplicationKey>,
    pub pagination: Pagination,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// Ours: ids of applications whose record can't be read, left out of the listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationKey {
    pub key_id: String,
    pub application_id: String,
    pub project_id: String,
    pub organization_id: String,
    pub creation_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<Date>,
}

impl ApplicationKey {
    pub fn of(client: &Client, credential: &Credential) -> Self {
        Self {
            key_id: credential.id.to_string(),
            application_id: client.id.to_string(),
            project_id: client.api().map(|api| api.project.to_string()).unwrap_or_default(),
            organization_id: client.organization.to_string(),
            creation_date: Date(credential.created.wall),
            expiration_date: credential.end().map(Date),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetApplicationKey {
    pub key_id: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GotApplicationKey {
    pub key_id: String,
    pub creation_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<Date>,
}
