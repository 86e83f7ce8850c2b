//! The common beginning of the three endpoints for clients: a form and client authentication.

use super::posted::{Named, Posted, Taken};
use crate::auth_throttle::{Source, TooMany};
use crate::body::{self, Incoming};
use crate::oauth::{OAuth, OAuthWorker};
use crate::refused::Refused;
use crate::verifications::{Lane, NoRoom, Place};
use bytes::Bytes;
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use jeton_domain::credential::{Credential, PastCredential};
use jeton_domain::id::ClientId;
use jeton_domain::time::Moment;
use jeton_oauth::assertion::{Assertion, AssertionError, Purpose};
use jeton_oauth::authenticate::{AuthenticatedClient, authenticate, authenticate_assertion};
use jeton_oauth::bearer;
use jeton_oauth::credentials::{ClientRef, Presented};
use jeton_oauth::denial::Denial;
use jeton_oauth::diagnosis;
use jeton_oauth::form::{self, Form, Parameters};
use jeton_oauth::jws::Unverified;
use jeton_oauth::limits::FORM_BYTES_MAX;
use jeton_secret::{ClientSecret, CredentialId};
use jeton_store::{Command, CommandError, UsedAssertion};

/// The parts of a client's request that are looked at.
#[derive(Debug)]
pub struct ClientRequestHead {
    headers: HeaderMap,
    body: Incoming,
    source: Source,
}

impl ClientRequestHead {
    /// Takes the parts out of a request.
    pub fn of(request: Request<Incoming>, source: Source) -> Self {
        let (head, body) = request.into_parts();
        Self { headers: head.headers, body, source }
    }

    /// The source of the request.
    pub(super) const fn source(&self) -> Source {
        self.source
    }
}

/// A client's request, received whole.
pub(super) struct ClientRequest {
    headers: HeaderMap,
    body: Bytes,
    source: Source,
    /// The path of the endpoint, below the issuer.
    endpoint: &'static str,
}

impl ClientRequest {
    /// Reads a form; the query string is never looked at (RFC 6749 §2.3.1).
    pub(super) async fn receive(asked: ClientRequestHead, endpoint: &'static str) -> Result<Self, Refused> {
        let ClientRequestHead { headers, body, source } = asked;
        match Self::read_body(&headers, body).await {
            Ok(body) => Ok(Self { headers, body, source, endpoint }),
            Err(denial) => Err(examined(&headers, None, denial)),
        }
    }

    async fn read_body(headers: &HeaderMap, body: Incoming) -> Result<Bytes, Denial> {
        form::check_content_type(headers.get(CONTENT_TYPE).map(|value| value.as_bytes()))?;
        body::read(body, FORM_BYTES_MAX).await
    }

