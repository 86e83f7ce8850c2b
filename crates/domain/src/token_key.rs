//! Token keys: the keys of the envelopes of opaque access tokens, their states, and how they change.
//!
//! ```text
//!            seals and opens                opens                     nothing
//! rotate ──▶ Active ─────── another one ──▶ Retiring ───── time ────▶ Removed
//!              └───────────── remove ─────────┴──────────────────────▲
//! ```
//! Only the server uses these keys, so none has to be published in advance. There is always an active
//! one: removing it puts another in its place. Tokens of a removed key are dead.

use crate::id::TokenKeyId;
use crate::refusal::OperationError;
use crate::time::{Moment, Timestamp};
use jeton_secret::KeyTag;
use std::collections::BTreeSet;

/// The maximal number of stored keys; the oldest removed ones are deleted.
pub const TOKEN_KEYS_MAX: usize = 32;

/// One token key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// The id.
    pub id: TokenKeyId,
    /// The key itself, encrypted under the server's key; `None` for a removed one.
    pub sealed: Option<Box<[u8]>>,
    /// The state.
    pub state: TokenKeyState,
    /// The time of creation.
    pub created: Moment,
}

/// The state of a token key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKeyState {
    /// Seals and opens tokens.
    Active,
    /// Opens tokens only.
    Retiring {
        /// The time at which its last token has expired, on both clocks, in case one is ahead.
        until: Moment,
    },
    /// Removed; its tokens are dead.
    Removed {
        /// The time of removal.
        at: Timestamp,
    },
}

impl TokenKeyState {
    /// The name in listings and errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retiring { .. } => "retiring",
            Self::Removed { .. } => "removed",
        }
    }
}

impl TokenKey {
    /// The public tag by which tokens name it.
    pub const fn tag(&self) -> KeyTag {
        self.id.tag()
    }

    /// True if its tokens may live.
    pub const fn is_kept(&self) -> bool {
        !matches!(self.state, TokenKeyState::Removed { .. })
    }
}

/// The set of token keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenKeys {
    /// The readable keys, oldest first.
    pub keys: Vec<TokenKey>,
    /// Keys whose record cannot be read; the validity of their tokens is unknown.
    pub unreadable: BTreeSet<TokenKeyId>,
    /// True if some are on a damaged page: the validity of tokens of unknown keys is then unknown.
    pub is_lost: bool,
}

/// A newly generated key.
#[derive(Debug, Clone)]
pub struct NewTokenKey {
    /// The id; its tag must differ from those of all kept keys.
    pub id: TokenKeyId,
    /// The key itself, sealed.
    pub sealed: Box<[u8]>,
}

/// A change to the token keys.
#[derive(Debug, Clone)]
pub enum TokenKeyChange {
    /// Replaces the active key by a new one.
    Rotate {
        /// The new key.
        new: NewTokenKey,
        /// The latest end of its predecessor's tokens.
        predecessor_until: Moment,
    },
    /// Removes a key with all tokens that it sealed.
    Remove {
        /// The id of the key.
        id: TokenKeyId,
        /// The key that takes over if the removed one is active.
        new: NewTokenKey,
    },
    /// Removes retiring keys whose tokens have all expired.
    Retire,
}

impl TokenKeys {
    /// The active key, which seals tokens.
    pub fn active(&self) -> Option<&TokenKey> {
        self.keys.iter().find(|key| key.state == TokenKeyState::Active)
    }

    /// True if tokens of this key may live.
    pub fn keeps(&self, id: TokenKeyId) -> bool {
        self.keys.iter().any(|key| key.id == id && key.is_kept())
    }

    /// True if a key that is kept, or that cannot be read, has this tag.
    pub fn has_tag(&self, tag: KeyTag) -> bool {
        let mut kept = self.keys.iter().filter(|key| key.is_kept()).map(TokenKey::tag);
        kept.any(|kept| kept == tag) || self.unreadable.iter().any(|id| id.tag() == tag)
    }

    /// The keys after a change.
    ///
    /// # Errors
    /// [`OperationError::UnknownTokenKey`], [`OperationError::TokenKeyState`],
    /// [`OperationError::IdTaken`], [`OperationError::TooMany`].
    pub fn after(mut self, change: TokenKeyChange, now: Moment) -> Result<Self, OperationError> {
        match change {
            TokenKeyChange::Rotate { new, predecessor_until } => {
                for key in self.keys.iter_mut().filter(|key| key.state == TokenKeyState::Active) {
                    key.state = TokenKeyState::Retiring { until: predecessor_until };
                }
                self.add(new, now)?;
            }
            TokenKeyChange::Remove { id, new } => self.remove(id, new, now)?,
            TokenKeyChange::Retire => {
                for key in &mut self.keys {
                    if matches!(key.state, TokenKeyState::Retiring { until } if now.is_surely_past(until)) {
                        key.end(now);
                    }
                }
            }
        }
        Ok(self)
    }

