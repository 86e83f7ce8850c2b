//! The endpoints. Each reads top to bottom from request to answer.

pub mod keys;
pub mod userinfo;

pub(crate) mod client;
mod introspect;
pub(crate) mod issue;
mod posted;
mod revoke;
mod token;

pub use client::ClientRequestHead;

use crate::denial_log::Origin;
use crate::oauth::OAuthWorker;
use crate::refused::Refused;
use crate::response::{self, Response};
use crate::verifications::NoRoom;
use client::ClientRequest;
use jeton_oauth::denial::Denial;
use jeton_oauth::form::Parameters;
use jeton_oauth::metadata::{INTROSPECTION_PATH, REVOCATION_PATH, TOKEN_PATH};
use posted::Posted;

/// The endpoints for client requests, which are forms with client authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientEndpoint {
    /// Token endpoint (RFC 6749 §3.2).
    Token,
    /// Introspection (RFC 7662).
    Introspection,
    /// Revocation (RFC 7009).
    Revocation,
}

impl ClientEndpoint {
    const fn path(self) -> &'static str {
        match self {
            Self::Token => TOKEN_PATH,
            Self::Introspection => INTROSPECTION_PATH,
            Self::Revocation => REVOCATION_PATH,
        }
    }

    const fn parameters(self) -> Parameters {
        match self {
            Self::Token => Parameters::TOKEN_REQUEST,
            Self::Introspection | Self::Revocation => Parameters::ABOUT_A_TOKEN,
        }
    }

    /// Receives a client's request and answers it.
    pub async fn answer(self, worker: &OAuthWorker, asked: ClientRequestHead) -> Response {
        let source = asked.source();
        let answered = match ClientRequest::receive(asked, self.path()).await {
            Err(refused) => Err(refused),
            // Checked here, where the work begins: a body may come long after its head, and hyper routes
            // everything that is ready of an HTTP/2 connection before it serves any of it.
            Ok(_) if !worker.load_shedder.admits() => return overloaded(worker),
            Ok(request) => self.serve(worker, request).await,
        };
        answered.unwrap_or_else(|refused| refused.answer(worker, Origin { source, endpoint: self.path() }))
    }

    async fn serve(self, worker: &OAuthWorker, request: ClientRequest) -> Result<Response, Refused> {
        let form = request.form(self.parameters())?;
        let posted = Posted::new(&form);
        // Facts are read after this await alone. Where several servers share them, the dispatcher has waited
        // for a confirmation that they were current when the request arrived.
        if let Err(NoRoom) = request.await_turn(worker, &posted).await {
            return Ok(overloaded(worker));
        }
        match self {
            Self::Token => {
                let issuing = token::answer(worker, &request, &posted);
                // Nothing of a request is kept while an assertion is used up, and hyper reads the next one
                // into its buffer.
                drop(posted);
                drop(form);
                drop(request);
                issuing.await
            }
            Self::Introspection => introspect::answer(worker, &request, &posted).await,
            Self::Revocation => revoke::answer(worker, &request, &posted).await,
        }
    }
}

/// The 503 answer to client requests under overload. Administrators and probes are served under any load.
pub(crate) fn overloaded(worker: &OAuthWorker) -> Response {
    worker.counters.note_refused();
    response::denial(Denial::Overloaded)
}
