//! Keys at rest: AES-256-GCM under a key that is not in the database.
//!
//! ```text
//! sealed = nonce 12 | ciphertext | tag 16          associated data: what key it is
//! ```

use crate::sign::SigningError;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use jeton_domain::id::{SigningKeyId, TokenKeyId};
use jeton_domain::key::Algorithm;
use jeton_secret::SecretBytes;
use zeroize::Zeroizing;

/// Seals keys and opens them again.
pub struct Sealer {
    key: RandomizedNonceKey,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer([redacted])")
    }
}

impl Sealer {
    /// A sealer under this subkey of the server's key.
    ///
    /// # Errors
    /// [`SigningError`] if the library fails.
    pub fn new(key: &SecretBytes) -> Result<Self, SigningError> {
        Ok(Self { key: RandomizedNonceKey::new(&AES_256_GCM, key.expose())? })
    }

    /// Seals a private key, bound to its name.
    ///
    /// # Errors
    /// [`SigningError`] if the library fails.
    pub fn seal(&self, name: KeyName, private: &[u8]) -> Result<Box<[u8]>, SigningError> {
        let mut text = Zeroizing::new(Vec::with_capacity(private.len() + AES_256_GCM.tag_len()));
        text.extend_from_slice(private);
        let nonce = self.key.seal_in_place_append_tag(name.associated(), &mut *text)?;
        Ok(nonce.as_ref().iter().chain(text.iter()).copied().collect())
    }

    /// Opens a private key that was sealed under this name.
    ///
    /// # Errors
    /// [`SigningError`] if it was sealed under another name or key, or changed since.
    pub fn open(&self, name: KeyName, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SigningError> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or(SigningError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce)?;
        let mut text = Zeroizing::new(text.to_vec());
        let opened = self.key.open_in_place(nonce, name.associated(), &mut text)?.len();
        text.truncate(opened);
        Ok(text)
    }
}

/// The name of a key, to which its sealed form is bound.
#[derive(Debug, Clone, Copy)]
pub enum KeyName {
    /// A signing key, by id and algorithm.
    Signing(SigningKeyId, Algorithm),
    /// A token key, by id.
    Token(TokenKeyId),
}

impl KeyName {
    fn associated(self) -> Aad<String> {
        Aad::from(match self {
            Self::Signing(id, algorithm) => format!("jeton signing key {id} {algorithm}"),
            Self::Token(id) => format!("jeton token key {id}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: KeyName = KeyName::Signing(SigningKeyId(7), Algorithm::EdDsa);

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&SecretBytes::new([byte; 32])).unwrap()
    }

    #[test]
    fn a_sealed_key_is_opened_under_its_own_name_and_key_only() {
        let sealed = sealer(1).seal(NAME, b"private").unwrap();
        assert_eq!(sealer(1).open(NAME, &sealed).unwrap().as_slice(), b"private");
        assert!(!sealed.windows(7).any(|window| window == b"private"));
        assert!(sealer(2).open(NAME, &sealed).is_err());
        assert!(sealer(1).open(KeyName::Signing(SigningKeyId(8), Algorithm::EdDsa), &sealed).is_err());
        assert!(sealer(1).open(KeyName::Signing(SigningKeyId(7), Algorithm::Es256), &sealed).is_err());
        assert!(sealer(1).open(KeyName::Token(TokenKeyId(7)), &sealed).is_err());
    }

    #[test]
    fn a_changed_sealed_key_is_refused() {
        let sealed = sealer(1).seal(NAME, b"private").unwrap();
        for at in 0..sealed.len() {
            let mut touched = sealed.clone();
            touched[at] ^= 1;
            assert!(sealer(1).open(NAME, &touched).is_err(), "byte {at}");
            assert!(sealer(1).open(NAME, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn sealing_twice_gives_two_texts() {
        let seal = || sealer(1).seal(NAME, b"private").unwrap();
        assert_ne!(seal(), seal());
    }
}
