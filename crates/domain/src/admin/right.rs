//! The rights that a command needed, so that they can be checked again: the answer to a repeated call is
//! only shown to callers that could still execute it.

use crate::id::ClientId;
use crate::permission::{Permission, ResourcePath};

/// A right that a command needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// A permission in a place.
    In(Permission, ResourcePath),
    /// A permission in any place.
    Anywhere(Permission),
    /// Power over a client, which may have become an administrator meanwhile.
    Over(ClientId),
}
