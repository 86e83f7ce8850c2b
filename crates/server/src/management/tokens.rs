//! Revoking access tokens as an administrator: `jeton.token.v1.TokenService`.

use super::ApiError;
use super::call::Call;
use super::json::Date;
use super::secrets::parse_secret_id;
use crate::app::App;
use crate::endpoint::live::{Found, Id, KeptToken, key_of, with_token};
use jeton_oauth::jws::Unverified;
use jeton_oauth::permission::Permission;
use jeton_secret::{PersonalAccessToken, SecretText};
use jeton_store::act::Update;
use jeton_store::{Action, Deed, Outcome, Unavailable};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

#[derive(Debug, Deserialize)]
pub(super) struct RevokeToken {
    #[serde(deserialize_with = "secret_text")]
    token: SecretText,
}

pub(super) fn secret_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretText, D::Error> {
    String::deserialize(deserializer).map(SecretText::new)
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Revoked {
    /// False when there was no such token, or no longer.
    revoked: bool,
}

pub(super) async fn revoke(call: &Call, request: RevokeToken) -> Result<Revoked, ApiError> {
    let deed = revocation(&call.worker.app, request.token.expose())?;
    let Some(deed) = deed else { return Ok(Revoked { revoked: false }) };
    match call.act(deed, call.now()).await? {
        Outcome::TokenRevoked(revoked) => Ok(Revoked { revoked }),
        Outcome::Client(_) => Ok(Revoked { revoked: true }),
        _ => Err(ApiError::internal()),
    }
}

/// What revokes a token; `None` when it is not opaque and not live.
fn revocation(app: &App, text: &str) -> Result<Option<Deed>, ApiError> {
    if let Some(KeptToken::Opaque(opened)) = KeptToken::of(app, text) {
        return Ok(Some(Deed::RevokeToken { key: key_of(&opened), digest: opened.digest }));
    }
    if !PersonalAccessToken::is_claimed_by(text)
        && Unverified::parse(text).and_then(|token| token.payload()).is_err()
    {
        return Err(ApiError::invalid(
            "token: this is not an access token of Jeton (jeton_at_..., jeton_pat_... or a JWT), or it is incomplete",
        ));
    }
    let deed = |found: &Found<'_>| {
        let client = found.seen.token.client.id;
        match found.id {
            Id::Jwt { key, name, .. } => Some(Deed::RevokeJwt(client, found.revoked_jwt(key, name))),
            Id::Personal(credential) => {
                Some(Deed::Client(client, Action::Update(Update::RevokeCredential(credential))))
            }
            Id::Opaque(_) => None,
        }
    };
    Ok(with_token(app, text, app.moment(), deed).map_err(|_| Unavailable::Store)?.flatten())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RevokeUserTokens {
    user_id: String,
    /// Only those that this secret obtained.
    secret_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RevokedUserTokens {
    revocation_date: Date,
}

pub(super) async fn revoke_of_user(
    call: &Call,
    request: RevokeUserTokens,
) -> Result<RevokedUserTokens, ApiError> {
    let known = call.user(&request.user_id, Permission::UserWrite)?;
    let update = match request.secret_id.as_deref() {
        None => Update::RevokeTokens,
        Some(id) => Update::RevokeTokensOf(parse_secret_id(id)?),
    };
    let now = call.now();
    call.update(known.client.id, update, now).await?;
    Ok(RevokedUserTokens { revocation_date: Date(now) })
}
