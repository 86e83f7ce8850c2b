//! Service users and an API for the load, created over the operator's socket.

use crate::Result;
use crate::process::call;
use jeton_load::workload::basic;
use serde_json::{Value, json};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Number of concurrent callers, so that the store commits their changes together.
const CALLERS: usize = 64;

/// The management API's name for opaque access tokens.
pub const OPAQUE: &str = "ACCESS_TOKEN_TYPE_BEARER";
/// The management API's name for JWTs.
pub const JWT: &str = "ACCESS_TOKEN_TYPE_JWT";

/// Creates service users with a secret each; returns their Basic credentials.
///
/// # Errors
/// A call is refused.
pub fn service_users(socket: &Path, count: usize, token_type: &str) -> Result<Vec<String>> {
    let names: Vec<String> = (0..count).map(|index| format!("bench-{index:05}")).collect();
    for_each(&names, |name| {
        let display = name.replace("bench-", "Bench ");
        let machine = json!({ "name": display, "accessTokenType": token_type });
        let user = json!({ "username": name, "machine": machine });
        management(socket, "/zitadel.user.v2.UserService/CreateUser", &user)?;
        Ok(basic(name, &secret(socket, name)?))
    })
}

/// Adds a secret to each user; returns the secrets.
///
/// # Errors
/// A call is refused.
pub fn secrets(socket: &Path, names: &[String]) -> Result<Vec<String>> {
    for_each(names, |name| secret(socket, name))
}

/// Gives each user a role of a new project.
///
/// # Errors
/// A call is refused.
pub fn authorizations(socket: &Path, names: &[String]) -> Result<()> {
    let project =
        management(socket, "/zitadel.project.v2.ProjectService/CreateProject", &json!({ "name": "bench" }))?;
    let project = project.get("projectId").and_then(Value::as_str).ok_or("no projectId")?;
    let role = json!({ "projectId": project, "roleKey": "reader", "displayName": "Reader" });
    management(socket, "/zitadel.project.v2.ProjectService/AddProjectRole", &role)?;
    for_each(names, |name| {
        let request = json!({ "userId": name, "projectId": project, "roleKeys": ["reader"] });
        let path = "/zitadel.authorization.v2.AuthorizationService/CreateAuthorization";
        management(socket, path, &request).map(|_| String::new())
    })
    .map(drop)
}

/// Calls `one` for each name, many at a time; returns the results in order.
fn for_each(names: &[String], one: impl Fn(&str) -> Result<String> + Sync) -> Result<Vec<String>> {
    let chunk = names.len().div_ceil(CALLERS).max(1);
    std::thread::scope(|scope| {
        let callers: Vec<_> = names
            .chunks(chunk)
            .map(|names| scope.spawn(|| names.iter().map(|name| one(name)).collect::<Result<Vec<_>>>()))
            .collect();
        let mut all = Vec::with_capacity(names.len());
        for caller in callers {
            all.extend(caller.join().map_err(|_| "a caller panicked")??);
        }
        Ok(all)
    })
}

fn secret(socket: &Path, name: &str) -> Result<String> {
    let request = json!({ "userId": name, "keepOthers": true });
    let made = management(socket, "/zitadel.user.v2.UserService/AddSecret", &request)?;
    Ok(made.get("clientSecret").and_then(Value::as_str).ok_or("no clientSecret")?.to_owned())
}

/// Creates an API; returns its Basic credentials.
///
/// # Errors
/// The call is refused.
pub fn api(socket: &Path) -> Result<String> {
    let api =
        json!({ "name": "bench", "apiConfiguration": { "authMethodType": "API_AUTH_METHOD_TYPE_BASIC" } });
    let created = management(socket, "/zitadel.application.v2.ApplicationService/CreateApplication", &api)?;
    let text = |member| created.pointer(member).and_then(Value::as_str).ok_or("no API credentials");
    Ok(basic(text("/apiConfiguration/clientId")?, text("/apiConfiguration/clientSecret")?))
}

/// The server's own counters: durable transactions, and commands in them.
///
/// # Errors
/// The server does not report them.
pub fn statistics(socket: &Path) -> Result<(u64, u64)> {
    let counted: Value =
        serde_json::from_str(&call(UnixStream::connect(socket)?, "GET", "/debug/stats", "")?)?;
    let number = |member: &str| counted.get(member).and_then(Value::as_u64).ok_or("no counters");
    Ok((number("commits")?, number("commands")?))
}

/// Number of issued tokens that have not expired.
///
/// # Errors
/// The server does not report it.
pub fn live_tokens(socket: &Path) -> Result<u64> {
    let statistics = management(socket, "/jeton.server.v1.ServerService/GetStatistics", &json!({}))?;
    Ok(statistics.get("unexpiredTokens").and_then(Value::as_str).ok_or("no unexpiredTokens")?.parse()?)
}

fn management(socket: &Path, path: &str, request: &Value) -> Result<Value> {
    Ok(serde_json::from_str(&call(UnixStream::connect(socket)?, "POST", path, &request.to_string())?)?)
}
