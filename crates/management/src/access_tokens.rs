//! Personal access tokens: `AddPersonalAccessToken` and its companions.
//!
//! A personal access token is a credential of a service user, created by an administrator, and a token at the
//! same time: with an expiry of its own, for the management API and all projects in which the user has roles,
//! within the limits of the user's tokens.

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use super::json::end;
use jeton_api::access_tokens::{AddPersonalAccessToken, AddedPersonalAccessToken, RemovePersonalAccessToken};
use jeton_api::calls::user;
use jeton_api::user_credentials::{ListCredentials, Listed};
use jeton_api::values::{Date, Deleted};
use jeton_domain::admin::ClientUpdate;
use jeton_domain::client::Client;
use jeton_domain::credential::{Credential, CredentialKind, ExistingCredentials};
use jeton_domain::generation::Generation;
use jeton_domain::id::ClientId;
use jeton_domain::permission::Permission;
use jeton_domain::refusal::OperationError;
use jeton_domain::text::Text;
use jeton_domain::time::{Moment, Timestamp};
use jeton_secret::{CredentialId, PersonalAccessToken, SecretText};
use jeton_store::query::CredentialType;

/// Mints a personal access token for a client.
pub(super) fn mint(
    call: &Call,
    client: ClientId,
    end: Option<Timestamp>,
    now: Moment,
) -> Result<(SecretText, Credential), ApiError> {
    if end.is_some_and(|end| end <= now.wall) {
        return Err(OperationError::ExpiryInThePast.into());
    }
    let id = CredentialId(call.next_id());
    let token = PersonalAccessToken::new(client.0, id, call.mint().secret()?);
    let credential = Credential {
        id,
        label: Text::default(),
        created: now,
        not_after: end.map(|end| now.until(end)),
        mark: Generation::default(),
        kind: CredentialKind::PersonalAccessToken(
            call.tokens().digests().digest_personal_access_token(&token),
        ),
    };
    Ok((token.text(), credential))
}

/// The expiry of a new token of this user, within the maximum lifetime of the user's tokens.
fn bounded_end(
    client: &Client,
    member: &str,
    end: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Timestamp>, ApiError> {
    let Some(lifetime) = client.service_user().and_then(|user| user.limits.lifetime) else { return Ok(end) };
    let bound = now.after(lifetime);
    match end {
        Some(end) if end > bound => Err(ApiError::invalid(format!(
            "{member}: tokens of this user live {} seconds at most; choose an earlier expiry, or change its \
             tokenLifetime",
            lifetime.0
        ))),
        end => Ok(Some(end.unwrap_or(bound))),
    }
}

impl Handle for user::AddPersonalAccessToken {
    async fn handle(
        call: &Call,
        request: AddPersonalAccessToken,
    ) -> Result<AddedPersonalAccessToken, ApiError> {
        let known = call.user(&request.user_id, Permission::UserWrite)?;
        let now = call.moment();
        let asked = end(request.expiration_date, request.lifetime, now.wall)?;
        let member = if request.lifetime.is_some() { "lifetime" } else { "expirationDate" };
        let end = bounded_end(&known.client, member, asked, now.wall)?;
        let (token, credential) = mint(call, known.client.id, end, now)?;
        let id = credential.id;
        let update = ClientUpdate::AddCredential { credential, others: ExistingCredentials::Keep };
        call.update(known.client.id, update, now.wall).await?;
        Ok(AddedPersonalAccessToken {
            creation_date: Date(now.wall),
            token_id: id.to_string(),
            token: token.expose().to_owned(),
            expiration_date: end.map(Date),
        })
    }
}

impl Handle for user::RemovePersonalAccessToken {
    async fn handle(call: &Call, request: RemovePersonalAccessToken) -> Result<Deleted, ApiError> {
        let known = call.user(&request.user_id, Permission::UserWrite)?;
        call.revoke(&known.client, &request.token_id, Credential::is_personal_access_token).await
    }
}

impl Handle for user::ListPersonalAccessTokens {
    async fn handle(call: &Call, request: ListCredentials) -> Result<Listed, ApiError> {
        call.list_credentials(&request, CredentialType::PersonalAccessToken)
    }
}
