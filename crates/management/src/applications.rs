//! APIs, which introspect tokens: `zitadel.application.v2.ApplicationService`.

use super::ApiError;
use super::access::parse_project;
use super::call::Call;
use super::handle::Handle;
use super::json::parse_name;
use super::pages::pagination;
use super::secrets::SecretOptions;
use super::text_match::read_each;
use super::text_match::wanting;
use jeton_api::applications::{
    ApiConfigurationUpdate, Application, ApplicationColumn, ApplicationFilter, Applications, AuthMethod,
    ByApplicationId, CreateApplication, CreatedApi, CreatedApplication, Deactivated, GenerateClientSecret,
    GotApplication, ListApplications, Reactivated, State, Type, UpdateApplication,
};
use jeton_api::calls::application;
use jeton_api::secrets::AddedSecret;
use jeton_api::values::{Changed, Date, Deleted};
use jeton_domain::admin::{ClientOperation, ClientUpdate, Operation};
use jeton_domain::client::Client;
use jeton_domain::id::{ClientId, ProjectId};
use jeton_domain::permission::Permission;
use jeton_domain::resource::Resource;
use jeton_domain::time::Timestamp;
use jeton_store::Versioned;
use jeton_store::query::{self, ApplicationOrder, ApplicationPlace, ApplicationQuery, Within};

impl Handle for application::CreateApplication {
    async fn handle(call: &Call, request: CreateApplication) -> Result<CreatedApplication, ApiError> {
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
        let client = call
            .change(id, ClientOperation::CreateApi { name, project, resource, credential }, now.wall)
            .await?;
        Ok(CreatedApplication {
            application_id: client.id.to_string(),
            creation_date: Date(client.created),
            api_configuration: CreatedApi {
                client_id: client.name.to_string(),
                client_secret: secret.map(|secret| secret.text().expose().to_owned()).unwrap_or_default(),
            },
        })
    }
}

/// Refuses values that differ from those of the API.
fn check_unchanged(update: &ApiConfigurationUpdate, api: &Client) -> Result<(), ApiError> {
    let own = AuthMethod::of(api);
    if update.auth_method_type.is_some_and(|method| method != own) {
        return Err(ApiError::invalid(format!(
            "apiConfiguration.authMethodType: follows from the credentials of the API and is {}; add a secret or \
                 a key, or remove its secrets",
            own.name()
        )));
    }
    let resource = api.api().and_then(|api| api.resource.as_ref()).map(ToString::to_string);
    if update.resource.is_some() && update.resource != resource {
        return Err(ApiError::invalid(
            "apiConfiguration.resource: is set when the application is created; tokens name it",
        ));
    }
    Ok(())
}

