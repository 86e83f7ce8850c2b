//! State shared by all workers, and the state of each worker.

use crate::auth_throttle::AuthThrottle;
use crate::clock::SteppedClock;
use crate::config::Config;
use crate::connections::Connections;
use crate::console::Sessions;
use crate::counters::{Counters, Meter};
use crate::denial_log::DenialLog;
use crate::document::Document;
use crate::entropy::EntropySources;
use crate::limits::OPERATOR_CONNECTIONS_MAX;
use crate::load_shedder::LoadShedder;
use crate::proxies::Proxies;
use crate::router::Router;
use crate::security_events::SecurityEvents;
use crate::signing_queue::SigningQueue;
use crate::telemetry::Telemetry;
use crate::verifications::Verifications;
use crate::verifiers::Verifiers;
use bytes::Bytes;
use jeton_domain::time::{Moment, Timestamp};
use jeton_management::{KeyRules, Management, Services, openapi};
use jeton_oauth::grant::Policy;
use jeton_oauth::metadata::Issuer;
use jeton_secret::{EntropyError, Keys, Mint};
use jeton_store::directory::DATABASE_FILE;
use jeton_store::{Health, Store, StoreHandle, Writes};
use jeton_tokens::{SigningKeyOpener, TokenKeyOpener, Tokens};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// State shared by all workers; immutable apart from counters and caches.
pub struct App {
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
    /// The discovery document.
    pub metadata: Document,
    /// The trusted proxies in front of the server.
    pub proxies: Arc<Proxies>,
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
    /// Open connections of the public listener.
    pub connections: Arc<Connections>,
    /// Open connections of the operator's socket.
    pub operator_connections: Arc<Connections>,
    /// The paths of the public listener.
    pub router: Router,
    /// The paths of the operator's socket.
    pub operator_router: Router,
    openapi: OnceLock<Document>,
    draining: AtomicBool,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("config", &self.config).finish_non_exhaustive()
    }
}

/// The result of a health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// True while the server stops; new requests should go elsewhere.
    pub draining: bool,
    /// The health of the store.
    pub store: Health,
}

impl Readiness {
    /// True if all requests can be served.
    pub fn is_ready(&self) -> bool {
        !self.draining && self.store.reads && self.store.writes == Writes::Work
    }

    /// The working and failed parts by name: introspection, userinfo and key sets need `reads`;
    /// administration, revocation and other durable changes need `writes`.
    pub fn to_json(&self) -> String {
        let status = match (self.is_ready(), self.draining) {
            (true, _) => "ready",
            (false, true) => "stopping",
            (false, false) => "not ready",
        };
        let reads = if self.store.reads { "ok" } else { "failing" };
        let parts: Vec<_> = self.store.damaged_parts.iter().map(|part| part.name()).collect();
        serde_json::json!({
            "status": status,
            "reads": reads,
            "writes": self.store.writes.as_str(),
            "damagedPages": self.store.damaged_pages,
            "damagedTables": parts,
        })
        .to_string()
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
        let idle_timeout = config.idle_timeout;
        let connections = Connections::new(config.connections_max, idle_timeout);
        let router = Router::public(&issuer);
        let metadata = Document::new(Bytes::from(jeton_oauth::metadata::document(&issuer)));
        Self {
            proxies,
            store,
            tokens,
            clock,
            entropy,
            config,
            policy,
            issuer,
            metadata,
            auth_throttle: AuthThrottle::default(),
            security_events,
            meter,
            denial_log,
            management,
            sessions: Sessions::default(),
            verifiers: Verifiers::default(),
            connections,
            operator_connections: Connections::new(OPERATOR_CONNECTIONS_MAX, idle_timeout),
            router,
            operator_router: Router::operator(),
            openapi: OnceLock::new(),
            draining: AtomicBool::new(false),
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

    /// The OpenAPI document. Rendering takes longer than a request may, so it is done when the server starts.
    pub fn openapi(&self) -> &Document {
        self.openapi.get_or_init(|| Document::new(openapi::document(&self.issuer).into()))
    }

    /// Reports not ready from now on, so that load balancers send nothing more.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// The current state of readiness.
    pub fn readiness(&self) -> Readiness {
        Readiness { draining: self.draining.load(Ordering::Relaxed), store: self.store.health() }
    }
}

/// One worker: a thread with its own connections, random generator and store handle.
#[derive(Debug)]
pub struct Worker {
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
