//! Keys that sign assertions, of users and of applications: `AddKey`, `CreateApplicationKey` and theirs.
//!
//! A key that we make is shown once, as the key file that ZITADEL's client libraries read. Whoever
//! brings a public key keeps the private one to itself.

use super::ApiError;
use super::call::Call;
use super::json::{Date, DateFilter, Deleted, Id, Page, Pagination, end};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_jose::{key_file, public};
use jeton_oauth::client::{Client, Refusal, Text};
use jeton_oauth::credential::{Credential, CredentialKind, Others};
use jeton_oauth::key::{Algorithm, PublicKey};
use jeton_oauth::permission::{Permission, Place};
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::Sequence;
use jeton_secret::{CredentialId, SecretText};
use jeton_store::act::Update;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What may be said about a new key, of users and of applications.
struct KeyOptions {
    expiration_date: Option<String>,
    lifetime: Option<String>,
    public_key: Option<String>,
    algorithm: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddKey {
    user_id: String,
    expiration_date: Option<String>,
    lifetime: Option<String>,
    /// PEM, in base64 as protobuf's JSON has bytes.
    public_key: Option<String>,
    /// Ours: what an RSA key signs with, RS256 or PS256.
    algorithm: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddedKey {
    creation_date: Date,
    key_id: String,
    /// The key file in base64; empty when the public key was brought.
    key_content: String,
}

pub(super) async fn add(call: &Call, request: AddKey) -> Result<AddedKey, ApiError> {
    let known = call.user(&request.user_id, Permission::UserWrite)?;
    let user_id = known.client.id.to_string();
    let AddKey { user_id: _, expiration_date, lifetime, public_key, algorithm } = request;
    let options = KeyOptions { expiration_date, lifetime, public_key, algorithm };
    let added = call.add_key(&known.client, &options).await?;
    let file = |key: &str, id: &str| {
        json!({ "type": "serviceaccount", "keyId": id, "key": key, "userId": user_id }).to_string()
    };
    Ok(AddedKey {
        creation_date: Date(added.created),
        key_id: added.id.clone(),
        key_content: added.file(file),
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateApplicationKey {
    application_id: String,
    project_id: Option<String>,
    expiration_date: Option<String>,
    lifetime: Option<String>,
    /// PEM, in base64 as protobuf's JSON has bytes.
    public_key: Option<String>,
    /// Ours: what an RSA key signs with, RS256 or PS256.
    algorithm: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedApplicationKey {
    key_id: String,
    creation_date: Date,
    /// The key file in base64; empty when the public key was brought.
    key_details: String,
}

pub(super) async fn create_of_application(
    call: &Call,
    request: CreateApplicationKey,
) -> Result<CreatedApplicationKey, ApiError> {
    let known = call.application(&request.application_id, request.project_id.as_deref())?;
    let (app_id, client_id) = (known.client.id.to_string(), known.client.name.to_string());
    let CreateApplicationKey { expiration_date, lifetime, public_key, algorithm, .. } = request;
    let options = KeyOptions { expiration_date, lifetime, public_key, algorithm };
    let added = call.add_key(&known.client, &options).await?;
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

impl Call {
    async fn add_key(&self, client: &Client, options: &KeyOptions) -> Result<Added, ApiError> {
        let now = self.now();
        let not_after = end(options.expiration_date.as_deref(), options.lifetime.as_deref(), now)?;
        let (private, key) = match options.public_key.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => (None, options.read(text)?),
            None => self.generate_key().await?,
        };
        let id = CredentialId(self.next_id());
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
        self.update(client.id, update, now).await?;
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

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemoveKey {
    user_id: String,
    key_id: String,
}

pub(super) async fn remove(call: &Call, request: RemoveKey) -> Result<Deleted, ApiError> {
    // Ours: an application's id works as well.
    let known = call.client(&request.user_id)?;
    call.revoke(&known.client, &request.key_id, |credential| credential.key().is_some()).await
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeleteApplicationKey {
    application_id: String,
    project_id: Option<String>,
    key_id: String,
}

pub(super) async fn delete_of_application(
    call: &Call,
    request: DeleteApplicationKey,
) -> Result<Deleted, ApiError> {
    let known = call.application(&request.application_id, request.project_id.as_deref())?;
    call.revoke(&known.client, &request.key_id, |credential| credential.key().is_some()).await
}

impl Call {
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
        self.update(client.id, Update::RevokeCredential(credential.id), now).await?;
        Ok(Deleted::at(now))
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
        let known = self.user(user, Permission::UserRead)?;
        let mut all = Vec::new();
        for credential in known.client.credentials.iter().filter(|c| is_meant(c) && c.revoked.is_none()) {
            if request.matches(&known.client, credential)? {
                all.push(ListedCredential::of(&known.client, credential));
            }
        }
        let (pagination, result) = request.pagination.cut(all)?;
        Ok(Listed { pagination, result })
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListCredentials {
    pagination: Page,
    filters: Vec<Filter>,
    /// Ours: shorter than a filter.
    user_id: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
enum Filter {
    #[serde(rename = "userIdFilter")]
    User(Id),
    #[serde(rename = "keyIdFilter", alias = "tokenIdFilter")]
    Credential(Id),
    #[serde(rename = "organizationIdFilter")]
    Organization(Id),
    #[serde(rename = "createdDateFilter")]
    Created(DateFilter),
    #[serde(rename = "expirationDateFilter")]
    Expires(DateFilter),
}

impl ListCredentials {
    fn user(&self) -> Option<&str> {
        let filtered = self.filters.iter().find_map(|filter| match filter {
            Filter::User(user) => Some(user.id.as_str()),
            _ => None,
        });
        filtered.or(self.user_id.as_deref())
    }

    fn matches(&self, client: &Client, credential: &Credential) -> Result<bool, ApiError> {
        for filter in &self.filters {
            let matches = match filter {
                // Whose they are was said already; a second user has none of them.
                Filter::User(user) => user.id == client.id.to_string() || user.id == client.name.as_str(),
                Filter::Credential(wanted) => wanted.id == credential.id.to_string(),
                Filter::Organization(wanted) => wanted.id == client.organization.to_string(),
                Filter::Created(wanted) => wanted.matches(credential.created)?,
                Filter::Expires(wanted) => match credential.not_after {
                    Some(end) => wanted.matches(end)?,
                    None => false,
                },
            };
            if !matches {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Listed {
    pagination: Pagination,
    result: Vec<ListedCredential>,
}

#[derive(Debug, Serialize, JsonSchema)]
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

impl ListedCredential {
    fn of(client: &Client, credential: &Credential) -> Self {
        Self {
            id: credential.id.to_string(),
            user_id: client.id.to_string(),
            organization_id: client.organization.to_string(),
            creation_date: Date(credential.created),
            change_date: Date(credential.created),
            expiration_date: credential.not_after.map(Date),
            algorithm: credential.key().map(|key| key.algorithm.as_str()),
        }
    }
}

pub(super) async fn list(call: &Call, request: ListCredentials) -> Result<Listed, ApiError> {
    call.list_credentials(&request, |credential| credential.key().is_some())
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListApplicationKeys {
    pagination: Page,
    filters: Vec<ApplicationKeyFilter>,
}

#[derive(Debug, Deserialize, JsonSchema)]
enum ApplicationKeyFilter {
    #[serde(rename = "applicationIdFilter", rename_all = "camelCase")]
    Application { application_id: String },
    #[serde(rename = "projectIdFilter", rename_all = "camelCase")]
    Project { project_id: String },
    #[serde(rename = "organizationIdFilter", rename_all = "camelCase")]
    Organization { organization_id: String },
}

impl ApplicationKeyFilter {
    fn matches(&self, client: &Client) -> bool {
        let project = client.api().map(|api| api.project.to_string());
        match self {
            Self::Application { application_id } => *application_id == client.id.to_string(),
            Self::Project { project_id } => Some(project_id) == project.as_ref(),
            Self::Organization { organization_id } => *organization_id == client.organization.to_string(),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ApplicationKeys {
    keys: Vec<ApplicationKey>,
    pagination: Pagination,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ApplicationKey {
    key_id: String,
    application_id: String,
    project_id: String,
    organization_id: String,
    creation_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<Date>,
}

impl ApplicationKey {
    fn of(client: &Client, credential: &Credential) -> Self {
        Self {
            key_id: credential.id.to_string(),
            application_id: client.id.to_string(),
            project_id: client.api().map(|api| api.project.to_string()).unwrap_or_default(),
            organization_id: client.organization.to_string(),
            creation_date: Date(credential.created),
            expiration_date: credential.not_after.map(Date),
        }
    }
}

impl Call {
    /// The keys of all applications that the caller sees.
    fn application_keys(&self, wanted: impl Fn(&Client) -> bool) -> Result<Vec<ApplicationKey>, ApiError> {
        let mut keys = Vec::new();
        for known in self.snapshot()?.apis(None)? {
            let project = known.client.api().map(|api| api.project);
            let seen = project.is_some_and(|project| {
                let place = Place::Project(known.client.organization, project);
                self.caller.may(Permission::ProjectRead, place)
            });
            if seen && wanted(&known.client) {
                let live =
                    known.client.credentials.iter().filter(|c| c.key().is_some() && c.revoked.is_none());
                keys.extend(live.map(|credential| ApplicationKey::of(&known.client, credential)));
            }
        }
        Ok(keys)
    }
}

pub(super) async fn list_of_applications(
    call: &Call,
    request: ListApplicationKeys,
) -> Result<ApplicationKeys, ApiError> {
    let keys = call.application_keys(|client| request.filters.iter().all(|filter| filter.matches(client)))?;
    let (pagination, keys) = request.pagination.cut(keys)?;
    Ok(ApplicationKeys { keys, pagination })
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetApplicationKey {
    key_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GotApplicationKey {
    key_id: String,
    creation_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<Date>,
}

pub(super) async fn get_of_application(
    call: &Call,
    request: GetApplicationKey,
) -> Result<GotApplicationKey, ApiError> {
    let key = call.application_keys(|_| true)?.into_iter().find(|key| key.key_id == request.key_id);
    let ApplicationKey { key_id, creation_date, expiration_date, .. } =
        key.ok_or(Refusal::UnknownCredential)?;
    Ok(GotApplicationKey { key_id, creation_date, expiration_date })
}
