//! APIs, which introspect tokens: `zitadel.application.v2.ApplicationService`.

use super::json::{Date, Deleted, Page, parse_text};
use super::secrets::{AddedSecret, SecretOptions};
use super::{ApiError, Code, Management};
use jeton_oauth::client::{Client, ClientState};
use jeton_oauth::id::{ClientId, ProjectId};
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
    match api.auth_method_type.as_deref() {
        None | Some("" | "API_AUTH_METHOD_TYPE_BASIC") => {}
        Some("API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT") => {
            return Err(ApiError::new(Code::Unimplemented, "private_key_jwt is not available yet"));
        }
        Some(_) => return Err(ApiError::invalid("authMethodType must be API_AUTH_METHOD_TYPE_BASIC")),
    }
    if request.name.is_empty() {
        return Err(ApiError::invalid("name must not be empty"));
    }
    let name = parse_text("name", &request.name)?;
    let project = match request.project_id.as_deref() {
        None | Some("") => None,
        Some(id) => {
            Some(ProjectId::parse(id).map_err(|error| ApiError::invalid(format!("projectId: {error}")))?)
        }
    };
    let now = management.now();
    let id = match request.application_id.as_deref() {
        None | Some("") => ClientId(management.worker.app.store.next_id(now)),
        Some(id) => {
            ClientId::parse(id).map_err(|error| ApiError::invalid(format!("applicationId: {error}")))?
        }
    };
    let (secret, credential) = management.mint_credential(&SecretOptions::default(), now)?;
    let client = management.change(id, Action::CreateApi { name, project, credential }, now).await?;
    Ok(CreatedApplication {
        application_id: client.id.to_string(),
        creation_date: Date(client.created),
        api_configuration: CreatedApi {
            client_id: client.name.to_string(),
            client_secret: secret.text().expose().to_owned(),
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
struct Pagination {
    total_result: String,
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
    let total_result = found.len().to_string();
    Ok(Applications { pagination: Pagination { total_result }, applications: request.pagination.cut(found) })
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
                auth_method_type: "API_AUTH_METHOD_TYPE_BASIC",
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
