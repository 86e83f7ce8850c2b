//! Personal access tokens: `AddPersonalAccessToken` and its companions.
//!
//! One is an opaque token that an administrator makes for a service user, with an end of its own and
//! for the management API and all projects in which the user has roles.

use super::ApiError;
use super::call::Call;
use super::json::{Date, Deleted, end};
use super::user_credentials::{ListCredentials, Listed};
use jeton_oauth::client::{Refusal, Revision, Text};
use jeton_oauth::credential::{Credential, CredentialKind};
use jeton_oauth::id::ClientId;
use jeton_oauth::permission::Permission;
use jeton_oauth::scope::{ScopeSet, UnknownScopes};
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::{AccessTokenFacts, Sequence};
use jeton_secret::{CredentialId, SecretBytes, TokenSeal};
use jeton_store::{Deed, IssueToken, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The end of a token that was given none: 9999-12-31T23:59:59Z, as in ZITADEL.
const NO_END: Timestamp = Timestamp(253_402_300_799);

/// What personal access tokens allow.
const SCOPES: &str = "openid profile urn:zitadel:iam:org:project:id:zitadel:aud \
                      urn:zitadel:iam:org:projects:roles urn:zitadel:iam:user:metadata \
                      urn:zitadel:iam:user:resourceowner";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddPersonalAccessToken {
    user_id: String,
    expiration_date: Option<String>,
    lifetime: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddedPersonalAccessToken {
    creation_date: Date,
    token_id: String,
    token: String,
}

/// A personal access token that the store does not know yet.
pub(super) struct NewToken {
    pub(super) secret: SecretBytes,
    pub(super) seal: TokenSeal,
    pub(super) credential: Credential,
    pub(super) token: Box<IssueToken>,
}

/// Mints a personal access token for a client.
pub(super) fn mint(
    call: &Call,
    client: ClientId,
    end: Option<Timestamp>,
    now: Timestamp,
) -> Result<NewToken, ApiError> {
    if end.is_some_and(|end| end <= now) {
        return Err(Refusal::ExpiryInThePast.into());
    }
    let id = CredentialId(call.next_id());
    let secret = call.worker.mint().secret()?;
    let seal = call.worker.app.keys.seal_token(&secret);
    let scopes = ScopeSet::parse(SCOPES, UnknownScopes::Refuse).map_err(|_| ApiError::internal())?;
    let credential = Credential {
        id,
        label: Text::default(),
        created: now,
        not_after: end,
        revoked: None,
        tokens_valid_from: Sequence(0),
        kind: CredentialKind::PersonalAccessToken,
    };
    let token = Box::new(IssueToken {
        facts: AccessTokenFacts { client, credential: id, issued: now, scopes, resources: Vec::new() },
        expires: end.unwrap_or(NO_END),
        digest: seal.digest,
        assertion: None,
        as_of: Revision::default(),
    });
    Ok(NewToken { secret, seal, credential, token })
}

pub(super) async fn add(
    call: &Call,
    request: AddPersonalAccessToken,
) -> Result<AddedPersonalAccessToken, ApiError> {
    let known = call.user(&request.user_id, Permission::UserWrite)?;
    let now = call.now();
    let NewToken { secret, seal, credential, token } = mint(
        call,
        known.client.id,
        end(request.expiration_date.as_deref(), request.lifetime.as_deref(), now)?,
        now,
    )?;
    let id = credential.id;
    match call.act(Deed::AddPersonalAccessToken(credential, token), now).await? {
        Outcome::Issued(key) => Ok(AddedPersonalAccessToken {
            creation_date: Date(now),
            token_id: id.to_string(),
            token: seal.text(&secret, key.position()).expose().to_owned(),
        }),
        _ => Err(ApiError::internal()),
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemovePersonalAccessToken {
    user_id: String,
    token_id: String,
}

pub(super) async fn remove(call: &Call, request: RemovePersonalAccessToken) -> Result<Deleted, ApiError> {
    let known = call.user(&request.user_id, Permission::UserWrite)?;
    call.revoke(&known.client, &request.token_id, Credential::is_personal_access_token).await
}

pub(super) async fn list(call: &Call, request: ListCredentials) -> Result<Listed, ApiError> {
    call.list_credentials(&request, Credential::is_personal_access_token).await
}
