//! Service users: `zitadel.user.v2.UserService`. Listing them is in `listing.rs`.

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use super::machine::edit_of;
use crate::limits::USERS_TOGETHER_MAX;
use jeton_api::calls::user;
use jeton_api::users::{
    ByUserId, CreateUser, CreateUsers, CreatedUser, CreatedUsers, DeletedUser, GotUser, Switched, UpdateUser,
    User, UserInput,
};
use jeton_api::values::{Changed, Date, Details};
use jeton_domain::admin::{ClientOperation, ClientUpdate, NewServiceUser, Operation, Outcome};
use jeton_domain::client::Client;
use jeton_domain::id::{ClientId, ClientName, OrganizationId};
use jeton_domain::permission::Permission;
use jeton_domain::refusal::OperationError;
use jeton_domain::service_user::ServiceUser;
use std::sync::Arc;

/// Maximum number of attempts to find a free id if none was given: an id that was chosen by hand may be in
/// the way.
const ID_ATTEMPTS: usize = 16;

impl Handle for user::CreateUser {
    async fn handle(call: &Call, request: CreateUser) -> Result<CreatedUser, ApiError> {
        let organization = call.organization(request.organization_id.as_deref(), Permission::UserWrite)?;
        let CreateUser { organization_id: _, user_id, username, machine } = request;
        let input = UserInput { user_id, username, machine };
        let now = call.now();
        for _ in 0..ID_ATTEMPTS {
            let user = read_user(&input, call, organization)?;
            match call.execute(Operation::CreateServiceUsers(vec![user]), now).await {
                Ok(Outcome::Client(client)) => return Ok(CreatedUser::of(&client)),
                Err(error) if error == OperationError::IdTaken.into() && !names_its_id(&input) => {}
                Err(error) => return Err(error),
                Ok(_) => break,
            }
        }
        Err(ApiError::internal())
    }
}

const fn names_its_id(input: &UserInput) -> bool {
    input.user_id.is_some()
}

fn read_user(
    input: &UserInput,
    call: &Call,
    organization: OrganizationId,
) -> Result<NewServiceUser, ApiError> {
    let id = match input.user_id.as_deref() {
        Some(id) => ClientId::parse(id).map_err(|error| ApiError::invalid(format!("userId: {error}")))?,
        None => ClientId(call.next_id()),
    };
    // ZITADEL names a user without a username by its id; a name of digits alone could be another's id.
    let derived = format!("user-{id}");
    let user = ServiceUser::default();
    let edit = edit_of(&input.machine, &*call.instance()?, &user)?;
    let user = user.edited(edit);
    let name = ClientName::username(input.username.as_deref().unwrap_or(&derived))
        .map_err(|error| ApiError::invalid(format!("username: {error}")))?;
    Ok(NewServiceUser { id, organization, name, user })
}

/// Jeton extension: many users in one transaction, all or none.
impl Handle for user::CreateUsers {
    async fn handle(call: &Call, request: CreateUsers) -> Result<CreatedUsers, ApiError> {
        let organization = call.organization(request.organization_id.as_deref(), Permission::UserWrite)?;
        if request.users.is_empty() || request.users.len() > USERS_TOGETHER_MAX {
            return Err(ApiError::invalid(format!("users: must be 1 to {USERS_TOGETHER_MAX}")));
        }
        let read = |(place, user): (usize, &UserInput)| {
            read_user(user, call, organization).map_err(|error| error.inside(format_args!("users[{place}]")))
        };
        let users = request.users.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
        let created = match call.execute(Operation::CreateServiceUsers(users), call.now()).await? {
            Outcome::Clients(clients) => clients,
            Outcome::Client(client) => vec![client],
            _ => return Err(ApiError::internal()),
        };
        Ok(CreatedUsers { users: created.iter().map(|client| CreatedUser::of(client)).collect() })
    }
}

impl Handle for user::UpdateUser {
    async fn handle(call: &Call, request: UpdateUser) -> Result<Changed, ApiError> {
        let known = call.user(&request.user_id, Permission::UserWrite)?;
        let username = request.username.as_deref().map(ClientName::username).transpose();
        let username = username.map_err(|error| ApiError::invalid(format!("username: {error}")))?;
        let user = known.client.service_user().ok_or_else(ApiError::internal)?;
        let edit = edit_of(&request.machine.unwrap_or_default(), &*call.instance()?, user)?;
        let edit = Box::new(edit);
        let changed = call.update(known.client.id, ClientUpdate::Edit { username, edit }, call.now()).await?;
        Ok(Changed { change_date: Date(changed.changed) })
    }
}

impl Handle for user::GetUserByID {
    async fn handle(call: &Call, request: ByUserId) -> Result<GotUser, ApiError> {
        let known = call.user(&request.user_id, Permission::UserRead)?;
        let user = User::of(&known.client, call.moment()).ok_or_else(ApiError::internal)?;
        Ok(GotUser { details: Details::of(&known.client), user })
    }
}

impl Handle for user::DeleteUser {
    async fn handle(call: &Call, request: ByUserId) -> Result<DeletedUser, ApiError> {
        if let Some(id) = call.unreadable_client(&request.user_id)? {
            let ended = call.end_unreadable(Operation::Client(id, ClientOperation::Delete)).await?;
            return Ok(DeletedUser { deletion_date: Date(ended), details: None });
        }
        let known = call.user(&request.user_id, Permission::UserDelete)?;
        let now = call.now();
        let client = call.change(known.client.id, ClientOperation::Delete, now).await?;
        Ok(DeletedUser { deletion_date: Date(now), details: Some(Details::of(&client)) })
    }
}

impl Handle for user::DeactivateUser {
    async fn handle(call: &Call, request: ByUserId) -> Result<Switched, ApiError> {
        if let Some(id) = call.unreadable_client(&request.user_id)? {
            let ended = call
                .end_unreadable(Operation::Client(id, ClientOperation::Update(ClientUpdate::Deactivate)))
                .await?;
            return Ok(Switched { details: None, change_date: Date(ended) });
        }
        switch(call, &request, ClientUpdate::Deactivate).await
    }
}

impl Handle for user::ReactivateUser {
    async fn handle(call: &Call, request: ByUserId) -> Result<Switched, ApiError> {
        switch(call, &request, ClientUpdate::Reactivate).await
    }
}

impl Handle for user::LockUser {
    async fn handle(call: &Call, request: ByUserId) -> Result<Switched, ApiError> {
        switch(call, &request, ClientUpdate::Lock).await
    }
}

impl Handle for user::UnlockUser {
    async fn handle(call: &Call, request: ByUserId) -> Result<Switched, ApiError> {
        switch(call, &request, ClientUpdate::Unlock).await
    }
}

async fn switch(call: &Call, request: &ByUserId, update: ClientUpdate) -> Result<Switched, ApiError> {
    let known = call.user(&request.user_id, Permission::UserWrite)?;
    let changed: Arc<Client> = call.update(known.client.id, update, call.now()).await?;
    Ok(Switched { details: Some(Details::of(&changed)), change_date: Date(changed.changed) })
}
