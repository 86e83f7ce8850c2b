//! Verifying signatures with a key that was parsed once.

use crate::key_error::KeyError;
use crate::spki::rsa_modulus;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, VerificationAlgorithm,
};
use jeton_domain::key::{Algorithm, Family, PublicKey};

/// The library's algorithm. ECDSA signatures have the fixed length of RFC 7518 §3.4.
pub(crate) fn verification(algorithm: Algorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
        Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
        Algorithm::Es384 => &ECDSA_P384_SHA384_FIXED,
        Algorithm::Es512 => &ECDSA_P521_SHA512_FIXED,
        Algorithm::EdDsa => &ED25519,
    }
}

/// A public key, ready to verify signatures of its one algorithm.
#[derive(Debug, Clone)]
pub struct Verifier {
    algorithm: Algorithm,
    key: ParsedPublicKey,
    signature_len: usize,
}

impl Verifier {
    /// Prepares a key for verifying.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for a key that neither [`crate::public::from_pem`] read nor
    /// [`crate::sign::generate`] made.
    pub fn new(key: &PublicKey) -> Result<Self, KeyError> {
        let parsed =
            ParsedPublicKey::new(verification(key.algorithm), &key.spki).map_err(|_| KeyError::Malformed)?;
        Ok(Self { algorithm: key.algorithm, key: parsed, signature_len: signature_len(key)? })
    }

    /// The one algorithm that the key is for.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The size of its signatures in bytes; others are refused without any computation.
    pub const fn signature_len(&self) -> usize {
        self.signature_len
    }

    /// True if this key made the signature, with its own algorithm and no other.
    pub fn verifies(&self, claimed: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        claimed == self.algorithm && self.key.verify_sig(message, signature).is_ok()
    }
}

/// The size of a signature by this key in bytes (RFC 7518 §3.3 to §3.5, RFC 8037 §3.1).
fn signature_len(key: &PublicKey) -> Result<usize, KeyError> {
    Ok(match key.algorithm.family() {
        Family::Rsa => rsa_modulus(&key.spki)?.len(),
        Family::Ec("P-256") | Family::Ed25519 => 64,
        Family::Ec("P-384") => 96,
        Family::Ec(_) => 132,
    })
}

#[cfg(test)]
mod tests;
