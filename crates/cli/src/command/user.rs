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

#[cfg(test)]
mod tests {
    use crate::testing::{Script, answered, check, refused_at_once, with_narrow_columns};
    use serde_json::{Value, json};

    #[test]
    fn a_property_that_is_not_given_is_not_sent() {
        let created = json!({ "id": "5", "userId": "5", "creationDate": "2026-01-02T03:04:05Z" });
        check(
            "user create u",
            "CreateUser",
            json!({ "username": "u", "machine": { "name": "u" } }),
            created.clone(),
            "created service user u (id 5)\nnext: jeton secret generate u\n",
        );
        check(
            "user create u --name -N --description '' --access-token-type jwt --jwt-type at+jwt --token-lifetime 15m \
             --default-scopes ' a, b' --allowed-scopes 'a b' --allowed-audiences 1,2 --organization 7",
            "CreateUser",
            json!({
                "username": "u", "organizationId": "7",
                "machine": {
                    "name": "-N", "description": "", "accessTokenType": "ACCESS_TOKEN_TYPE_JWT",
                    "jwtType": "JWT_TYPE_AT_JWT", "tokenLifetime": "900s", "defaultScopes": ["a", "b"],
                    "allowedScopes": ["a", "b"], "allowedAudiences": ["1", "2"],
                },
            }),
            created,
            "created service user u (id 5)\nnext: jeton secret generate u\n",
        );
    }

    #[test]
    fn a_restriction_is_removed_by_an_empty_list_and_a_default_restored_by_its_word() {
        check(
            "user update u --allowed-scopes '' --allowed-audiences ', ' --jwt-type server --token-lifetime 0",
            "UpdateUser",
            json!({
                "userId": "u",
                "machine": {
                    "allowedScopes": [], "allowedAudiences": [], "jwtType": "JWT_TYPE_UNSPECIFIED",
                    "tokenLifetime": "0s",
                },
            }),
            json!({}),
            "updated u\n",
        );
        let request = json!({ "userId": "u", "username": "-v", "machine": {} });
        check("user update u --username -v", "UpdateUser", request, json!({}), "updated u\n");
    }

    #[test]
    fn a_user_without_a_name_and_a_change_of_nothing_are_refused() {
        assert_eq!(refused_at_once("user create ''"), "the username must not be empty");
        assert_eq!(refused_at_once("user update u"), "nothing to change; see jeton user update --help");
        for command in ["user create", "user update", "user delete", "user metadata set u k"] {
            assert!(refused_at_once(command).contains("required"), "{command}");
        }
        for (command, told) in [
            ("user create u --token-lifetime 31d", "must be at most 30 days"),
            ("user create u --access-token-type opaque", "invalid value 'opaque'"),
            ("user create u --jwt-type rfc9068", "invalid value 'rfc9068'"),
            ("user list --limit 0", "not in 1..=1000"),
            ("user list --limit 1001", "not in 1..=1000"),
            ("user list --offset -1", "unexpected argument"),
        ] {
            let refused = refused_at_once(command);
            assert!(refused.contains(told), "{command}: {refused}");
        }
    }

    #[test]
    fn a_change_names_the_user_and_says_what_was_done() {
        for (command, method, said) in [
            ("user deactivate u", "DeactivateUser", "deactivated u\n"),
            ("user reactivate u", "ReactivateUser", "reactivated u\n"),
            ("user lock u", "LockUser", "locked u\n"),
            ("user unlock u", "UnlockUser", "unlocked u\n"),
            ("user delete u", "DeleteUser", "deleted u\n"),
        ] {
            check(command, method, json!({ "userId": "u" }), json!({}), said);
        }
    }

    #[test]
    fn a_search_is_for_a_part_of_the_username_and_the_rest_is_told() {
        let row = json!({
            "userId": "5", "details": details(), "state": "USER_STATE_NOVEL", "username": "u", "loginNames": ["u"],
            "preferredLoginName": "u", "machine": machine(),
        });
        let reply = |total: &str| {
            let details = json!({ "totalResult": total, "timestamp": "2026-01-02T03:04:05Z" });
            json!({ "details": details, "sortingColumn": "USER_FIELD_NAME_USER_NAME", "result": [row] })
        };
        let request = json!({
            "query": { "asc": true, "limit": 10, "offset": 5 }, "sortingColumn": "USER_FIELD_NAME_USER_NAME",
            "queries": [{
                "userNameQuery": { "userName": "-x", "method": "TEXT_FILTER_METHOD_CONTAINS_IGNORE_CASE" },
            }],
        });
        let printed = "USERNAME  NAME  ID  STATE  CREATED\nu  U  5  novel  2026-01-02T03:04:05Z\n";
        let command = "user list --search -x --offset 5 --limit 10";
        check(command, "ListUsers", request, reply("1"), printed);
        let ran = Script::new([Ok(reply("9"))]).command(command);
        assert_eq!(ran.remarks, "1 of 9; see more with --offset and --limit\n");
    }

    #[test]
    fn metadata_is_sent_in_base64() {
        let request = json!({ "userId": "u", "metadata": [{ "key": "k", "value": "w7w=" }] });
        check("user metadata set u k ü", "SetUserMetadata", request, json!({}), "noted\n");
        let request = json!({ "userId": "u", "keys": ["k"] });
        check("user metadata delete u k", "DeleteUserMetadata", request, json!({}), "removed\n");
    }

    #[test]
    fn refusals_are_asked_of_the_running_server_only() {
        assert_eq!(refused_at_once("user refusals u"), "no server runs here");
        let refusal = json!({
            "date": "2026-01-02T03:04:05Z", "count": "3", "source": "192.0.2.1", "endpoint": "token", "reason": "secret",
            "sentence": "wrong secret",
        });
        let printed = answered(&["user", "refusals", "u"], json!({ "refusals": [refusal] })).unwrap();
        let expected =
            "LAST  TIMES  FROM  AT  WHY\n2026-01-02T03:04:05Z  3  192.0.2.1  token  wrong secret\n";
        assert_eq!(with_narrow_columns(&printed), expected);
    }

    fn details() -> Value {
        json!({ "sequence": "1", "changeDate": "2026-01-02T03:04:05Z", "creationDate": "2026-01-02T03:04:05Z", "resourceOwner": "1" })
    }

    fn machine() -> Value {
        json!({
            "name": "U", "description": "", "hasSecret": false, "accessTokenType": "ACCESS_TOKEN_TYPE_BEARER",
        })
    }
}
