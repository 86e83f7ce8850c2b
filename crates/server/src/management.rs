//! The management API: Connect unary JSON in ZITADEL's shapes (`POST /zitadel.user.v2.UserService/...`).
//!
//! It is served on the operator's unix socket, whose permissions are the authentication, and the
//! command line calls [`Management::call`] itself while no server runs. Each call is a function from
//! a request to a reply or an [`ApiError`]; the table of all of them is [`Management::call`].

mod applications;
mod error;
mod filter;
mod json;
mod secrets;
mod tokens;
mod users;

pub use error::{ApiError, Code};

use crate::app::Worker;
use jeton_oauth::client::Client;
use jeton_oauth::id::{ClientId, ClientName};
use jeton_oauth::time::Timestamp;
use jeton_store::{Action, Change, Command, Known, Outcome};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

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
    pub async fn call(&self, path: &str, body: &[u8]) -> Option<Result<Vec<u8>, ApiError>> {
        let reply = match path {
            "/zitadel.user.v2.UserService/CreateUser" => write(users::create(self, read(body)).await),
            "/zitadel.user.v2.UserService/GetUserByID" => write(users::get(self, read(body))),
            "/zitadel.user.v2.UserService/ListUsers" => write(users::list(self, read(body))),
            "/zitadel.user.v2.UserService/DeleteUser" => write(users::delete(self, read(body)).await),
            "/zitadel.user.v2.UserService/DeactivateUser" => write(users::deactivate(self, read(body)).await),
            "/zitadel.user.v2.UserService/ReactivateUser" => write(users::reactivate(self, read(body)).await),
            "/zitadel.user.v2.UserService/AddSecret" => write(secrets::add(self, read(body)).await),
            "/zitadel.user.v2.UserService/RemoveSecret" => write(secrets::remove(self, read(body)).await),
            "/jeton.user.v1.UserService/ListSecrets" => write(secrets::list(self, read(body)).await),
            "/zitadel.application.v2.ApplicationService/CreateApplication" => {
                write(applications::create(self, read(body)).await)
            }
            "/zitadel.application.v2.ApplicationService/ListApplications" => {
                write(applications::list(self, read(body)))
            }
            "/zitadel.application.v2.ApplicationService/DeleteApplication" => {
                write(applications::delete(self, read(body)).await)
            }
            "/zitadel.application.v2.ApplicationService/GenerateClientSecret" => {
                write(applications::generate_secret(self, read(body)).await)
            }
            "/jeton.token.v1.TokenService/RevokeToken" => write(tokens::revoke(self, read(body)).await),
            "/jeton.token.v1.TokenService/RevokeUserTokens" => {
                write(tokens::revoke_of_user(self, read(body)).await)
            }
            _ => return None,
        };
        Some(reply)
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
            Outcome::Issued(_) | Outcome::TokenRevoked(_) | Outcome::Noted => Err(ApiError::internal()),
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
