//! The management API: Connect unary JSON in ZITADEL's shapes (`POST /zitadel.user.v2.UserService/...`).
//!
//! It is served on the operator's unix socket, whose permissions are the authentication, and the
//! command line calls [`Management::call`] itself while no server runs. Each call is a function from
//! a request to a reply or an [`ApiError`]; the tables of all of them begin at [`Management::call`].

mod access_tokens;
mod applications;
mod authorizations;
mod error;
mod filter;
mod json;
mod keys;
mod machine;
mod metadata;
mod projects;
mod secrets;
mod tokens;
mod users;
mod web_keys;

pub use error::{ApiError, Code};

use crate::app::Worker;
use jeton_oauth::client::Client;
use jeton_oauth::id::{ClientId, ClientName};
use jeton_oauth::time::Timestamp;
use jeton_store::{Action, Change, Command, Known, Outcome};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// What a call comes to: the JSON of its reply, or of its error.
type Reply = Result<Vec<u8>, ApiError>;

/// The management API on a worker's store.
#[derive(Debug, Clone)]
pub struct Management {
    worker: Arc<Worker>,
}

impl Management {
    /// The API, acting through this worker.
    pub const fn new(worker: Arc<Worker>) -> Self {
        Self { worker }
    }

    /// Answers one call: the path names it, the body is its JSON request. `None` when there is no
    /// such call.
    pub async fn call(&self, path: &str, body: &[u8]) -> Option<Reply> {
        let (service, method) = path.strip_prefix('/')?.split_once('/')?;
        match service {
            "zitadel.user.v2.UserService" | "jeton.user.v1.UserService" => self.users(method, body).await,
            "zitadel.application.v2.ApplicationService" => self.applications(method, body).await,
            "zitadel.project.v2.ProjectService" => self.projects(method, body).await,
            "zitadel.authorization.v2.AuthorizationService" => self.authorizations(method, body).await,
            "zitadel.webkey.v2.WebKeyService" | "jeton.webkey.v1.WebKeyService" => {
                self.web_keys(method, body).await
            }
            "jeton.token.v1.TokenService" => self.tokens(method, body).await,
            _ => None,
        }
    }

    async fn users(&self, method: &str, body: &[u8]) -> Option<Reply> {
        Some(match method {
            "CreateUser" => write(users::create(self, read(body)).await),
            "UpdateUser" => write(users::edit(self, read(body)).await),
            "GetUserByID" => write(users::get(self, read(body))),
            "ListUsers" => write(users::list(self, read(body))),
            "DeleteUser" => write(users::delete(self, read(body)).await),
            "DeactivateUser" => write(users::deactivate(self, read(body)).await),
            "ReactivateUser" => write(users::reactivate(self, read(body)).await),
            "AddSecret" => write(secrets::add(self, read(body)).await),
            "RemoveSecret" => write(secrets::remove(self, read(body)).await),
            "ListSecrets" => write(secrets::list(self, read(body)).await),
            "AddKey" => write(keys::add(self, read(body)).await),
            "RemoveKey" => write(keys::remove(self, read(body)).await),
            "ListKeys" => write(keys::list(self, read(body))),
            "AddPersonalAccessToken" => write(access_tokens::add(self, read(body)).await),
            "RemovePersonalAccessToken" => write(access_tokens::remove(self, read(body)).await),
            "ListPersonalAccessTokens" => write(access_tokens::list(self, read(body))),
            "SetUserMetadata" => write(metadata::set(self, read(body)).await),
            "ListUserMetadata" => write(metadata::list(self, read(body))),
            "DeleteUserMetadata" => write(metadata::delete(self, read(body)).await),
            _ => return None,
        })
    }

    async fn applications(&self, method: &str, body: &[u8]) -> Option<Reply> {
        Some(match method {
            "CreateApplication" => write(applications::create(self, read(body)).await),
            "ListApplications" => write(applications::list(self, read(body))),
            "DeleteApplication" => write(applications::delete(self, read(body)).await),
            "GenerateClientSecret" => write(applications::generate_secret(self, read(body)).await),
            "CreateApplicationKey" => write(keys::create_of_application(self, read(body)).await),
            "DeleteApplicationKey" => write(keys::remove(self, read(body)).await),
            _ => return None,
        })
    }

