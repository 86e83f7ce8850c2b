//! Revoking access tokens as an administrator: `jeton.token.v1.TokenService`.

use super::json::Date;
use super::secrets::parse_secret_id;
use super::{ApiError, Management};
use jeton_oauth::token::TokenKey;
use jeton_secret::{AccessToken, SecretText};
use jeton_store::command::Update;
use jeton_store::{Action, Command, Outcome};
use serde::{Deserialize, Deserializer, Serialize};

#[derive(Debug, Deserialize)]
pub(super) struct RevokeToken {
    #[serde(deserialize_with = "secret_text")]
    token: SecretText,
}

fn secret_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretText, D::Error> {
    String::deserialize(deserializer).map(SecretText::new)
}

#[derive(Debug, Serialize)]
pub(super) struct Revoked {
    /// False when there was no such token, or no longer.
    revoked: bool,
}

pub(super) async fn revoke(
    management: &Management,
    request: Result<RevokeToken, ApiError>,
) -> Result<Revoked, ApiError> {
    let token = AccessToken::parse(request?.token.expose()).map_err(|_| {
        ApiError::invalid("this is not an access token of Jeton (jeton_at_...), or it is incomplete")
    })?;
    let opened = management.worker.app.keys.open_token(&token);
    let command =
        Command::RevokeToken { key: TokenKey::from_position(opened.position), digest: opened.digest };
    match management.worker.courier.deliver(command).await? {
        Outcome::TokenRevoked(revoked) => Ok(Revoked { revoked }),
        Outcome::Issued(_) | Outcome::Client(_) | Outcome::Noted => Err(ApiError::internal()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RevokeUserTokens {
    user_id: String,
    /// Only those that this secret obtained.
    secret_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RevokedUserTokens {
    revocation_date: Date,
}

pub(super) async fn revoke_of_user(
    management: &Management,
    request: Result<RevokeUserTokens, ApiError>,
) -> Result<RevokedUserTokens, ApiError> {
    let request = request?;
    let known = management.find_user(&request.user_id)?;
    let update = match request.secret_id.as_deref() {
        None | Some("") => Update::RevokeTokens,
        Some(id) => Update::RevokeTokensOf(parse_secret_id(id)?),
    };
    let now = management.now();
    management.change(known.client.id, Action::Update(update), now).await?;
    Ok(RevokedUserTokens { revocation_date: Date(now) })
}
