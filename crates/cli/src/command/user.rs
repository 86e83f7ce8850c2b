//! `jeton user`: service users.

use crate::CliError;
use crate::args::{AccessTokenType, Global, Machine, Metadata, User, UserJwtType};
use crate::operator::{call, perform_on_server};
use crate::output::{items, json, line, remark, table, table_of_metadata, text};
use crate::shell;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json as object};

const SERVICE: &str = "/zitadel.user.v2.UserService/";

pub(crate) fn run(global: &Global, command: User) -> Result<(), CliError> {
    match command {
        User::Create { username, organization, machine } => {
            create(global, &username, organization.as_deref(), &machine)
        }
        User::Update { user, username, machine } => update(global, &user, username.as_deref(), &machine),
        User::Metadata(command) => metadata(global, command),
        User::List { search, offset, limit } => list(global, search.as_deref(), offset, limit),
        User::Show { user } => show(global, &user),
        User::Deactivate { user } => change(global, "DeactivateUser", &user, "deactivated"),
        User::Reactivate { user } => change(global, "ReactivateUser", &user, "reactivated"),
        User::Lock { user } => change(global, "LockUser", &user, "locked"),
        User::Unlock { user } => change(global, "UnlockUser", &user, "unlocked"),
        User::Refusals { user } => refusals(global, &user),
        User::Import { file, organization } => super::import::run(global, &file, organization.as_deref()),
        User::Delete { user } => change(global, "DeleteUser", &user, "deleted"),
    }
}

fn refusals(global: &Global, user: &str) -> Result<(), CliError> {
    let request = object!({ "userId": user });
    perform_on_server(global, "/jeton.server.v1.ServerService/ListRefusals", &request, |reply| {
        let members = ["/date", "/count", "/source", "/endpoint", "/sentence"];
        let row = |refusal: &Value| members.map(|member| text(refusal, member).to_owned());
        let rows: Vec<_> = items(reply, "refusals").iter().map(row).collect();
        table(["LAST", "TIMES", "FROM", "AT", "WHY"], &rows)
    })
}