    /// The parameters that are known at the endpoint.
    pub(super) fn form(&self, known: Parameters) -> Result<Form<'_>, Refused> {
        Form::parse(&self.body, known).map_err(|denial| examined(&self.headers, None, denial))
    }

    /// Waits until the request may be verified, if it has an assertion.
    pub(super) async fn await_turn(&self, worker: &OAuthWorker, posted: &Posted<'_>) -> Result<(), NoRoom> {
        match self.place(&worker.oauth, posted) {
            Some(place) => worker.verifications.come(place, self.body.len()).await,
            None => Ok(()),
        }
    }

    /// The place of this request among those that wait for a verification; none if it needs none.
    fn place(&self, oauth: &OAuth, posted: &Posted<'_>) -> Option<Place> {
        let Named { assertion, subject } = posted.client_assertion().or_else(|| posted.assertion())?.ok()?;
        let known = oauth.client(subject.as_ref()?).ok().flatten().map(|known| known.client);
        let key = known.as_ref().and_then(|client| client.credential(key_id(assertion)?));
        let lane = match &known {
            _ if oauth.auth_throttle.is_failing(self.source, oauth.moment().careful) => Lane::Failing,
            Some(client) => Lane::Client(client.id),
            None => Lane::Unknown,
        };
        let named = (known.as_ref().map(|client| client.id), key.map(|key| key.id));
        Some(Place { lane, source: self.source, named })
    }

    /// Authenticates the client. Every error in its credentials has the same answer and costs one of its
    /// attempts.
    pub(super) fn authenticate(
        &self,
        worker: &OAuthWorker,
        posted: &Posted<'_>,
        now: Moment,
    ) -> Result<AuthenticatedClient, Refused> {
        let form = posted.form;
        let presented = self.authorization().and_then(|header| Presented::read(header, form));
        match presented {
            Ok(Presented::Secret { client, secret, beside }) => {
                let authenticated = by_secret(&worker.oauth, self.source, &client, &secret, now)?;
                // A conflict with the name of another client is reported only after successful
                // authentication.
                agree(authenticated, beside.as_ref(), Denial::ManyAuthenticationMethods)
            }
            Ok(Presented::Assertion { beside }) => {
                let authenticated = self.by_assertion(worker, posted, now)?;
                agree(authenticated, beside.as_ref(), Denial::InvalidClient)
            }
            // Not one of our secrets, so nothing was guessed; still the failure is counted, on an account of
            // its own.
            Err(Denial::InvalidClient) => {
                let denial = failed(&worker.oauth, None, self.source, now);
                Err(examined(&self.headers, Some(form), denial))
            }
            Err(denial) => Err(examined(&self.headers, Some(form), denial)),
        }
    }

    /// Authenticates the user that an assertion is about (RFC 7523 §2.1), and the client that authenticated
    /// besides, if one did. Both must be the same.
    pub(super) fn authenticate_grant(
        &self,
        worker: &OAuthWorker,
        posted: &Posted<'_>,
        now: Moment,
    ) -> Result<(AuthenticatedClient, Option<AuthenticatedClient>), Refused> {
        // Two headers are refused where the client is authenticated.
        let header = self.authorization().unwrap_or(Some(b""));
        let is_client_there = Presented::is_in(header, posted.form);
        let client = is_client_there.then(|| self.authenticate(worker, posted, now)).transpose()?;
        let assertion = posted.assertion().ok_or(Denial::AssertionMissing)?;
        // As a grant an assertion names its user by id alone (RFC 7523 §3).
        let subject = |client: &ClientRef| matches!(client, ClientRef::Id(_));
        let subject =
            self.by_jwt(worker, (assertion, posted.form), Purpose::AuthorizationGrant, now, subject);
        match subject {
            Ok(subject) if client.as_ref().is_none_or(|client| is_same(client, &subject)) => {
                Ok((subject, client))
            }
            Ok(subject) => Err(Refused::of(subject.client().id, Denial::InvalidGrant)),
            Err(refused) if refused.denial == Denial::InvalidClient => {
                Err(refused.told(Denial::InvalidGrant))
            }
            Err(refused) => Err(refused),
        }
    }

    fn by_assertion(
        &self,
        worker: &OAuthWorker,
        posted: &Posted<'_>,
        now: Moment,
    ) -> Result<AuthenticatedClient, Refused> {
        let assertion = posted.client_assertion().ok_or(Denial::InvalidClient)?;
        self.by_jwt(worker, (assertion, posted.form), Purpose::ClientAuthentication, now, |_| true)
    }

    fn by_jwt(
        &self,
        worker: &OAuthWorker,
        (taken, form): (Taken<'_, '_>, &Form<'_>),
        purpose: Purpose,
        now: Moment,
        may_be_subject: impl FnOnce(&ClientRef) -> bool,
    ) -> Result<AuthenticatedClient, Refused> {
        let oauth = &worker.oauth;
        let junk = |fault: AssertionError, client: Option<ClientRef>| {
            tracing::debug!(?fault, ?purpose, "an assertion was refused");
            Refused::of_assertion(failed(oauth, None, self.source, now), client, fault)
        };
        let beside = || form.client_id.as_ref().and_then(|id| ClientRef::parse(id.expose()).ok());
        let Named { assertion, subject } = taken.map_err(|fault| junk(fault, beside()))?;
        let client = subject.as_ref().filter(|client| may_be_subject(client));
        let client = client.ok_or_else(|| junk(AssertionError::Subject, subject.clone().or_else(beside)))?;
        let known = oauth.client(client)?;
        let found = known.map(|known| known.client);
        let checked =
            assertion.check(purpose, &oauth.issuer, self.endpoint, &oauth.policy.assertions, now.wall);
        let checked = checked.map_err(|fault| junk(fault, Some(client.clone())))?;
        let verify = |credential: Option<&Credential>, token: &Unverified<'_>| {
            worker.verifications.verify(|| oauth.verifiers.verify(credential, token))
        };
        let past = |client, credential| past(oauth, client, credential);
        authenticate_assertion(found, &checked, verify, past, now)
            .map_err(|denial| not_proven(oauth, self.source, client, key_id(assertion), denial, now))
    }

    /// The token that the request bears in place of client authentication, if any.
    pub(super) fn bearer(&self, form: &Form<'_>) -> Option<Result<&str, Denial>> {
        let header = self.authorization().ok().flatten()?;
        let is_bearer = header.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "));
        let is_client_there = form.client_secret.is_some() || form.client_assertion.is_some();
        is_bearer.then(|| match is_client_there {
            true => Err(Denial::ManyAuthenticationMethods),
            false => bearer::token(Some(header)),
        })
    }

    /// The only `Authorization` header, if there is one.
    fn authorization(&self) -> Result<Option<&[u8]>, Denial> {
        let mut values = self.headers.get_all(AUTHORIZATION).iter();
        let first = values.next();
        if values.next().is_some() {
            return Err(Denial::ManyAuthenticationMethods);
        }
        Ok(first.map(|value| value.as_bytes()))
    }
}

