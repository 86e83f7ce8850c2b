//! Personal access tokens: `AddPersonalAccessToken` and its companions.
//!
//! One is an opaque token that an administrator makes for a service user, with an end of its own and
//! for the management API and all projects in which the user has roles.

use super::json::{Date, Deleted, End};
use super::keys::{ListCredentials, Listed};
use super::{ApiError, Management};
use jeton_oauth::client::{Refusal, Revision, Text};
use jeton_oauth::credential::{Credential, CredentialKind};
use jeton_oauth::scope::{ScopeSet, UnknownScopes};
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::{AccessTokenFacts, Sequence};
use jeton_secret::CredentialId;
use jeton_store::{Command, IssueToken, Outcome};
use serde::{Deserialize, Serialize};

/// The end of a token that was given none: 9999-12-31T23:59:59Z, as in ZITADEL.
const NO_END: Timestamp = Timestamp(253_402_300_799);

/// What personal access tokens allow.
const SCOPES: &str = "openid profile urn:zitadel:iam:org:project:id:zitadel:aud \
                      urn:zitadel:iam:org:projects:roles urn:zitadel:iam:user:metadata \
                      urn:zitadel:iam:user:resourceowner";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddPersonalAccessToken {
    user_id: String,
    #[serde(flatten)]
    end: End,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddedPersonalAccessToken {
    creation_date: Date,
    token_id: String,
    token: String,
}

pub(super) async fn add(
    management: &Management,
    request: Result<AddPersonalAccessToken, ApiError>,
) -> Result<AddedPersonalAccessToken, ApiError> {
    let request = request?;
    let known = management.find_user(&request.user_id)?;
    let app = &management.worker.app;
    let now = management.now();
    let end = request.end.at(now)?;
    if end.is_some_and(|end| end <= now) {
        return Err(Refusal::ExpiryInThePast.into());
    }
    let id = CredentialId(app.store.next_id(now));
    let secret = management.worker.mint().secret()?;
    let seal = app.keys.seal_token(&secret);
    let scopes = ScopeSet::parse(SCOPES, UnknownScopes::Refuse).map_err(|_| ApiError::internal())?;
    let facts = AccessTokenFacts {
        client: known.client.id,
        credential: id,
        issued: now,
        scopes,
        resources: Vec::new(),
    };
    let command = Command::AddPersonalAccessToken {
        credential: Credential {
            id,
            label: Text::default(),
            created: now,
            not_after: end,
            revoked: None,
            tokens_valid_from: Sequence(0),
            kind: CredentialKind::PersonalAccessToken,
        },
        token: Box::new(IssueToken {
            facts,
            expires: end.unwrap_or(NO_END),
            digest: seal.digest,
            assertion: None,
            as_of: Revision::default(),
        }),
    };
    match management.worker.courier.deliver(command).await? {
        Outcome::Issued(key) => Ok(AddedPersonalAccessToken {
            creation_date: Date(now),
            token_id: id.to_string(),
            token: seal.text(&secret, key.position()).expose().to_owned(),
        }),
        _ => Err(ApiError::internal()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemovePersonalAccessToken {
    user_id: String,
    token_id: String,
}

pub(super) async fn remove(
    management: &Management,
    request: Result<RemovePersonalAccessToken, ApiError>,
) -> Result<Deleted, ApiError> {
    let request = request?;
    let known = management.find_user(&request.user_id)?;
    management.revoke(&known.client, &request.token_id, Credential::is_personal_access_token).await
}

pub(super) fn list(
    management: &Management,
    request: Result<ListCredentials, ApiError>,
) -> Result<Listed, ApiError> {
    management.list_credentials(&request?, Credential::is_personal_access_token)
}
