//! The server's signing keys: their states, and how they change.
//!
//! ```text
//!            published                      signs                    verifies only
//! create ──▶ Next ───────── activate ─────▶ Active ── another one ──▶ Retiring ── time ──▶ Removed
//!              └──────────── remove ──────────┴────────── remove ────────┴──────────────────▲
//! ```
//! The first key of an instance is active immediately, because no verifier can have cached any keys yet.
//! There is exactly one active key; introspection rejects tokens of a removed key.
//!
//! One of the next keys is the *successor*: the scheduled one, or else the oldest that is like the active
//! key. Keys of other kinds wait for a command.

use crate::id::SigningKeyId;
use crate::key::PublicKey;
use crate::refusal::OperationError;
use crate::time::{Moment, Timestamp};
use std::collections::BTreeSet;

/// The maximal number of stored keys; the oldest removed ones are deleted.
pub const SIGNING_KEYS_MAX: usize = 32;

/// One signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The id (`kid`).
    pub id: SigningKeyId,
    /// The public half.
    pub public: PublicKey,
    /// The private half, encrypted under the server's key; only keys that sign or will sign have one.
    pub sealed: Option<Box<[u8]>>,
    /// The state.
    pub state: SigningKeyState,
    /// The time of creation and publication.
    pub created: Moment,
}

/// The state of a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningKeyState {
    /// Published in advance, so that verifiers know it before it signs.
    Next {
        /// True if it takes over as soon as verifiers know it, regardless of the active key's age.
        scheduled: bool,
    },
    /// Signing tokens.
    Active {
        /// The time of activation.
        since: Moment,
    },
    /// No longer signing; its tokens still work.
    Retiring {
        /// The time at which its last token has expired, on both clocks, in case one is ahead.
        until: Moment,
    },
    /// Neither published nor signing; its tokens do not work.
    Removed {
        /// The time of removal.
        at: Timestamp,
    },
}

impl SigningKeyState {
    /// The name in listings and errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next { .. } => "next",
            Self::Active { .. } => "active",
            Self::Retiring { .. } => "retiring",
            Self::Removed { .. } => "removed",
        }
    }
}

impl SigningKey {
    /// True if both are for the same algorithm and of the same size, by the length of the encoding.
    pub fn is_like(&self, other: &Self) -> bool {
        self.public.algorithm == other.public.algorithm && self.public.spki.len() == other.public.spki.len()
    }

    /// True if it waits to sign.
    pub const fn is_next(&self) -> bool {
        matches!(self.state, SigningKeyState::Next { .. })
    }

    /// True if verifiers should know it.
    pub const fn is_published(&self) -> bool {
        !matches!(self.state, SigningKeyState::Removed { .. })
    }
}

/// The set of signing keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SigningKeys {
    /// The readable keys, oldest first.
    pub keys: Vec<SigningKey>,
    /// Keys whose record cannot be read; the validity of their tokens is unknown.
    pub unreadable: BTreeSet<SigningKeyId>,
    /// True if unidentified records cannot be read: a key with an unknown id may be one of them.
    pub is_lost: bool,
}

/// A change to the signing keys.
#[derive(Debug, Clone)]
pub enum KeyChange {
    /// Publishes a new key; it becomes active immediately if there is no other.
    Add {
        /// The id.
        id: SigningKeyId,
        /// The public half.
        public: PublicKey,
        /// The private half, sealed.
        sealed: Box<[u8]>,
    },
    /// Schedules a next key to take over as soon as verifiers know it.
    Schedule(SigningKeyId),
    /// Activates a next key.
    Activate {
        /// The id of the key.
        id: SigningKeyId,
        /// The latest end of its predecessor's tokens.
        predecessor_until: Moment,
    },
    /// Removes a key with all tokens that it signed. If it is the active one, its successor takes over,
    /// or else the oldest next key.
    Remove(SigningKeyId),
    /// Removes retiring keys whose tokens have all expired.
    Retire,
    /// All steps of a rotation at once.
    Rotate(Rotation),
}

/// A rotation: another key takes over. If it is of another kind, the keys that were to follow the former one
/// are removed. It is a single change, so a failed one changes nothing.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The key that takes over.
    pub successor: Successor,
    /// The end of the tokens of its predecessor, if it signs at once; otherwise it signs as soon as verifiers
    /// know it.
    pub predecessor_until: Option<Moment>,
}

/// The key that takes over in a rotation.
#[derive(Debug, Clone)]
pub enum Successor {
    /// A key that the rotation publishes. It signs at once if there is no other.
    New {
        /// Its id.
        id: SigningKeyId,
        /// Its public half.
        public: PublicKey,
        /// Its private half, sealed.
        sealed: Box<[u8]>,
    },
    /// A published key that does not sign yet.
    Waiting(SigningKeyId),
}

impl Successor {
    /// Its id.
    pub const fn id(&self) -> SigningKeyId {
        match self {
            Self::New { id, .. } | Self::Waiting(id) => *id,
        }
    }
}

impl SigningKeys {
    /// True if a key with this id may exist that cannot be read.
    pub fn is_unknown(&self, id: SigningKeyId) -> bool {
        self.unreadable.contains(&id) || self.is_lost && self.keys.iter().all(|key| key.id != id)
    }

    /// The active key.
    pub fn active(&self) -> Option<&SigningKey> {
        self.keys.iter().find(|key| matches!(key.state, SigningKeyState::Active { .. }))
    }

