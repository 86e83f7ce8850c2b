//! Algorithms and public keys, as facts. What computes with them is in `jeton-jose`.

use std::fmt;

/// Signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1). A key has exactly one; `none` and the HMAC
/// family do not exist here (RFC 8725 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rs256, Self::Ps256, Self::Es256, Self::Es384, Self::EdDsa];

    /// Their names, for metadata.
    pub const NAMES: [&str; 5] = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];

    /// The `alg` of a JOSE header.
    pub const fn as_str(self) -> &'static str {
        let [rs256, ps256, es256, es384, eddsa] = Self::NAMES;
        match self {
            Self::Rs256 => rs256,
            Self::Ps256 => ps256,
            Self::Es256 => es256,
            Self::Es384 => es384,
            Self::EdDsa => eddsa,
        }
    }

    /// Reads an `alg`, which is case-sensitive.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A public key with the one algorithm that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// What it verifies.
    pub algorithm: Algorithm,
    /// SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7), as the cryptographic library wrote it.
    pub spki: Box<[u8]>,
}

impl PublicKey {
    /// Bytes of a SubjectPublicKeyInfo at most: RSA with 4096 bits has 550.
    pub const SPKI_BYTES_MAX: usize = 1024;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_read_back_from_its_name_and_from_nothing_else() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::parse(algorithm.as_str()), Some(algorithm));
        }
        for other in ["", "none", "None", "HS256", "rs256", "RS1", "RS512", "ES256K", "Ed25519", "EdDSA "] {
            assert_eq!(Algorithm::parse(other), None, "{other}");
        }
    }
}
