//! APIs, which introspect tokens: `zitadel.application.v2.ApplicationService`.

use crate::page::{Page, Pagination};
use crate::text::Method;
use crate::values::{Date, DateInput, Seconds};
use jeton_domain::client::{Client, ClientState};
use jeton_domain::credential::Credential;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateApplication {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
    pub name: String,
    pub api_configuration: ApiConfiguration,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApiConfiguration {
    pub auth_method_type: AuthMethod,
    /// Jeton extension: the URI by which token requests name it (RFC 8707).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

const BY_SECRET: &str = "API_AUTH_METHOD_TYPE_BASIC";

const BY_KEY: &str = "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthMethod {
    #[default]
    #[serde(rename = "API_AUTH_METHOD_TYPE_BASIC")]
    Secret,
    #[serde(rename = "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT")]
    Key,
}

impl AuthMethod {
    /// The method of an API: a secret as long as it has one.
    pub fn of(api: &Client) -> Self {
        if api.credentials.iter().any(Credential::is_secret) { Self::Secret } else { Self::Key }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Secret => BY_SECRET,
            Self::Key => BY_KEY,
        }
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedApplication {
    pub application_id: String,
    pub creation_date: Date,
    pub api_configuration: CreatedApi,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedApi {
    pub client_id: String,
    /// Empty for an API that will authenticate with a key.
    pub client_secret: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateApplication {
    pub application_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default)]
    pub api_configuration: ApiConfigurationUpdate,
}

/// Neither member can be changed: the method follows from the credentials, and tokens name the resource.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApiConfigurationUpdate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_method_type: Option<AuthMethod>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ByApplicationId {
    pub application_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deactivated {
    pub deactivation_date: Date,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reactivated {
    pub reactivation_date: Date,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct GotApplication {
    pub application: Application,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListApplications {
    pub pagination: Page,
    pub sorting_column: ApplicationColumn,
    pub filters: Vec<ApplicationFilter>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub enum ApplicationColumn {
    #[default]
    #[serde(rename = "APPLICATION_SORT_BY_ID")]
    Id,
    #[serde(rename = "APPLICATION_SORT_BY_NAME")]
    Name,
    #[serde(rename = "APPLICATION_SORT_BY_STATE")]
    State,
    #[serde(rename = "APPLICATION_SORT_BY_CREATION_DATE")]
    Created,
    #[serde(rename = "APPLICATION_SORT_BY_CHANGE_DATE")]
    Changed,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum ApplicationFilter {
    #[serde(rename = "projectIdFilter", rename_all = "camelCase")]
    Project { project_id: String },
    #[serde(rename = "nameFilter")]
    Name {
        #[serde(default)]
        name: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "clientIdFilter", rename_all = "camelCase")]
    ClientId { client_id: String },
    #[serde(rename = "stateFilter")]
    State(State),
    #[serde(rename = "typeFilter")]
    Type(Type),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ApplicationState")]
pub enum State {
    #[serde(rename = "APPLICATION_STATE_ACTIVE")]
    Active,
    #[serde(rename = "APPLICATION_STATE_INACTIVE")]
    Inactive,
    #[serde(rename = "APPLICATION_STATE_REMOVED")]
    Removed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    #[serde(rename = "APPLICATION_TYPE_API")]
    Api,
    #[serde(rename = "APPLICATION_TYPE_OIDC")]
    Oidc,
    #[serde(rename = "APPLICATION_TYPE_SAML")]
    Saml,
}

pub const fn state(client: &Client) -> State {
    match client.state {
        ClientState::Active => State::Active,
        ClientState::Inactive | ClientState::Locked => State::Inactive,
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Applications {
    pub pagination: Pagination,
    pub applications: Vec<Application>,
    /// Jeton extension: token of the next page; absent on the last one. With filters a page looks at a
    /// bounded number of applications, so it may be short, even empty, and still have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// Jeton extension: ids of applications whose record can't be read, left out of the listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    pub application_id: String,
    pub project_id: String,
    pub name: String,
    pub state: State,
    pub creation_date: Date,
    pub change_date: Date,
    pub api_configuration: ListedApi,
    /// Jeton extension: the event of its last change; accepted by `If-Match`.
    pub sequence: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedApi {
    pub client_id: String,
    pub auth_method_type: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

impl Application {
    pub fn of(client: &Client) -> Option<Self> {
        let api = client.api()?;
        Some(Self {
            application_id: client.id.to_string(),
            project_id: api.project.to_string(),
            name: api.name.to_string(),
            state: state(client),
            creation_date: Date(client.created),
            change_date: Date(client.changed),
            api_configuration: ListedApi {
                client_id: client.name.to_string(),
                auth_method_type: AuthMethod::of(client).name().into(),
                resource: api.resource.as_ref().map(ToString::to_string),
            },
            sequence: client.event_id.to_string(),
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GenerateClientSecret {
    pub application_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    #[serde(default)]
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<DateInput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Seconds>,
    #[serde(default)]
    pub keep_others: bool,
}
