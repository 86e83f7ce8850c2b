//! Roles of projects, and the keys by which tokens and scopes name them.

use crate::id::EventId;
use crate::text::Text;
use crate::time::Timestamp;
use std::fmt;

/// A role of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The key, used by programs.
    pub key: RoleKey,
    /// The name for people.
    pub name: Text,
    /// The name of a group of roles, for listings.
    pub group: Text,
    /// The time of creation.
    pub created: Timestamp,
    /// The time of the last change.
    pub changed: Timestamp,
    /// The event that added it. Authorizations from before it were for an earlier role with the same key,
    /// and do not count for this one.
    pub since: EventId,
}

/// The key of a role within its project.
///
/// ```text
/// role key = 1*200( %x21 / %x23-5B / %x5D-7E )     ; a scope-token, so that a scope can ask for it
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleKey(Box<str>);

/// A text that can't be a role key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role key has 1 to 200 printable ASCII characters without spaces, quotes and backslashes")]
pub struct RoleKeyError;

impl RoleKey {
    /// The maximal length of a role key in characters (ZITADEL's limit).
    pub const BYTES_MAX: usize = 200;

    /// Reads a role key.
    ///
    /// # Errors
    /// [`RoleKeyError`].
    pub fn parse(text: &str) -> Result<Self, RoleKeyError> {
        if text.len() <= Self::BYTES_MAX && is_scope_token(text) {
            Ok(Self(text.into()))
        } else {
            Err(RoleKeyError)
        }
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// True if a text is one `scope-token`.
pub(crate) fn is_scope_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_key_is_what_a_scope_can_ask_for() {
        for good in ["reader", "a", "orders:write", "ADMIN_1", &"r".repeat(200)] {
            assert!(RoleKey::parse(good).is_ok(), "{good:?}");
        }
        for bad in ["", " ", "a b", "a\"b", "a\\b", "a\n", "é", &"r".repeat(201)] {
            assert_eq!(RoleKey::parse(bad), Err(RoleKeyError), "{bad:?}");
        }
    }
}
