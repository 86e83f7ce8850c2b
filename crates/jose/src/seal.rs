//! Private keys at rest: AES-256-GCM under a key that is not in the database.
//!
//! ```text
//! sealed = nonce 12 | ciphertext | tag 16          associated data: the key's id and algorithm
//! ```

use crate::sign::SigningError;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use jeton_oauth::id::SigningKeyId;
use jeton_oauth::key::Algorithm;
use jeton_secret::SecretBytes;
use zeroize::Zeroizing;

/// Seals private keys and opens them again.
pub struct Sealer {
    key: RandomizedNonceKey,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer([redacted])")
    }
}

impl Sealer {
    /// With the key that the server's key gives.
    ///
    /// # Errors
    /// [`SigningError`] when the library fails.
    pub fn new(key: &SecretBytes) -> Result<Self, SigningError> {
        Ok(Self { key: RandomizedNonceKey::new(&AES_256_GCM, key.expose())? })
    }

    /// Seals a private key under its id.
    ///
    /// # Errors
    /// [`SigningError`] when the library fails.
    pub fn seal(
        &self,
        id: SigningKeyId,
        algorithm: Algorithm,
        private: &[u8],
    ) -> Result<Box<[u8]>, SigningError> {
        let mut text = Zeroizing::new(Vec::with_capacity(private.len() + AES_256_GCM.tag_len()));
        text.extend_from_slice(private);
        let nonce = self.key.seal_in_place_append_tag(associated(id, algorithm), &mut *text)?;
        Ok(nonce.as_ref().iter().chain(text.iter()).copied().collect())
    }

    /// Opens what was sealed under this id.
    ///
    /// # Errors
    /// [`SigningError`] when it was not, or was touched since.
    pub fn open(
        &self,
        id: SigningKeyId,
        algorithm: Algorithm,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SigningError> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or(SigningError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce)?;
        let mut text = Zeroizing::new(text.to_vec());
        let opened = self.key.open_in_place(nonce, associated(id, algorithm), &mut text)?.len();
        text.truncate(opened);
        Ok(text)
    }
}

fn associated(id: SigningKeyId, algorithm: Algorithm) -> Aad<String> {
    Aad::from(format!("jeton signing key {id} {algorithm}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: SigningKeyId = SigningKeyId(7);

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&SecretBytes::new([byte; 32])).unwrap()
    }

    #[test]
    fn a_sealed_key_is_opened_under_its_own_name_and_key_only() {
        let sealed = sealer(1).seal(ID, Algorithm::EdDsa, b"private").unwrap();
        assert_eq!(sealer(1).open(ID, Algorithm::EdDsa, &sealed).unwrap().as_slice(), b"private");
        assert!(!sealed.windows(7).any(|window| window == b"private"));
        assert!(sealer(2).open(ID, Algorithm::EdDsa, &sealed).is_err());
        assert!(sealer(1).open(SigningKeyId(8), Algorithm::EdDsa, &sealed).is_err());
        assert!(sealer(1).open(ID, Algorithm::Es256, &sealed).is_err());
    }

    #[test]
    fn a_sealed_key_that_was_touched_is_refused() {
        let sealed = sealer(1).seal(ID, Algorithm::EdDsa, b"private").unwrap();
        for at in 0..sealed.len() {
            let mut touched = sealed.clone();
            touched[at] ^= 1;
            assert!(sealer(1).open(ID, Algorithm::EdDsa, &touched).is_err(), "byte {at}");
            assert!(sealer(1).open(ID, Algorithm::EdDsa, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn sealing_twice_gives_two_texts() {
        let seal = || sealer(1).seal(ID, Algorithm::EdDsa, b"private").unwrap();
        assert_ne!(seal(), seal());
    }
}
