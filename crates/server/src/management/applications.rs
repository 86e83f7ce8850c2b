//! APIs, which introspect tokens: `zitadel.application.v2.ApplicationService`.

use super::ApiError;
use super::call::{Call, parse_project};
use super::json::{Changed, Date, DateInput, Deleted, Seconds, parse_name};
use super::pages::{Page, Pagination};
use super::secrets::{AddedSecret, SecretOptions};
use super::text_match::{Method, read_each};
use jeton_domain::client::{Client, ClientState};
use jeton_domain::credential::Credential;
use jeton_domain::id::{ClientId, ProjectId};
use jeton_domain::permission::Permission;
use jeton_domain::resource::Resource;
use jeton_domain::time::Timestamp;
use jeton_store::operation::ClientUpdate;
use jeton_store::query::{self, ApplicationOrder, ApplicationPlace, ApplicationQuery, Within};
use jeton_store::{ClientOperation, Operation, Versioned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateApplication {
    project_id: Option<String>,
    application_id: Option<String>,
    name: String,
    api_configuration: ApiConfiguration,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ApiConfiguration {
    auth_method_type: AuthMethod,
    /// Jeton extension: the URI by which token requests name it (RFC 8707).
    resource: Option<String>,
}

const BY_SECRET: &str = "API_AUTH_METHOD_TYPE_BASIC";
const BY_KEY: &str = "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
enum AuthMethod {
    #[default]
    #[serde(rename = "API_AUTH_METHOD_TYPE_BASIC")]
    Secret,
    #[serde(rename = "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT")]
    Key,
}

impl AuthMethod {
    /// The method of an API: a secret as long as it has one.
    fn of(api: &Client) -> Self {
        if api.credentials.iter().any(Credential::is_secret) { Self::Secret } else { Self::Key }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Secret => BY_SECRET,
            Self::Key => BY_KEY,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedApplication {
    application_id: String,
    creation_date: Date,
    api_configuration: CreatedApi,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CreatedApi {
    client_id: String,
    /// Empty for an API that will authenticate with a key.
    client_secret: String,
}

pub(super) async fn create(call: &Call, request: CreateApplication) -> Result<CreatedApplication, ApiError> {
    let api = request.api_configuration;
    let resource = api.resource.as_deref().map(Resource::parse).transpose();
    let resource =
        resource.map_err(|error| ApiError::invalid(format!("apiConfiguration.resource: {error}")))?;
    let name = parse_name("name", &request.name)?;
    let project = match request.project_id.as_deref() {
        None => call.instance()?.default_project,
        Some(id) => parse_project("projectId", id)?,
    };
    call.project(&project.to_string(), Permission::ProjectWrite)?;
    let now = call.moment();
    let id = match request.application_id.as_deref() {
        None => ClientId(call.next_id()),
        Some(id) => {
            ClientId::parse(id).map_err(|error| ApiError::invalid(format!("applicationId: {error}")))?
        }
    };
    let minted = if api.auth_method_type == AuthMethod::Secret {
        Some(call.mint_credential(&SecretOptions::default(), now)?)
    } else {
        None
    };
    let (secret, credential) = minted.unzip();
    let client =
        call.change(id, ClientOperation::CreateApi { name, project, resource, credential }, now.wall).await?;
    Ok(CreatedApplication {
        application_id: client.id.to_string(),
        creation_date: Date(client.created),
        api_configuration: CreatedApi {
            client_id: client.name.to_string(),
            client_secret: secret.map(|secret| secret.text().expose().to_owned()).unwrap_or_default(),
        },
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateApplication {
    application_id: String,
    project_id: Option<String>,
    name: Option<String>,
    #[serde(default)]
    api_configuration: ApiConfigurationUpdate,
}

/// Neither member can be changed: the method follows from the credentials, and tokens name the resource.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ApiConfigurationUpdate {
    auth_method_type: Option<AuthMethod>,
    resource: Option<String>,
}

impl ApiConfigurationUpdate {
    /// Refuses values that differ from those of the API.
    fn check(&self, api: &Client) -> Result<(), ApiError> {
        let own = AuthMethod::of(api);
        if self.auth_method_type.is_some_and(|method| method != own) {
            return Err(ApiError::invalid(format!(
                "apiConfiguration.authMethodType: follows from the credentials of the API and is {}; add a secret or \
                 a key, or remove its secrets",
                own.name()
            )));
        }
        let resource = api.api().and_then(|api| api.resource.as_ref()).map(ToString::to_string);
        if self.resource.is_some() && self.resource != resource {
            return Err(ApiError::invalid(
                "apiConfiguration.resource: is set when the application is created; tokens name it",
            ));
        }
        Ok(())
    }
}

pub(super) async fn update(call: &Call, request: UpdateApplication) -> Result<Changed, ApiError> {
    let known = call.application(&request.application_id, request.project_id.as_deref())?;
    request.api_configuration.check(&known.client)?;
    let Some(name) = request.name.as_deref() else {
        return Ok(Changed { change_date: Date(known.client.changed) });
    };
    let client =
        call.update(known.client.id, ClientUpdate::EditApi(parse_name("name", name)?), call.now()).await?;
    Ok(Changed { change_date: Date(client.changed) })
}

impl Call {
    /// An application that the caller may change; the project is checked if it is named.
    pub(super) fn application(&self, id: &str, project: Option<&str>) -> Result<Versioned, ApiError> {
        let known = self.api(id, Permission::ProjectWrite)?;
        let own = known.client.api().map(|api| api.project.to_string());
        match project {
            Some(named) if Some(named) != own.as_deref() => {
                Err(ApiError::not_found(format!("projectId: application {id} is not in this project")))
            }
            _ => Ok(known),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByApplicationId {
    application_id: String,
    project_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deactivated {
    deactivation_date: Date,
}

pub(super) async fn deactivate(call: &Call, request: ByApplicationId) -> Result<Deactivated, ApiError> {
    if let Some(id) = call.unreadable_client(&request.application_id)? {
        let ended = call
            .end_unreadable(Operation::Client(id, ClientOperation::Update(ClientUpdate::Deactivate)))
            .await?;
        return Ok(Deactivated { deactivation_date: Date(ended) });
    }
    let known = call.application(&request.application_id, request.project_id.as_deref())?;
    let client = call.update(known.client.id, ClientUpdate::Deactivate, call.now()).await?;
    Ok(Deactivated { deactivation_date: Date(client.changed) })
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reactivated {
    reactivation_date: Date,
}

pub(super) async fn reactivate(call: &Call, request: ByApplicationId) -> Result<Reactivated, ApiError> {
    let known = call.application(&request.application_id, request.project_id.as_deref())?;
    let client = call.update(known.client.id, ClientUpdate::Reactivate, call.now()).await?;
    Ok(Reactivated { reactivation_date: Date(client.changed) })
}

pub(super) async fn delete(call: &Call, request: ByApplicationId) -> Result<Deleted, ApiError> {
    if let Some(id) = call.unreadable_client(&request.application_id)? {
        return Ok(Deleted::at(call.end_unreadable(Operation::Client(id, ClientOperation::Delete)).await?));
    }
    let known = call.application(&request.application_id, request.project_id.as_deref())?;
    let now = call.now();
    call.change(known.client.id, ClientOperation::Delete, now).await?;
    Ok(Deleted::at(now))
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct GotApplication {
    application: Application,
}

pub(super) async fn get(call: &Call, request: ByApplicationId) -> Result<GotApplication, ApiError> {
    let known = call.api(&request.application_id, Permission::ProjectRead)?;
    Ok(GotApplication { application: Application::of(&known.client).ok_or_else(ApiError::internal)? })
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListApplications {
    pagination: Page,
    sorting_column: ApplicationColumn,
    filters: Vec<ApplicationFilter>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
enum ApplicationColumn {
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

#[derive(Debug, Deserialize)]
enum ApplicationFilter {
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
enum State {
    #[serde(rename = "APPLICATION_STATE_ACTIVE")]
    Active,
    #[serde(rename = "APPLICATION_STATE_INACTIVE")]
    Inactive,
    #[serde(rename = "APPLICATION_STATE_REMOVED")]
    Removed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Type {
    #[serde(rename = "APPLICATION_TYPE_API")]
    Api,
    #[serde(rename = "APPLICATION_TYPE_OIDC")]
    Oidc,
    #[serde(rename = "APPLICATION_TYPE_SAML")]
    Saml,
}

const fn state(client: &Client) -> State {
    match client.state {
        ClientState::Active => State::Active,
        ClientState::Inactive | ClientState::Locked => State::Inactive,
    }
}

impl ApplicationFilter {
    /// The filter, if it is not about projects alone.
    fn read(&self) -> Result<Option<query::ApplicationFilter>, ApiError> {
        use query::ApplicationFilter as Filter;
        Ok(match self {
            Self::Project { .. } => None,
            Self::Name { name, method } => Some(Filter::Name(method.wanting("nameFilter.name", name)?)),
            // Text that is not an id matches nothing. The client id of an API is its id.
            Self::ClientId { client_id } => {
                Some(Filter::Ids(ClientId::parse(client_id).into_iter().collect()))
            }
            Self::State(State::Removed) | Self::Type(Type::Oidc | Type::Saml) => Some(Filter::Nothing),
            Self::State(state) => Some(Filter::Active(*state == State::Active)),
            Self::Type(Type::Api) => None,
        })
    }
}

impl ApplicationColumn {
    /// The order, with its name in page tokens.
    const fn order(self) -> (ApplicationOrder, &'static str) {
        match self {
            Self::Id => (ApplicationOrder::Id, "applications"),
            Self::Name => (ApplicationOrder::Name, "applications by name"),
            Self::State => (ApplicationOrder::State, "applications by state"),
            Self::Created => (ApplicationOrder::Created, "applications by creation"),
            Self::Changed => (ApplicationOrder::Changed, "applications by change"),
        }
    }
}

/// A place in a page token: its number, its text, and the id.
type InToken = (u64, Box<str>, u64);

fn to_token(place: &ApplicationPlace) -> InToken {
    match place {
        ApplicationPlace::Id(id) => (0, "".into(), id.0),
        ApplicationPlace::Name(name, id) => (0, name.clone(), id.0),
        ApplicationPlace::State(is_inactive, id) => (u64::from(*is_inactive), "".into(), id.0),
        ApplicationPlace::Time(time, id) => (time.0, "".into(), id.0),
    }
}

fn of_token(order: ApplicationOrder, (number, text, id): InToken) -> ApplicationPlace {
    let id = ClientId(id);
    match order {
        ApplicationOrder::Id => ApplicationPlace::Id(id),
        ApplicationOrder::Name => ApplicationPlace::Name(text, id),
        ApplicationOrder::State => ApplicationPlace::State(number > 0, id),
        ApplicationOrder::Created | ApplicationOrder::Changed => {
            ApplicationPlace::Time(Timestamp(number), id)
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Applications {
    pagination: Pagination,
    applications: Vec<Application>,
    /// Jeton extension: token of the next page; absent on the last one. With filters a page looks at a
    /// bounded number of applications, so it may be short, even empty, and still have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// Jeton extension: ids of applications whose record can't be read, left out of the listing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Application {
    application_id: String,
    project_id: String,
    name: String,
    state: State,
    creation_date: Date,
    change_date: Date,
    api_configuration: ListedApi,
    /// Jeton extension: the event of its last change; accepted by `If-Match`.
    sequence: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListedApi {
    client_id: String,
    auth_method_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
}

pub(super) async fn list(call: &Call, request: ListApplications) -> Result<Applications, ApiError> {
    let snapshot = call.snapshot()?;
    let mut within = call.projects_with(Permission::ProjectRead, snapshot.instance());
    for filter in &request.filters {
        if let ApplicationFilter::Project { project_id } = filter {
            within = within.and(&Within::These(ProjectId::parse(project_id).into_iter().collect()));
        }
    }
    let filters = read_each("filters", &request.filters, ApplicationFilter::read)?;
    let (order, name) = request.sorting_column.order();
    let tokens = call.page_tokens();
    let query = ApplicationQuery {
        within,
        filters: filters.into_iter().flatten().collect(),
        order,
        page: request.pagination.of_query(tokens, name, |place| of_token(order, place))?,
    };
    let listed = snapshot.list_applications(&query).map_err(|error| tokens.refused(error))?;
    Ok(Applications {
        pagination: request.pagination.pagination(listed.total),
        applications: listed.found.iter().filter_map(|client| Application::of(client)).collect(),
        next_page_token: listed.next.map(|place| tokens.seal(name, &to_token(&place))),
        unreadable: call.told(listed.unreadable, Permission::ProjectRead),
    })
}

impl Application {
    fn of(client: &Client) -> Option<Self> {
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
                auth_method_type: AuthMethod::of(client).name(),
                resource: api.resource.as_ref().map(ToString::to_string),
            },
            sequence: client.act.to_string(),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GenerateClientSecret {
    application_id: String,
    project_id: Option<String>,
    #[serde(default)]
    label: String,
    expiration_date: Option<DateInput>,
    lifetime: Option<Seconds>,
    overlap: Option<Seconds>,
    #[serde(default)]
    keep_others: bool,
}

pub(super) async fn generate_secret(
    call: &Call,
    request: GenerateClientSecret,
) -> Result<AddedSecret, ApiError> {
    let known = call.application(&request.application_id, request.project_id.as_deref())?;
    let GenerateClientSecret { label, expiration_date, lifetime, overlap, keep_others, .. } = request;
    let options = SecretOptions { label, expiration_date, lifetime, overlap, keep_others };
    call.add_secret(&known.client, &options).await
}
