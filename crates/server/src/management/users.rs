//! Service users: `zitadel.user.v2.UserService`.

use super::filter::Query;
use super::json::{Date, Deleted, ListDetails, Page, parse_text};
use super::machine::{Machine, MachineInput};
use super::{ApiError, Code, Management};
use jeton_oauth::client::{Client, ClientState};
use jeton_oauth::id::{ClientId, ClientName};
use jeton_oauth::service_user::ServiceUser;
use jeton_oauth::time::Timestamp;
use jeton_store::{Action, command::Update};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// Attempts to find a free id when none was asked for: an id that was chosen by hand may be in the way.
const ID_ATTEMPTS: usize = 16;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateUser {
    organization_id: Option<String>,
    user_id: Option<String>,
    username: Option<String>,
    machine: Option<MachineInput>,
    human: Option<serde_json::Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedUser {
    id: String,
    /// Ours: the same under the name that the other calls use.
    user_id: String,
    creation_date: Date,
}

pub(super) async fn create(
    management: &Management,
    request: Result<CreateUser, ApiError>,
) -> Result<CreatedUser, ApiError> {
    let request = request?;
    if request.human.is_some() {
        return Err(ApiError::new(
            Code::Unimplemented,
            "there are no human users here; create a machine user",
        ));
    }
    let Some(machine) = request.machine else {
        return Err(ApiError::invalid("machine is missing: say what kind of user to create"));
    };
    management.check_organization(request.organization_id.as_deref())?;
    let name = machine.name.as_deref().filter(|name| !name.is_empty()).or(request.username.as_deref());
    let name = parse_text("machine.name", name.unwrap_or_default())?;
    let user = ServiceUser { name, ..ServiceUser::default().edited(machine.to_edit()?) };
    let now = management.now();
    if let Some(id) = request.user_id.as_deref().filter(|id| !id.is_empty()) {
        let id = ClientId::parse(id).map_err(|error| ApiError::invalid(format!("userId: {error}")))?;
        return create_with_id(management, id, request.username.as_deref(), user, now).await;
    }
    for _ in 0..ID_ATTEMPTS {
        let id = ClientId(management.worker.app.store.next_id(now));
        match create_with_id(management, id, request.username.as_deref(), user.clone(), now).await {
            Err(error) if error == jeton_oauth::client::Refusal::IdTaken.into() => {}
            done => return done,
        }
    }
    Err(ApiError::internal())
}

async fn create_with_id(
    management: &Management,
    id: ClientId,
    username: Option<&str>,
    user: ServiceUser,
    now: Timestamp,
) -> Result<CreatedUser, ApiError> {
    // ZITADEL names a user without a username by its id; a name of digits alone could be another's id.
    let derived = format!("user-{id}");
    let username = username.filter(|name| !name.is_empty()).unwrap_or(&derived);
    let name =
        ClientName::username(username).map_err(|error| ApiError::invalid(format!("username: {error}")))?;
    let client = management.change(id, Action::CreateServiceUser { name, user }, now).await?;
    let id = client.id.to_string();
    Ok(CreatedUser { user_id: id.clone(), id, creation_date: Date(client.created) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateUser {
    user_id: String,
    username: Option<String>,
    machine: Option<MachineInput>,
    human: Option<serde_json::Value>,
}

pub(super) async fn edit(
    management: &Management,
    request: Result<UpdateUser, ApiError>,
) -> Result<Changed, ApiError> {
    let request = request?;
    if request.human.is_some() {
        return Err(ApiError::new(Code::Unimplemented, "there are no human users here"));
    }
    let known = management.find_user(&request.user_id)?;
    let username = request.username.as_deref().map(ClientName::username).transpose();
    let username = username.map_err(|error| ApiError::invalid(format!("username: {error}")))?;
    let edit = Box::new(request.machine.unwrap_or_default().to_edit()?);
    let update = Action::Update(Update::Edit { username, edit });
    let changed = management.change(known.client.id, update, management.now()).await?;
    Ok(Changed { change_date: Date(changed.changed) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByUserId {
    user_id: String,
}

#[derive(Debug, Serialize)]
pub(super) struct GotUser {
    details: Details,
    user: User,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    change_date: Date,
    resource_owner: String,
    creation_date: Date,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    user_id: String,
    details: Details,
    state: &'static str,
    username: String,
    login_names: [String; 1],
    preferred_login_name: String,
    machine: Machine,
}

pub(super) fn get(management: &Management, request: Result<ByUserId, ApiError>) -> Result<GotUser, ApiError> {
    let known = management.find_user(&request?.user_id)?;
    let organization = management.organization()?;
    let user = User::of(&known.client, organization, management.now()).ok_or_else(ApiError::internal)?;
    Ok(GotUser { details: Details::of(&known.client, organization), user })
}

impl Details {
    fn of(client: &Client, organization: u64) -> Self {
        Self {
            change_date: Date(client.changed),
            resource_owner: organization.to_string(),
            creation_date: Date(client.created),
        }
    }
}

impl User {
    fn of(client: &Client, organization: u64, now: Timestamp) -> Option<Self> {
        let user = client.service_user()?;
        let username = client.name.to_string();
        Some(Self {
            user_id: client.id.to_string(),
            details: Details::of(client, organization),
            state: match client.state {
                ClientState::Active => "USER_STATE_ACTIVE",
                ClientState::Inactive => "USER_STATE_INACTIVE",
            },
            username: username.clone(),
            login_names: [username.clone()],
            preferred_login_name: username,
            machine: Machine::of(client, user, now),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub(super) struct ListUsers {
    query: Page,
    sorting_column: Option<String>,
    queries: Vec<Query>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Users {
    details: ListDetails,
    #[serde(skip_serializing_if = "Option::is_none")]
    sorting_column: Option<String>,
    result: Vec<User>,
}

pub(super) fn list(management: &Management, request: Result<ListUsers, ApiError>) -> Result<Users, ApiError> {
    let request = request?;
    for query in &request.queries {
        query.check(0)?;
    }
    let organization = management.organization()?;
    let mut found = Vec::new();
    management.worker.app.store.snapshot()?.for_each_client(ClientId(0), |client| {
        if client.service_user().is_some()
            && request.queries.iter().all(|query| query.matches(&client, organization))
        {
            found.push(client);
        }
        ControlFlow::Continue(())
    })?;
    sort(&mut found, request.sorting_column.as_deref(), request.query.asc)?;
    let total = found.len();
    let now = management.now();
    let page = request.query.cut(found);
    Ok(Users {
        details: ListDetails { total_result: total.to_string(), timestamp: Date(now) },
        sorting_column: request.sorting_column,
        result: page.iter().filter_map(|client| User::of(client, organization, now)).collect(),
    })
}

/// Newest first unless asked otherwise, as in ZITADEL.
fn sort(clients: &mut [Client], column: Option<&str>, ascending: bool) -> Result<(), ApiError> {
    let display = |client: &Client| client.service_user().map(|user| user.name.as_str().to_lowercase());
    match column {
        None | Some("" | "USER_FIELD_NAME_UNSPECIFIED" | "USER_FIELD_NAME_CREATION_DATE") => {
            clients.sort_by_key(|client| (client.created, client.id));
        }
        Some("USER_FIELD_NAME_USER_NAME") => clients.sort_by(|a, b| a.name.cmp(&b.name)),
        Some("USER_FIELD_NAME_DISPLAY_NAME") => clients.sort_by_cached_key(display),
        Some("USER_FIELD_NAME_STATE") => {
            clients.sort_by_key(|client| (client.state == ClientState::Inactive, client.id));
        }
        Some(_) => return Err(ApiError::invalid("sortingColumn is not a column of machine users")),
    }
    if !ascending {
        clients.reverse();
    }
    Ok(())
}

pub(super) async fn delete(
    management: &Management,
    request: Result<ByUserId, ApiError>,
) -> Result<Deleted, ApiError> {
    let known = management.find_user(&request?.user_id)?;
    let now = management.now();
    management.change(known.client.id, Action::Delete, now).await?;
    Ok(Deleted { deletion_date: Date(now) })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    change_date: Date,
}

pub(super) async fn deactivate(
    management: &Management,
    request: Result<ByUserId, ApiError>,
) -> Result<Changed, ApiError> {
    update(management, &request?.user_id, Update::Deactivate).await
}

pub(super) async fn reactivate(
    management: &Management,
    request: Result<ByUserId, ApiError>,
) -> Result<Changed, ApiError> {
    update(management, &request?.user_id, Update::Reactivate).await
}

async fn update(management: &Management, user: &str, update: Update) -> Result<Changed, ApiError> {
    let known = management.find_user(user)?;
    let changed = management.change(known.client.id, Action::Update(update), management.now()).await?;
    Ok(Changed { change_date: Date(changed.changed) })
}

impl Management {
    pub(super) fn organization(&self) -> Result<u64, ApiError> {
        Ok(self.worker.app.store.snapshot()?.instance().organization.id.0)
    }

    /// There is one organization; another one's id is unknown.
    pub(super) fn check_organization(&self, asked: Option<&str>) -> Result<(), ApiError> {
        match asked {
            None | Some("") => Ok(()),
            Some(id) if id == self.organization()?.to_string() => Ok(()),
            Some(id) => Err(ApiError::not_found(format!("there is no organization {id}"))),
        }
    }
}
