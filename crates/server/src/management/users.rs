//! Service users: `zitadel.user.v2.UserService`. Listing them is in `listing.rs`.

use super::ApiError;
use super::call::Call;
use super::json::{Changed, Date, Details};
use super::machine::{Machine, MachineInput};
use crate::limits::USERS_TOGETHER_MAX;
use jeton_domain::client::{Client, ClientState};
use jeton_domain::id::{ClientId, ClientName, OrganizationId};
use jeton_domain::permission::Permission;
use jeton_domain::refusal::OperationError;
use jeton_domain::service_user::ServiceUser;
use jeton_domain::time::Moment;
use jeton_store::operation::{ClientUpdate, NewServiceUser};
use jeton_store::{ClientOperation, Operation, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Maximum number of attempts to find a free id if none was given: an id that was chosen by hand may be in
/// the way.
const ID_ATTEMPTS: usize = 16;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateUser {
    organization_id: Option<String>,
    user_id: Option<String>,
    username: Option<String>,
    machine: MachineInput,
}

/// One of many users to be created.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserInput {
    user_id: Option<String>,
    username: Option<String>,
    machine: MachineInput,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedUser {
    id: String,
    /// Jeton extension: the same under the name that the other calls use.
    user_id: String,
    creation_date: Date,
}

impl CreatedUser {
    fn of(client: &Client) -> Self {
        let id = client.id.to_string();
        Self { user_id: id.clone(), id, creation_date: Date(client.created) }
    }
}

pub(super) async fn create(call: &Call, request: CreateUser) -> Result<CreatedUser, ApiError> {
    let organization = call.organization(request.organization_id.as_deref(), Permission::UserWrite)?;
    let CreateUser { organization_id: _, user_id, username, machine } = request;
    let input = UserInput { user_id, username, machine };
    let now = call.now();
    for _ in 0..ID_ATTEMPTS {
        let user = input.read(call, organization)?;
        match call.act(Operation::CreateServiceUsers(vec![user]), now).await {
            Ok(Outcome::Client(client)) => return Ok(CreatedUser::of(&client)),
            Err(error) if error == OperationError::IdTaken.into() && !input.names_its_id() => {}
            Err(error) => return Err(error),
            Ok(_) => break,
        }
    }
    Err(ApiError::internal())
}

impl UserInput {
    const fn names_its_id(&self) -> bool {
        self.user_id.is_some()
    }

    fn read(&self, call: &Call, organization: OrganizationId) -> Result<NewServiceUser, ApiError> {
        let id = match self.user_id.as_deref() {
            Some(id) => ClientId::parse(id).map_err(|error| ApiError::invalid(format!("userId: {error}")))?,
            None => ClientId(call.next_id()),
        };
        // ZITADEL names a user without a username by its id; a name of digits alone could be another's id.
        let derived = format!("user-{id}");
        let user = ServiceUser::default();
        let edit = self.machine.to_edit(&*call.instance()?, &user)?;
        let user = user.edited(edit);
        let name = ClientName::username(self.username.as_deref().unwrap_or(&derived))
            .map_err(|error| ApiError::invalid(format!("username: {error}")))?;
        Ok(NewServiceUser { id, organization, name, user })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateUsers {
    organization_id: Option<String>,
    #[serde(default)]
    users: Vec<UserInput>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedUsers {
    /// In the order of the request.
    users: Vec<CreatedUser>,
}

/// Jeton extension: many users in one transaction, all or none.
pub(super) async fn create_many(call: &Call, request: CreateUsers) -> Result<CreatedUsers, ApiError> {
    let organization = call.organization(request.organization_id.as_deref(), Permission::UserWrite)?;
    if request.users.is_empty() || request.users.len() > USERS_TOGETHER_MAX {
        return Err(ApiError::invalid(format!("users: must be 1 to {USERS_TOGETHER_MAX}")));
    }
    let read = |(place, user): (usize, &UserInput)| {
        user.read(call, organization).map_err(|error| error.inside(format_args!("users[{place}]")))
    };
    let users = request.users.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    let created = match call.act(Operation::CreateServiceUsers(users), call.now()).await? {
        Outcome::Clients(clients) => clients,
        Outcome::Client(client) => vec![client],
        _ => return Err(ApiError::internal()),
    };
    Ok(CreatedUsers { users: created.iter().map(|client| CreatedUser::of(client)).collect() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateUser {
    user_id: String,
    username: Option<String>,
    machine: Option<MachineInput>,
}

pub(super) async fn edit(call: &Call, request: UpdateUser) -> Result<Changed, ApiError> {
    let known = call.user(&request.user_id, Permission::UserWrite)?;
    let username = request.username.as_deref().map(ClientName::username).transpose();
    let username = username.map_err(|error| ApiError::invalid(format!("username: {error}")))?;
    let user = known.client.service_user().ok_or_else(ApiError::internal)?;
    let edit = request.machine.unwrap_or_default().to_edit(&*call.instance()?, user)?;
    let edit = Box::new(edit);
    let changed = call.update(known.client.id, ClientUpdate::Edit { username, edit }, call.now()).await?;
    Ok(Changed { change_date: Date(changed.changed) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByUserId {
    user_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct GotUser {
    details: Details,
    user: User,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    user_id: String,
    details: Details,
    state: &'static str,
    username: String,
    login_names: Vec<String>,
    preferred_login_name: String,
    machine: Machine,
}

pub(super) async fn get(call: &Call, request: ByUserId) -> Result<GotUser, ApiError> {
    let known = call.user(&request.user_id, Permission::UserRead)?;
    let user = User::of(&known.client, call.moment()).ok_or_else(ApiError::internal)?;
    Ok(GotUser { details: Details::of(&known.client), user })
}

impl User {
    pub(super) fn of(client: &Client, now: Moment) -> Option<Self> {
        let user = client.service_user()?;
        let username = client.name.to_string();
        Some(Self {
            user_id: client.id.to_string(),
            details: Details::of(client),
            state: match client.state {
                ClientState::Active => "USER_STATE_ACTIVE",
                ClientState::Inactive => "USER_STATE_INACTIVE",
                ClientState::Locked => "USER_STATE_LOCKED",
            },
            username: username.clone(),
            login_names: vec![username.clone()],
            preferred_login_name: username,
            machine: Machine::of(client, user, now),
        })
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletedUser {
    deletion_date: Date,
    /// Absent if the record could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
}

pub(super) async fn delete(call: &Call, request: ByUserId) -> Result<DeletedUser, ApiError> {
    if let Some(id) = call.unreadable_client(&request.user_id)? {
        let ended = call.end_unreadable(Operation::Client(id, ClientOperation::Delete)).await?;
        return Ok(DeletedUser { deletion_date: Date(ended), details: None });
    }
    let known = call.user(&request.user_id, Permission::UserDelete)?;
    let now = call.now();
    let client = call.change(known.client.id, ClientOperation::Delete, now).await?;
    Ok(DeletedUser { deletion_date: Date(now), details: Some(Details::of(&client)) })
}

/// The reply of calls that change a user's state, in ZITADEL's shape.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Switched {
    /// Absent if the record could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
    /// Jeton extension: the time of the change, as in the other calls.
    change_date: Date,
}

pub(super) async fn deactivate(call: &Call, request: ByUserId) -> Result<Switched, ApiError> {
    if let Some(id) = call.unreadable_client(&request.user_id)? {
        let ended = call
            .end_unreadable(Operation::Client(id, ClientOperation::Update(ClientUpdate::Deactivate)))
            .await?;
        return Ok(Switched { details: None, change_date: Date(ended) });
    }
    switch(call, &request, ClientUpdate::Deactivate).await
}

pub(super) async fn reactivate(call: &Call, request: ByUserId) -> Result<Switched, ApiError> {
    switch(call, &request, ClientUpdate::Reactivate).await
}

pub(super) async fn lock(call: &Call, request: ByUserId) -> Result<Switched, ApiError> {
    switch(call, &request, ClientUpdate::Lock).await
}

pub(super) async fn unlock(call: &Call, request: ByUserId) -> Result<Switched, ApiError> {
    switch(call, &request, ClientUpdate::Unlock).await
}

async fn switch(call: &Call, request: &ByUserId, update: ClientUpdate) -> Result<Switched, ApiError> {
    let known = call.user(&request.user_id, Permission::UserWrite)?;
    let changed: Arc<Client> = call.update(known.client.id, update, call.now()).await?;
    Ok(Switched { details: Some(Details::of(&changed)), change_date: Date(changed.changed) })
}
