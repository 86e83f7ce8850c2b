//! Public keys as JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2). No member holds a private part, so
//! none can leak.

use crate::key_error::KeyError;
use crate::spki::raw;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_domain::key::{Family, PublicKey};
use serde::Serialize;

/// The JWK set, served at `jwks_uri` (RFC 7517 §5).
#[derive(Debug, Serialize)]
pub struct Jwks {
    /// The published keys (RFC 7517 §5.1).
    pub keys: Vec<Jwk>,
}

/// A public key as a JWK (RFC 7517 §4).
#[derive(Debug, Serialize)]
pub struct Jwk {
    kid: String,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    #[serde(flatten)]
    material: Material,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kty")]
enum Material {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { crv: &'static str, x: String, y: String },
    #[serde(rename = "OKP")]
    Okp { crv: &'static str, x: String },
}

impl Jwk {
    /// The JSON form of a key.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for a key that the library did not write.
    pub fn new(kid: String, key: &PublicKey) -> Result<Self, KeyError> {
        let material = match key.algorithm.family() {
            Family::Rsa => rsa(&key.spki)?,
            Family::Ec(curve) => ec(curve, &key.spki)?,
            Family::Ed25519 => Material::Okp { crv: "Ed25519", x: encode(&raw(&key.spki)?) },
        };
        Ok(Self { kid, usage: "sig", alg: key.algorithm.as_str(), material })
    }
}

fn rsa(spki: &[u8]) -> Result<Material, KeyError> {
    let key = aws_lc_rs::rsa::PublicKey::from_der(spki).map_err(|_| KeyError::Malformed)?;
    Ok(Material::Rsa {
        n: encode(key.modulus().big_endian_without_leading_zero()),
        e: encode(key.exponent().big_endian_without_leading_zero()),
    })
}

/// The uncompressed point of SEC 1 §2.3.3: 04, x, y.
fn ec(crv: &'static str, spki: &[u8]) -> Result<Material, KeyError> {
    let point = raw(spki)?;
    let coordinates = point.strip_prefix(&[4]).ok_or(KeyError::Malformed)?;
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    Ok(Material::Ec { crv, x: encode(x), y: encode(y) })
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests;
