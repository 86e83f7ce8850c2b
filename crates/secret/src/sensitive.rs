//! The two shapes that plaintext secrets take in memory: bytes, mostly 32, and text.
//!
//! Neither can be copied, compared or printed by accident; both are wiped when dropped, as slices: `zeroize` wipes arrays and
//! vectors byte by byte, which took a tenth of the time of minting a token and reading a secret.
//! Whoever needs the plaintext calls `expose`, and the name shows in review. None of these compile:
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

/// Secret bytes: 256 bits unless another number is named.
pub struct SecretBytes<const N: usize = 32>([u8; N]);

impl<const N: usize> SecretBytes<N> {
    /// Takes the bytes over; the caller's copy is the caller's to wipe.
    pub const fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// The plaintext.
    pub const fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// The plaintext, to be written.
    pub(crate) const fn expose_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }
}

impl<const N: usize> Drop for SecretBytes<N> {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for SecretBytes<N> {}

impl<const N: usize> fmt::Debug for SecretBytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A secret in the text form that people and programs see.
///
/// The buffer is sized once and never grows, so no stale copy is left behind by a reallocation.
pub struct SecretText(String);

impl SecretText {
    /// Takes the text over.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The plaintext.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for SecretText {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.spare_capacity_mut().zeroize();
        bytes.as_mut_slice().zeroize();
    }
}

impl ZeroizeOnDrop for SecretText {}

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
