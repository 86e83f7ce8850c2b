//! Names of deleted or renamed objects: not given out again while a token that names them may live, and
//! after that in the same organization only, unless an owner of the instance frees them.
//!
//! Tokens name their subject by username, by resource URI and by an organization's domain, and so do
//! rules that people wrote elsewhere. Ids are never given out again at all.

use crate::client::Client;
use crate::id::OrganizationId;
use crate::limits::TOKEN_LIFETIME_MAX;
use crate::time::{Moment, Timestamp};

/// A name by which tokens and requests refer to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name<T> {
    /// A service user's username, folded.
    Username(T),
    /// The resource URI of an API.
    Resource(T),
    /// The primary domain of an organization.
    Domain(T),
}

/// A retired name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retired {
    /// The id of the last owner.
    pub owner: u64,
    /// The organization that may have it again.
    pub organization: OrganizationId,
    /// The time of its retirement.
    pub at: Moment,
}

impl Retired {
    /// The time from which it can be used again in its organization.
    pub const fn free_from(&self) -> Timestamp {
        self.at.wall.after(TOKEN_LIFETIME_MAX)
    }

    /// True if every token that names it has ended, by both clocks.
    pub fn is_over(&self, now: Moment) -> bool {
        let seconds = u64::from(TOKEN_LIFETIME_MAX.0).saturating_add(1);
        self.free_from() <= now.wall && self.at.careful.after(seconds) <= now.careful
    }
}

impl<T: AsRef<str>> Name<T> {
    /// The name, borrowed.
    pub fn borrowed(&self) -> Name<&str> {
        match self {
            Self::Username(name) => Name::Username(name.as_ref()),
            Self::Resource(uri) => Name::Resource(uri.as_ref()),
            Self::Domain(domain) => Name::Domain(domain.as_ref()),
        }
    }
}

impl<'c> Name<&'c str> {
    /// The name, owned.
    pub fn owned(self) -> Name<String> {
        match self {
            Self::Username(name) => Name::Username(name.to_owned()),
            Self::Resource(uri) => Name::Resource(uri.to_owned()),
            Self::Domain(domain) => Name::Domain(domain.to_owned()),
        }
    }

    /// The name by which tokens and requests refer to a client, if it has one besides its id.
    pub fn of_client(client: &'c Client) -> Option<Self> {
        match client.api() {
            Some(api) => api.resource.as_ref().map(|resource| Self::Resource(resource.as_str())),
            None => Some(Self::Username(client.name.folded())),
        }
    }
}
