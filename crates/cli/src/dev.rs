//! `jeton serve --dev`: a demo service user and API, and the commands of the guide to try them.
//!
//! Secrets can't be shown twice, so every start generates new ones; those of earlier starts expire a
//! day later.

use crate::args::Global;
use crate::output::{items, json_text, text};
use crate::{CliError, operator, serve};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_management::Code;
use jeton_oauth::metadata::{INTROSPECTION_PATH, TOKEN_PATH, USERINFO_PATH};
use jeton_server::app::Worker;
use jeton_server::console;
use jeton_server::run::Server;
use serde_json::{Value, json};
use std::sync::Arc;
use zeroize::Zeroizing;

const USERNAME: &str = "demo-service";
const API_NAME: &str = "Demo API";

const USERS: &str = "/zitadel.user.v2.UserService/";
const APPLICATIONS: &str = "/zitadel.application.v2.ApplicationService/";

/// Code and message of a refused call.
type Refused = (Code, String);

/// The credentials for `Authorization: Basic`.
type BasicAuth = Zeroizing<String>;

/// Creates the demo user and API if missing, and prints the commands for the first token.
pub(crate) async fn welcome(server: &Server, global: &Global) -> Result<(), CliError> {
    let user = demo_user(&server.control).await.map_err(|(_, message)| CliError::new(message))?;
    let api = demo_api(&server.control).await.map_err(|(_, message)| CliError::new(message))?;
    let link = console::link(&server.control).map_err(|error| CliError::new(error.to_string()))?;
    if global.json {
        let mut started = serve::started(server);
        for (name, reply) in [("user", user), ("api", api), ("console", json!({ "url": link.0.as_str() }))] {
            if let Some(started) = started.as_object_mut() {
                started.insert(name.to_owned(), reply);
            }
        }
        serve::show(vec![json_text(&started)]);
        return Ok(());
    }
    serve::show(instructions(server, &basic(&user), &basic(&api), &link.0).into());
    Ok(())
}

/// The guide's own commands, filled in.
fn instructions(server: &Server, user: &BasicAuth, api: &BasicAuth, link: &str) -> [String; 32] {
    let issuer = &server.app.issuer;
    let data_dir = server.app.config.data_dir.display();
    [
        format!("Jeton listens on http://{} and keeps its state in {data_dir}.", server.address),
        "This is a demo: its secrets are printed here and expire a day after the next start.".into(),
        String::new(),
        "1. Get a token for the service user demo-service:".into(),
        String::new(),
        "TOKEN=$(curl --silent --request POST \\".into(),
        format!("  --url {issuer}{TOKEN_PATH} \\"),
        "  --header 'Content-Type: application/x-www-form-urlencoded' \\".into(),
        format!("  --header 'Authorization: Basic {}' \\", user.as_str()),
        "  --data grant_type=client_credentials \\".into(),
        "  --data scope='openid profile' | tee /dev/stderr | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')".into(),
        String::new(),
        "2. Use it:".into(),
        String::new(),
        "curl --request POST \\".into(),
        format!("  --url {issuer}{USERINFO_PATH} \\"),
        "  --header 'Content-Type: application/x-www-form-urlencoded' \\".into(),
        "  --header \"Authorization: Bearer $TOKEN\"".into(),
        String::new(),
        "3. Introspect it, as an API that received it:".into(),
        String::new(),
        "curl --request POST \\".into(),
        format!("  --url {issuer}{INTROSPECTION_PATH} \\"),
        "  --header 'Content-Type: application/x-www-form-urlencoded' \\".into(),
        format!("  --header 'Authorization: Basic {}' \\", api.as_str()),
        "  --data-urlencode \"token=$TOKEN\"".into(),
        String::new(),
        "4. Look at it in a browser (the link works once, for five minutes; jeton console makes another one):".into(),
        String::new(),
        link.into(),
        String::new(),
        "Your own: jeton user create NAME, then jeton secret generate NAME. Stop with Ctrl-C.".into(),
    ]
}

/// A new secret for the demo user, which is created if missing.
async fn demo_user(worker: &Arc<Worker>) -> Result<Value, Refused> {
    let request = json!({
        "username": USERNAME,
        "machine": { "name": "Demo service", "description": "created by jeton serve --dev" },
    });
    match call(worker, USERS, "CreateUser", &request).await {
        Ok(_) | Err((Code::AlreadyExists, _)) => {}
        Err(refused) => return Err(refused),
    }
    secret(worker, USERS, "AddSecret", ("userId", USERNAME)).await
}

/// A new secret for the demo API, which is created if missing.
async fn demo_api(worker: &Arc<Worker>) -> Result<Value, Refused> {
    let Some(id) = existing_api(worker).await? else { return new_api(worker).await };
    secret(worker, APPLICATIONS, "GenerateClientSecret", ("applicationId", &id)).await
}

/// Adds a secret beside those of earlier starts. After about fifty starts in a day the maximum number is
/// reached, and the new secret then ends the others.
async fn secret(
    worker: &Arc<Worker>,
    service: &str,
    method: &str,
    (member, id): (&str, &str),
) -> Result<Value, Refused> {
    let request = |overlap| json!({ member: id, "label": "serve --dev", "overlap": overlap });
    match call(worker, service, method, &request("86400s")).await {
        Err((Code::ResourceExhausted, _)) => call(worker, service, method, &request("0s")).await,
        other => other,
    }
}

async fn new_api(worker: &Arc<Worker>) -> Result<Value, Refused> {
    let request = json!({ "name": API_NAME, "apiConfiguration": {} });
    let created = call(worker, APPLICATIONS, "CreateApplication", &request).await?;
    Ok(created.get("apiConfiguration").cloned().unwrap_or_default())
}

async fn existing_api(worker: &Arc<Worker>) -> Result<Option<String>, Refused> {
    let request = json!({ "pagination": { "limit": 1000, "asc": true } });
    let reply = call(worker, APPLICATIONS, "ListApplications", &request).await?;
    let demo = items(&reply, "applications").iter().find(|api| text(api, "/name") == API_NAME);
    Ok(demo.map(|api| text(api, "/applicationId").to_owned()))
}

fn basic(reply: &Value) -> BasicAuth {
    let plain = Zeroizing::new(format!("{}:{}", text(reply, "/clientId"), text(reply, "/clientSecret")));
    Zeroizing::new(STANDARD.encode(plain.as_bytes()))
}

async fn call(worker: &Arc<Worker>, service: &str, method: &str, request: &Value) -> Result<Value, Refused> {
    let path = format!("{service}{method}");
    let internal = || (Code::Internal, format!("{path} failed"));
    let reply = operator::call_locally(Arc::clone(worker), &path, request.to_string().as_bytes()).await;
    match reply {
        Ok(body) => serde_json::from_slice(&body).map_err(|_| internal()),
        Err(error) => Err((error.code, error.message)),
    }
}
