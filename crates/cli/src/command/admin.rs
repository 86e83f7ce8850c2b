//! `jeton admin`: administrator role assignments.

use crate::CliError;
use crate::args::{Admin, Global, Realm};
use crate::operator::{begin, call, perform};
use crate::output::{PrivateFile, deleted, items, json, line, remark, seconds, table, text};
use serde_json::{Value, json as object};
use std::path::Path;
use std::time::Duration;

const SERVICE: &str = "/zitadel.internal_permission.v2.InternalPermissionService/";
const USERS: &str = "/zitadel.user.v2.UserService/";

pub(crate) fn run(global: &Global, command: Admin) -> Result<(), CliError> {
    match command {
        Admin::Create { username, expires, output } => create(global, &username, expires, output.as_deref()),
        Admin::Recover { username, expires } => recover(global, &username, expires),
        Admin::List => list(global),
        Admin::Add { user, roles, realm } => {
            let request = object!({ "userId": user, "resource": resource(&realm), "roles": roles });
            perform(global, &format!("{SERVICE}CreateAdministrator"), &request, |_| line("assigned"))
        }
        Admin::Update { user, roles, realm } => {
            let request = object!({ "userId": user, "resource": resource(&realm), "roles": roles });
            perform(global, &format!("{SERVICE}UpdateAdministrator"), &request, |_| line("changed"))
        }
        Admin::Remove { user, realm } => {
            let request = object!({ "userId": user, "resource": resource(&realm) });
            let reply = call(global, &format!("{SERVICE}DeleteAdministrator"), &request)?;
            deleted(&reply, "administrator", &user)?;
            if global.json { json(&reply) } else { line("removed") }
        }
    }
}

fn resource(realm: &Realm) -> Value {
    match (&realm.organization, &realm.project) {
        (Some(id), _) => object!({ "organizationId": id }),
        (None, Some(id)) => object!({ "projectId": id }),
        (None, None) => object!({ "instance": true }),
    }
}

fn create(
    global: &Global,
    username: &str,
    expires: Option<Duration>,
    output: Option<&Path>,
) -> Result<(), CliError> {
    // Before the token, so that none is created for a file that can't be created.
    let target = output.map(PrivateFile::create).transpose()?;
    begin(global)?;
    let request = object!({ "username": username, "lifetime": expires.map(seconds) });
    let reply = call(global, "/jeton.admin.v1.AdminService/Bootstrap", &request)?;
    if let Some(target) = target {
        target.write(text(&reply, "/token"))?;
    }
    if global.json {
        return json(&reply);
    }
    let id = text(&reply, "/userId");
    line(&format!("created the administrator {username} (id {id})"))?;
    match output {
        Some(path) => line(&format!("its personal access token is in {}", path.display())),
        None => show_token(&reply),
    }
}

fn show_token(reply: &Value) -> Result<(), CliError> {
    line(text(reply, "/token"))?;
    remark("Copy the token now: it can't be shown again.");
    Ok(())
}

/// Idempotent: a step that is already done is skipped.
fn recover(global: &Global, username: &str, expires: Duration) -> Result<(), CliError> {
    if global.server.is_some() || global.profile.is_some() {
        return Err(CliError::new("recover works on the server's machine, with its data directory"));
    }
    let by_id = object!({ "userId": username });
    match call(global, &format!("{USERS}GetUserByID"), &by_id) {
        Ok(user) => match text(&user, "/user/state") {
            "USER_STATE_INACTIVE" => {
                call(global, &format!("{USERS}ReactivateUser"), &by_id)?;
            }
            "USER_STATE_LOCKED" => {
                call(global, &format!("{USERS}UnlockUser"), &by_id)?;
            }
            _ => {}
        },
        Err(_) => {
            let machine = object!({ "name": username, "description": "recovered administrator" });
            let request = object!({ "username": username, "machine": machine });
            call(global, &format!("{USERS}CreateUser"), &request)?;
        }
    }
    appoint(global, username)?;
    let request = object!({ "userId": username, "lifetime": seconds(expires) });
    let reply = call(global, &format!("{USERS}AddPersonalAccessToken"), &request)?;
    if global.json { json(&reply) } else { show_token(&reply) }
}

fn appoint(global: &Global, username: &str) -> Result<(), CliError> {
    let request = object!({ "userId": username, "resource": { "instance": true }, "roles": ["IAM_OWNER"] });
    match call(global, &format!("{SERVICE}CreateAdministrator"), &request) {
        Ok(_) => Ok(()),
        // It has other roles for the instance.
        Err(_) => call(global, &format!("{SERVICE}UpdateAdministrator"), &request).map(|_| ()),
    }
}

fn list(global: &Global) -> Result<(), CliError> {
    let request = object!({ "pagination": { "limit": 1000, "asc": true } });
    let reply = call(global, &format!("{SERVICE}ListAdministrators"), &request)?;
    if global.json {
        return json(&reply);
    }
    let rows: Vec<_> = items(&reply, "administrators")
        .iter()
        .map(|administrator| {
            let realm = match (text(administrator, "/organization/id"), text(administrator, "/project/id")) {
                ("", "") => "the instance".to_owned(),
                (id, "") => format!("organization {id}"),
                (_, id) => format!("project {id}"),
            };
            let roles = items(administrator, "roles").iter().filter_map(Value::as_str);
            [
                text(administrator, "/user/preferredLoginName").to_owned(),
                realm,
                roles.collect::<Vec<_>>().join(", "),
            ]
        })
        .collect();
    table(["USERNAME", "ADMINISTERS", "ROLES"], &rows)
}
