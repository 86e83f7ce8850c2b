//! Keys of applications: `CreateApplicationKey`, `DeleteApplicationKey`, `GetApplicationKey`, `ListApplicationKeys`.

use super::ApiError;
use super::call::Call;
use super::json::{Bytes, Date, DateInput, Deleted, Page, Pagination, Seconds};
use super::keys::{Format, KeyOptions};
use jeton_oauth::client::{Client, Refusal};
use jeton_oauth::credential::Credential;
use jeton_oauth::permission::{Permission, Place};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateApplicationKey {
    application_id: String,
    project_id: Option<String>,
    expiration_date: Option<DateInput>,
    lifetime: Option<Seconds>,
    /// PEM.
    public_key: Option<Bytes>,
    /// Ours: what the key signs with.
    algorithm: Option<String>,
    rsa_bits: Option<u32>,
    key_format: Option<Format>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedApplicationKey {
    key_id: String,
    creation_date: Date,
    /// The key file in base64; empty when the public key was brought.
    key_details: String,
}

pub(super) async fn create(
    call: &Call,
    request: CreateApplicationKey,
) -> Result<CreatedApplicationKey, ApiError> {
    let known = call.application(&request.application_id, request.project_id.as_deref())?;
    let (app_id, client_id) = (known.client.id.to_string(), known.client.name.to_string());
    let CreateApplicationKey {
        expiration_date, lifetime, public_key, algorithm, rsa_bits, key_format, ..
    } = request;
    let options = KeyOptions { expiration_date, lifetime, public_key, algorithm, rsa_bits, key_format };
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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeleteApplicationKey {
    application_id: String,
    project_id: Option<String>,
    key_id: String,
}

pub(super) async fn delete(call: &Call, request: DeleteApplicationKey) -> Result<Deleted, ApiError> {
    let known = call.application(&request.application_id, request.project_id.as_deref())?;
    call.revoke(&known.client, &request.key_id, |credential| credential.key().is_some()).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListApplicationKeys {
    pagination: Page,
    filters: Vec<ApplicationKeyFilter>,
}

#[derive(Debug, Deserialize)]
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
            creation_date: Date(credential.created.wall),
            expiration_date: credential.not_after.map(Date),
        }
    }
}

impl Call {
    /// The keys of all applications that the caller sees.
    fn application_keys(&self, wanted: impl Fn(&Client) -> bool) -> Result<Vec<ApplicationKey>, ApiError> {
        let mut keys = Vec::new();
        for known in self.snapshot()?.apis(None)?.clients {
            let project = known.client.api().map(|api| api.project);
            let seen = project.is_some_and(|project| {
                let place = Place::Project(known.client.organization, project);
                self.caller.may(Permission::ProjectRead, place)
            });
            if seen && wanted(&known.client) {
                let live = known.client.credentials.iter().filter(|credential| credential.key().is_some());
                keys.extend(live.map(|credential| ApplicationKey::of(&known.client, credential)));
            }
        }
        Ok(keys)
    }
}

pub(super) async fn list(call: &Call, request: ListApplicationKeys) -> Result<ApplicationKeys, ApiError> {
    let keys = call.application_keys(|client| request.filters.iter().all(|filter| filter.matches(client)))?;
    let (pagination, keys) = request.pagination.cut("pagination", keys)?;
    Ok(ApplicationKeys { keys, pagination })
}

#[derive(Debug, Deserialize)]
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

pub(super) async fn get(call: &Call, request: GetApplicationKey) -> Result<GotApplicationKey, ApiError> {
    let key = call.application_keys(|_| true)?.into_iter().find(|key| key.key_id == request.key_id);
    let ApplicationKey { key_id, creation_date, expiration_date, .. } =
        key.ok_or(Refusal::UnknownCredential)?;
    Ok(GotApplicationKey { key_id, creation_date, expiration_date })
}
