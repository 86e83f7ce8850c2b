//! The parts that all calls share: one of each per process.

use crate::Management;
use crate::idempotency::IdempotentCalls;
use crate::limits::{CALLS_OF_ONE_CALLER, KEY_POOL_THREADS, KEYS_OF_ONE_CALLER, POOL_THREADS};
use crate::pool::Pool;
use crate::status::ServerStatus;
use jeton_domain::key::KeySpec;
use jeton_oauth::metadata::Issuer;
use jeton_secret::{Entropy, EntropyError, Mint};
use jeton_store::StoreHandle;
use jeton_tokens::Tokens;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

/// The rules for signing keys and token keys.
#[derive(Debug, Clone, Copy)]
pub struct KeyRules {
    /// The algorithm and size of an instance's first signing key.
    pub first: KeySpec,
    /// Time in seconds for which a key signs or seals.
    pub age_seconds_max: u64,
}

/// The parts that all calls share.
pub struct Services {
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) issuer: Issuer,
    pub(crate) key_rules: KeyRules,
    pub(crate) status: Arc<dyn ServerStatus>,
    pub(crate) idempotent_calls: Arc<IdempotentCalls>,
    pub(crate) calls: Arc<Pool<Management>>,
    pub(crate) key_work: Arc<Pool<()>>,
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").field("key_rules", &self.key_rules).finish_non_exhaustive()
    }
}

/// The reasons why the threads of the pools can't be started.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// No entropy for the generator of a thread.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// No thread.
    #[error(transparent)]
    Thread(#[from] io::Error),
}

impl Services {
    /// The services over these tokens, whose pools have no threads yet: until they are started, work is done
    /// where it is asked for.
    pub fn new(
        tokens: Arc<Tokens>,
        issuer: Issuer,
        key_rules: KeyRules,
        status: Arc<dyn ServerStatus>,
    ) -> Arc<Self> {
        Arc::new(Self {
            tokens,
            issuer,
            key_rules,
            status,
            idempotent_calls: Arc::default(),
            calls: Pool::new(CALLS_OF_ONE_CALLER),
            key_work: Pool::new(KEYS_OF_ONE_CALLER),
        })
    }

    /// Starts the threads of both pools; `entropy` seeds the generator of each.
    ///
    /// # Errors
    /// [`PoolError`] if threads or entropy are not available.
    pub fn start_pools(self: &Arc<Self>, entropy: impl Fn() -> Box<dyn Entropy>) -> Result<Pools, PoolError> {
        let mut pools = Pools { services: Arc::clone(self), threads: Vec::new() };
        for index in 0..POOL_THREADS {
            let handle = StoreHandle::new(Arc::clone(self.tokens.store()));
            let management = Management::new(Arc::clone(self), Arc::clone(&handle), Mint::new(entropy())?);
            let context = move || {
                tokio::spawn(handle.run());
                management
            };
            pools.threads.push(self.calls.start(format!("jeton-pool-{index}"), context)?);
        }
        for index in 0..KEY_POOL_THREADS {
            pools.threads.push(self.key_work.start(format!("jeton-keys-{index}"), || ())?);
        }
        Ok(pools)
    }
}

/// The threads of the pools. Dropping this closes the pools to new work.
#[derive(Debug)]
pub struct Pools {
    services: Arc<Services>,
    threads: Vec<JoinHandle<()>>,
}

impl Pools {
    /// Waits until the work that the pools have accepted is done.
    pub fn end(mut self) {
        self.close();
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
    }

    fn close(&self) {
        self.services.calls.close();
        self.services.key_work.close();
    }
}

impl Drop for Pools {
    fn drop(&mut self) {
        self.close();
    }
}
