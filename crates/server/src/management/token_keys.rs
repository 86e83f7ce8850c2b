//! The server's token keys: `jeton.tokenkey.v1.TokenKeyService`.

use super::ApiError;
use super::call::Call;
use super::json::{Date, Deleted, Id};
use crate::rotation;
use jeton_domain::id::TokenKeyId;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::token_key::{TokenKey, TokenKeyChange, TokenKeyState};
use jeton_store::Operation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
pub(super) struct ListTokenKeys {}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenKeys {
    token_keys: Vec<ListedTokenKey>,
    /// Ids of keys whose record can't be read, left out of the listing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListedTokenKey {
    id: String,
    creation_date: Date,
    state: &'static str,
    /// The time until which a retiring key opens tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<Date>,
}

impl ListedTokenKey {
    fn of(key: &TokenKey) -> Self {
        let (state, until) = match key.state {
            TokenKeyState::Active => ("STATE_ACTIVE", None),
            TokenKeyState::Retiring { until } => ("STATE_INACTIVE", Some(Date(until.wall))),
            TokenKeyState::Removed { .. } => ("STATE_REMOVED", None),
        };
        Self { id: key.id.to_string(), creation_date: Date(key.created.wall), state, expiration_date: until }
    }
}

pub(super) async fn list(call: &Call, _: ListTokenKeys) -> Result<TokenKeys, ApiError> {
    call.permit(Permission::KeyRead, ResourcePath::Instance)?;
    let snapshot = call.snapshot()?;
    let all = snapshot.token_keys();
    let unreadable = call.told(all.unreadable.iter().map(|id| id.0), Permission::KeyRead);
    Ok(TokenKeys { token_keys: all.keys.iter().map(ListedTokenKey::of).collect(), unreadable })
}

#[derive(Debug, Deserialize)]
pub(super) struct RotateTokenKey {}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RotatedTokenKey {
    /// The key that seals from now on.
    id: String,
    creation_date: Date,
}

/// The server alone needs a token key, so the new one takes over at once.
pub(super) async fn rotate(call: &Call, _: RotateTokenKey) -> Result<RotatedTokenKey, ApiError> {
    call.permit(Permission::KeyWrite, ResourcePath::Instance)?;
    let change = rotation::rotation_of_token_keys(&call.worker)?;
    let TokenKeyChange::Rotate { new, .. } = &change else { return Err(ApiError::internal()) };
    let (id, now) = (new.id.to_string(), call.now());
    call.act(Operation::TokenKeys(change), now).await?;
    Ok(RotatedTokenKey { id, creation_date: Date(now) })
}

/// Tokens of this key are invalid at once. If it was the active one, a new key replaces it.
pub(super) async fn delete(call: &Call, request: Id) -> Result<Deleted, ApiError> {
    Deleted::or_gone(remove(call, &request).await)
}

async fn remove(call: &Call, request: &Id) -> Result<Deleted, ApiError> {
    call.permit(Permission::KeyWrite, ResourcePath::Instance)?;
    let id = TokenKeyId::parse(&request.id).map_err(|error| ApiError::invalid(format!("id: {error}")))?;
    let (new, now) = (rotation::new_token_key(&call.worker)?, call.now());
    call.act(Operation::TokenKeys(TokenKeyChange::Remove { id, new }), now).await?;
    Ok(Deleted::at(now))
}
