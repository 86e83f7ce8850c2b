//! Revoking access tokens as an administrator: `jeton.token.v1.TokenService`.

use super::json::Date;
use super::secrets::parse_secret_id;
use super::{ApiError, Management};
use crate::app::App;
use crate::endpoint::live::{Found, with_token};
use jeton_oauth::jws::Unverified;
use jeton_oauth::token::TokenKey;
use jeton_secret::{AccessToken, SecretText};
use jeton_store::command::Update;
use jeton_store::{Action, Command, Outcome, Unavailable};
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
    let command = revocation(&management.worker.app, request?.token.expose())?;
    let Some(command) = command else { return Ok(Revoked { revoked: false }) };
    match management.worker.courier.deliver(command).await? {
        Outcome::TokenRevoked(revoked) => Ok(Revoked { revoked }),
        _ => Err(ApiError::internal()),
    }
}

/// What revokes a token; `None` when it is a JWT that is not live.
fn revocation(app: &App, text: &str) -> Result<Option<Command>, ApiError> {
    if let Ok(token) = AccessToken::parse(text) {
        let opened = app.keys.open_token(&token);
        let key = TokenKey::from_position(opened.position);
        return Ok(Some(Command::RevokeToken { key, digest: opened.digest }));
    }
    if Unverified::parse(text).is_err() {
        return Err(ApiError::invalid(
            "this is not an access token of Jeton (jeton_at_... or a JWT), or it is incomplete",
        ));
    }
    with_token(app, text, app.now(), |found: &Found<'_>| found.revocation()).map_err(|_| Unavailable.into())
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
