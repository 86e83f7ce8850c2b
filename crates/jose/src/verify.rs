//! Verifying signatures with a key that was parsed once.

use crate::public::KeyError;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, VerificationAlgorithm,
};
use jeton_oauth::key::{Algorithm, PublicKey};

/// The library's algorithm. ECDSA signatures have the fixed length of RFC 7518 §3.4.
pub(crate) fn verification(algorithm: Algorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
        Algorithm::Es384 => &ECDSA_P384_SHA384_FIXED,
        Algorithm::EdDsa => &ED25519,
    }
}

/// A public key, ready to verify.
#[derive(Debug, Clone)]
pub struct Verifier {
    algorithm: Algorithm,
    key: ParsedPublicKey,
}

impl Verifier {
    /// Parses a key.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for one that was not read by [`crate::public::from_pem`] or made by us.
    pub fn new(key: &PublicKey) -> Result<Self, KeyError> {
        let parsed =
            ParsedPublicKey::new(verification(key.algorithm), &key.spki).map_err(|_| KeyError::Malformed)?;
        Ok(Self { algorithm: key.algorithm, key: parsed })
    }

    /// The one algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether this key made the signature, with its own algorithm and no other.
    pub fn verifies(&self, claimed: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        claimed == self.algorithm && self.key.verify_sig(message, signature).is_ok()
    }
}

#[cfg(test)]
mod tests;
