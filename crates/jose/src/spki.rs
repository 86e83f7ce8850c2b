//! The parts of a `SubjectPublicKeyInfo`.

use crate::key_error::KeyError;
use pkcs8::der::Decode;
use pkcs8::spki::SubjectPublicKeyInfoRef;

/// The key itself: a point, for EC and Ed25519.
pub(crate) fn raw(spki: &[u8]) -> Result<Vec<u8>, KeyError> {
    let info = SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| KeyError::Malformed)?;
    info.subject_public_key.as_bytes().map(<[u8]>::to_vec).ok_or(KeyError::Malformed)
}

/// The modulus of an RSA key, without leading zeros.
pub(crate) fn rsa_modulus(spki: &[u8]) -> Result<Vec<u8>, KeyError> {
    let key = aws_lc_rs::rsa::PublicKey::from_der(spki).map_err(|_| KeyError::Malformed)?;
    Ok(key.modulus().big_endian_without_leading_zero().to_vec())
}
