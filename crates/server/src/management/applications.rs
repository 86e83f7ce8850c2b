//! APIs, which introspect tokens: `zitadel.application.v2.ApplicationService`.

use super::json::{Date, Deleted, Page, Pagination, parse_text};
use super::projects::parse_project;
use super::secrets::{AddedSecret, SecretOptions};
use super::{ApiError, Code, Management};
use jeton_oauth::client::{Client, ClientState};
use jeton_oauth::credential::Credential;
use jeton_oauth::id::ClientId;
use jeton_oauth::resource::Resource;
use jeton_store::Action;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateApplication {
    project_id: Option<String>,
    application_id: Option<String>,
    name: String,
    api_configuration: Option<ApiConfiguration>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApiConfiguration {
    auth_method_type: Option<String>,
    /// Ours: the URI by which token requests name it (RFC 8707).
    resource: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedApplication {
    application_id: String,
    creation_date: Date,
    api_configuration: CreatedApi,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedApi {
    client_id: String,
    /// Empty for an API that will authenticate with a key.
    client_secret: String,
}

pub(super) async fn create(
    management: &Management,
    request: Result<CreateApplication, ApiError>,
) -> Result<CreatedApplication, ApiError> {
    let request = request?;
    let Some(api) = request.api_configuration else {
        return Err(ApiError::new(
            Code::Unimplemented,
            "only APIs can be created here: people do not sign in to applications; send apiConfiguration",
        ));
    };
    let by_secret = match api.auth_method_type.as_deref() {
        None | Some("" | "API_AUTH_METHOD_TYPE_BASIC") => true,
        Some("API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT") => false,
        Some(_) => {
            return Err(ApiError::invalid(
                "authMethodType must be API_AUTH_METHOD_TYPE_BASIC or API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT",
            ));
        }
    };
    let resource = api.resource.as_deref().filter(|uri| !uri.is_empty()).map(Resource::parse).transpose();
    let resource = resource.map_err(|error| ApiError::invalid(error.to_string()))?;
    if request.name.is_empty() {
        return Err(ApiError::invalid("name must not be empty"));
    }
    let name = parse_text("name", &request.name)?;
    let project = match request.project_id.as_deref() {
        None | Some("") => None,
        Some(id) => Some(parse_project(id)?),
    };
    let now = management.now();
    let id = match request.application_id.as_deref() {
        None | Some("") => ClientId(management.worker.app.store.next_id(now)),
        Some(id) => {
            ClientId::parse(id).map_err(|error| ApiError::invalid(format!("applicationId: {error}")))?
        }
    };
    let (secret, credential) = match by_secret {
        true => {
            management.mint_credential(&SecretOptions::default(), now).map(|(s, c)| (Some(s), Some(c)))?
        }
        false => (None, None),
    };
    let action = Action::CreateApi { name, project, resource, credential };
    let client = management.change(id, action, now).await?;
    Ok(CreatedApplication {
        application_id: client.id.to_string(),
        creation_date: Date(client.created),
        api_configuration: CreatedApi {
            client_id: client.name.to_string(),
            client_secret: secret.map(|secret| secret.text().expose().to_owned()).unwrap_or_default(),
        },
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListApplications {
    pagination: Page,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Applications {
    pagination: Pagination,
    applications: Vec<Application>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Application {
    application_id: String,
    project_id: String,
    name: String,
    state: &'static str,
    creation_date: Date,
    change_date: Date,
    api_configuration: ListedApi,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedApi {
    client_id: String,
    auth_method_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
}

pub(super) fn list(
    management: &Management,
    request: Result<ListApplications, ApiError>,
) -> Result<Applications, ApiError> {
    let request = request?;
    let mut found = Vec::new();
    management.worker.app.store.snapshot()?.for_each_client(ClientId(0), |client| {
        found.extend(Application::of(&client));
        ControlFlow::Continue(())
    })?;
    if !request.pagination.asc {
        found.reverse();
    }
    Ok(Applications { pagination: Pagination::of(found.len()), applications: request.pagination.cut(found) })
}

impl Application {
    fn of(client: &Client) -> Option<Self> {
        let api = client.api()?;
        Some(Self {
            application_id: client.id.to_string(),
            project_id: api.project.to_string(),
            name: api.name.to_string(),
            state: match client.state {
                ClientState::Active => "APPLICATION_STATE_ACTIVE",
                ClientState::Inactive => "APPLICATION_STATE_INACTIVE",
            },
            creation_date: Date(client.created),
            change_date: Date(client.changed),
            api_configuration: ListedApi {
                client_id: client.name.to_string(),
                auth_method_type: if client.credentials.iter().any(Credential::is_secret) {
                    "API_AUTH_METHOD_TYPE_BASIC"
                } else {
                    "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT"
                },
                resource: api.resource.as_ref().map(ToString::to_string),
            },
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByApplicationId {
    application_id: String,
}

pub(super) async fn delete(
    management: &Management,
    request: Result<ByApplicationId, ApiError>,
) -> Result<Deleted, ApiError> {
    let known = management.find_api(&request?.application_id)?;
    let now = management.now();
    management.change(known.client.id, Action::Delete, now).await?;
    Ok(Deleted { deletion_date: Date(now) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GenerateClientSecret {
    application_id: String,
    #[serde(flatten)]
    options: SecretOptions,
}

pub(super) async fn generate_secret(
    management: &Management,
    request: Result<GenerateClientSecret, ApiError>,
) -> Result<AddedSecret, ApiError> {
    let request = request?;
    let known = management.find_api(&request.application_id)?;
    management.add_secret(&known.client, &request.options).await
}
