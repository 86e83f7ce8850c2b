//! The management API: ZITADEL's v2 services for machine users, and ours, over Connect's unary JSON and over REST.
//!
//! It is served on the public listener to bearers of access tokens, on the operator's unix socket to whoever may
//! open it, and the command line calls [`Management::call`] itself while no server runs. `routes.rs` is the table of
//! all calls; each is a function from a request to a reply or an [`ApiError`].

mod access_tokens;
mod administrators;
mod application_keys;
mod applications;
mod audit;
mod authorizations;
mod call;
mod credentials;
mod error;
mod filter;
mod json;
mod keys;
mod leaks;
mod listing;
mod machine;
mod metadata;
mod objects;
pub mod openapi;
mod organizations;
mod projects;
pub mod routes;
mod scan;
mod secrets;
mod text_match;
mod tokens;
mod user_credentials;
mod users;
mod web_keys;

pub use call::Caller;
pub use error::{ApiError, Code, Protocol};
pub use routes::{Lookup, Reply, Route, lookup};

use crate::app::Worker;
use call::Call;
use jeton_oauth::id::ActNumber;
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

    /// Answers one call. `expected` is the act that changed its subject last, as far as the caller knows.
    ///
    /// # Errors
    /// Whatever refuses it.
    pub async fn run(
        &self,
        route: &Route,
        caller: Caller,
        expected: Option<ActNumber>,
        body: Vec<u8>,
    ) -> Result<Reply, ApiError> {
        if !caller.may_somewhere(route.needs) {
            return Err(ApiError::denied(route.needs));
        }
        let call = Call { worker: Arc::clone(&self.worker), caller, expected };
        (route.run)(&call, body).await
    }

    /// Answers one call of the operator's by its Connect path.
    ///
    /// # Errors
    /// Whatever refuses it.
    pub async fn call(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, ApiError> {
        match lookup("POST", path) {
            Lookup::Found(route, Protocol::Connect, _) => {
                Ok(self.run(route, Caller::Operator, None, body.to_vec()).await?.body)
            }
            _ => Err(ApiError::unimplemented(format!("there is no call {path}; is it another version?"))),
        }
    }
}