    async fn projects(&self, method: &str, body: &[u8]) -> Option<Reply> {
        Some(match method {
            "CreateProject" => write(projects::create(self, read(body)).await),
            "ListProjects" => write(projects::list(self, read(body))),
            "AddProjectRole" => write(projects::add_role(self, read(body)).await),
            "RemoveProjectRole" => write(projects::remove_role(self, read(body)).await),
            "ListProjectRoles" => write(projects::list_roles(self, read(body))),
            _ => return None,
        })
    }

    async fn authorizations(&self, method: &str, body: &[u8]) -> Option<Reply> {
        Some(match method {
            "CreateAuthorization" => write(authorizations::create(self, read(body)).await),
            "UpdateAuthorization" => write(authorizations::update(self, read(body)).await),
            "DeleteAuthorization" => write(authorizations::delete(self, read(body)).await),
            _ => return None,
        })
    }

    async fn web_keys(&self, method: &str, body: &[u8]) -> Option<Reply> {
        Some(match method {
            "CreateWebKey" => write(web_keys::create(self, read(body)).await),
            "ActivateWebKey" => write(web_keys::activate(self, read(body)).await),
            "DeleteWebKey" => write(web_keys::delete(self, read(body)).await),
            "ListWebKeys" => write(web_keys::list(self, read(body))),
            "RotateWebKey" => write(web_keys::rotate(self, read(body)).await),
            _ => return None,
        })
    }

    async fn tokens(&self, method: &str, body: &[u8]) -> Option<Reply> {
        Some(match method {
            "RevokeToken" => write(tokens::revoke(self, read(body)).await),
            "RevokeUserTokens" => write(tokens::revoke_of_user(self, read(body)).await),
            _ => return None,
        })
    }

    fn now(&self) -> Timestamp {
        self.worker.app.now()
    }

    /// The client with this id, or the service user with this username.
    fn find(&self, reference: &str) -> Result<Known, ApiError> {
        let snapshot = self.worker.app.store.snapshot()?;
        let digits = !reference.is_empty() && reference.bytes().all(|b| b.is_ascii_digit());
        let known = if digits {
            match ClientId::parse(reference) {
                Ok(id) => snapshot.client(id)?,
                Err(_) => None,
            }
        } else {
            let name =
                ClientName::username(reference).map_err(|error| ApiError::invalid(error.to_string()))?;
            snapshot.client_by_name(&name)?
        };
        known.ok_or_else(|| ApiError::not_found(format!("there is no user or application {reference}")))
    }

    fn find_user(&self, reference: &str) -> Result<Known, ApiError> {
        let known = self.find(reference)?;
        if known.client.service_user().is_some() {
            return Ok(known);
        }
        Err(ApiError::not_found(format!("{reference} is an application, not a user")))
    }

    fn find_api(&self, reference: &str) -> Result<Known, ApiError> {
        let known = self.find(reference)?;
        if known.client.api().is_some() {
            return Ok(known);
        }
        Err(ApiError::not_found(format!("{reference} is a user, not an application")))
    }

    /// Has a change made; returns the client as it is then.
    async fn change(
        &self,
        client: ClientId,
        action: Action,
        now: Timestamp,
    ) -> Result<Arc<Client>, ApiError> {
        let command = Command::Administer(Change { client, action, now });
        match self.worker.courier.deliver(command).await? {
            Outcome::Client(client) => Ok(client),
            _ => Err(ApiError::internal()),
        }
    }
}

/// Reads a request; an empty body is an empty request, as in Connect.
fn read<R: DeserializeOwned>(body: &[u8]) -> Result<R, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| {
        // serde's text may quote the value, which may be a secret; the place is enough.
        let what = match error.classify() {
            serde_json::error::Category::Data => "a member is missing or has the wrong type",
            _ => "the request is not valid JSON",
        };
        ApiError::invalid(format!("{what} (line {}, column {})", error.line(), error.column()))
    })
}

fn write<R: Serialize>(reply: Result<R, ApiError>) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(&reply?).map_err(|_| ApiError::internal())
}
