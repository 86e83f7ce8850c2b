//! The management API in the hands of one thread: its handle to the store, and its generator.

use crate::services::Services;
use jeton_domain::time::{Moment, Timestamp};
use jeton_secret::Mint;
use jeton_store::StoreHandle;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The management API in the hands of one thread.
#[derive(Debug, Clone)]
pub struct Management {
    services: Arc<Services>,
    thread: Arc<Thread>,
}

#[derive(Debug)]
struct Thread {
    store: Arc<StoreHandle>,
    mint: Mutex<Mint>,
}

impl Management {
    /// The API, acting through this handle, which has to be run.
    pub fn new(services: Arc<Services>, store: Arc<StoreHandle>, mint: Mint) -> Self {
        Self { services, thread: Arc::new(Thread { store, mint: Mutex::new(mint) }) }
    }

    pub(crate) fn services(&self) -> &Services {
        &self.services
    }

    pub(crate) fn store_handle(&self) -> &StoreHandle {
        &self.thread.store
    }

    pub(crate) fn mint(&self) -> MutexGuard<'_, Mint> {
        // Minting does not panic, so a poisoned lock would still guard a sound generator.
        self.thread.mint.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn moment(&self) -> Moment {
        self.services.tokens.moment()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.moment().wall
    }
}
