//! `jeton user`: service users.

use crate::Failure;
use crate::args::{Global, User};
use crate::operator::call;
use crate::output::{items, json, line, table, text};
use serde_json::{Value, json as object};

const SERVICE: &str = "/zitadel.user.v2.UserService/";

pub(crate) fn run(global: &Global, command: User) -> Result<(), Failure> {
    match command {
        User::Create { username, name, description, default_scopes } => {
            let scopes: Vec<&str> =
                default_scopes.as_deref().unwrap_or_default().split_whitespace().collect();
            let machine = object!({
                "name": name.as_deref().unwrap_or(&username),
                "description": description.unwrap_or_default(),
                "defaultScopes": scopes,
            });
            create(global, &username, &machine)
        }
        User::List { search, offset, limit } => list(global, search.as_deref(), offset, limit),
        User::Show { user } => show(global, &user),
        User::Deactivate { user } => change(global, "DeactivateUser", &user, "deactivated"),
        User::Reactivate { user } => change(global, "ReactivateUser", &user, "reactivated"),
        User::Delete { user } => change(global, "DeleteUser", &user, "deleted"),
    }
}

fn create(global: &Global, username: &str, machine: &Value) -> Result<(), Failure> {
    // The API would choose a name for a user without one; on the command line it is a mistake.
    if username.is_empty() {
        return Err(Failure::new("the username must not be empty"));
    }
    let reply = call(
        global,
        &format!("{SERVICE}CreateUser"),
        &object!({ "username": username, "machine": machine }),
    )?;
    if global.json {
        return json(&reply);
    }
    line(&format!("created service user {username} (id {})", text(&reply, "/userId")))?;
    line(&format!("next: jeton secret generate {username}"))
}

fn list(global: &Global, search: Option<&str>, offset: u64, limit: u64) -> Result<(), Failure> {
    let queries = search.map(|search| {
        object!({ "userNameQuery": { "userName": search, "method": "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE" } })
    });
    let request = object!({
        "query": { "offset": offset.to_string(), "limit": limit, "asc": true },
        "sortingColumn": "USER_FIELD_NAME_USER_NAME",
        "queries": queries.into_iter().collect::<Vec<_>>(),
    });
    let reply = call(global, &format!("{SERVICE}ListUsers"), &request)?;
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
        eprintln!("{} of {total}; see more with --offset and --limit", rows.len());
    }
    Ok(())
}

fn show(global: &Global, user: &str) -> Result<(), Failure> {
    let reply = call(global, &format!("{SERVICE}GetUserByID"), &object!({ "userId": user }))?;
    if global.json {
        return json(&reply);
    }
    let has_secret = reply.pointer("/user/machine/hasSecret").and_then(Value::as_bool).unwrap_or_default();
    let scopes: Vec<&str> = reply
        .pointer("/user/machine/defaultScopes")
        .and_then(Value::as_array)
        .map(|scopes| scopes.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let rows = [
        ("username", text(&reply, "/user/username").to_owned()),
        ("id", text(&reply, "/user/userId").to_owned()),
        ("name", text(&reply, "/user/machine/name").to_owned()),
        ("description", text(&reply, "/user/machine/description").to_owned()),
        ("state", state(text(&reply, "/user/state"))),
        ("has secret", if has_secret { "yes" } else { "no" }.to_owned()),
        ("default scopes", scopes.join(" ")),
        ("created", text(&reply, "/details/creationDate").to_owned()),
        ("changed", text(&reply, "/details/changeDate").to_owned()),
    ];
    for (name, value) in rows {
        line(format!("{name:<15} {value}").trim_end())?;
    }
    Ok(())
}

fn change(global: &Global, method: &str, user: &str, done: &str) -> Result<(), Failure> {
    let reply = call(global, &format!("{SERVICE}{method}"), &object!({ "userId": user }))?;
    if global.json { json(&reply) } else { line(&format!("{done} {user}")) }
}

/// `USER_STATE_ACTIVE` as people say it.
fn state(name: &str) -> String {
    name.trim_start_matches("USER_STATE_").to_lowercase()
}
