//! Keys that sign assertions: `AddKey`, `RemoveKey`, `ListKeys`, and the generation of keys.
//!
//! A generated key is shown once, as the key file that ZITADEL's client libraries read. The private half of
//! an uploaded public key stays with its owner.

use crate::values::{Bytes, Date, DateInput, Seconds};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Jeton extension: the form of the private key in a key file.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Format {
    #[serde(rename = "KEY_FORMAT_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "KEY_FORMAT_PKCS1")]
    Pkcs1,
    #[serde(rename = "KEY_FORMAT_PKCS8")]
    Pkcs8,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddKey {
    pub user_id: String,
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
pub struct AddedKey {
    pub creation_date: Date,
    pub key_id: String,
    /// The key file in base64; empty if a public key was uploaded.
    pub key_content: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveKey {
    pub user_id: String,
    pub key_id: String,
}
