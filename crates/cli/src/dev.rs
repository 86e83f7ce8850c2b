//! `jeton serve --dev`: a demo service user and API, and the commands of the guide to try them.
//!
//! Secrets can't be shown twice, so every start generates new ones; those of earlier starts end a
//! day later.

use crate::args::Global;
use crate::output::{line, text};
use crate::{Failure, operator};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_oauth::metadata::{INTROSPECTION_PATH, TOKEN_PATH, USERINFO_PATH};
use jeton_server::app::Worker;
use jeton_server::management::Code;
use jeton_server::run::Server;
use serde_json::{Value, json};
use std::sync::Arc;
use zeroize::Zeroizing;

const USERNAME: &str = "demo-service";
const API_NAME: &str = "Demo API";

/// What to send with `Authorization: Basic`.
type BasicAuth = Zeroizing<String>;

/// Creates what is missing, and prints how to get the first token.
pub(crate) async fn welcome(server: &Server, global: &Global) -> Result<(), Failure> {
    let user = demo_user(&server.control).await?;
    let api = demo_api(&server.control).await?;
    if global.json {
        return Ok(());
    }
    let issuer = &server.app.issuer;
    let data_dir = server.app.config.data_dir.display();
    let lines = [
        format!("Jeton listens on http://{} and keeps its state in {data_dir}.", server.address),
        "This is a demo: its secrets are printed here and end a day after the next start.".into(),
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
        "Your own: jeton user create NAME, then jeton secret generate NAME. Stop with Ctrl-C.".into(),
    ];
    // Nobody who reads it is no reason to stop.
    let _ = lines.iter().try_for_each(|text| line(text));
    Ok(())
}

async fn demo_user(worker: &Arc<Worker>) -> Result<BasicAuth, Failure> {
    let request = json!({
        "username": USERNAME,
        "machine": { "name": "Demo service", "description": "created by jeton serve --dev" },
    });
    match call(worker, "/zitadel.user.v2.UserService/CreateUser", &request).await {
        Ok(_) => {}
        Err((Code::AlreadyExists, _)) => {}
        Err((_, message)) => return Err(Failure::new(message)),
    }
    let request = json!({ "userId": USERNAME, "label": "serve --dev", "overlap": "86400s" });
    let reply = call(worker, "/zitadel.user.v2.UserService/AddSecret", &request).await;
    reply
        .map(|reply| basic(USERNAME, text(&reply, "/clientSecret")))
        .map_err(|(_, message)| Failure::new(message))
}

async fn demo_api(worker: &Arc<Worker>) -> Result<BasicAuth, Failure> {
    let result = match existing_api(worker).await? {
        Some(id) => {
            let request = json!({ "applicationId": id, "label": "serve --dev", "overlap": "86400s" });
            call(worker, "/zitadel.application.v2.ApplicationService/GenerateClientSecret", &request).await
        }
        None => {
            let request = json!({ "name": API_NAME, "apiConfiguration": {} });
            let created =
                call(worker, "/zitadel.application.v2.ApplicationService/CreateApplication", &request).await;
            created.map(|reply| reply.get("apiConfiguration").cloned().unwrap_or_default())
        }
    };
    let reply = result.map_err(|(_, message)| Failure::new(message))?;
    Ok(basic(text(&reply, "/clientId"), text(&reply, "/clientSecret")))
}

async fn existing_api(worker: &Arc<Worker>) -> Result<Option<String>, Failure> {
    let request = json!({ "pagination": { "limit": 1000, "asc": true } });
    let reply = call(worker, "/zitadel.application.v2.ApplicationService/ListApplications", &request).await;
    let reply = reply.map_err(|(_, message)| Failure::new(message))?;
    let apis = reply.get("applications").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let demo = apis.iter().find(|api| text(api, "/name") == API_NAME);
    Ok(demo.map(|api| text(api, "/applicationId").to_owned()))
}

fn basic(id: &str, secret: &str) -> BasicAuth {
    Zeroizing::new(STANDARD.encode(format!("{id}:{secret}")))
}

async fn call(worker: &Arc<Worker>, path: &str, request: &Value) -> Result<Value, (Code, String)> {
    let internal = || (Code::Internal, format!("{path} failed"));
    let reply = operator::call_locally(Arc::clone(worker), path, request.to_string().as_bytes()).await;
    match reply.ok_or_else(internal)? {
        Ok(body) => serde_json::from_slice(&body).map_err(|_| internal()),
        Err(error) => Err((error.code, error.message)),
    }
}
