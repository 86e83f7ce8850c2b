//! The server's signing keys: `zitadel.webkey.v2.WebKeyService`, and Jeton's own `RotateWebKey`.

use crate::values::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CreateWebKey {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rsa: Option<Rsa>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ecdsa: Option<Ecdsa>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ed25519: Option<Ed25519>,
    /// Jeton extension: the algorithm by its name in RFC 7518.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// Jeton extension: bits of an RSA key, with `algorithm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rsa_bits: Option<u32>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rsa {
    pub bits: String,
    pub hasher: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ecdsa {
    pub curve: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedWebKey {
    pub id: String,
    pub creation_date: Date,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebKeys {
    pub web_keys: Vec<WebKey>,
    /// Jeton extension: ids of keys whose record can't be read, left out of the listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebKey {
    pub id: String,
    pub creation_date: Date,
    pub change_date: Date,
    pub state: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rsa: Option<ListedRsa>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ecdsa: Option<ListedEcdsa>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ed25519: Option<Ed25519>,
    /// Jeton extension: the algorithm by its name in RFC 7518.
    pub algorithm: Cow<'static, str>,
    /// Jeton extension: the time from which a scheduled key signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation_date: Option<Date>,
    /// Jeton extension: the time until which a retiring key verifies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<Date>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ListedRsa {
    pub bits: Cow<'static, str>,
    pub hasher: Cow<'static, str>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ListedEcdsa {
    pub curve: Cow<'static, str>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Ed25519 {}

#[derive(Debug, Serialize, Deserialize)]
pub struct ListWebKeys {}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RotateWebKey {
    /// The algorithm of the key that signs next; by default that of the current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// The bits of an RSA key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rsa_bits: Option<u32>,
    /// Sign with the next key even if verifiers that cache the key set may not know it yet.
    pub now: bool,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rotated {
    /// The key that signs now or next.
    pub id: String,
    pub algorithm: Cow<'static, str>,
    /// The time from which it signs.
    pub activation_date: Date,
}
