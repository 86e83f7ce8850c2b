//! Plaintext secrets in memory: 32 bytes, or text.
//!
//! Neither can be copied, compared or printed by accident; both are wiped when dropped. Code that needs
//! the plaintext calls `expose`, and the name shows in review. None of these compile:
//!
//! ```compile_fail
//! let copy = jeton_secret::SecretBytes::new([0; 32]).clone();
//! ```
//! ```compile_fail
//! let same = jeton_secret::SecretBytes::new([0; 32]) == jeton_secret::SecretBytes::new([0; 32]);
//! ```
//! ```compile_fail
//! println!("{}", jeton_secret::SecretText::new(String::new()));
//! ```
//! ```compile_fail
//! let copy = jeton_secret::ClientSecret::parse("").unwrap().clone();
//! ```
//! ```compile_fail
//! let same = jeton_secret::AccessToken::parse("").unwrap() == jeton_secret::AccessToken::parse("").unwrap();
//! ```

use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 256 secret bits.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretBytes([u8; 32]);

impl SecretBytes {
    /// Takes ownership of the bytes; the caller wipes its own copy.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The plaintext.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A secret in its text form.
///
/// The buffer is sized once and never grows, so no stale copy is left behind by a reallocation.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretText(String);

impl SecretText {
    /// Takes ownership of the text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The plaintext.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_print_as_redacted() {
        assert_eq!(format!("{:?}", SecretBytes::new([7; 32])), "[redacted]");
        assert_eq!(format!("{:?}", SecretText::new("jeton_cs_x".into())), "[redacted]");
    }
}
