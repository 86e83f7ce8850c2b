//! A refused request: its denial for the wire, and its exact reason for the denial log.

use crate::counters::Counters;
use crate::denial_log::{Origin, Reason};
use crate::oauth::{OAuth, OAuthWorker};
use crate::response::{self, Response};
use jeton_domain::client::{Client, found};
use jeton_domain::credential::CredentialState;
use jeton_domain::id::ClientId;
use jeton_oauth::assertion::AssertionError;
use jeton_oauth::authenticate::ClientFault;
use jeton_oauth::credentials::ClientRef;
use jeton_oauth::denial::Denial;
use jeton_oauth::diagnosis::SecretFault;
use jeton_secret::CredentialId;
use std::sync::Arc;

/// A refusal on its way to the answer: the part for the wire, and the part for administrators.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The part that the client sees.
    pub(crate) denial: Denial,
    /// The part for administrators; boxed, because answers that are no refusals carry the room for it.
    details: Option<Box<Details>>,
}

#[derive(Debug)]
struct Details {
    /// The client, as far as it was named.
    client: Option<ClientRef>,
    why: Why,
}

/// The reason, as far as it is known while the client waits.
#[derive(Debug)]
enum Why {
    Exactly(Reason),
    /// The client did not prove its identity with this credential.
    NotProven(Option<CredentialId>),
}

impl From<Denial> for Refused {
    fn from(denial: Denial) -> Self {
        Self { denial, details: None }
    }
}

impl Refused {
    /// An authenticated client that lacks a right.
    pub(crate) fn of(client: ClientId, denial: Denial) -> Self {
        Self::about(denial, &ClientRef::Id(client))
    }

    /// A client that named itself and is refused, authenticated or not.
    pub(crate) fn about(denial: Denial, client: &ClientRef) -> Self {
        Self::named(denial, Some(client.clone()), Why::Exactly(Reason::Denial(denial)))
    }

    /// A request that was refused before it presented anything that could be a client's.
    pub(crate) fn examined(denial: Denial, client: Option<ClientRef>, fault: SecretFault) -> Self {
        let is_about_secret = is_failure(denial) || denial == Denial::NoAuthentication;
        let reason = if is_about_secret { Reason::Secret(fault) } else { Reason::Denial(denial) };
        Self::named(denial, client, Why::Exactly(reason))
    }

    /// A client that named itself and did not prove its identity.
    pub(crate) fn not_proven(denial: Denial, client: &ClientRef, credential: Option<CredentialId>) -> Self {
        Self::named(denial, Some(client.clone()), Why::NotProven(credential))
    }

    /// An assertion that is wrong before any key is looked at, and the client that it is about, if it names
    /// one.
    pub(crate) fn of_assertion(denial: Denial, client: Option<ClientRef>, fault: AssertionError) -> Self {
        Self::named(denial, client, Why::Exactly(Reason::Assertion(fault)))
    }

    /// The same refusal with another denial for the wire.
    pub(crate) fn told(self, denial: Denial) -> Self {
        Self { denial, ..self }
    }

    fn named(denial: Denial, client: Option<ClientRef>, why: Why) -> Self {
        Self { denial, details: Some(Box::new(Details { client, why })) }
    }

    /// Records the refusal, after the answer: the existence of the client and the exact reason are found out
    /// once no client waits for the answer, so that its time reveals nothing.
    pub(crate) fn note(self, oauth: &Arc<OAuth>, counters: &Counters, origin: Origin) {
        counters.note_refused();
        let oauth = Arc::clone(oauth);
        tokio::spawn(async move {
            let now = oauth.now();
            let (client, reason) = self.found_out(&oauth);
            oauth.denial_log.note(client, reason, origin, now);
        });
    }

    /// Records the refusal and answers it.
    pub(crate) fn answer(self, worker: &OAuthWorker, origin: Origin) -> Response {
        let denial = self.denial;
        self.note(&worker.oauth, &worker.counters, origin);
        response::denial(denial)
    }

    /// The client it is about, if it exists, and the exact reason.
    fn found_out(self, oauth: &OAuth) -> (Option<ClientId>, Reason) {
        let Some(details) = self.details else {
            let reason = match self.denial {
                // The presented assertion names no client.
                Denial::InvalidGrant => Reason::Client(ClientFault::Unknown),
                denial if is_failure(denial) => Reason::Client(ClientFault::Unknown),
                denial => Reason::Denial(denial),
            };
            return (None, reason);
        };
        let known = details.client.as_ref().and_then(|client| oauth.client(client).ok().flatten());
        let found = known.as_ref().map(|known| &*known.client);
        let reason = match details.why {
            Why::Exactly(Reason::Secret(_) | Reason::Assertion(_))
                if found.is_none() && details.client.is_some() =>
            {
                Reason::Client(ClientFault::Unknown)
            }
            Why::Exactly(reason) => reason,
            Why::NotProven(credential) => {
                Reason::Client(ClientFault::of(found, state(oauth, found, credential)))
            }
        };
        (found.map(|client| client.id), reason)
    }
}

/// True if a client did not prove its identity. Throttling of its failures is the answer, not the reason.
const fn is_failure(denial: Denial) -> bool {
    matches!(denial, Denial::InvalidClient | Denial::TooManyFailures { .. })
}

/// The state of the credential that a client named, if it has or had it.
fn state(oauth: &OAuth, client: Option<&Client>, id: Option<CredentialId>) -> Option<CredentialState> {
    let (client, id) = (client?, id?);
    let past = oauth.store.snapshot().ok()?.past_of(client, id).ok()?;
    found(client, past.as_ref(), id).map(|found| found.state(oauth.moment()))
}
