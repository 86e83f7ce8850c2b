//! The chain of the audit trail: what makes a record that was changed, removed or added later stand out.
//!
//! ```text
//! link(n) = BLAKE3_keyed( n | link(n - 1) | record n )
//! ```
//! The key is a subkey of `server.key`, so whoever can write the database alone can't make a trail of its own.

use crate::sensitive::SecretBytes;

/// The key that chains audit records.
#[derive(Debug)]
pub struct AuditKey(SecretBytes);

/// Where a chain stands after a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link(pub [u8; 32]);

impl Link {
    /// Before the first record.
    pub const ORIGIN: Self = Self([0; 32]);
    /// Bytes of a link.
    pub const BYTES: usize = 32;
}

impl std::fmt::Display for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl AuditKey {
    /// A key of these bytes.
    pub const fn new(bytes: SecretBytes) -> Self {
        Self(bytes)
    }

    /// The link after a record.
    pub fn link(&self, previous: Link, number: u64, record: &[u8]) -> Link {
        let mut hasher = blake3::Hasher::new_keyed(self.0.expose());
        hasher.update(&number.to_be_bytes()).update(&previous.0).update(record);
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
    fn a_link_is_shown_as_64_hexadecimal_digits() {
        assert_eq!(Link([0x0a; 32]).to_string(), "0a".repeat(32));
    }
}