/// Another name of the same client may stand beside its authentication (RFC 7521 §4.2), but not that of
/// another client.
fn agree(
    authenticated: AuthenticatedClient,
    beside: Option<&ClientRef>,
    otherwise: Denial,
) -> Result<AuthenticatedClient, Refused> {
    let client = authenticated.client();
    if beside.is_none_or(|name| name.names(client)) {
        return Ok(authenticated);
    }
    Err(Refused::of(client.id, otherwise))
}

/// The client with this secret. The secret is always compared; every failure costs the same.
///
/// # Errors
/// [`Denial::InvalidClient`], [`Denial::TooManyFailures`], [`Denial::Unavailable`].
pub(crate) fn by_secret(
    oauth: &OAuth,
    source: Source,
    client: &ClientRef,
    secret: &ClientSecret,
    now: Moment,
) -> Result<AuthenticatedClient, Refused> {
    // Before the lookup, so that an unknown client costs the same as a known one.
    let digest = oauth.tokens.digests().digest_client_secret(secret);
    let known = oauth.client(client)?;
    let past = |client| past(oauth, client, secret.credential());
    let proof = authenticate(known.map(|known| known.client), secret.credential(), &digest, past, now);
    proof.map_err(|denial| not_proven(oauth, source, client, Some(secret.credential()), denial, now))
}

/// Counts a failed proof of identity.
fn not_proven(
    oauth: &OAuth,
    source: Source,
    client: &ClientRef,
    credential: Option<CredentialId>,
    denial: Denial,
    now: Moment,
) -> Refused {
    let denial = match denial {
        Denial::InvalidClient => failed(oauth, Some(client), source, now),
        other => other,
    };
    Refused::not_proven(denial, client, credential)
}

/// Counts a failed authentication. The denial is the same for every cause, and a different one beyond the
/// bound.
pub(crate) fn failed(oauth: &OAuth, client: Option<&ClientRef>, source: Source, now: Moment) -> Denial {
    oauth.security_events.note_failed(client, source);
    match oauth.auth_throttle.count(client, source, now.careful) {
        Ok(()) => Denial::InvalidClient,
        Err(TooMany { retry_after_seconds }) => Denial::TooManyFailures { retry_after_seconds },
    }
}

/// A refusal before any lookup, with the client that the request names.
fn examined(headers: &HeaderMap, form: Option<&Form<'_>>, denial: Denial) -> Refused {
    let header = headers.get(AUTHORIZATION).map(|value| value.as_bytes());
    let (client, fault) = diagnosis::examine(header, form);
    Refused::examined(denial, client, fault)
}

fn is_same(one: &AuthenticatedClient, other: &AuthenticatedClient) -> bool {
    one.client().id == other.client().id
}

/// The credential that an assertion names in its header, if it can be the id of one.
fn key_id(assertion: &Assertion<'_>) -> Option<CredentialId> {
    assertion.key_id()?.parse().ok().map(CredentialId)
}

/// A former credential of a client.
fn past(oauth: &OAuth, client: ClientId, credential: CredentialId) -> Result<Option<PastCredential>, Denial> {
    let snapshot = oauth.store.snapshot().map_err(|_| Denial::Unavailable)?;
    snapshot.past_credential(client, credential).map_err(|_| Denial::Unavailable)
}

/// Uses up a single-use assertion before anything is answered.
pub(super) async fn use_assertion_up(
    worker: &OAuthWorker,
    proof: &AuthenticatedClient,
) -> Result<(), Denial> {
    let Some(assertion) = proof.assertion() else { return Ok(()) };
    let client = proof.client().id;
    let digest = worker.oauth.tokens.digests().digest_assertion(client.0, &assertion.id);
    let assertion = UsedAssertion { client, digest, until: assertion.until };
    match worker.store_handle.submit(Command::UseAssertion(assertion)).await {
        Ok(_) => Ok(()),
        Err(rejection) => Err(rejected(rejection)),
    }
}

/// The denial for a command that the store rejected.
pub(super) const fn rejected(rejection: CommandError) -> Denial {
    match rejection {
        CommandError::AssertionUsed => Denial::InvalidClient,
        CommandError::QueueFull | CommandError::TooManyAssertions => Denial::Overloaded,
        CommandError::Refused(_) | CommandError::Unavailable => Denial::Unavailable,
    }
}