    fn add(&mut self, new: NewTokenKey, now: Moment) -> Result<(), OperationError> {
        let NewTokenKey { id, sealed } = new;
        if self.has_tag(id.tag()) || self.keys.iter().any(|key| key.id == id) {
            return Err(OperationError::IdTaken);
        }
        if self.keys.len() >= TOKEN_KEYS_MAX {
            let oldest = self.keys.iter().position(|key| !key.is_kept());
            self.keys.remove(oldest.ok_or(OperationError::TooMany(TOKEN_KEYS_MAX))?);
        }
        self.keys.push(TokenKey { id, sealed: Some(sealed), state: TokenKeyState::Active, created: now });
        Ok(())
    }

    fn remove(&mut self, id: TokenKeyId, new: NewTokenKey, now: Moment) -> Result<(), OperationError> {
        if !self.unreadable.remove(&id) {
            let key = self.keys.iter_mut().find(|key| key.id == id).ok_or(OperationError::UnknownTokenKey)?;
            if !key.is_kept() {
                return Err(OperationError::TokenKeyState(key.state.name()));
            }
            key.end(now);
        }
        // The active key may be among those that are lost.
        if self.active().is_some() || self.is_lost {
            return Ok(());
        }
        self.add(new, now)
    }
}

impl TokenKey {
    fn end(&mut self, now: Moment) {
        self.state = TokenKeyState::Removed { at: now.wall };
        self.sealed = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{MOMENT, later};
    use crate::time::Lifetime;

    fn new(id: u64) -> NewTokenKey {
        NewTokenKey { id: TokenKeyId(id), sealed: Box::new([1]) }
    }

    fn rotate(id: u64, now: Moment) -> TokenKeyChange {
        TokenKeyChange::Rotate { new: new(id), predecessor_until: now.after(Lifetime(60)) }
    }

    fn remove(id: u64, other: u64) -> TokenKeyChange {
        TokenKeyChange::Remove { id: TokenKeyId(id), new: new(other) }
    }

    fn states(keys: &TokenKeys) -> Vec<(u64, &'static str, bool)> {
        keys.keys.iter().map(|key| (key.id.0, key.state.name(), key.sealed.is_some())).collect()
    }

    fn two() -> TokenKeys {
        let one = TokenKeys::default().after(rotate(1, MOMENT), MOMENT).unwrap();
        one.after(rotate(2, MOMENT), MOMENT).unwrap()
    }

    #[test]
    fn a_retiring_key_opens_until_its_last_token_has_expired_on_both_clocks() {
        assert_eq!(states(&two()), [(1, "retiring", true), (2, "active", true)]);
        let ahead = Moment { careful: MOMENT.careful, ..later(1_000_000) };
        for now in [later(59), later(60), ahead] {
            let kept = two().after(TokenKeyChange::Retire, now).unwrap();
            assert_eq!(states(&kept), states(&two()), "{now:?}");
        }
        let over = two().after(TokenKeyChange::Retire, later(61)).unwrap();
        assert_eq!(states(&over), [(1, "removed", false), (2, "active", true)]);
    }

    #[test]
    fn a_removed_key_is_gone_at_once_and_another_takes_the_place_of_the_active_one() {
        let without_first = two().after(remove(1, 3), MOMENT).unwrap();
        assert_eq!(states(&without_first), [(1, "removed", false), (2, "active", true)]);
        let without_active = two().after(remove(2, 3), MOMENT).unwrap();
        let expected = [(1, "retiring", true), (2, "removed", false), (3, "active", true)];
        assert_eq!(states(&without_active), expected);
    }

    #[test]
    fn an_unknown_or_removed_key_is_not_removed_and_no_kept_tag_is_given_twice() {
        assert_eq!(two().after(remove(9, 3), MOMENT).err(), Some(OperationError::UnknownTokenKey));
        let removed = two().after(remove(1, 3), MOMENT).unwrap();
        assert_eq!(
            removed.clone().after(remove(1, 3), MOMENT).err(),
            Some(OperationError::TokenKeyState("removed"))
        );
        let same_tag = (1 << 16) + 2;
        assert_eq!(two().after(rotate(same_tag, MOMENT), MOMENT).err(), Some(OperationError::IdTaken));
        let mut unreadable = two();
        unreadable.unreadable.insert(TokenKeyId(7));
        assert_eq!(unreadable.clone().after(rotate(7, MOMENT), MOMENT).err(), Some(OperationError::IdTaken));
        assert!(unreadable.after(remove(7, 3), MOMENT).unwrap().unreadable.is_empty());
        assert!(removed.after(rotate((1 << 16) + 1, MOMENT), MOMENT).is_ok(), "the tag of a removed one");
    }

    #[test]
    fn the_oldest_removed_key_makes_room_and_a_kept_one_does_not() {
        let all = u64::try_from(TOKEN_KEYS_MAX).unwrap();
        let full =
            (1..=all).fold(TokenKeys::default(), |keys, id| keys.after(rotate(id, MOMENT), MOMENT).unwrap());
        assert_eq!(
            full.clone().after(rotate(all + 1, MOMENT), MOMENT).err(),
            Some(OperationError::TooMany(TOKEN_KEYS_MAX))
        );
        let with_room =
            full.after(remove(1, 99), MOMENT).unwrap().after(rotate(all + 1, MOMENT), MOMENT).unwrap();
        assert_eq!((with_room.keys.len(), with_room.keys[0].id), (TOKEN_KEYS_MAX, TokenKeyId(2)));
    }
}
