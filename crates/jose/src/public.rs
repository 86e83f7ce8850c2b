//! Reading public keys that administrators upload, strictly: a key that verifies is either sound or
//! refused here, never later.

use crate::verify::verification;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::ParsedPublicKey;
use jeton_oauth::key::{Algorithm, PublicKey};
use pkcs8::der::pem;
use pkcs8::spki::SubjectPublicKeyInfoRef;
use pkcs8::{ObjectIdentifier, der};

/// Bits of an RSA modulus at least and at most (RFC 7518 §3.3; more only costs time).
pub const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
/// Bytes of an uploaded key at most, as PEM.
pub const PEM_BYTES_MAX: usize = 4096;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Why a key is refused. The administrator must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The private half was sent.
    #[error("this is a private key; upload the public one, and treat the private one as leaked")]
    Private,
    /// Not PEM, or not a public key.
    #[error("not a public key in PEM (-----BEGIN PUBLIC KEY-----)")]
    Malformed,
    /// A kind of key that no algorithm here uses.
    #[error("keys are RSA, EC on P-256 or P-384, or Ed25519")]
    Unsupported,
    /// Too short, too long, or with an exponent that is no good.
    #[error("an RSA key has 2048 to 4096 bits and the exponent 65537")]
    Rsa,
    /// The algorithm asked for is not one of this kind of key.
    #[error("this kind of key does not sign with the algorithm asked for")]
    Algorithm,
}

/// Reads a public key in PEM. An RSA key is for RS256 unless another of its algorithms is asked for.
///
/// # Errors
/// [`KeyError`] says what to send instead.
pub fn from_pem(text: &str, asked: Option<Algorithm>) -> Result<PublicKey, KeyError> {
    if text.contains("PRIVATE KEY") {
        return Err(KeyError::Private);
    }
    if text.len() > PEM_BYTES_MAX {
        return Err(KeyError::Malformed);
    }
    let (label, bytes) = pem::decode_vec(text.trim().as_bytes()).map_err(|_| KeyError::Malformed)?;
    match label {
        "PUBLIC KEY" => from_spki(&bytes, asked),
        // PKCS#1, which has no algorithm in it: RSA.
        "RSA PUBLIC KEY" => rsa(&bytes, asked),
        _ => Err(KeyError::Malformed),
    }
}

fn from_spki(bytes: &[u8], asked: Option<Algorithm>) -> Result<PublicKey, KeyError> {
    let info: SubjectPublicKeyInfoRef<'_> = der::Decode::from_der(bytes).map_err(|_| KeyError::Malformed)?;
    let curve = || info.algorithm.parameters_oid().map_err(|_| KeyError::Unsupported);
    let own = match info.algorithm.oid {
        RSA_ENCRYPTION => return rsa(bytes, asked),
        EC_PUBLIC_KEY => match curve()? {
            P256 => Algorithm::Es256,
            P384 => Algorithm::Es384,
            _ => return Err(KeyError::Unsupported),
        },
        ED25519 => Algorithm::EdDsa,
        _ => return Err(KeyError::Unsupported),
    };
    if asked.is_some_and(|asked| asked != own) {
        return Err(KeyError::Algorithm);
    }
    parsed(own, bytes, KeyError::Malformed)
}

fn rsa(bytes: &[u8], asked: Option<Algorithm>) -> Result<PublicKey, KeyError> {
    let algorithm = match asked.unwrap_or(Algorithm::Rs256) {
        rsa @ (Algorithm::Rs256 | Algorithm::Ps256) => rsa,
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => return Err(KeyError::Algorithm),
    };
    let key = aws_lc_rs::rsa::PublicKey::from_der(bytes).map_err(|_| KeyError::Malformed)?;
    let modulus = key.modulus();
    let bits = modulus.big_endian_without_leading_zero();
    let leading = bits.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let bits = bits.len().saturating_mul(8).saturating_sub(leading);
    if !RSA_BITS.contains(&bits) || key.exponent().big_endian_without_leading_zero() != [1, 0, 1] {
        return Err(KeyError::Rsa);
    }
    parsed(algorithm, bytes, KeyError::Rsa)
}

/// Lets the library read the key, which checks that a point is on its curve, and write it again.
fn parsed(algorithm: Algorithm, bytes: &[u8], otherwise: KeyError) -> Result<PublicKey, KeyError> {
    let key = ParsedPublicKey::new(verification(algorithm), bytes).map_err(|_| otherwise)?;
    let spki = key.as_der().map_err(|_| otherwise)?;
    if spki.as_ref().len() > PublicKey::SPKI_BYTES_MAX {
        return Err(otherwise);
    }
    Ok(PublicKey { algorithm, spki: spki.as_ref().into() })
}

#[cfg(test)]
mod tests;
