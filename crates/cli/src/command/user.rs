//! `jeton user`: service users.

use crate::args::{AccessTokenType, Machine, Metadata, User, UserJwtType};
use crate::output::words;
use crate::session::{self, Session, seconds};
use crate::{CliError, shell};
use jeton_api::calls::server::ListRefusals;
use jeton_api::calls::user::{
    CreateUser, DeactivateUser, DeleteUser, DeleteUserMetadata, GetUserByID, ListUserMetadata, ListUsers,
    LockUser, ReactivateUser, SetUserMetadata, UnlockUser, UpdateUser,
};
use jeton_api::machine::{JwtKind, MachineInput, TokenType};
use jeton_api::page::Page;
use jeton_api::text::Method;
use jeton_api::user_filter::{NameQuery, Query};
use jeton_api::user_listing::{self, Column};
use jeton_api::users::{self, ByUserId};
use jeton_api::values::{Bytes, MetadataInput};
use jeton_api::{metadata as api, statistics};

pub(crate) fn run(session: &mut Session<'_>, command: User) -> Result<(), CliError> {
    let by_id = |user: &str| ByUserId { user_id: user.to_owned() };
    match command {
        User::Create { username, organization, machine } => create(session, &username, organization, machine),
        User::Update { user, username, machine } => update(session, &user, username, machine),
        User::Metadata(command) => metadata(session, command),
        User::List { search, offset, limit } => list(session, search, offset, limit),
        User::Show { user } => show(session, &by_id(&user)),
        User::Deactivate { user } => {
            session.perform_and_say::<DeactivateUser>(&by_id(&user), &format!("deactivated {user}"))
        }
        User::Reactivate { user } => {
            session.perform_and_say::<ReactivateUser>(&by_id(&user), &format!("reactivated {user}"))
        }
        User::Lock { user } => session.perform_and_say::<LockUser>(&by_id(&user), &format!("locked {user}")),
        User::Unlock { user } => {
            session.perform_and_say::<UnlockUser>(&by_id(&user), &format!("unlocked {user}"))
        }
        User::Refusals { user } => refusals(session, user),
        User::Import { file, organization } => super::import::run(session, &file, organization),
        User::Delete { user } => {
            session.perform_and_say::<DeleteUser>(&by_id(&user), &format!("deleted {user}"))
        }
    }
}

fn refusals(session: &mut Session<'_>, user: String) -> Result<(), CliError> {
    let request = statistics::ListRefusals { user_id: user };
    session.perform_on_server::<ListRefusals>(&request, |output, reply| {
        let rows = reply.refusals.into_iter().map(|refusal| {
            [
                refusal.date.to_string(),
                refusal.count,
                refusal.source,
                refusal.endpoint.into_owned(),
                refusal.sentence,
            ]
        });
        output.table(["LAST", "TIMES", "FROM", "AT", "WHY"], rows)
    })
}

