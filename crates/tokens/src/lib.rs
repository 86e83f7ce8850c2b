//! The server's keys, opened, and the tokens that are presented to it, judged.
//!
//! Everything that asks if a token lives asks [`Tokens`]: the endpoints, the management API and the console.
//! It reads the store's snapshot and nothing else; the clock's reading, entropy and the alarm are handed in.

mod apis;
mod look;
mod lookups;
pub mod presented;
pub mod signing_keys;
pub mod token_keys;

pub use presented::{Asking, Found, Id, KeptToken, Presented, Revocation, TokenInactive};
pub use signing_keys::{SigningKeyOpener, SigningKeyRing};
pub use token_keys::{NoTokenKey, TokenKeyOpener, TokenKeyRing};

use jeton_domain::id::ClientId;
use jeton_domain::time::Moment;
use jeton_secret::Keys;
use jeton_store::{SnapshotGuard, Store, Unavailable};
use std::fmt;
use std::sync::Arc;

/// An alarm about tokens that are authentic and say the impossible: a key is in other hands, or a backup was
/// restored.
pub trait ImplausibleTokenAlarm: Send + Sync {
    /// Raises the alarm for the client that such a token names.
    fn raise(&self, client: ClientId);
}

/// The store and the keys that a presented token is judged by.
pub struct Tokens {
    store: Arc<Store>,
    digests: Keys,
    signing_keys: SigningKeyOpener,
    token_keys: TokenKeyOpener,
    alarm: Arc<dyn ImplausibleTokenAlarm>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

impl Tokens {
    /// The tokens of this store.
    pub fn new(
        store: Arc<Store>,
        digests: Keys,
        (signing_keys, token_keys): (SigningKeyOpener, TokenKeyOpener),
        alarm: Arc<dyn ImplausibleTokenAlarm>,
    ) -> Self {
        Self { store, digests, signing_keys, token_keys, alarm }
    }

    /// The store.
    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The keys of all digests.
    pub const fn digests(&self) -> &Keys {
        &self.digests
    }

    /// The signing keys.
    pub const fn signing_keys(&self) -> &SigningKeyOpener {
        &self.signing_keys
    }

    /// The token keys.
    pub const fn token_keys(&self) -> &TokenKeyOpener {
        &self.token_keys
    }

    /// The last commit.
    ///
    /// # Errors
    /// [`Unavailable`] while the store is closed.
    pub fn snapshot(&self) -> Result<SnapshotGuard, Unavailable> {
        self.store.snapshot()
    }

    /// The current time on both clocks; read once per request.
    pub fn moment(&self) -> Moment {
        self.store.moment()
    }
}
