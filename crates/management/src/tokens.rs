//! Revoking access tokens as an administrator: `jeton.token.v1.TokenService`.

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use super::secrets::parse_secret_id;
use jeton_api::calls::token;
use jeton_api::tokens::{RevokeToken, RevokeUserTokens, Revoked, RevokedUserTokens};
use jeton_api::values::Date;
use jeton_domain::admin::{ClientOperation, ClientUpdate, Operation, Outcome};
use jeton_domain::permission::Permission;
use jeton_oauth::jws::Unverified;
use jeton_secret::{PersonalAccessToken, SealedToken};
use jeton_tokens::Revocation;

impl Handle for token::RevokeToken {
    async fn handle(call: &Call, request: RevokeToken) -> Result<Revoked, ApiError> {
        let operation = revocation(call, request.token.expose().trim())?;
        let Some(operation) = operation else { return Ok(Revoked { revoked: false }) };
        match call.execute(operation, call.now()).await? {
            Outcome::TokenRevoked(revoked) => Ok(Revoked { revoked }),
            Outcome::Client(_) => Ok(Revoked { revoked: true }),
            _ => Err(ApiError::internal()),
        }
    }
}

/// The revocation of a token; `None` if there is none, or it is invalid permanently.
fn revocation(call: &Call, text: &str) -> Result<Option<Operation>, ApiError> {
    let is_whole = SealedToken::parse(text).is_ok()
        || PersonalAccessToken::is_claimed_by(text)
        || Unverified::parse(text).and_then(|token| token.payload()).is_ok();
    if !is_whole {
        return Err(ApiError::invalid(
            "token: this is not a whole access token of Jeton (jeton_at_..., jeton_pat_... or a JWT)",
        ));
    }
    Ok(call.tokens().revocation(text, call.moment())?.map(|revocation| match revocation {
        Revocation::Token(token) => Operation::RevokeToken(token),
        Revocation::Credential(client, credential) => {
            Operation::Client(client, ClientOperation::Update(ClientUpdate::RevokeCredential(credential)))
        }
    }))
}

impl Handle for token::RevokeUserTokens {
    async fn handle(call: &Call, request: RevokeUserTokens) -> Result<RevokedUserTokens, ApiError> {
        let known = call.user(&request.user_id, Permission::UserWrite)?;
        let update = match request.secret_id.as_deref() {
            None => ClientUpdate::RevokeTokens,
            Some(id) => ClientUpdate::RevokeTokensOf(parse_secret_id(id)?),
        };
        let now = call.now();
        call.update(known.client.id, update, now).await?;
        Ok(RevokedUserTokens { revocation_date: Date(now) })
    }
}
