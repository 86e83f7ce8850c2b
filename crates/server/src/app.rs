//! What all workers share, and what each worker has for itself.

use crate::admission::Admission;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::connections::Connections;
use crate::console::Sessions;
use crate::counters::{Counters, Meter};
use crate::courier::Courier;
use crate::document::Document;
use crate::entropy::OsEntropy;
use crate::failures::Failures;
use crate::limits::{
    CALLS_OF_ONE_CALLER, KEY_POOL_THREADS, KEYS_OF_ONE_CALLER, OPERATOR_CONNECTIONS_MAX, POOL_THREADS,
};
use crate::management::openapi;
use crate::management::retries::Retries;
use crate::observations::Observations;
use crate::pool::Pool;
use crate::proxies::Proxies;
use crate::refusals::Refusals;
use crate::run::StartError;
use crate::sealing::Sealing;
use crate::signing::Signing;
use crate::signing_turns::SigningTurns;
use crate::verifications::Verifications;
use crate::verifiers::Verifiers;
use bytes::Bytes;
use jeton_domain::time::{Moment, Timestamp};
use jeton_oauth::grant::Policy;
use jeton_oauth::metadata::Issuer;
use jeton_secret::{EntropyError, Keys, Mint};
use jeton_store::{Clock, Health, Store, Writes};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;

/// Shared by all workers; immutable but for what counts.
pub struct App {
    /// Durable state.
    pub store: Arc<Store>,
    /// The digest keys.
    pub keys: Keys,
    /// The machine's clocks.
    pub clock: Arc<SystemClock>,
    /// As configured.
    pub config: Config,
    /// What may be granted.
    pub policy: Policy,
    /// Who the server says it is.
    pub issuer: Issuer,
    /// The discovery document.
    pub metadata: Document,
    /// The proxies in front.
    pub proxies: Proxies,
    /// Who failed to authenticate lately.
    pub failures: Failures,
    /// Security events that are not in the audit trail yet.
    pub observations: Observations,
    /// What was done, per minute.
    pub meter: Meter,
    /// Why requests were refused.
    pub refusals: Refusals,
    /// When this process began to serve.
    pub started: Timestamp,
    /// Management calls that may come again.
    pub retries: Arc<Retries>,
    /// Who is signed in to the console.
    pub sessions: Sessions,
    /// Our signing keys.
    pub signing: Signing,
    /// Our token keys.
    pub sealing: Sealing,
    /// Clients' keys.
    pub verifiers: Verifiers,
    /// Where calls of the management API are answered.
    pub pool: Arc<Pool<Arc<Worker>>>,
    /// Where keys are made.
    pub key_pool: Arc<Pool<()>>,
    /// Open connections of the public listener.
    pub connections: Arc<Connections>,
    /// Open connections of the operator's socket.
    pub operator_connections: Arc<Connections>,
    openapi: OnceLock<Document>,
    draining: AtomicBool,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("config", &self.config).finish_non_exhaustive()
    }
}

/// What a health check is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// The server stops; what comes now should go elsewhere.
    pub draining: bool,
    /// What of the store works.
    pub store: Health,
}

impl Readiness {
    /// Whether all requests can be served.
    pub fn is_ready(&self) -> bool {
        !self.draining && self.store.reads && self.store.writes == Writes::Work
    }

    /// What works and what does not, in words: introspection, userinfo and key sets need `reads`; administration, revocation
    /// and what else has to be durable need `writes`.
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

/// An open store and what belongs to it.
pub struct Parts {
    /// Durable state.
    pub store: Arc<Store>,
    /// The digest keys.
    pub keys: Keys,
    /// The machine's clocks.
    pub clock: Arc<SystemClock>,
    /// What may be granted.
    pub policy: Policy,
    /// Our signing keys.
    pub signing: Signing,
    /// Our token keys.
    pub sealing: Sealing,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts, config: Config, issuer: Issuer) -> Self {
        let Parts { store, keys, clock, policy, signing, sealing } = parts;
        let started = clock.now();
        let proxies = Proxies::new(config.trusted_proxies.clone());
        let idle_timeout = config.idle_timeout;
        let connections = Connections::new(config.connections_max, idle_timeout);
        let metadata = Document::new(Bytes::from(jeton_oauth::metadata::document(&issuer)));
        Self {
            proxies,
            store,
            keys,
            clock,
            config,
            policy,
            issuer,
            metadata,
            failures: Failures::default(),
            observations: Observations::default(),
            meter: Meter::default(),
            refusals: Refusals::default(),
            started,
            retries: Arc::default(),
            sessions: Sessions::default(),
            signing,
            sealing,
            verifiers: Verifiers::default(),
            pool: Pool::new(CALLS_OF_ONE_CALLER),
            key_pool: Pool::new(KEYS_OF_ONE_CALLER),
            connections,
            operator_connections: Connections::new(OPERATOR_CONNECTIONS_MAX, idle_timeout),
            openapi: OnceLock::new(),
            draining: AtomicBool::new(false),
        }
    }

