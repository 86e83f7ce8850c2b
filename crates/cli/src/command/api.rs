//! `jeton api`: clients that may introspect tokens.

use crate::args::Api;
use crate::output::or_empty;
use crate::session::{self, Session, first_page};
use crate::{CliError, shell};
use jeton_api::application_keys::{self, ApplicationKeyFilter};
use jeton_api::applications::{self, ApiConfiguration, ApiConfigurationUpdate, AuthMethod, ByApplicationId};
use jeton_api::calls::application::{
    CreateApplication, DeactivateApplication, DeleteApplication, GetApplication, ListApplicationKeys,
    ListApplications, ReactivateApplication, UpdateApplication,
};

pub(crate) fn run(session: &mut Session<'_>, command: Api) -> Result<(), CliError> {
    let by_id = |api: &str| ByApplicationId { application_id: api.to_owned(), project_id: None };
    match command {
        Api::Create { name, project, resource, private_key_jwt } => {
            let auth_method_type = if private_key_jwt { AuthMethod::Key } else { AuthMethod::Secret };
            let request = applications::CreateApplication {
                project_id: project,
                application_id: None,
                name,
                api_configuration: ApiConfiguration { auth_method_type, resource },
            };
            create(session, &request)
        }
        Api::List => list(session),
        Api::Show { api } => session.perform::<GetApplication>(&by_id(&api), |output, reply| {
            output.properties(&session::json(&reply.application)?)
        }),
        Api::Rename { api, name } => {
            let request = applications::UpdateApplication {
                application_id: api,
                project_id: None,
                name: Some(name),
                api_configuration: ApiConfigurationUpdate::default(),
            };
            session.perform_and_say::<UpdateApplication>(&request, "renamed")
        }
        Api::Deactivate { api } => {
            session.perform_and_say::<DeactivateApplication>(&by_id(&api), &format!("deactivated {api}"))
        }
        Api::Reactivate { api } => {
            session.perform_and_say::<ReactivateApplication>(&by_id(&api), &format!("reactivated {api}"))
        }
        Api::Keys { api } => keys(session, api),
        Api::Delete { api } => {
            session.perform_and_say::<DeleteApplication>(&by_id(&api), &format!("deleted {api}"))
        }
    }
}

fn create(session: &mut Session<'_>, request: &applications::CreateApplication) -> Result<(), CliError> {
    session.perform::<CreateApplication>(request, |output, reply| {
        let api = reply.api_configuration;
        output.line(&format!("ClientID      {}", api.client_id))?;
        match request.api_configuration.auth_method_type {
            AuthMethod::Key => {
                let next = shell::command("jeton key add", &[&api.client_id]);
                output.line(&format!("next: {next}"))
            }
            AuthMethod::Secret => {
                output.line(&format!("ClientSecret  {}", api.client_secret))?;
                output.remark("Copy the secret now: it can't be shown again.");
                Ok(())
            }
        }
    })
}

fn keys(session: &mut Session<'_>, api: Option<String>) -> Result<(), CliError> {
    let filter = api.map(|application_id| ApplicationKeyFilter::Application { application_id });
    let request = application_keys::ListApplicationKeys {
        pagination: first_page(),
        filters: filter.into_iter().collect(),
        ..application_keys::ListApplicationKeys::default()
    };
    session.list::<ListApplicationKeys>(
        request,
        |request| &mut request.pagination,
        |output, reply| {
            let rows = reply.keys.into_iter().map(|key| {
                [key.key_id, key.application_id, key.creation_date.to_string(), or_empty(key.expiration_date)]
            });
            output.table(["ID", "APPLICATION", "CREATED", "EXPIRES"], rows)
        },
    )
}

fn list(session: &mut Session<'_>) -> Result<(), CliError> {
    let request = applications::ListApplications {
        pagination: first_page(),
        ..applications::ListApplications::default()
    };
    session.list::<ListApplications>(
        request,
        |request| &mut request.pagination,
        |output, reply| {
            let rows = reply.applications.into_iter().map(|api| {
                [api.name, api.api_configuration.client_id, api.project_id, api.creation_date.to_string()]
            });
            output.table(["NAME", "CLIENT ID", "PROJECT", "CREATED"], rows)
        },
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, refused_at_once};
    use serde_json::json;

    #[test]
    fn an_api_has_a_secret_that_is_shown_or_a_key_that_is_added_next() {
        let reply = |secret: &str| {
            let api = json!({ "clientId": "5", "clientSecret": secret });
            json!({ "applicationId": "5", "creationDate": "2026-01-02T03:04:05Z", "apiConfiguration": api })
        };
        check(
            "api create A",
            "CreateApplication",
            json!({ "name": "A", "apiConfiguration": { "authMethodType": "API_AUTH_METHOD_TYPE_BASIC" } }),
            reply("jeton_cs_x"),
            "ClientID  5\nClientSecret  jeton_cs_x\n",
        );
        check(
            "api create A --project 7 --resource https://a.example --private-key-jwt",
            "CreateApplication",
            json!({
                "name": "A", "projectId": "7",
                "apiConfiguration": {
                    "authMethodType": "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT", "resource": "https://a.example",
                },
            }),
            reply(""),
            "ClientID  5\nnext: jeton key add 5\n",
        );
    }

    #[test]
    fn a_change_names_the_api_and_says_what_was_done() {
        for (command, method, said) in [
            ("api deactivate 5", "DeactivateApplication", "deactivated 5\n"),
            ("api reactivate 5", "ReactivateApplication", "reactivated 5\n"),
            ("api delete 5", "DeleteApplication", "deleted 5\n"),
        ] {
            check(command, method, json!({ "applicationId": "5" }), json!({}), said);
        }
        let request = json!({ "applicationId": "5", "name": "-x", "apiConfiguration": {} });
        check("api rename 5 -- -x", "UpdateApplication", request, json!({}), "renamed\n");
    }

    #[test]
    fn keys_are_those_of_all_apis_or_of_one() {
        let page = json!({ "asc": true, "limit": 1000, "offset": 0 });
        let key = json!({
            "keyId": "9", "applicationId": "5", "projectId": "7", "organizationId": "1", "creationDate": "2026-01-02T03:04:05Z",
        });
        let reply = json!({ "keys": [key], "pagination": { "appliedLimit": "1000" } });
        let printed = "ID  APPLICATION  CREATED  EXPIRES\n9  5  2026-01-02T03:04:05Z\n";
        let all = json!({ "pagination": page, "filters": [] });
        check("api keys", "ListApplicationKeys", all, reply.clone(), printed);
        let one =
            json!({ "pagination": page, "filters": [{ "applicationIdFilter": { "applicationId": "5" } }] });
        check("api keys 5", "ListApplicationKeys", one, reply, printed);
    }

    #[test]
    fn an_api_without_a_name_is_refused() {
        for command in ["api create", "api rename 5", "api show", "api delete"] {
            assert!(refused_at_once(command).contains("required"), "{command}");
        }
    }
}
