//! The server's token keys: `jeton.tokenkey.v1.TokenKeyService`.

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use super::json::or_gone;
use crate::rotation;
use jeton_api::calls::token_key;
use jeton_api::token_keys::{ListTokenKeys, ListedTokenKey, RotateTokenKey, RotatedTokenKey, TokenKeys};
use jeton_api::values::{Date, Deleted, Id};
use jeton_domain::admin::Operation;
use jeton_domain::id::TokenKeyId;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::token_key::TokenKeyChange;

impl Handle for token_key::ListTokenKeys {
    async fn handle(call: &Call, _: ListTokenKeys) -> Result<TokenKeys, ApiError> {
        call.permit(Permission::KeyRead, ResourcePath::Instance)?;
        let snapshot = call.snapshot()?;
        let all = snapshot.token_keys();
        let unreadable = call.told(all.unreadable.iter().map(|id| id.0), Permission::KeyRead);
        Ok(TokenKeys { token_keys: all.keys.iter().map(ListedTokenKey::of).collect(), unreadable })
    }
}

/// The server alone needs a token key, so the new one takes over at once.
impl Handle for token_key::RotateTokenKey {
    async fn handle(call: &Call, _: RotateTokenKey) -> Result<RotatedTokenKey, ApiError> {
        call.permit(Permission::KeyWrite, ResourcePath::Instance)?;
        let change = rotation::rotation_of_token_keys(call.management())?;
        let TokenKeyChange::Rotate { new, .. } = &change else { return Err(ApiError::internal()) };
        let (id, now) = (new.id.to_string(), call.now());
        call.execute(Operation::TokenKeys(change), now).await?;
        Ok(RotatedTokenKey { id, creation_date: Date(now) })
    }
}

/// Tokens of this key are invalid at once. If it was the active one, a new key replaces it.
impl Handle for token_key::DeleteTokenKey {
    async fn handle(call: &Call, request: Id) -> Result<Deleted, ApiError> {
        or_gone(remove(call, &request).await)
    }
}

async fn remove(call: &Call, request: &Id) -> Result<Deleted, ApiError> {
    call.permit(Permission::KeyWrite, ResourcePath::Instance)?;
    let id = TokenKeyId::parse(&request.id).map_err(|error| ApiError::invalid(format!("id: {error}")))?;
    let (new, now) = (rotation::new_token_key(call.management())?, call.now());
    call.execute(Operation::TokenKeys(TokenKeyChange::Remove { id, new }), now).await?;
    Ok(Deleted::at(now))
}
