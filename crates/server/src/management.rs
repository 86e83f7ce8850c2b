//! The management API: ZITADEL's v2 services for machine users, and Jeton's own, over Connect's unary JSON
//! and over REST.
//!
//! It is served on the public listener to bearers of access tokens, and on the operator's unix socket to
//! every process that may open it; the command line calls [`Management::call`] itself while no server runs.
//! `routes.rs` is the table of all calls; each is a function from a request to a reply or an [`ApiError`].

mod acceptance;
mod access_tokens;
mod administrators;
mod application_keys;
mod applications;
mod audit;
mod authorizations;
mod call;
mod credentials;
mod error;
mod event_names;
mod explain;
mod filter;
mod handle;
pub mod idempotency;
mod json;
mod keys;
mod leaks;
mod listing;
mod machine;
mod metadata;
mod names;
mod normalise;
pub mod openapi;
mod organizations;
mod pages;
mod project_grants;
mod project_roles;
mod projects;
pub mod routes;
mod secrets;
mod sorting;
mod statistics;
mod text_match;
mod token_keys;
mod tokens;
mod user_credentials;
mod users;
mod web_keys;

pub use call::Caller;
pub use error::{ApiError, Code, Protocol};
pub use idempotency::IdempotencyKey;
pub use normalise::Input;
pub use routes::{Reply, Route, Status, unsupported};

use crate::app::Worker;
use call::Call;
use idempotency::{AnsweredCall, CallState};
use jeton_domain::id::EventId;
use jeton_store::Command;
use normalise::{Normal, normalise};
use std::sync::Arc;

/// The conditions that a caller puts on a call.
#[derive(Debug, Default)]
pub struct Conditions {
    /// The last change of the subject that the caller knows of (`If-Match`).
    pub expected: Option<EventId>,
    /// The key that is the same for every repetition of one call (`Idempotency-Key`).
    pub key: Option<IdempotencyKey>,
}

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

    /// Answers one call.
    ///
    /// # Errors
    /// The reason of a refusal.
    pub async fn run(
        &self,
        route: &'static Route,
        caller: Caller,
        conditions: Conditions,
        input: &Input,
    ) -> Result<Arc<Reply>, ApiError> {
        if !caller.may_somewhere(route.needs) {
            return Err(ApiError::denied(route.needs));
        }
        let Normal { request, ignored } = normalise(route.message, input)?;
        let Conditions { expected, key } = conditions;
        let app = &self.worker.app;
        let ticket = match key {
            None => None,
            Some(key) => {
                match app.idempotent_calls.begin(
                    &caller,
                    key,
                    (route, expected, &request),
                    app.moment().careful,
                )? {
                    CallState::Again(done) => return self.show_again(&caller, done).await,
                    CallState::First(ticket) => Some(ticket),
                }
            }
        };
        let call = Call::new(Arc::clone(&self.worker), caller, expected);
        let Some(ticket) = ticket else {
            let body = (route.run)(&call, request).await?;
            return Ok(Arc::new(Reply { body, ignored }));
        };
        // A client that retries wants to know the outcome of this call, so it continues when the caller hangs
        // up.
        let done = tokio::spawn(async move {
            let body = (route.run)(&call, request).await?;
            let reply = Arc::new(Reply { body, ignored });
            // A call without effect can be repeated.
            if let Some(rights) = call.rights() {
                ticket.keep(AnsweredCall { reply: Arc::clone(&reply), rights, made: call.made() });
            }
            Ok(reply)
        });
        done.await.map_err(|_| ApiError::internal())?
    }

    /// The answer to a call that was done before. It may contain a secret, so it is shown only to a caller
    /// that could do the same now: the writer checks the rights again, and the caller's token. A credential
    /// that has ended since is not shown: a client that used it as the new secret would be refused.
    async fn show_again(&self, caller: &Caller, done: AnsweredCall) -> Result<Arc<Reply>, ApiError> {
        let ask = Command::AskAgain { by: caller.authority(), rights: done.rights };
        self.worker.store_handle.submit(ask).await?;
        let app = &self.worker.app;
        match done.made {
            Some(made) if !made.exists(&*app.store.snapshot()?, app.moment())? => Err(ApiError::not_found(
                "the credential that this call made has ended since; use a new Idempotency-Key",
            )),
            _ => Ok(done.reply),
        }
    }

    /// Answers one call of the operator by its Connect path.
    ///
    /// # Errors
    /// The reason of a refusal.
    pub async fn call(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, ApiError> {
        let Some(route) = routes::at(path) else {
            return Err(ApiError::unimplemented(format!("there is no call {path}; is it another version?")));
        };
        let input = Input { body: body.to_vec(), ..Input::default() };
        let reply = self.run(route, Caller::Operator, Conditions::default(), &input).await?;
        Ok(reply.body.clone())
    }
}
