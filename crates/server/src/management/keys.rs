//! Keys that sign assertions, of users and of applications: `AddKey`, `CreateApplicationKey` and theirs.
//!
//! A key that we make is shown once, as the key file that ZITADEL's client libraries read. Whoever
//! brings a public key keeps the private one to itself.

use super::json::{Date, Deleted, End, Page, Pagination};
use super::{ApiError, Management};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_jose::{key_file, public};
use jeton_oauth::client::{Client, Refusal, Text};
use jeton_oauth::credential::{Credential, CredentialKind, Others};
use jeton_oauth::key::{Algorithm, PublicKey};
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::Sequence;
use jeton_secret::{CredentialId, SecretText};
use jeton_store::Action;
use jeton_store::command::Update;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct KeyOptions {
    #[serde(flatten)]
    end: End,
    /// PEM, in base64 as protobuf's JSON has bytes.
    public_key: Option<String>,
    /// Ours: what an RSA key signs with, RS256 or PS256.
    algorithm: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddKey {
    user_id: String,
    #[serde(flatten)]
    options: KeyOptions,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddedKey {
    creation_date: Date,
    key_id: String,
    /// The key file in base64; empty when the public key was brought.
    key_content: String,
}

pub(super) async fn add(
    management: &Management,
    request: Result<AddKey, ApiError>,
) -> Result<AddedKey, ApiError> {
    let request = request?;
    let known = management.find_user(&request.user_id)?;
    let user_id = known.client.id.to_string();
    let added = management.add_key(&known.client, &request.options).await?;
    let file = |key: &str, id: &str| {
        json!({ "type": "serviceaccount", "keyId": id, "key": key, "userId": user_id }).to_string()
    };
    Ok(AddedKey {
        creation_date: Date(added.created),
        key_id: added.id.clone(),
        key_content: added.file(file),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateApplicationKey {
    application_id: String,
    #[serde(flatten)]
    options: KeyOptions,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedApplicationKey {
    key_id: String,
    creation_date: Date,
    /// The key file in base64; empty when the public key was brought.
    key_details: String,
}

pub(super) async fn create_of_application(
    management: &Management,
    request: Result<CreateApplicationKey, ApiError>,
) -> Result<CreatedApplicationKey, ApiError> {
    let request = request?;
    let known = management.find_api(&request.application_id)?;
    let (app_id, client_id) = (known.client.id.to_string(), known.client.name.to_string());
    let added = management.add_key(&known.client, &request.options).await?;
    let file = |key: &str, id: &str| {
        json!({ "type": "application", "keyId": id, "key": key, "appId": app_id, "clientId": client_id })
            .to_string()
    };
    Ok(CreatedApplicationKey {
        creation_date: Date(added.created),
        key_id: added.id.clone(),
        key_details: added.file(file),
    })
}

/// A key that was added, with its private half if we made it.
struct Added {
    id: String,
    created: Timestamp,
    private: Option<SecretText>,
}

impl Added {
    fn file(&self, write: impl FnOnce(&str, &str) -> String) -> String {
        self.private.as_ref().map(|key| STANDARD.encode(write(key.expose(), &self.id))).unwrap_or_default()
    }
}

impl Management {
    async fn add_key(&self, client: &Client, options: &KeyOptions) -> Result<Added, ApiError> {
        let now = self.now();
        let not_after = options.end.at(now)?;
        let (private, key) = match options.public_key.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => (None, options.read(text)?),
            None => self.generate_key().await?,
        };
        let id = CredentialId(self.worker.app.store.next_id(now));
        let credential = Credential {
            id,
            label: Text::default(),
            created: now,
            not_after,
            revoked: None,
            tokens_valid_from: Sequence(0),
            kind: CredentialKind::Key(key),
        };
        let update = Update::AddCredential { credential, others: Others::Stay };
        self.change(client.id, Action::Update(update), now).await?;
        Ok(Added { id: id.to_string(), created: now, private })
    }

    /// Making an RSA key takes a tenth of a second of a core, so it is done on a thread of its own.
    async fn generate_key(&self) -> Result<(Option<SecretText>, PublicKey), ApiError> {
        let made = tokio::task::spawn_blocking(key_file::generate_rsa).await;
        match made {
            Ok(Ok((private, public))) => Ok((Some(private), public)),
            Ok(Err(_)) | Err(_) => Err(ApiError::internal()),
        }
    }
}

impl KeyOptions {
    fn read(&self, text: &str) -> Result<PublicKey, ApiError> {
        let invalid = |why: &str| ApiError::invalid(format!("publicKey: {why}"));
        let algorithm = match self.algorithm.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => Some(Algorithm::parse(name).ok_or_else(|| {
                ApiError::invalid(format!("algorithm must be one of {}", Algorithm::NAMES.join(", ")))
            })?),
            None => None,
        };
        // People paste PEM as it is, too.
        let pem = if text.starts_with("-----BEGIN") {
            text.to_owned()
        } else {
            let bytes = STANDARD.decode(text).map_err(|_| invalid("not base64"))?;
            String::from_utf8(bytes).map_err(|_| invalid("not PEM in base64"))?
        };
        public::from_pem(&pem, algorithm).map_err(|error| invalid(&error.to_string()))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemoveKey {
    #[serde(alias = "applicationId")]
    user_id: String,
    key_id: String,
}

pub(super) async fn remove(
    management: &Management,
    request: Result<RemoveKey, ApiError>,
) -> Result<Deleted, ApiError> {
    let request = request?;
    let known = management.find(&request.user_id)?;
    management.revoke(&known.client, &request.key_id, |credential| credential.key().is_some()).await
}

impl Management {
    /// Revokes a credential of a kind; one of another kind has no such id.
    pub(super) async fn revoke(
        &self,
        client: &Client,
        id: &str,
        is_meant: impl FnOnce(&Credential) -> bool,
    ) -> Result<Deleted, ApiError> {
        let found = id.parse().ok().and_then(|id| client.credential(CredentialId(id)));
        let credential = found.filter(|credential| is_meant(credential)).ok_or(Refusal::UnknownCredential)?;
        let now = self.now();
        self.change(client.id, Action::Update(Update::RevokeCredential(credential.id)), now).await?;
        Ok(Deleted { deletion_date: Date(now) })
    }

    /// A page of one user's credentials of a kind that were not revoked.
    pub(super) fn list_credentials(
        &self,
        request: &ListCredentials,
        is_meant: impl Fn(&Credential) -> bool,
    ) -> Result<Listed, ApiError> {
        let user = request.user().ok_or_else(|| {
            ApiError::invalid("say whose: filters must have a userIdFilter with the id of one user")
        })?;
        let known = self.find(user)?;
        let organization = self.organization()?.to_string();
        let shown = known.client.credentials.iter().filter(|c| is_meant(c) && c.revoked.is_none());
        let all: Vec<_> = shown
            .map(|credential| ListedCredential {
                id: credential.id.to_string(),
                user_id: known.client.id.to_string(),
                organization_id: organization.clone(),
                creation_date: Date(credential.created),
                change_date: Date(credential.created),
                expiration_date: credential.not_after.map(Date),
                algorithm: credential.key().map(|key| key.algorithm.as_str()),
            })
            .collect();
        Ok(Listed { pagination: Pagination::of(all.len()), result: request.pagination.cut(all) })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListCredentials {
    pagination: Page,
    filters: Vec<Filter>,
    /// Ours: shorter than a filter.
    user_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    user_id_filter: Option<IdFilter>,
}

#[derive(Debug, Deserialize)]
struct IdFilter {
    id: String,
}

impl ListCredentials {
    fn user(&self) -> Option<&str> {
        let filtered = self.filters.iter().find_map(|filter| filter.user_id_filter.as_ref());
        filtered.map(|filter| filter.id.as_str()).or(self.user_id.as_deref())
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pagination: Pagination,
    result: Vec<ListedCredential>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedCredential {
    id: String,
    user_id: String,
    organization_id: String,
    creation_date: Date,
    change_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<Date>,
    /// Ours: what a key signs with.
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<&'static str>,
}

pub(super) fn list(
    management: &Management,
    request: Result<ListCredentials, ApiError>,
) -> Result<Listed, ApiError> {
    management.list_credentials(&request?, |credential| credential.key().is_some())
}
