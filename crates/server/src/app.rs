//! State shared by all workers, and the state of each worker.

use crate::auth_throttle::AuthThrottle;
use crate::clock::SteppedClock;
use crate::config::Config;
use crate::console::Sessions;
use crate::counters::{Counters, Meter};
use crate::denial_log::DenialLog;
use crate::entropy::EntropySources;
use crate::front::Front;
use crate::load_shedder::LoadShedder;
use crate::proxies::Proxies;
use crate::security_events::SecurityEvents;
use crate::signing_queue::SigningQueue;
use crate::telemetry::Telemetry;
use crate::verifications::Verifications;
use crate::verifiers::Verifiers;
use jeton_domain::time::{Moment, Timestamp};
use jeton_management::{KeyRules, Management, Services};
use jeton_oauth::grant::Policy;
use jeton_oauth::metadata::Issuer;
use jeton_secret::{EntropyError, Keys, Mint};
use jeton_store::directory::DATABASE_FILE;
use jeton_store::{Store, StoreHandle};
use jeton_tokens::{SigningKeyOpener, TokenKeyOpener, Tokens};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// State shared by all workers; immutable apart from counters and caches.
pub struct App {
    /// The listeners' own state.
    pub front: Arc<Front>,
    /// The durable state.
    pub store: Arc<Store>,
    /// The store's tokens and the keys that they are judged by.
    pub tokens: Arc<Tokens>,
    /// The server's clocks.
    pub clock: Arc<dyn SteppedClock>,
    /// The entropy of generators.
    pub entropy: EntropySources,
    /// The configuration.
    pub config: Config,
    /// The rules for granting tokens.
    pub policy: Policy,
    /// The issuer URL, the public name of the server.
    pub issuer: Issuer,
    /// Recent failed authentications, for throttling.
    pub auth_throttle: AuthThrottle,
    /// Security events not yet written to the audit trail.
    pub security_events: Arc<SecurityEvents>,
    /// Activity per minute.
    pub meter: Arc<Meter>,
    /// Reasons of recent refusals, per client.
    pub denial_log: Arc<DenialLog>,
    /// Open console sessions.
    pub sessions: Sessions,
    /// Parsed public keys of clients.
    pub verifiers: Verifiers,
    /// The shared parts of the management API.
    pub management: Arc<Services>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("config", &self.config).finish_non_exhaustive()
    }
}

/// An open store and its keys.
pub struct Parts {
    /// The durable state.
    pub store: Arc<Store>,
    /// The keys of all digests.
    pub keys: Keys,
    /// The server's clocks.
    pub clock: Arc<dyn SteppedClock>,
    /// The entropy of generators.
    pub entropy: EntropySources,
    /// The rules for granting tokens.
    pub policy: Policy,
    /// The server's signing keys, opened.
    pub signing: SigningKeyOpener,
    /// The server's token keys, opened.
    pub sealing: TokenKeyOpener,
}

impl App {
    /// The shared state, assembled from an open store, a checked configuration and the issuer.
    pub fn new(parts: Parts, config: Config, issuer: Issuer) -> Self {
        let Parts { store, keys, clock, entropy, policy, signing, sealing } = parts;
        let started = clock.now();
        let security_events = Arc::new(SecurityEvents::default());
        let alarm = Arc::clone(&security_events);
        let tokens = Arc::new(Tokens::new(Arc::clone(&store), keys, (signing, sealing), alarm));
        let proxies = Arc::new(Proxies::new(config.trusted_proxies.clone()));
        let telemetry = Telemetry {
            meter: Arc::default(),
            denial_log: Arc::default(),
            proxies: Arc::clone(&proxies),
            started,
            database: config.data_dir.join(DATABASE_FILE),
        };
        let (meter, denial_log) = (Arc::clone(&telemetry.meter), Arc::clone(&telemetry.denial_log));
        let key_rules =
            KeyRules { first: config.signing_key, age_seconds_max: config.signing_key_lifetime_seconds };
        let management = Services::new(Arc::clone(&tokens), issuer.clone(), key_rules, Arc::new(telemetry));
        let front = Arc::new(Front::new(&config, issuer.clone(), proxies, Arc::clone(&store)));
        Self {
            front,
            store,
            tokens,
            clock,
            entropy,
            config,
            policy,
            issuer,
            auth_throttle: AuthThrottle::default(),
            security_events,
            meter,
            denial_log,
            management,
            sessions: Sessions::default(),
            verifiers: Verifiers::default(),
        }
    }

    /// The wall clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The current time on both clocks; read once per request.
    pub fn moment(&self) -> Moment {
        self.store.moment()
    }
}

/// One worker: a thread with its own connections, random generator and store handle.
#[derive(Debug)]
pub struct Worker {
    /// The listeners' own state.
    pub front: Arc<Front>,
    /// The state shared by all workers.
    pub app: Arc<App>,
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
    /// The management API.
    pub management: Management,
    mint: Mutex<Mint>,
}

impl Worker {
    /// A worker with a freshly seeded generator.
    ///
    /// # Errors
    /// [`EntropyError`] if the operating system gives no entropy.
    pub fn new(app: Arc<App>) -> Result<Arc<Self>, EntropyError> {
        let store_handle = StoreHandle::new(Arc::clone(&app.store));
        let counters = app.meter.worker();
        let mint = || Mint::new((app.entropy)());
        let management = Management::new(Arc::clone(&app.management), Arc::clone(&store_handle), mint()?);
        let mint = Mutex::new(mint()?);
        Ok(Arc::new(Self {
            front: Arc::clone(&app.front),
            app,
            store_handle,
            load_shedder: LoadShedder::default(),
            signing_queue: SigningQueue::default(),
            verifications: Verifications::default(),
            counters,
            management,
            mint,
        }))
    }

    /// Serves the worker's requests until it is cancelled: submits their commands, ends poll rounds, calls
    /// waiting signers and verifiers.
    pub async fn run(self: Arc<Self>) {
        tokio::join!(
            Arc::clone(&self.store_handle).run(),
            self.load_shedder.run(),
            self.signing_queue.run(),
            self.verifications.run(),
        );
    }

    /// The generator of this worker; no other thread contends for it.
    pub fn mint(&self) -> MutexGuard<'_, Mint> {
        // Minting does not panic, so a poisoned lock would still guard a sound generator.
        self.mint.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
