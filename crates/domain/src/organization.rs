//! Organizations, the owners of users and projects.
//!
//! They are few, so all of them are in memory with every snapshot ([`crate::instance::Instance`]).

use crate::id::{EventId, OrganizationId};
use crate::text::Text;
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// The maximal number of organizations.
pub const ORGANIZATIONS_MAX: usize = 1_000;

/// An owner of users and projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// The id, `resourceOwner` on the wire.
    pub id: OrganizationId,
    /// The display name.
    pub name: Text,
    /// The domain that names it in claims: letters, digits, hyphens and dots.
    pub primary_domain: Box<str>,
    /// True if its users and APIs work.
    pub active: bool,
    /// Entries that administrators attached to it.
    pub metadata: BTreeMap<Text, Box<[u8]>>,
    /// The time of creation.
    pub created: Timestamp,
    /// The time of the last change.
    pub changed: Timestamp,
    /// The event that changed it last.
    pub event_id: EventId,
}

/// The domain of an organization with this name, by ZITADEL's rule: the letters, digits and hyphens of
/// the name, spaces as hyphens, below the instance's own domain. The label is `id` if none of them is
/// left.
pub fn domain_of(name: &Text, id: OrganizationId) -> Box<str> {
    let mut label = String::new();
    for letter in name.as_str().to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => label.push(letter),
            ' ' | '-' if !label.is_empty() && !label.ends_with('-') => label.push('-'),
            _ => {}
        }
    }
    let label: String = label.chars().take(63).collect();
    let label = label.trim_matches('-');
    if label.is_empty() { format!("{id}.localhost").into() } else { format!("{label}.localhost").into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_made_of_the_name() {
        let cases = [
            ("Default", "default.localhost"),
            ("ACME Inc.", "acme-inc.localhost"),
            ("  --x  -  y-- ", "x-y.localhost"),
            ("日本", "7.localhost"),
            ("", "7.localhost"),
            (&"x".repeat(100), &format!("{}.localhost", "x".repeat(63))),
        ];
        for (name, domain) in cases {
            assert_eq!(&*domain_of(&Text::new(name).unwrap(), OrganizationId(7)), domain, "{name}");
        }
    }
}