    /// The keys that wait to sign, oldest first.
    pub fn next(&self) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter().filter(|key| key.is_next())
    }

    /// The key that takes over as soon as verifiers know it.
    pub fn scheduled(&self) -> Option<&SigningKey> {
        self.next().find(|key| key.state == SigningKeyState::Next { scheduled: true })
    }

    /// The key that signs after the active one.
    pub fn successor(&self) -> Option<&SigningKey> {
        let active = self.active()?;
        self.scheduled().or_else(|| self.next().find(|key| key.is_like(active)))
    }

    /// The keys that verifiers should know.
    pub fn published(&self) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter().filter(|key| key.is_published())
    }

    /// The keys after a change.
    ///
    /// # Errors
    /// [`OperationError::UnknownSigningKey`], [`OperationError::SigningKeyState`],
    /// [`OperationError::NoNextSigningKey`], [`OperationError::IdTaken`], [`OperationError::TooMany`].
    pub fn after(self, change: KeyChange, now: Moment) -> Result<Self, OperationError> {
        match change {
            KeyChange::Add { id, public, sealed } => self.add(id, public, sealed, now),
            KeyChange::Schedule(id) => self.schedule(id),
            KeyChange::Activate { id, predecessor_until } => self.activate(id, predecessor_until, now),
            KeyChange::Remove(id) => self.remove(id, now),
            KeyChange::Retire => Ok(self.retire(now)),
            KeyChange::Rotate(rotation) => self.rotate(rotation, now),
        }
    }

    fn add(
        mut self,
        id: SigningKeyId,
        public: PublicKey,
        sealed: Box<[u8]>,
        now: Moment,
    ) -> Result<Self, OperationError> {
        if self.keys.iter().any(|key| key.id == id) || self.unreadable.contains(&id) {
            return Err(OperationError::IdTaken);
        }
        if self.keys.len() >= SIGNING_KEYS_MAX {
            let oldest = self.keys.iter().position(|key| !key.is_published());
            self.keys.remove(oldest.ok_or(OperationError::TooMany(SIGNING_KEYS_MAX))?);
        }
        let state = match self.active() {
            Some(_) => SigningKeyState::Next { scheduled: false },
            None => SigningKeyState::Active { since: now },
        };
        self.keys.push(SigningKey { id, public, sealed: Some(sealed), state, created: now });
        Ok(self)
    }

    fn schedule(mut self, id: SigningKeyId) -> Result<Self, OperationError> {
        self.check_next(id)?;
        self.unschedule();
        self.find(id)?.state = SigningKeyState::Next { scheduled: true };
        Ok(self)
    }

    /// Cancels the schedule.
    fn unschedule(&mut self) {
        for key in self.keys.iter_mut().filter(|key| key.is_next()) {
            key.state = SigningKeyState::Next { scheduled: false };
        }
    }

    fn check_next(&mut self, id: SigningKeyId) -> Result<(), OperationError> {
        match self.find(id)? {
            key if key.is_next() => Ok(()),
            key => Err(OperationError::SigningKeyState(key.state.name())),
        }
    }

    fn activate(
        mut self,
        id: SigningKeyId,
        predecessor_until: Moment,
        now: Moment,
    ) -> Result<Self, OperationError> {
        self.check_next(id)?;
        self.unschedule();
        for key in &mut self.keys {
            if matches!(key.state, SigningKeyState::Active { .. }) {
                key.state = SigningKeyState::Retiring { until: predecessor_until };
                key.sealed = None;
            }
        }
        self.find(id)?.state = SigningKeyState::Active { since: now };
        Ok(self)
    }

    fn remove(mut self, id: SigningKeyId, now: Moment) -> Result<Self, OperationError> {
        if self.unreadable.remove(&id) {
            return Ok(self);
        }
        let state = self.find(id)?.state;
        match state {
            SigningKeyState::Next { .. } | SigningKeyState::Retiring { .. } => {}
            SigningKeyState::Active { .. } => {
                let next = self.successor().or_else(|| self.next().next());
                let next = next.map(|key| key.id).ok_or(OperationError::NoNextSigningKey)?;
                self.find(next)?.state = SigningKeyState::Active { since: now };
            }
            SigningKeyState::Removed { .. } => return Err(OperationError::SigningKeyState(state.name())),
        }
        let key = self.find(id)?;
        key.state = SigningKeyState::Removed { at: now.wall };
        key.sealed = None;
        Ok(self)
    }

    fn retire(mut self, now: Moment) -> Self {
        for key in &mut self.keys {
            if matches!(key.state, SigningKeyState::Retiring { until } if now.is_surely_past(until)) {
                key.state = SigningKeyState::Removed { at: now.wall };
            }
        }
        self
    }

    fn rotate(self, rotation: Rotation, now: Moment) -> Result<Self, OperationError> {
        let former = self.active().cloned();
        let id = rotation.successor.id();
        let is_first = former.is_none() && matches!(rotation.successor, Successor::New { .. });
        let mut keys = match rotation.successor {
            Successor::New { id, public, sealed } => self.add(id, public, sealed, now)?,
            Successor::Waiting(_) => self,
        };
        keys = match rotation.predecessor_until {
            _ if is_first => keys,
            Some(until) => keys.activate(id, until, now)?,
            None => keys.schedule(id)?,
        };
        let successor = keys.find(id)?.clone();
        let followed = |key: &SigningKey| former.as_ref().is_some_and(|former| key.is_like(former));
        for key in keys.keys.iter_mut().filter(|key| key.is_next() && followed(key)) {
            if !key.is_like(&successor) {
                key.state = SigningKeyState::Removed { at: now.wall };
                key.sealed = None;
            }
        }
        Ok(keys)
    }

    fn find(&mut self, id: SigningKeyId) -> Result<&mut SigningKey, OperationError> {
        self.keys.iter_mut().find(|key| key.id == id).ok_or(OperationError::UnknownSigningKey)
    }
}

#[cfg(test)]
mod tests;
