//! The hash chain of the audit trail. It exposes records that were changed, removed or added later.
//!
//! ```text
//! link(n) = BLAKE3_keyed( n | link(n - 1) | record n )
//! seal    = BLAKE3_keyed( 0 | first | last | link(last) )
//! ```
//! A seal stands for the records from `first` to `last`, which were deleted. No record has the number 0,
//! so a seal is never a link. The key is a subkey of `server.key`: write access to the database alone
//! does not suffice to forge a trail.

use crate::sensitive::SecretBytes;

/// The key that chains audit records.
#[derive(Debug)]
pub struct AuditKey(SecretBytes);

/// The state of a chain after a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link(pub [u8; 32]);

impl Link {
    /// The start of a chain, before the first record.
    pub const ORIGIN: Self = Self([0; 32]);
    /// The size of a link in bytes.
    pub const BYTES: usize = 32;
}

impl std::fmt::Display for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl AuditKey {
    /// A key from its 32 bytes.
    pub const fn new(bytes: SecretBytes) -> Self {
        Self(bytes)
    }

    /// The link after a record: its number, its bytes, and the link of the record before it.
    pub fn link(&self, previous: Link, number: u64, record: &[u8]) -> Link {
        let mut hasher = blake3::Hasher::new_keyed(self.0.expose());
        hasher.update(&number.to_be_bytes()).update(&previous.0).update(record);
        Link(*hasher.finalize().as_bytes())
    }
}

impl AuditKey {
    /// The seal of a gap: the records from `first` to `last`, of which the last had this link.
    pub fn seal(&self, first: u64, last: u64, link: Link) -> Link {
        let mut hasher = blake3::Hasher::new_keyed(self.0.expose());
        hasher.update(&0_u64.to_be_bytes()).update(&first.to_be_bytes()).update(&last.to_be_bytes());
        hasher.update(&link.0);
        Link(*hasher.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_depends_on_the_key_the_number_the_link_before_and_every_byte() {
        let key = |byte| AuditKey::new(SecretBytes::new([byte; 32]));
        let link = key(1).link(Link::ORIGIN, 7, b"record");
        assert_eq!(link, key(1).link(Link::ORIGIN, 7, b"record"));
        for other in [
            key(2).link(Link::ORIGIN, 7, b"record"),
            key(1).link(link, 7, b"record"),
            key(1).link(Link::ORIGIN, 8, b"record"),
            key(1).link(Link::ORIGIN, 7, b"recorE"),
            key(1).link(Link::ORIGIN, 7, b""),
        ] {
            assert_ne!(other, link);
        }
    }

    #[test]
    fn a_seal_depends_on_the_key_both_ends_and_the_link_and_is_no_link() {
        let key = |byte| AuditKey::new(SecretBytes::new([byte; 32]));
        let (link, seal) = (Link([7; 32]), key(1).seal(2, 3, Link([7; 32])));
        assert_eq!(seal, key(1).seal(2, 3, link));
        let record = [3_u64.to_be_bytes().as_slice(), &link.0].concat();
        for other in [
            key(2).seal(2, 3, link),
            key(1).seal(1, 3, link),
            key(1).seal(2, 4, link),
            key(1).seal(2, 3, Link([8; 32])),
            key(1).link(Link::ORIGIN, 2, &record),
        ] {
            assert_ne!(other, seal);
        }
    }

    #[test]
    fn a_link_is_shown_as_64_hexadecimal_digits() {
        assert_eq!(Link([0x0a; 32]).to_string(), "0a".repeat(32));
    }
}
