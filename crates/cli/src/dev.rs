//! `jeton serve --dev`: a demo service user and API, and the commands of the guide to try them.
//!
//! Secrets can't be shown twice, so every start generates new ones; those of earlier starts expire a
//! day later.

use crate::args::Global;
use crate::output::json_text;
use crate::session::{self, first_page};
use crate::transport::perform_in_process;
use crate::{CliError, serve};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_api::applications::{self, ApiConfiguration, CreatedApi};
use jeton_api::calls::application::{CreateApplication, GenerateClientSecret, ListApplications};
use jeton_api::calls::user::{AddSecret, CreateUser};
use jeton_api::machine::MachineInput;
use jeton_api::secrets::{self, AddedSecret};
use jeton_api::users;
use jeton_api::values::Seconds;
use jeton_domain::time::Lifetime;
use jeton_management::{ApiError, Code};
use jeton_oauth::metadata::{INTROSPECTION_PATH, TOKEN_PATH, USERINFO_PATH};
use jeton_server::local_api::LocalApi;
use jeton_server::run::Server;
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

const USERNAME: &str = "demo-service";
const API_NAME: &str = "Demo API";

/// Label of the secrets.
const LABEL: &str = "serve --dev";

/// The time that secrets of earlier starts live on. After about fifty starts in a day the maximum number of
/// secrets is reached, and the new secret then ends the others.
const DAY: Lifetime = Lifetime(86_400);

/// The credentials for `Authorization: Basic`.
type BasicAuth = Zeroizing<String>;

/// The demo API with a secret: a new API, or another secret of a known one.
#[derive(Serialize)]
#[serde(untagged)]
enum DemoApi {
    New(CreatedApi),
    Known(AddedSecret),
}

impl DemoApi {
    fn basic(&self) -> BasicAuth {
        match self {
            Self::New(api) => basic(&api.client_id, &api.client_secret),
            Self::Known(secret) => basic(&secret.client_id, &secret.client_secret),
        }
    }
}

/// Creates the demo user and API if missing, and prints the commands for the first token.
pub(crate) async fn welcome(server: &Server, global: &Global) -> Result<(), CliError> {
    let local = server.local_api().map_err(|error| CliError::new(error.to_string()))?;
    let user = demo_user(&local).await.map_err(|error| CliError::new(error.message))?;
    let api = demo_api(&local).await.map_err(|error| CliError::new(error.message))?;
    let link = server.console_link().map_err(|error| CliError::new(error.to_string()))?;
    if global.json {
        let mut started = serve::started(server);
        for (name, reply) in [
            ("user", session::json(&user)?),
            ("api", session::json(&api)?),
            ("console", json!({ "url": link.0.as_str() })),
        ] {
            if let Some(started) = started.as_object_mut() {
                started.insert(name.to_owned(), reply);
            }
        }
        serve::show(vec![json_text(&started)]);
        return Ok(());
    }
    let user = basic(&user.client_id, &user.client_secret);
    serve::show(instructions(server, &user, &api.basic(), &link.0).into());
    Ok(())
}

