//! What the three endpoints for clients begin with: a form and the client's authentication.

use crate::app::Worker;
use crate::body;
use crate::failures::Source;
use bytes::Bytes;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use jeton_oauth::authenticate::{AuthenticatedClient, authenticate};
use jeton_oauth::client::Revision;
use jeton_oauth::credentials::{ClientRef, Presented};
use jeton_oauth::denial::Denial;
use jeton_oauth::form::{self, Form};
use jeton_oauth::limits::FORM_BYTES_MAX;
use jeton_oauth::time::Timestamp;

/// A client's request, received whole.
pub(super) struct ClientRequest {
    headers: HeaderMap,
    body: Bytes,
    source: Source,
}

/// A client that authenticated, and the revision of the facts about it.
pub(super) struct Authenticated {
    pub(super) proof: AuthenticatedClient,
    pub(super) as_of: Revision,
}

impl ClientRequest {
    /// Reads a form; the query string is never looked at (RFC 6749 §2.3.1).
    pub(super) async fn receive(request: Request<Incoming>, source: Source) -> Result<Self, Denial> {
        let (head, body) = request.into_parts();
        form::check_content_type(head.headers.get(CONTENT_TYPE).map(|value| value.as_bytes()))?;
        let body = body::read(body, FORM_BYTES_MAX).await?;
        Ok(Self { headers: head.headers, body, source })
    }

    /// The parameters.
    pub(super) fn form(&self) -> Result<Form<'_>, Denial> {
        Form::parse(&self.body)
    }

    /// Who the client is. Whatever is wrong with its credentials has the same answer, and costs it
    /// one of its attempts.
    pub(super) fn authenticate(
        &self,
        worker: &Worker,
        form: &Form<'_>,
        now: Timestamp,
    ) -> Result<Authenticated, Denial> {
        let app = &worker.app;
        let presented = match Presented::read(self.authorization()?, form) {
            Ok(presented) => presented,
            // Not a secret of ours, so nothing was guessed; still it is slowed down, on an account
            // of its own that no real client shares.
            Err(Denial::InvalidClient) => return Err(self.failed(worker, b"", now)),
            Err(denial) => return Err(denial),
        };
        let name = match &presented.client {
            ClientRef::Name(name) => name.as_str().as_bytes(),
            ClientRef::Id(id) => &id.0.to_be_bytes(),
        };
        self.check_failures(worker, name, now)?;
        let snapshot = app.store.snapshot().map_err(|_| Denial::Unavailable)?;
        let digest = app.keys.digest_client_secret(&presented.secret);
        let known = match &presented.client {
            ClientRef::Name(name) => snapshot.client_by_name(name),
            ClientRef::Id(id) => snapshot.client(*id),
        };
        let known = known.map_err(|_| Denial::Unavailable)?;
        let as_of = known.as_ref().map_or_else(Revision::default, |known| known.as_of);
        match authenticate(known.map(|known| known.client), presented.secret.credential(), &digest, now) {
            Ok(proof) => Ok(Authenticated { proof, as_of }),
            Err(denial) => {
                app.failures.note(name, self.source, now);
                Err(denial)
            }
        }
    }

    /// The one `Authorization` header, if there is one.
    fn authorization(&self) -> Result<Option<&[u8]>, Denial> {
        let mut values = self.headers.get_all(AUTHORIZATION).iter();
        let first = values.next();
        if values.next().is_some() {
            return Err(Denial::ManyAuthenticationMethods);
        }
        Ok(first.map(|value| value.as_bytes()))
    }

    fn check_failures(&self, worker: &Worker, name: &[u8], now: Timestamp) -> Result<(), Denial> {
        let checked = worker.app.failures.check(name, self.source, now);
        checked.map_err(|retry_after_seconds| Denial::TooManyFailures { retry_after_seconds })
    }

    fn failed(&self, worker: &Worker, name: &[u8], now: Timestamp) -> Denial {
        if let Err(denial) = self.check_failures(worker, name, now) {
            return denial;
        }
        worker.app.failures.note(name, self.source, now);
        Denial::InvalidClient
    }
}