    /// Starts the threads of both pools.
    ///
    /// # Errors
    /// [`StartError`] when threads or entropy can't be had.
    pub fn start_pools(self: &Arc<Self>) -> Result<Pools, StartError> {
        let mut pools = Pools { app: Arc::clone(self), threads: Vec::new() };
        for index in 0..POOL_THREADS {
            let worker = Worker::new(Arc::clone(self))?;
            let context = move || {
                tokio::spawn(Arc::clone(&worker).run());
                worker
            };
            pools.threads.push(self.pool.start(format!("jeton-pool-{index}"), context)?);
        }
        for index in 0..KEY_POOL_THREADS {
            pools.threads.push(self.key_pool.start(format!("jeton-keys-{index}"), || ())?);
        }
        Ok(pools)
    }

    /// The wall clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Now, on both clocks; read once per request.
    pub fn moment(&self) -> Moment {
        self.store.moment()
    }

    /// The OpenAPI document. Making it takes longer than a request may, so that is done when the server starts.
    pub fn openapi(&self) -> &Document {
        self.openapi.get_or_init(|| Document::new(openapi::document(&self.issuer)))
    }

    /// From now on not ready: a load balancer should send nothing more.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether all requests can be served, and which can't.
    pub fn readiness(&self) -> Readiness {
        Readiness { draining: self.draining.load(Ordering::Relaxed), store: self.store.health() }
    }
}

/// The threads of the pools. They take nothing more when this is dropped.
#[derive(Debug)]
pub struct Pools {
    app: Arc<App>,
    threads: Vec<JoinHandle<()>>,
}

impl Pools {
    /// Waits until what the pools have taken is done.
    pub fn end(mut self) {
        self.close();
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
    }

    fn close(&self) {
        self.app.pool.close();
        self.app.key_pool.close();
    }
}

impl Drop for Pools {
    fn drop(&mut self) {
        self.close();
    }
}

/// One worker: a thread with connections, a generator and a courier of its own.
#[derive(Debug)]
pub struct Worker {
    /// What all share.
    pub app: Arc<App>,
    /// To the store's writer and back.
    pub courier: Arc<Courier>,
    /// Which requests it serves.
    pub admission: Admission,
    /// When it signs.
    pub signing_turns: SigningTurns,
    /// The assertions that it verifies.
    pub verifications: Verifications,
    /// What it did.
    pub counters: Arc<Counters>,
    mint: Mutex<Mint>,
}

impl Worker {
    /// A worker with a freshly seeded generator.
    ///
    /// # Errors
    /// [`EntropyError`] when the operating system gives no entropy.
    pub fn new(app: Arc<App>) -> Result<Arc<Self>, EntropyError> {
        let courier = Courier::new(Arc::clone(&app.store));
        let counters = app.meter.worker();
        let mint = Mutex::new(Mint::new(Box::new(OsEntropy))?);
        Ok(Arc::new(Self {
            app,
            courier,
            admission: Admission::default(),
            signing_turns: SigningTurns::default(),
            verifications: Verifications::default(),
            counters,
            mint,
        }))
    }

    /// Does what its requests count on, until it is cancelled: carries their commands, ends their turns, calls signers and verifiers.
    pub async fn run(self: Arc<Self>) {
        tokio::join!(
            Arc::clone(&self.courier).run(),
            self.admission.run(),
            self.signing_turns.run(),
            self.verifications.run(),
        );
    }

    /// This worker's generator; no other thread contends for it.
    pub fn mint(&self) -> MutexGuard<'_, Mint> {
        // Minting does not panic, so a poisoned lock would still guard a sound generator.
        self.mint.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
