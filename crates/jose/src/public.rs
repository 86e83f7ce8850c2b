//! Strict reading of the public keys that administrators upload: a key is refused here or is sound, so
//! later use cannot fail.

pub use crate::key_error::{KeyError, PEM_BYTES_MAX, RSA_BITS};
use crate::verify::verification;
use crate::weak;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::ParsedPublicKey;
use jeton_domain::key::{Algorithm, Family, PublicKey};
use jeton_domain::pem;
use pkcs8::spki::SubjectPublicKeyInfoRef;
use pkcs8::{ObjectIdentifier, der};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Reads a public key from a file with PEM in it ([`pem`]). An RSA key is for RS256 unless another RSA
/// algorithm is requested.
///
/// # Errors
/// [`KeyError`], whose text tells the administrator what to send instead.
pub fn from_file(file: &[u8], asked: Option<Algorithm>) -> Result<PublicKey, KeyError> {
    if file.len() > PEM_BYTES_MAX {
        return Err(KeyError::TooLong);
    }
    from_pem(&pem::text(file).ok_or(KeyError::Malformed)?, asked)
}

/// Reads a public key from PEM text, as [`from_file`] does.
///
/// # Errors
/// [`KeyError`], as from [`from_file`].
pub fn from_pem(text: &str, asked: Option<Algorithm>) -> Result<PublicKey, KeyError> {
    if text.len() > PEM_BYTES_MAX {
        return Err(KeyError::TooLong);
    }
    if text.contains("PRIVATE KEY") {
        return Err(KeyError::Private);
    }
    let mut keys = pem::blocks(text).filter(|block| ["PUBLIC KEY", "RSA PUBLIC KEY"].contains(&block.label));
    let Some(block) = keys.next() else {
        let is_certificate = pem::blocks(text).any(|block| block.label == "CERTIFICATE");
        return Err(if is_certificate { KeyError::Certificate } else { KeyError::Malformed });
    };
    if keys.next().is_some() {
        return Err(KeyError::Many);
    }
    let bytes = block.decode().ok_or(KeyError::Malformed)?;
    let key = match block.label {
        "PUBLIC KEY" => from_spki(&bytes, asked),
        // PKCS#1 is the last part of a SubjectPublicKeyInfo and names no algorithm: RSA.
        _ => rsa(&bytes, asked).and_then(|key| canonical(key, &bytes)),
    }?;
    weak::check(&key)?;
    Ok(key)
}

fn from_spki(bytes: &[u8], asked: Option<Algorithm>) -> Result<PublicKey, KeyError> {
    let info: SubjectPublicKeyInfoRef<'_> = der::Decode::from_der(bytes).map_err(|_| KeyError::Malformed)?;
    let curve = || info.algorithm.parameters_oid().map_err(|_| KeyError::Unsupported);
    let own = match info.algorithm.oid {
        RSA_ENCRYPTION => return rsa(bytes, asked).and_then(|key| canonical(key, bytes)),
        EC_PUBLIC_KEY => match curve()? {
            P256 => Algorithm::Es256,
            P384 => Algorithm::Es384,
            P521 => Algorithm::Es512,
            _ => return Err(KeyError::Unsupported),
        },
        ED25519 => Algorithm::EdDsa,
        _ => return Err(KeyError::Unsupported),
    };
    if asked.is_some_and(|asked| asked != own) {
        return Err(KeyError::Algorithm);
    }
    canonical(parsed(own, bytes, KeyError::Malformed)?, bytes)
}

/// Refuses every encoding of a key but the one that the library writes.
fn canonical(key: PublicKey, bytes: &[u8]) -> Result<PublicKey, KeyError> {
    if key.spki.ends_with(bytes) { Ok(key) } else { Err(KeyError::Malformed) }
}

fn rsa(bytes: &[u8], asked: Option<Algorithm>) -> Result<PublicKey, KeyError> {
    let algorithm = asked.unwrap_or(Algorithm::Rs256);
    if algorithm.family() != Family::Rsa {
        return Err(KeyError::Algorithm);
    }
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

/// The key as the library reads it, which checks that a point is on its curve, and writes it again.
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
