//! The server's signing keys: their states, and how they change.
//!
//! ```text
//!            published                      signs                    verifies only
//! create ──▶ Next ───────── activate ─────▶ Active ── another one ──▶ Retiring ── time ──▶ Removed
//!              └──────────── remove ──────────┴────────── remove ────────┴──────────────────▲
//! ```
//! The first key of an instance is active at once, because nobody can have cached anything yet. There
//! is exactly one active key; tokens of a removed key are dead wherever one introspects.

use crate::client::Refusal;
use crate::id::SigningKeyId;
use crate::key::PublicKey;
use crate::time::Timestamp;
use std::collections::BTreeSet;

/// Keys that are remembered at most; of the removed ones the oldest are forgotten.
pub const SIGNING_KEYS_MAX: usize = 32;

/// One signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its `kid`.
    pub id: SigningKeyId,
    /// The half that everybody may see.
    pub public: PublicKey,
    /// The other half, encrypted under the server's key; only keys that sign or will sign have one.
    pub sealed: Option<Box<[u8]>>,
    /// What it does.
    pub state: SigningKeyState,
    /// When it was made, and published.
    pub created: Timestamp,
}

/// What a signing key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningKeyState {
    /// Published, so that verifiers know it when its time comes.
    Next,
    /// Signs.
    Active {
        /// Since when.
        since: Timestamp,
    },
    /// Signs no more; its tokens are good.
    Retiring {
        /// Until the last of them has expired.
        until: Timestamp,
    },
    /// Gone: not published, its tokens are dead.
    Removed {
        /// Since when.
        at: Timestamp,
    },
}

impl SigningKeyState {
    /// Its name in listings and errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active { .. } => "active",
            Self::Retiring { .. } => "retiring",
            Self::Removed { .. } => "removed",
        }
    }
}

impl SigningKey {
    /// Whether verifiers should know it.
    pub const fn is_published(&self) -> bool {
        !matches!(self.state, SigningKeyState::Removed { .. })
    }
}

/// All signing keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SigningKeys {
    /// Oldest first.
    pub keys: Vec<SigningKey>,
    /// Keys whose record can't be read; about their tokens nothing is known.
    pub unreadable: BTreeSet<SigningKeyId>,
}

/// A change to the signing keys.
#[derive(Debug, Clone)]
pub enum KeyChange {
    /// Publish a new one; it becomes active at once when there is no other.
    Add {
        /// Its id.
        id: SigningKeyId,
        /// Its public half.
        public: PublicKey,
        /// Its private half, sealed.
        sealed: Box<[u8]>,
    },
    /// Let the next one sign.
    Activate {
        /// Which.
        id: SigningKeyId,
        /// Until when tokens of its predecessor can live.
        predecessor_until: Timestamp,
    },
    /// Take one away with all tokens that it signed. In place of the active one the oldest next one signs.
    Remove(SigningKeyId),
    /// Take those away whose tokens have all expired.
    Retire,
}

impl SigningKeys {
    /// The one that signs.
    pub fn active(&self) -> Option<&SigningKey> {
        self.keys.iter().find(|key| matches!(key.state, SigningKeyState::Active { .. }))
    }

    /// The one that will sign.
    pub fn next(&self) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.state == SigningKeyState::Next)
    }

    /// Those that verifiers should know.
    pub fn published(&self) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter().filter(|key| key.is_published())
    }

    /// The keys after a change.
    ///
    /// # Errors
    /// [`Refusal::UnknownSigningKey`], [`Refusal::SigningKeyState`], [`Refusal::NoNextSigningKey`],
    /// [`Refusal::IdTaken`], [`Refusal::TooMany`].
    pub fn after(self, change: KeyChange, now: Timestamp) -> Result<Self, Refusal> {
        match change {
            KeyChange::Add { id, public, sealed } => self.add(id, public, sealed, now),
            KeyChange::Activate { id, predecessor_until } => self.activate(id, predecessor_until, now),
            KeyChange::Remove(id) => self.remove(id, now),
            KeyChange::Retire => Ok(self.retire(now)),
        }
    }

    fn add(
        mut self,
        id: SigningKeyId,
        public: PublicKey,
        sealed: Box<[u8]>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        if self.keys.iter().any(|key| key.id == id) || self.unreadable.contains(&id) {
            return Err(Refusal::IdTaken);
        }
        if self.keys.len() >= SIGNING_KEYS_MAX {
            let oldest = self.keys.iter().position(|key| !key.is_published());
            self.keys.remove(oldest.ok_or(Refusal::TooMany(SIGNING_KEYS_MAX))?);
        }
        let state = match self.active() {
            Some(_) => SigningKeyState::Next,
            None => SigningKeyState::Active { since: now },
        };
        self.keys.push(SigningKey { id, public, sealed: Some(sealed), state, created: now });
        Ok(self)
    }

    fn activate(
        mut self,
        id: SigningKeyId,
        predecessor_until: Timestamp,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        match self.find(id)?.state {
            SigningKeyState::Next => {}
            other => return Err(Refusal::SigningKeyState(other.name())),
        }
        for key in &mut self.keys {
            if matches!(key.state, SigningKeyState::Active { .. }) {
                key.state = SigningKeyState::Retiring { until: predecessor_until };
                key.sealed = None;
            }
        }
        self.find(id)?.state = SigningKeyState::Active { since: now };
        Ok(self)
    }

    fn remove(mut self, id: SigningKeyId, now: Timestamp) -> Result<Self, Refusal> {
        if self.unreadable.remove(&id) {
            return Ok(self);
        }
        let state = self.find(id)?.state;
        match state {
            SigningKeyState::Next | SigningKeyState::Retiring { .. } => {}
            SigningKeyState::Active { .. } => {
                let next = self.next().map(|key| key.id).ok_or(Refusal::NoNextSigningKey)?;
                self.find(next)?.state = SigningKeyState::Active { since: now };
            }
            SigningKeyState::Removed { .. } => return Err(Refusal::SigningKeyState(state.name())),
        }
        let key = self.find(id)?;
        key.state = SigningKeyState::Removed { at: now };
        key.sealed = None;
        Ok(self)
    }

    fn retire(mut self, now: Timestamp) -> Self {
        for key in &mut self.keys {
            if matches!(key.state, SigningKeyState::Retiring { until } if until <= now) {
                key.state = SigningKeyState::Removed { at: now };
            }
        }
        self
    }

    fn find(&mut self, id: SigningKeyId) -> Result<&mut SigningKey, Refusal> {
        self.keys.iter_mut().find(|key| key.id == id).ok_or(Refusal::UnknownSigningKey)
    }
}

#[cfg(test)]
mod tests;
