//! The `machine` member of users, in requests and replies.

use crate::values::Seconds;
use jeton_domain::client::Client;
use jeton_domain::scope::ScopeSet;
use jeton_domain::service_user::{AccessTokenType, JwtType, ServiceUser};
use jeton_domain::time::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The settings of a service user. Absent members stay unchanged.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MachineInput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_type: Option<TokenType>,
    /// Jeton extension: the `typ` of its JWTs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt_type: Option<JwtKind>,
    /// Jeton extension: scopes granted if a token request names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_scopes: Option<Vec<String>>,
    /// Jeton extension: maximum scopes of its tokens; an empty list lifts the bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_scopes: Option<Vec<String>>,
    /// Jeton extension: the projects that its tokens may be for; an empty list lifts the bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_audiences: Option<Vec<String>>,
    /// Jeton extension: lifetime of its tokens; `0s` goes back to the instance's lifetime.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_lifetime: Option<Seconds>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum TokenType {
    #[serde(rename = "ACCESS_TOKEN_TYPE_BEARER")]
    Opaque,
    #[serde(rename = "ACCESS_TOKEN_TYPE_JWT")]
    Jwt,
}

impl From<TokenType> for AccessTokenType {
    fn from(kind: TokenType) -> Self {
        match kind {
            TokenType::Opaque => Self::Opaque,
            TokenType::Jwt => Self::Jwt,
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum JwtKind {
    #[serde(rename = "JWT_TYPE_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "JWT_TYPE_JWT")]
    Jwt,
    #[serde(rename = "JWT_TYPE_AT_JWT")]
    AtJwt,
}

impl From<JwtKind> for Option<JwtType> {
    fn from(kind: JwtKind) -> Self {
        match kind {
            JwtKind::Unspecified => None,
            JwtKind::Jwt => Some(JwtType::Jwt),
            JwtKind::AtJwt => Some(JwtType::AtJwt),
        }
    }
}

/// The shown part of a service user.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    pub name: String,
    pub description: String,
    pub has_secret: bool,
    pub access_token_type: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt_type: Option<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_scopes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_scopes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_audiences: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_lifetime: Option<String>,
}

impl Machine {
    pub fn of(client: &Client, user: &ServiceUser, now: Moment) -> Self {
        let limits = &user.limits;
        Self {
            name: user.name.to_string(),
            description: user.description.to_string(),
            has_secret: client.has_live_secret(now),
            access_token_type: match user.token_type {
                AccessTokenType::Opaque => "ACCESS_TOKEN_TYPE_BEARER".into(),
                AccessTokenType::Jwt => "ACCESS_TOKEN_TYPE_JWT".into(),
            },
            jwt_type: user.jwt_type.map(|kind| match kind {
                JwtType::Jwt => "JWT_TYPE_JWT".into(),
                JwtType::AtJwt => "JWT_TYPE_AT_JWT".into(),
            }),
            default_scopes: list(&user.default_scopes),
            allowed_scopes: limits.scopes.as_ref().map(list).unwrap_or_default(),
            allowed_audiences: limits.audiences.iter().flatten().map(ToString::to_string).collect(),
            token_lifetime: limits.lifetime.map(|lifetime| format!("{}s", lifetime.0)),
        }
    }
}

pub fn list(scopes: &ScopeSet) -> Vec<String> {
    scopes.to_string().split_whitespace().map(str::to_owned).collect()
}