/// The guide's own commands, filled in.
fn instructions(server: &Server, user: &BasicAuth, api: &BasicAuth, link: &str) -> [String; 32] {
    let issuer = &server.issuer;
    let data_dir = server.config.data_dir.display();
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
async fn demo_user(local: &LocalApi) -> Result<AddedSecret, ApiError> {
    let machine = MachineInput {
        name: Some("Demo service".to_owned()),
        description: Some("created by jeton serve --dev".to_owned()),
        ..MachineInput::default()
    };
    let user = users::CreateUser {
        organization_id: None,
        user_id: None,
        username: Some(USERNAME.to_owned()),
        machine,
    };
    match perform_in_process::<CreateUser>(local, &user).await {
        Err(error) if error.code != Code::AlreadyExists => return Err(error),
        Ok(_) | Err(_) => {}
    }
    let secret = |overlap| secrets::AddSecret {
        user_id: USERNAME.to_owned(),
        label: LABEL.to_owned(),
        expiration_date: None,
        lifetime: None,
        overlap: Some(Seconds(overlap)),
        keep_others: false,
    };
    match perform_in_process::<AddSecret>(local, &secret(DAY)).await {
        Err(error) if error.code == Code::ResourceExhausted => {
            perform_in_process::<AddSecret>(local, &secret(Lifetime(0))).await
        }
        other => other,
    }
}

/// A new secret for the demo API, which is created if missing.
async fn demo_api(local: &LocalApi) -> Result<DemoApi, ApiError> {
    let Some(id) = existing_api(local).await? else {
        let api = applications::CreateApplication {
            project_id: None,
            application_id: None,
            name: API_NAME.to_owned(),
            api_configuration: ApiConfiguration::default(),
        };
        let created = perform_in_process::<CreateApplication>(local, &api).await?;
        return Ok(DemoApi::New(created.api_configuration));
    };
    let secret = |overlap| applications::GenerateClientSecret {
        application_id: id.clone(),
        project_id: None,
        label: LABEL.to_owned(),
        expiration_date: None,
        lifetime: None,
        overlap: Some(Seconds(overlap)),
        keep_others: false,
    };
    match perform_in_process::<GenerateClientSecret>(local, &secret(DAY)).await {
        Err(error) if error.code == Code::ResourceExhausted => {
            perform_in_process::<GenerateClientSecret>(local, &secret(Lifetime(0))).await
        }
        other => other,
    }
    .map(DemoApi::Known)
}

async fn existing_api(local: &LocalApi) -> Result<Option<String>, ApiError> {
    let request = applications::ListApplications {
        pagination: first_page(),
        ..applications::ListApplications::default()
    };
    let reply = perform_in_process::<ListApplications>(local, &request).await?;
    let demo = reply.applications.into_iter().find(|api| api.name == API_NAME);
    Ok(demo.map(|api| api.application_id))
}

fn basic(client_id: &str, client_secret: &str) -> BasicAuth {
    let plain = Zeroizing::new(format!("{client_id}:{client_secret}"));
    Zeroizing::new(STANDARD.encode(plain.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::runtime;
    use jeton_api::calls::user::ListSecrets;
    use jeton_api::secrets::ListSecrets as SecretsOf;
    use jeton_domain::key::{Algorithm, KeySpec};
    use jeton_server::config::Config;

    /// A server that has not begun to serve, whose management API is called.
    async fn server(directory: &std::path::Path) -> Server {
        let mut config = Config::local(&directory.join("data"));
        // Fast to generate.
        config.signing_key = KeySpec::from(Algorithm::EdDsa);
        Server::start(config).await.unwrap()
    }

    #[test]
    fn each_start_has_a_new_secret_and_those_of_earlier_ones_end() {
        runtime().unwrap().block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let server = server(directory.path()).await;
            let local = server.local_api().unwrap();
            let (first, second) = (demo_user(&local).await.unwrap(), demo_user(&local).await.unwrap());
            assert_eq!(first.client_id, second.client_id, "one user");
            assert!(first.client_secret != second.client_secret);
            let request = SecretsOf { user_id: USERNAME.to_owned() };
            let listed = perform_in_process::<ListSecrets>(&local, &request).await.unwrap().result;
            let ending = listed.into_iter().filter(|secret| secret.expiration_date.is_some());
            let ending: Vec<_> = ending.map(|secret| secret.secret_id).collect();
            assert_eq!(ending, [first.secret_id]);
        });
    }

    #[test]
    fn the_demo_api_is_made_once_and_gets_another_secret_at_each_start() {
        runtime().unwrap().block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let server = server(directory.path()).await;
            let local = server.local_api().unwrap();
            assert_eq!(existing_api(&local).await.unwrap(), None);
            let (first, second) = (demo_api(&local).await.unwrap(), demo_api(&local).await.unwrap());
            let (DemoApi::New(first), DemoApi::Known(second)) = (first, second) else {
                panic!("one API is made");
            };
            assert_eq!(first.client_id, second.client_id);
            assert!(first.client_secret != second.client_secret);
        });
    }
}
