//! The assembly of a server: which part shares what with which.
//!
//! Everything that is the same for all workers is made here once, and each worker is made of it.

use crate::auth_throttle::AuthThrottle;
use crate::clock::SteppedClock;
use crate::config::Config;
use crate::console::{Console, Sessions};
use crate::counters::Meter;
use crate::dispatch::Dispatcher;
use crate::entropy::EntropySources;
use crate::front::Front;
use crate::http_api::HttpApi;
use crate::local_api::LocalApi;
use crate::oauth::{OAuth, OAuthWorker};
use crate::proxies::Proxies;
use crate::security_events::SecurityEvents;
use crate::telemetry::Telemetry;
use crate::verifiers::Verifiers;
use jeton_domain::scope::UnknownScopes;
use jeton_domain::time::Lifetime;
use jeton_jose::sign::SigningError;
use jeton_management::services::{PoolError, Pools};
use jeton_management::{KeyRules, Management, Services};
use jeton_oauth::grant::Policy;
use jeton_oauth::metadata::Issuer;
use jeton_secret::{EntropyError, Keys, Mint};
use jeton_store::directory::DATABASE_FILE;
use jeton_store::{Store, StoreHandle};
use jeton_tokens::{NoTokenKey, SigningKeyOpener, TokenKeyOpener, Tokens};
use std::sync::Arc;

/// An open store, its keys, and the sources of time and chance.
pub struct Parts {
    /// The durable state.
    pub store: Arc<Store>,
    /// The keys of all digests.
    pub keys: Keys,
    /// The server's clocks.
    pub clock: Arc<dyn SteppedClock>,
    /// The entropy of generators.
    pub entropy: EntropySources,
}

/// The reasons why the parts can't work together. The operator must act.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// The cryptographic library does not work.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// No token key can be used.
    #[error(transparent)]
    Sealing(#[from] NoTokenKey),
}

/// The parts that all workers share; immutable apart from counters and caches.
pub struct Wiring {
    front: Arc<Front>,
    oauth: Arc<OAuth>,
    meter: Arc<Meter>,
    sessions: Arc<Sessions>,
    services: Arc<Services>,
    entropy: EntropySources,
    names_ignored_members: bool,
}

impl std::fmt::Debug for Wiring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wiring").field("front", &self.front).finish_non_exhaustive()
    }
}

impl Wiring {
    /// The shared parts over an open store, as a checked configuration says.
    ///
    /// # Errors
    /// [`WiringError`].
    pub fn new(parts: Parts, config: &Config, issuer: Issuer) -> Result<Self, WiringError> {
        let Parts { store, keys, clock, entropy } = parts;
        let openers = (SigningKeyOpener::new(&keys)?, TokenKeyOpener::new(&keys, &mut *entropy())?);
        let started = clock.now();
        let security_events = Arc::new(SecurityEvents::new(clock));
        let alarm = Arc::clone(&security_events);
        let tokens = Arc::new(Tokens::new(Arc::clone(&store), keys, openers, alarm));
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
        let services = Services::new(Arc::clone(&tokens), issuer.clone(), key_rules, Arc::new(telemetry));
        let front = Arc::new(Front::new(config, issuer.clone(), proxies, Arc::clone(&store)));
        let oauth = Arc::new(OAuth {
            store,
            tokens,
            policy: policy(config),
            issuer,
            verifiers: Verifiers::default(),
            auth_throttle: AuthThrottle::default(),
            security_events,
            denial_log,
        });
        let (sessions, names_ignored_members) = (Arc::default(), config.development);
        Ok(Self { front, oauth, meter, sessions, services, entropy, names_ignored_members })
    }

    /// The parts of one worker, with generators of its own.
    ///
    /// # Errors
    /// [`EntropyError`] if the operating system gives no entropy.
    pub fn worker(&self) -> Result<Arc<Dispatcher>, EntropyError> {
        let store_handle = self.store_handle();
        let counters = self.meter.worker();
        let http_api = Arc::new(HttpApi {
            management: Management::new(Arc::clone(&self.services), Arc::clone(&store_handle), self.mint()?),
            tokens: Arc::clone(&self.oauth.tokens),
            security_events: Arc::clone(&self.oauth.security_events),
            names_ignored_members: self.names_ignored_members,
        });
        let console = Console::new(
            Arc::clone(&self.sessions),
            Arc::clone(&http_api),
            Arc::clone(&self.oauth),
            Arc::clone(&store_handle),
            Arc::clone(&counters),
            self.mint()?,
        );
        let oauth = OAuthWorker::new(Arc::clone(&self.oauth), store_handle, counters, self.mint()?);
        let (front, meter) = (Arc::clone(&self.front), Arc::clone(&self.meter));
        Ok(Arc::new(Dispatcher { front, oauth, http_api, console, meter }))
    }

    /// The management API for this process itself.
    ///
    /// # Errors
    /// [`EntropyError`] if the operating system gives no entropy.
    pub fn local_api(&self) -> Result<LocalApi, EntropyError> {
        Ok(LocalApi::new(Arc::clone(&self.services), self.store_handle(), self.mint()?))
    }

    /// Starts the threads of the management API.
    ///
    /// # Errors
    /// [`PoolError`] if threads or entropy are not available.
    pub fn start_pools(&self) -> Result<Pools, PoolError> {
        self.services.start_pools(&*self.entropy)
    }

    /// Closes minutes of the statistics that are over, and drops ended sessions.
    pub fn keep_tidy(&self) {
        let now = self.oauth.moment();
        self.meter.tick(now);
        self.sessions.forget_overdue(now);
    }

    fn store_handle(&self) -> Arc<StoreHandle> {
        StoreHandle::new(Arc::clone(&self.oauth.store))
    }

    fn mint(&self) -> Result<Mint, EntropyError> {
        Mint::new((self.entropy)())
    }
}

/// The rules for granting tokens.
fn policy(config: &Config) -> Policy {
    Policy {
        token_lifetime: Lifetime(config.token_lifetime_seconds),
        default_scopes: config.default_scopes.clone(),
        unknown_scopes: if config.strict_scopes { UnknownScopes::Refuse } else { UnknownScopes::Drop },
        assertions: config.assertions,
        jwt_type: config.jwt_type,
    }
}
