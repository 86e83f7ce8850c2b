//! Signing the server's own tokens.

use crate::spki::rsa_modulus;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_domain::id::SigningKeyId;
use jeton_domain::key::{Algorithm, Family, KeySpec, PublicKey, RsaBits};
use jeton_domain::service_user::JwtType;
use zeroize::Zeroizing;

/// The library could not make or use a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library failed")]
pub struct SigningError;

impl From<aws_lc_rs::error::Unspecified> for SigningError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self
    }
}

impl From<aws_lc_rs::error::KeyRejected> for SigningError {
    fn from(_: aws_lc_rs::error::KeyRejected) -> Self {
        Self
    }
}

/// The kinds of signed tokens; each has its `typ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An access token, with the `typ` that is configured for its client.
    AccessToken(JwtType),
    /// OpenID Connect Core §2.
    IdToken,
}

/// A private key, ready to sign.
pub struct SigningKey {
    pair: Pair,
    /// Headers, in the order of [`JwtType::ALL`]. The first one also serves id tokens.
    headers: [Box<str>; 2],
}

enum Pair {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey([redacted])")
    }
}

/// Generates a key pair: the private half as PKCS#8, which the caller seals, and the public half. An RSA
/// key of 2048 bits takes about a tenth of a second, one of 4096 bits about a second.
///
/// # Errors
/// [`SigningError`] if the library fails, for instance without entropy.
pub fn generate(spec: impl Into<KeySpec>) -> Result<(Zeroizing<Vec<u8>>, PublicKey), SigningError> {
    let KeySpec { algorithm, rsa_bits } = spec.into();
    let (private, public) = match algorithm.family() {
        Family::Rsa => {
            let pair = RsaKeyPair::generate(key_size(rsa_bits))?;
            (AsDer::<Pkcs8V1Der<'_>>::as_der(&pair)?.as_ref().to_vec(), pair.public_key().as_der()?)
        }
        Family::Ec(name) => {
            let pair = EcdsaKeyPair::generate(curve(name))?;
            (pair.to_pkcs8v1()?.as_ref().to_vec(), pair.public_key().as_der()?)
        }
        Family::Ed25519 => {
            let pair = Ed25519KeyPair::generate()?;
            (pair.to_pkcs8v1()?.as_ref().to_vec(), pair.public_key().as_der()?)
        }
    };
    Ok((Zeroizing::new(private), PublicKey { algorithm, spki: public.as_ref().into() }))
}

const fn key_size(bits: RsaBits) -> KeySize {
    match bits {
        RsaBits::B2048 => KeySize::Rsa2048,
        RsaBits::B3072 => KeySize::Rsa3072,
        RsaBits::B4096 => KeySize::Rsa4096,
    }
}

fn curve(name: &str) -> &'static EcdsaSigningAlgorithm {
    match name {
        "P-256" => &ECDSA_P256_SHA256_FIXED_SIGNING,
        "P-384" => &ECDSA_P384_SHA384_FIXED_SIGNING,
        _ => &ECDSA_P521_SHA512_FIXED_SIGNING,
    }
}

fn encoding(algorithm: Algorithm) -> &'static dyn RsaEncoding {
    match algorithm {
        Algorithm::Rs384 => &RSA_PKCS1_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_SHA512,
        Algorithm::Ps256 => &RSA_PSS_SHA256,
        Algorithm::Ps384 => &RSA_PSS_SHA384,
        Algorithm::Ps512 => &RSA_PSS_SHA512,
        Algorithm::Rs256 | Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 | Algorithm::EdDsa => {
            &RSA_PKCS1_SHA256
        }
    }
}

/// The requested size of an RSA key; the smallest size for other keys.
pub fn rsa_bits(key: &PublicKey) -> RsaBits {
    let modulus = rsa_modulus(&key.spki).unwrap_or_default();
    u32::try_from(modulus.len().saturating_mul(8)).ok().and_then(RsaBits::of).unwrap_or_default()
}

impl SigningKey {
    /// Reads a private key from its PKCS#8 form.
    ///
    /// # Errors
    /// [`SigningError`] if it is not a key of this algorithm.
    pub fn new(id: SigningKeyId, algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, SigningError> {
        let pair = match algorithm.family() {
            Family::Rsa => Pair::Rsa(RsaKeyPair::from_pkcs8(pkcs8)?, encoding(algorithm)),
            Family::Ec(name) => Pair::Ecdsa(EcdsaKeyPair::from_pkcs8(curve(name), pkcs8)?),
            Family::Ed25519 => Pair::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8)?),
        };
        let header = |kind: &str| {
            URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{algorithm}","kid":"{id}","typ":"{kind}"}}"#)).into()
        };
        Ok(Self { pair, headers: JwtType::ALL.map(|kind| header(kind.as_str())) })
    }

    /// Signs claims: the compact serialization of RFC 7515 §7.1.
    ///
    /// # Errors
    /// [`SigningError`] if the library fails.
    pub fn sign(&self, kind: Kind, claims: &[u8]) -> Result<String, SigningError> {
        let [jwt, at_jwt] = &self.headers;
        let header = match kind {
            Kind::AccessToken(JwtType::AtJwt) => at_jwt,
            Kind::AccessToken(JwtType::Jwt) | Kind::IdToken => jwt,
        };
        let mut token = String::with_capacity(header.len() + claims.len() * 4 / 3 + SIGNATURE_TEXT);
        token.push_str(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        self.append_signature(&mut token)?;
        Ok(token)
    }

    fn append_signature(&self, token: &mut String) -> Result<(), SigningError> {
        let message = token.as_bytes();
        match &self.pair {
            Pair::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*padding, &SystemRandom::new(), message, &mut signature)?;
                append(token, &signature);
            }
            Pair::Ecdsa(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message)?;
                append(token, signature.as_ref());
            }
            Pair::Ed25519(pair) => {
                let signature = pair.try_sign(message)?;
                append(token, signature.as_ref());
            }
        }
        Ok(())
    }
}

/// Characters of an RSA signature of 2048 bits, and the two dots; a longer one makes the text grow once.
const SIGNATURE_TEXT: usize = 344;

fn append(token: &mut String, signature: &[u8]) {
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, token);
}

#[cfg(test)]
mod tests;