impl Handle for application::UpdateApplication {
    async fn handle(call: &Call, request: UpdateApplication) -> Result<Changed, ApiError> {
        let known = call.application(&request.application_id, request.project_id.as_deref())?;
        check_unchanged(&request.api_configuration, &known.client)?;
        let Some(name) = request.name.as_deref() else {
            return Ok(Changed { change_date: Date(known.client.changed) });
        };
        let client = call
            .update(known.client.id, ClientUpdate::EditApi(parse_name("name", name)?), call.now())
            .await?;
        Ok(Changed { change_date: Date(client.changed) })
    }
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

impl Handle for application::DeactivateApplication {
    async fn handle(call: &Call, request: ByApplicationId) -> Result<Deactivated, ApiError> {
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
}

impl Handle for application::ReactivateApplication {
    async fn handle(call: &Call, request: ByApplicationId) -> Result<Reactivated, ApiError> {
        let known = call.application(&request.application_id, request.project_id.as_deref())?;
        let client = call.update(known.client.id, ClientUpdate::Reactivate, call.now()).await?;
        Ok(Reactivated { reactivation_date: Date(client.changed) })
    }
}

impl Handle for application::DeleteApplication {
    async fn handle(call: &Call, request: ByApplicationId) -> Result<Deleted, ApiError> {
        if let Some(id) = call.unreadable_client(&request.application_id)? {
            return Ok(Deleted::at(
                call.end_unreadable(Operation::Client(id, ClientOperation::Delete)).await?,
            ));
        }
        let known = call.application(&request.application_id, request.project_id.as_deref())?;
        let now = call.now();
        call.change(known.client.id, ClientOperation::Delete, now).await?;
        Ok(Deleted::at(now))
    }
}

impl Handle for application::GetApplication {
    async fn handle(call: &Call, request: ByApplicationId) -> Result<GotApplication, ApiError> {
        let known = call.api(&request.application_id, Permission::ProjectRead)?;
        Ok(GotApplication { application: Application::of(&known.client).ok_or_else(ApiError::internal)? })
    }
}

/// The filter, if it is not about projects alone.
fn read_filter(filter: &ApplicationFilter) -> Result<Option<query::ApplicationFilter>, ApiError> {
    use query::ApplicationFilter as Filter;
    Ok(match filter {
        ApplicationFilter::Project { .. } => None,
        ApplicationFilter::Name { name, method } => {
            Some(Filter::Name(wanting(*method, "nameFilter.name", name)?))
        }
        // Text that is not an id matches nothing. The client id of an API is its id.
        ApplicationFilter::ClientId { client_id } => {
            Some(Filter::Ids(ClientId::parse(client_id).into_iter().collect()))
        }
        ApplicationFilter::State(State::Removed) | ApplicationFilter::Type(Type::Oidc | Type::Saml) => {
            Some(Filter::Nothing)
        }
        ApplicationFilter::State(state) => Some(Filter::Active(*state == State::Active)),
        ApplicationFilter::Type(Type::Api) => None,
    })
}

/// The order, with its name in page tokens.
const fn order_of(column: ApplicationColumn) -> (ApplicationOrder, &'static str) {
    match column {
        ApplicationColumn::Id => (ApplicationOrder::Id, "applications"),
        ApplicationColumn::Name => (ApplicationOrder::Name, "applications by name"),
        ApplicationColumn::State => (ApplicationOrder::State, "applications by state"),
        ApplicationColumn::Created => (ApplicationOrder::Created, "applications by creation"),
        ApplicationColumn::Changed => (ApplicationOrder::Changed, "applications by change"),
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

impl Handle for application::ListApplications {
    async fn handle(call: &Call, request: ListApplications) -> Result<Applications, ApiError> {
        let snapshot = call.snapshot()?;
        let mut within = call.projects_with(Permission::ProjectRead, snapshot.instance());
        for filter in &request.filters {
            if let ApplicationFilter::Project { project_id } = filter {
                within = within.and(&Within::These(ProjectId::parse(project_id).into_iter().collect()));
            }
        }
        let filters = read_each("filters", &request.filters, read_filter)?;
        let (order, name) = order_of(request.sorting_column);
        let tokens = call.page_tokens();
        let query = ApplicationQuery {
            within,
            filters: filters.into_iter().flatten().collect(),
            order,
            page: tokens.of_query(&request.pagination, name, |place| of_token(order, place))?,
        };
        let listed = snapshot.list_applications(&query).map_err(|error| tokens.refused(error))?;
        Ok(Applications {
            pagination: pagination(&request.pagination, listed.total),
            applications: listed.found.iter().filter_map(|client| Application::of(client)).collect(),
            next_page_token: listed.next.map(|place| tokens.seal(name, &to_token(&place))),
            unreadable: call.told(listed.unreadable, Permission::ProjectRead),
        })
    }
}

impl Handle for application::GenerateClientSecret {
    async fn handle(call: &Call, request: GenerateClientSecret) -> Result<AddedSecret, ApiError> {
        let known = call.application(&request.application_id, request.project_id.as_deref())?;
        let GenerateClientSecret { label, expiration_date, lifetime, overlap, keep_others, .. } = request;
        let options = SecretOptions { label, expiration_date, lifetime, overlap, keep_others };
        call.add_secret(&known.client, &options).await
    }
}
