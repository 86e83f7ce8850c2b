//! State of the endpoints for clients: the state shared by all workers, and the state of each worker.

use crate::auth_throttle::AuthThrottle;
use crate::counters::Counters;
use crate::denial_log::DenialLog;
use crate::load_shedder::LoadShedder;
use crate::security_events::SecurityEvents;
use crate::signing_queue::SigningQueue;
use crate::verifications::Verifications;
use crate::verifiers::Verifiers;
use jeton_domain::time::{Moment, Timestamp};
use jeton_oauth::credentials::ClientRef;
use jeton_oauth::denial::Denial;
use jeton_oauth::grant::Policy;
use jeton_oauth::metadata::Issuer;
use jeton_secret::Mint;
use jeton_store::{Store, StoreHandle, Versioned};
use jeton_tokens::Tokens;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// State of the endpoints, shared by all workers.
pub struct OAuth {
    /// The durable state.
    pub store: Arc<Store>,
    /// The store's tokens and the keys that they are judged by.
    pub tokens: Arc<Tokens>,
    /// The rules for granting tokens.
    pub policy: Policy,
    /// The issuer URL, the public name of the server.
    pub issuer: Issuer,
    /// Parsed public keys of clients.
    pub verifiers: Verifiers,
    /// Recent failed authentications, for throttling.
    pub auth_throttle: AuthThrottle,
    /// Security events not yet written to the audit trail.
    pub security_events: Arc<SecurityEvents>,
    /// Reasons of recent refusals, per client.
    pub denial_log: Arc<DenialLog>,
}

impl std::fmt::Debug for OAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OAuth").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl OAuth {
    /// The client that a request names, if it exists.
    ///
    /// # Errors
    /// [`Denial::Unavailable`].
    pub(crate) fn client(&self, named: &ClientRef) -> Result<Option<Versioned>, Denial> {
        let snapshot = self.store.snapshot().map_err(|_| Denial::Unavailable)?;
        let known = match named {
            ClientRef::Name(name) => snapshot.client_by_name(name),
            ClientRef::Id(id) => snapshot.client(*id),
        };
        known.map_err(|_| Denial::Unavailable)
    }

    /// The wall clock.
    pub fn now(&self) -> Timestamp {
        self.moment().wall
    }

    /// The current time on both clocks; read once per request.
    pub fn moment(&self) -> Moment {
        self.store.moment()
    }
}

/// State of the endpoints on one worker.
#[derive(Debug)]
pub struct OAuthWorker {
    /// The state shared by all workers.
    pub oauth: Arc<OAuth>,
    /// The handle to the store's writer.
    pub store_handle: Arc<StoreHandle>,
    /// The load shedder.
    pub load_shedder: LoadShedder,
    /// The queue of signatures.
    pub signing_queue: SigningQueue,
    /// The queue of assertions to verify.
    pub verifications: Verifications,
    /// The counters of this worker.
    pub counters: Arc<Counters>,
    mint: Mutex<Mint>,
}

impl OAuthWorker {
    /// A worker with empty queues.
    pub fn new(
        oauth: Arc<OAuth>,
        store_handle: Arc<StoreHandle>,
        counters: Arc<Counters>,
        mint: Mint,
    ) -> Self {
        Self {
            oauth,
            store_handle,
            load_shedder: LoadShedder::default(),
            signing_queue: SigningQueue::default(),
            verifications: Verifications::default(),
            counters,
            mint: Mutex::new(mint),
        }
    }

    /// Submits the commands of requests, ends poll rounds, and calls waiting signers and verifiers, until it
    /// is cancelled.
    pub async fn run(&self) {
        tokio::join!(
            Arc::clone(&self.store_handle).run(),
            self.load_shedder.run(),
            self.signing_queue.run(),
            self.verifications.run(),
        );
    }

    /// Writes the security events counted so far.
    pub async fn flush_security_events(&self) {
        self.oauth.security_events.flush(&self.oauth.store, &self.store_handle).await;
    }

    /// The generator of this worker; no other thread contends for it.
    pub fn mint(&self) -> MutexGuard<'_, Mint> {
        // Minting does not panic, so a poisoned lock would still guard a sound generator.
        self.mint.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
