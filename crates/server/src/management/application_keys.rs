//! Keys of applications: `CreateApplicationKey`, `DeleteApplicationKey`, `GetApplicationKey`,
//! `ListApplicationKeys`.

use super::ApiError;
use super::call::Call;
use super::json::{Bytes, Date, DateInput, Deleted, Seconds};
use super::keys::{Format, KeyOptions};
use super::pages::{Cut, Page, Pagination};
use super::sorting::CredentialColumn;
use jeton_domain::client::Client;
use jeton_domain::credential::Credential;
use jeton_domain::id::{OrganizationId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::refusal::OperationError;
use jeton_secret::CredentialId;
use jeton_store::query::{CredentialFilter, CredentialOwners, CredentialType, Within};
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
    /// The public key in PEM; absent if a key is to be generated.
    public_key: Option<Bytes>,
    /// Jeton extension: the signature algorithm of the key.
    algorithm: Option<String>,
    rsa_bits: Option<u32>,
    key_format: Option<Format>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedApplicationKey {
    key_id: String,
    creation_date: Date,
    /// The key file in base64; empty if a public key was uploaded.
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
    sorting_column: CredentialColumn,
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
    /// The projects that match the filter.
    fn within(&self, instance: &Instance) -> Within<ProjectId> {
        match self {
            Self::Application { .. } => Within::Everything,
            Self::Project { project_id } => Within::These(ProjectId::parse(project_id).into_iter().collect()),
            Self::Organization { organization_id } => {
                let id = OrganizationId::parse(organization_id).ok();
                let own = instance.projects.values().filter(|project| Some(project.organization) == id);
                Within::These(own.map(|project| project.id).collect())
            }
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApplicationKeys {
    keys: Vec<ApplicationKey>,
    pagination: Pagination,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// Ours: ids of applications whose record can't be read, left out of the listing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
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
            expiration_date: credential.end().map(Date),
        }
    }
}

/// The order of keys, in page tokens.
const ORDER: &str = "application keys";
/// See [`ORDER`].
const OF_APPLICATION: &str = "keys of an application";

pub(super) async fn list(call: &Call, request: ListApplicationKeys) -> Result<ApplicationKeys, ApiError> {
    let snapshot = call.snapshot()?;
    let mut within = call.projects_with(Permission::ProjectRead, snapshot.instance());
    for filter in &request.filters {
        within = within.and(&filter.within(snapshot.instance()));
    }
    let mut applications = request.filters.iter().enumerate().filter_map(|(place, filter)| match filter {
        ApplicationKeyFilter::Application { application_id } => Some((place, application_id)),
        _ => None,
    });
    if let Some((place, id)) = applications.next() {
        let is_only = applications.all(|(_, other)| other == id);
        let member = format!("filters[{place}].applicationIdFilter.applicationId");
        let known = call.lookup(&member, id)?.filter(|_| is_only);
        let client = known.as_ref().map(|known| &*known.client);
        return list_of(call, &request, client, &within);
    }
    let (owners, keys) =
        (CredentialOwners::Applications(within), CredentialFilter::Kind(CredentialType::Key));
    let (Cut { pagination, found, next_page_token }, unreadable) =
        call.credentials_over(owners, vec![keys], &request.pagination, (ORDER, request.sorting_column))?;
    let keys = found.iter().map(|found| ApplicationKey::of(&found.client, &found.credential)).collect();
    Ok(ApplicationKeys { keys, pagination, next_page_token, unreadable })
}

/// The keys of one application, if it matches the filters.
fn list_of(
    call: &Call,
    request: &ListApplicationKeys,
    client: Option<&Client>,
    within: &Within<ProjectId>,
) -> Result<ApplicationKeys, ApiError> {
    let client = client.filter(|client| client.api().is_some_and(|api| within.contains(api.project)));
    let keys = client.into_iter().flat_map(|client| {
        let keys = client.credentials.iter().filter(|credential| credential.key().is_some());
        keys.map(move |credential| (client, credential))
    });
    let column = request.sorting_column;
    let key = |(client, credential): &(&Client, &Credential)| column.key(client, credential);
    let Cut { pagination, found, next_page_token } =
        request.pagination.cut(call.page_tokens(), &column.of(OF_APPLICATION), keys, key)?;
    let keys = found.iter().map(|(client, credential)| ApplicationKey::of(client, credential)).collect();
    Ok(ApplicationKeys { keys, pagination, next_page_token, unreadable: Vec::new() })
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
    let id = request.key_id.parse().map(CredentialId).map_err(|_| OperationError::UnknownCredential)?;
    let snapshot = call.snapshot()?;
    let owner = snapshot.owner_of_credential(id)?.ok_or(OperationError::UnknownCredential)?;
    let known = snapshot.administered_client(owner)?.ok_or(OperationError::UnknownCredential)?;
    let client = &known.client;
    let is_seen = client.api().is_some_and(|api| {
        call.caller.may(Permission::ProjectRead, ResourcePath::Project(client.organization, api.project))
    });
    let key = client.credential(id).filter(|credential| is_seen && credential.key().is_some());
    let ApplicationKey { key_id, creation_date, expiration_date, .. } =
        ApplicationKey::of(client, key.ok_or(OperationError::UnknownCredential)?);
    Ok(GotApplicationKey { key_id, creation_date, expiration_date })
}