/// The `machine` member with only the properties given on the command line.
fn to_machine(machine: &Machine) -> Map<String, Value> {
    let words =
        |text: &str| text.split([' ', ',']).filter(|word| !word.is_empty()).collect::<Vec<_>>().into();
    let token_type = machine.access_token_type.map(|kind| match kind {
        AccessTokenType::Bearer => "ACCESS_TOKEN_TYPE_BEARER",
        AccessTokenType::Jwt => "ACCESS_TOKEN_TYPE_JWT",
    });
    let jwt_type = machine.jwt_type.map(|kind| match kind {
        UserJwtType::Server => "JWT_TYPE_UNSPECIFIED",
        UserJwtType::Jwt => "JWT_TYPE_JWT",
        UserJwtType::AtJwt => "JWT_TYPE_AT_JWT",
    });
    let members: [(&str, Option<Value>); 8] = [
        ("name", machine.name.as_deref().map(Into::into)),
        ("description", machine.description.as_deref().map(Into::into)),
        ("accessTokenType", token_type.map(Into::into)),
        ("jwtType", jwt_type.map(Into::into)),
        ("defaultScopes", machine.default_scopes.as_deref().map(words)),
        ("allowedScopes", machine.allowed_scopes.as_deref().map(words)),
        ("allowedAudiences", machine.allowed_audiences.as_deref().map(words)),
        ("tokenLifetime", machine.token_lifetime.map(|time| format!("{}s", time.as_secs()).into())),
    ];
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn create(
    global: &Global,
    username: &str,
    organization: Option<&str>,
    machine: &Machine,
) -> Result<(), CliError> {
    // The API would generate a name; on the command line an empty one is a mistake.
    if username.is_empty() {
        return Err(CliError::new("the username must not be empty"));
    }
    let mut machine = to_machine(machine);
    machine.entry("name").or_insert_with(|| username.into());
    let request = object!({ "username": username, "organizationId": organization, "machine": machine });
    let reply = call(global, &format!("{SERVICE}CreateUser"), &request)?;
    if global.json {
        return json(&reply);
    }
    line(&format!("created service user {username} (id {})", text(&reply, "/userId")))?;
    line(&format!("next: {}", shell::command("jeton secret generate", &[username])))
}

fn update(global: &Global, user: &str, username: Option<&str>, machine: &Machine) -> Result<(), CliError> {
    let machine = to_machine(machine);
    if username.is_none() && machine.is_empty() {
        return Err(CliError::new("nothing to change; see jeton user update --help"));
    }
    let request = object!({ "userId": user, "username": username, "machine": machine });
    let reply = call(global, &format!("{SERVICE}UpdateUser"), &request)?;
    if global.json { json(&reply) } else { line(&format!("updated {user}")) }
}

fn metadata(global: &Global, command: Metadata) -> Result<(), CliError> {
    let (method, request, done) = match command {
        Metadata::Set { user, key, value } => {
            let entry = object!({ "key": key, "value": STANDARD.encode(value) });
            ("SetUserMetadata", object!({ "userId": user, "metadata": [entry] }), "noted")
        }
        Metadata::Delete { user, key } => {
            ("DeleteUserMetadata", object!({ "userId": user, "keys": [key] }), "removed")
        }
        Metadata::List { user } => {
            let reply = call(global, &format!("{SERVICE}ListUserMetadata"), &object!({ "userId": user }))?;
            return if global.json { json(&reply) } else { table_of_metadata(&reply) };
        }
    };
    let reply = call(global, &format!("{SERVICE}{method}"), &request)?;
    if global.json { json(&reply) } else { line(done) }
}

fn list(global: &Global, search: Option<&str>, offset: u64, limit: u64) -> Result<(), CliError> {
    let queries = search.map(|search| {
        object!({ "userNameQuery": { "userName": search, "method": "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE" } })
    });
    let mut request = object!({
        "query": { "offset": offset.to_string(), "limit": limit, "asc": true },
        "sortingColumn": "USER_FIELD_NAME_USER_NAME",
        "queries": queries.into_iter().collect::<Vec<_>>(),
    });
    let mut reply = call(global, &format!("{SERVICE}ListUsers"), &request)?;
    fill(global, &mut request, &mut reply, limit)?;
    if global.json {
        return json(&reply);
    }
    let rows: Vec<_> = items(&reply, "result")
        .iter()
        .map(|user| {
            [
                text(user, "/username").to_owned(),
                text(user, "/machine/name").to_owned(),
                text(user, "/userId").to_owned(),
                state(text(user, "/state")),
                text(user, "/details/creationDate").to_owned(),
            ]
        })
        .collect();
    table(["USERNAME", "NAME", "ID", "STATE", "CREATED"], &rows)?;
    let total = text(&reply, "/details/totalResult");
    if total != rows.len().to_string() {
        remark(&format!("{} of {total}; see more with --offset and --limit", rows.len()));
    }
    Ok(())
}

/// Repeats the call until the page is full, because the server examines a limited number of users per call.
fn fill(global: &Global, request: &mut Value, reply: &mut Value, limit: u64) -> Result<(), CliError> {
    while let Some(token) = reply.get("nextPageToken").and_then(Value::as_str) {
        let left = limit.saturating_sub(items(reply, "result").len() as u64);
        if left == 0 {
            break;
        }
        request["query"] = object!({ "limit": left, "asc": true, "pageToken": token });
        let mut more = call(global, &format!("{SERVICE}ListUsers"), request)?;
        let mut all = items(reply, "result").to_vec();
        all.extend_from_slice(items(&more, "result"));
        if let Some(result) = more.get_mut("result") {
            *result = all.into();
        }
        *reply = more;
    }
    Ok(())
}

fn show(global: &Global, user: &str) -> Result<(), CliError> {
    let reply = call(global, &format!("{SERVICE}GetUserByID"), &object!({ "userId": user }))?;
    if global.json {
        return json(&reply);
    }
    let has_secret = reply.pointer("/user/machine/hasSecret").and_then(Value::as_bool).unwrap_or_default();
    let words = |member: &str| {
        let words = reply.pointer(member).and_then(Value::as_array).into_iter().flatten();
        words.filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
    };
    let kind = text(&reply, "/user/machine/accessTokenType").trim_start_matches("ACCESS_TOKEN_TYPE_");
    let rows = [
        ("username", text(&reply, "/user/username").to_owned()),
        ("id", text(&reply, "/user/userId").to_owned()),
        ("name", text(&reply, "/user/machine/name").to_owned()),
        ("description", text(&reply, "/user/machine/description").to_owned()),
        ("state", state(text(&reply, "/user/state"))),
        ("has secret", if has_secret { "yes" } else { "no" }.to_owned()),
        ("access tokens", kind.to_lowercase()),
        ("token lifetime", text(&reply, "/user/machine/tokenLifetime").to_owned()),
        ("default scopes", words("/user/machine/defaultScopes")),
        ("allowed scopes", words("/user/machine/allowedScopes")),
        ("allowed audiences", words("/user/machine/allowedAudiences")),
        ("created", text(&reply, "/details/creationDate").to_owned()),
        ("changed", text(&reply, "/details/changeDate").to_owned()),
    ];
    for (name, value) in rows {
        line(format!("{name:<18} {value}").trim_end())?;
    }
    Ok(())
}

fn change(global: &Global, method: &str, user: &str, done: &str) -> Result<(), CliError> {
    let reply = call(global, &format!("{SERVICE}{method}"), &object!({ "userId": user }))?;
    if global.json { json(&reply) } else { line(&format!("{done} {user}")) }
}

/// The readable name of a state such as `USER_STATE_ACTIVE`.
fn state(name: &str) -> String {
    name.trim_start_matches("USER_STATE_").to_lowercase()
}
