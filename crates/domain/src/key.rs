//! Algorithms and public keys, as data. The computations are in `jeton-jose`.

use std::fmt;

/// Signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1). A key has exactly one; `none` and the HMAC
/// family do not exist here (RFC 8725 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519.
    EdDsa,
}

/// The kinds of keys; algorithms of one family can use the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// An RSA key.
    Rsa,
    /// An elliptic curve of NIST, by its name in RFC 7518 §6.2.1.1.
    Ec(&'static str),
    /// An Ed25519 key.
    Ed25519,
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: [Self; 10] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
    ];

    /// The names of all algorithms, for metadata.
    pub const NAMES: [&str; 10] =
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

    /// The `alg` of a JOSE header.
    pub const fn as_str(self) -> &'static str {
        let [rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, es512, eddsa] = Self::NAMES;
        match self {
            Self::Rs256 => rs256,
            Self::Rs384 => rs384,
            Self::Rs512 => rs512,
            Self::Ps256 => ps256,
            Self::Ps384 => ps384,
            Self::Ps512 => ps512,
            Self::Es256 => es256,
            Self::Es384 => es384,
            Self::Es512 => es512,
            Self::EdDsa => eddsa,
        }
    }

    /// The kind of keys that it uses.
    pub const fn family(self) -> Family {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => Family::Rsa,
            Self::Es256 => Family::Ec("P-256"),
            Self::Es384 => Family::Ec("P-384"),
            Self::Es512 => Family::Ec("P-521"),
            Self::EdDsa => Family::Ed25519,
        }
    }

    /// The algorithm with this `alg`, which is case-sensitive.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text)
    }
}

/// The sizes of generated RSA keys, in bits of the modulus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RsaBits {
    /// 2048 bits.
    #[default]
    B2048,
    /// 3072 bits.
    B3072,
    /// 4096 bits.
    B4096,
}

impl RsaBits {
    /// All sizes.
    pub const ALL: [Self; 3] = [Self::B2048, Self::B3072, Self::B4096];

    /// The size in bits.
    pub const fn bits(self) -> u32 {
        match self {
            Self::B2048 => 2048,
            Self::B3072 => 3072,
            Self::B4096 => 4096,
        }
    }

    /// The size with this number of bits.
    pub fn of(bits: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.bits() == bits)
    }
}

/// The kind of a key to be generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySpec {
    /// The algorithm of the key.
    pub algorithm: Algorithm,
    /// The size of an RSA key; unused for other kinds.
    pub rsa_bits: RsaBits,
}

impl From<Algorithm> for KeySpec {
    fn from(algorithm: Algorithm) -> Self {
        Self { algorithm, rsa_bits: RsaBits::default() }
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
    /// The algorithm of its signatures.
    pub algorithm: Algorithm,
    /// SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7), as the cryptographic library wrote it.
    pub spki: Box<[u8]>,
}

impl PublicKey {
    /// The maximal size of a SubjectPublicKeyInfo in bytes: RSA with 4096 bits has 550.
    pub const SPKI_BYTES_MAX: usize = 1024;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_back_from_its_number_and_from_no_other() {
        for size in RsaBits::ALL {
            assert_eq!(RsaBits::of(size.bits()), Some(size));
        }
        for other in [0, 1024, 2047, 2049, 8192, u32::MAX] {
            assert_eq!(RsaBits::of(other), None, "{other}");
        }
    }

    #[test]
    fn an_algorithm_is_read_back_from_its_name_and_from_nothing_else() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::parse(algorithm.as_str()), Some(algorithm));
        }
        for other in
            ["", "none", "None", "HS256", "rs256", "RS1", "RS224", "ES521", "ES256K", "Ed25519", "EdDSA "]
        {
            assert_eq!(Algorithm::parse(other), None, "{other}");
        }
    }
}