/// The settings with only the properties given on the command line.
fn to_machine(machine: Machine) -> MachineInput {
    let words = |text: String| -> Vec<String> {
        text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    MachineInput {
        name: machine.name,
        description: machine.description,
        access_token_type: machine.access_token_type.map(|kind| match kind {
            AccessTokenType::Bearer => TokenType::Opaque,
            AccessTokenType::Jwt => TokenType::Jwt,
        }),
        jwt_type: machine.jwt_type.map(|kind| match kind {
            UserJwtType::Server => JwtKind::Unspecified,
            UserJwtType::Jwt => JwtKind::Jwt,
            UserJwtType::AtJwt => JwtKind::AtJwt,
        }),
        default_scopes: machine.default_scopes.map(words),
        allowed_scopes: machine.allowed_scopes.map(words),
        allowed_audiences: machine.allowed_audiences.map(words),
        token_lifetime: machine.token_lifetime.map(seconds),
    }
}

fn create(
    session: &mut Session<'_>,
    username: &str,
    organization: Option<String>,
    machine: Machine,
) -> Result<(), CliError> {
    // The API would generate a name; on the command line an empty one is a mistake.
    if username.is_empty() {
        return Err(CliError::new("the username must not be empty"));
    }
    let mut machine = to_machine(machine);
    machine.name.get_or_insert_with(|| username.to_owned());
    let request = users::CreateUser {
        organization_id: organization,
        user_id: None,
        username: Some(username.to_owned()),
        machine,
    };
    session.perform::<CreateUser>(&request, |output, reply| {
        output.line(&format!("created service user {username} (id {})", reply.user_id))?;
        output.line(&format!("next: {}", shell::command("jeton secret generate", &[username])))
    })
}

fn update(
    session: &mut Session<'_>,
    user: &str,
    username: Option<String>,
    machine: Machine,
) -> Result<(), CliError> {
    let machine = to_machine(machine);
    if username.is_none() && session::json(&machine)? == serde_json::json!({}) {
        return Err(CliError::new("nothing to change; see jeton user update --help"));
    }
    let request = users::UpdateUser { user_id: user.to_owned(), username, machine: Some(machine) };
    session.perform_and_say::<UpdateUser>(&request, &format!("updated {user}"))
}

fn metadata(session: &mut Session<'_>, command: Metadata) -> Result<(), CliError> {
    match command {
        Metadata::Set { user, key, value } => {
            let metadata = vec![MetadataInput { key, value: Bytes(value.into_bytes()) }];
            let request = api::SetUserMetadata { user_id: user, metadata };
            session.perform_and_say::<SetUserMetadata>(&request, "noted")
        }
        Metadata::Delete { user, key } => {
            let request = api::DeleteUserMetadata { user_id: user, keys: vec![key] };
            session.perform_and_say::<DeleteUserMetadata>(&request, "removed")
        }
        Metadata::List { user } => {
            let request =
                api::ListUserMetadata { user_id: user, pagination: Page::default(), filters: Vec::new() };
            session.list::<ListUserMetadata>(
                request,
                |request| &mut request.pagination,
                |output, reply| output.metadata(reply.metadata),
            )
        }
    }
}

fn list(session: &mut Session<'_>, search: Option<String>, offset: u64, limit: u64) -> Result<(), CliError> {
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let query =
        search.map(|user_name| Query::UserName(NameQuery { user_name, method: Method::ContainsIgnoreCase }));
    let request = user_listing::ListUsers {
        query: Page { offset, limit, asc: true, page_token: None },
        sorting_column: Column::UserName,
        queries: query.into_iter().collect(),
    };
    // The server examines a limited number of users per call, so a full page may take several calls.
    let answer = session.list_up_to::<ListUsers>((limit, "result"), request, |request| &mut request.query)?;
    if session.global.json {
        return session.output.json(&answer.json);
    }
    let users = answer.read()?;
    let (shown, total) = (users.result.len(), users.details.total_result);
    let rows = users.result.into_iter().map(|user| {
        [
            user.username,
            user.machine.name,
            user.user_id,
            words(&user.state, USER_STATE),
            user.details.creation_date.to_string(),
        ]
    });
    session.output.table(["USERNAME", "NAME", "ID", "STATE", "CREATED"], rows)?;
    if total != shown.to_string() {
        session.output.remark(&format!("{shown} of {total}; see more with --offset and --limit"));
    }
    Ok(())
}

const USER_STATE: &str = "USER_STATE_";

fn show(session: &mut Session<'_>, request: &ByUserId) -> Result<(), CliError> {
    session.perform::<GetUserByID>(request, |output, reply| {
        let user = reply.user;
        let machine = user.machine;
        let rows = [
            ("username", user.username),
            ("id", user.user_id),
            ("name", machine.name),
            ("description", machine.description),
            ("state", words(&user.state, USER_STATE)),
            ("has secret", if machine.has_secret { "yes" } else { "no" }.to_owned()),
            ("access tokens", words(&machine.access_token_type, "ACCESS_TOKEN_TYPE_")),
            ("token lifetime", machine.token_lifetime.unwrap_or_default()),
            ("default scopes", machine.default_scopes.join(" ")),
            ("allowed scopes", machine.allowed_scopes.join(" ")),
            ("allowed audiences", machine.allowed_audiences.join(" ")),
            ("created", reply.details.creation_date.to_string()),
            ("changed", reply.details.change_date.to_string()),
        ];
        for (name, value) in rows {
            output.line(format!("{name:<18} {value}").trim_end())?;
        }
        Ok(())
    })
}
