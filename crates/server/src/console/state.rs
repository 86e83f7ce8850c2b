//! State of the console, and what both its pages and its sign-in do with it.

use super::sessions::{Session, Sessions};
use crate::counters::Counters;
use crate::http_api::HttpApi;
use crate::limits::LINK;
use crate::oauth::OAuth;
use jeton_domain::event::{Entry, EventKind};
use jeton_management::ApiError;
use jeton_oauth::metadata::CONSOLE_PATH;
use jeton_secret::{EntropyError, LinkSecret, Mint};
use jeton_store::{Command, StoreHandle};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// State of the console on one worker.
#[derive(Debug)]
pub struct Console {
    /// Open sessions, those of all workers.
    pub(super) sessions: Arc<Sessions>,
    /// The calls of the management API.
    pub(super) http_api: Arc<HttpApi>,
    /// The state that the endpoints for clients share: a sign-in is a token request, and counts as one.
    pub(super) oauth: Arc<OAuth>,
    /// The counters of this worker.
    pub(super) counters: Arc<Counters>,
    store_handle: Arc<StoreHandle>,
    mint: Mutex<Mint>,
}

impl Console {
    /// The console on one worker.
    pub(crate) const fn new(
        sessions: Arc<Sessions>,
        http_api: Arc<HttpApi>,
        oauth: Arc<OAuth>,
        store_handle: Arc<StoreHandle>,
        counters: Arc<Counters>,
        mint: Mint,
    ) -> Self {
        Self { sessions, http_api, oauth, counters, store_handle, mint: Mutex::new(mint) }
    }

    /// A link that signs the operator in once, and its lifetime in seconds.
    ///
    /// # Errors
    /// [`EntropyError`].
    pub fn link(&self) -> Result<(Zeroizing<String>, u64), EntropyError> {
        let secret = LinkSecret::new(self.mint().secret()?);
        self.sessions.add_link(self.oauth.tokens.digests().digest_link(&secret), self.oauth.moment());
        // In the fragment, which is sent to no server and so is in no log.
        let url = format!("{}{CONSOLE_PATH}/#link={}", self.oauth.issuer, secret.text().expose());
        Ok((Zeroizing::new(url), u64::from(LINK.0)))
    }

    /// Records a session event in the audit trail.
    pub(super) async fn record(&self, kind: EventKind, session: &Session) -> Result<(), ApiError> {
        let client = session.standing.client();
        let snapshot = self.oauth.store.snapshot()?;
        let known = client.map(|client| snapshot.client(client)).transpose()?.flatten();
        let organization = known.map(|known| known.client.organization);
        let who = if client.is_none() { "the operator, " } else { "" };
        let note = format!("{who}console session {} from {}", session.id, session.source);
        let entry = Entry::new(kind, client.map_or(0, |client| client.0), 0, note);
        let observed = Command::Observe { entries: vec![(organization, entry)], now: self.oauth.now() };
        self.store_handle.submit(observed).await?;
        Ok(())
    }

    /// The generator of this worker; no other thread contends for it.
    pub(super) fn mint(&self) -> MutexGuard<'_, Mint> {
        // Minting does not panic, so a poisoned lock would still guard a sound generator.
        self.mint.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The refusal of a request whose session has ended.
pub(super) fn ended() -> ApiError {
    ApiError::unauthenticated("you are not signed in, or your session has ended")
}
