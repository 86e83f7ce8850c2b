//! The management API: ZITADEL's v2 services for machine users, and Jeton's own, over Connect's unary JSON
//! and over REST.
//!
//! It is served on the public listener to bearers of access tokens, and on the operator's unix socket to
//! every process that may open it; the command line calls [`Management::call`] itself while no server runs.
//! `routes.rs` is the table of all calls; each is a function from a request to a reply or an [`ApiError`].

mod acceptance;
mod access;
mod access_tokens;
mod administrators;
mod application_keys;
mod applications;
mod audit;
mod authorizations;
mod call;
mod caller;
mod credentials;
mod error;
mod event_names;
mod explain;
mod filter;
mod handle;
mod idempotency;
mod json;
mod keys;
mod leaks;
pub mod limits;
mod listing;
mod machine;
mod management;
mod metadata;
mod names;
mod normalise;
pub mod openapi;
mod organizations;
mod pages;
pub mod pool;
mod project_grants;
mod project_roles;
mod projects;
mod reply;
pub mod rotation;
pub mod routes;
mod secrets;
pub mod services;
mod sorting;
mod statistics;
pub mod status;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text_match;
mod token_keys;
mod tokens;
mod user_credentials;
mod users;
mod web_keys;

pub use caller::Caller;
pub use error::{ApiError, Code, Protocol};
pub use idempotency::IdempotencyKey;
pub use management::Management;
pub use normalise::Input;
pub use reply::Reply;
pub use routes::{ROUTES, Route, Status, Verb, unsupported};
pub use services::{KeyRules, Services};

use call::Call;
use idempotency::{AnsweredCall, CallState};
use jeton_domain::id::EventId;
use jeton_oauth::grant::audience;
use jeton_store::Command;
use jeton_tokens::Found;
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

impl Management {
    /// The bearer of a live token, if the token is meant for this API.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`] if it is not.
    pub fn caller(found: &Found<'_>) -> Result<Caller, ApiError> {
        let token = found.seen().token;
        let instance = found.seen().instance;
        let mut projects = audience(token.facts, token.client, instance);
        if !projects.any(|project| project == instance.management_project) {
            return Err(ApiError::unauthenticated(
                "the access token is not for the management API; request the scope \
                 urn:zitadel:iam:org:project:id:zitadel:aud",
            ));
        }
        Ok(Caller::Bearer(Arc::new(token.client.clone()), found.bearer()))
    }

    /// Answers one call on the pool: reading a large request and writing a large answer take long as well.
    ///
    /// # Errors
    /// The reason of a refusal.
    pub async fn submit(
        &self,
        route: &'static Route,
        caller: Caller,
        conditions: Conditions,
        input: Input,
    ) -> Result<Arc<Reply>, ApiError> {
        let (party, bytes) = (caller.party(), input.body.len());
        let call =
            move |management: Self| async move { management.run(route, caller, conditions, &input).await };
        self.services().calls.run(party, bytes, self.clone(), call).await?
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
        let ticket = match key {
            None => None,
            Some(key) => {
                match self.services().idempotent_calls.begin(
                    &caller,
                    key,
                    ((route.service, route.method), expected, &request),
                    self.moment().careful,
                )? {
                    CallState::Again(done) => return self.show_again(&caller, done).await,
                    CallState::First(ticket) => Some(ticket),
                }
            }
        };
        let call = Call::new(self.clone(), caller, expected);
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
        let ask = Command::AskAgain { by: caller.principal(), rights: done.rights };
        self.store_handle().submit(ask).await?;
        match done.made {
            Some(made) if !made.exists(&*self.services().tokens.snapshot()?, self.moment())? => {
                Err(ApiError::not_found(
                    "the credential that this call made has ended since; use a new Idempotency-Key",
                ))
            }
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
