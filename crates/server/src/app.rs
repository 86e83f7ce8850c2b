//! State shared by all workers, and the state of each worker.

use crate::auth_throttle::AuthThrottle;
use crate::clock::SteppedClock;
use crate::config::Config;
use crate::console::Sessions;
use crate::counters::Meter;
use crate::entropy::EntropySources;
use crate::front::Front;
use crate::oauth::{OAuth, OAuthWorker};
use crate::proxies::Proxies;
use crate::security_events::SecurityEvents;
use crate::telemetry::Telemetry;
use crate::verifiers::Verifiers;
use jeton_management::{KeyRules, Management, Services};
use jeton_oauth::grant::Policy;
use jeton_oauth::metadata::Issuer;
use jeton_secret::{EntropyError, Keys, Mint};
use jeton_store::directory::DATABASE_FILE;
use jeton_store::{Store, StoreHandle};
use jeton_tokens::{SigningKeyOpener, TokenKeyOpener, Tokens};
use std::sync::Arc;

/// State shared by all workers; immutable apart from counters and caches.
pub struct App {
    /// The listeners' own state.
    pub front: Arc<Front>,
    /// The endpoints' own state.
    pub oauth: Arc<OAuth>,
    /// The entropy of generators.
    pub entropy: EntropySources,
    /// The configuration.
    pub config: Config,
    /// Activity per minute.
    pub meter: Arc<Meter>,
    /// Open console sessions.
    pub sessions: Sessions,
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
        let security_events = Arc::new(SecurityEvents::new(clock));
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
        let oauth = Arc::new(OAuth {
            store,
            tokens,
            policy,
            issuer,
            verifiers: Verifiers::default(),
            auth_throttle: AuthThrottle::default(),
            security_events,
            denial_log,
        });
        Self { front, oauth, entropy, config, meter, sessions: Sessions::default(), management }
    }
}

/// One worker: a thread with its own connections, random generator and store handle.
#[derive(Debug)]
pub struct Worker {
    /// The listeners' own state.
    pub front: Arc<Front>,
    /// The endpoints' state on this worker.
    pub oauth: OAuthWorker,
    /// The state shared by all workers.
    pub app: Arc<App>,
    /// The management API.
    pub management: Management,
}

impl Worker {
    /// A worker with a freshly seeded generator.
    ///
    /// # Errors
    /// [`EntropyError`] if the operating system gives no entropy.
    pub fn new(app: Arc<App>) -> Result<Arc<Self>, EntropyError> {
        let store_handle = StoreHandle::new(Arc::clone(&app.oauth.store));
        let counters = app.meter.worker();
        let mint = || Mint::new((app.entropy)());
        let management = Management::new(Arc::clone(&app.management), Arc::clone(&store_handle), mint()?);
        let oauth = OAuthWorker::new(Arc::clone(&app.oauth), store_handle, counters, mint()?);
        Ok(Arc::new(Self { front: Arc::clone(&app.front), oauth, app, management }))
    }

    /// Serves the worker's requests until it is cancelled.
    pub async fn run(self: Arc<Self>) {
        self.oauth.run().await;
    }
}
