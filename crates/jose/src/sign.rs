//! Signing the server's own tokens.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PSS_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_oauth::id::SigningKeyId;
use jeton_oauth::jwt::{ACCESS_TOKEN_KIND, ID_TOKEN_KIND};
use jeton_oauth::key::{Algorithm, PublicKey};
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

/// What is signed; decides the `typ` of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RFC 9068.
    AccessToken,
    /// OpenID Connect Core §2.
    IdToken,
}

/// A private key, ready to sign.
pub struct SigningKey {
    pair: Pair,
    access_token_header: Box<str>,
    id_token_header: Box<str>,
}

enum Pair {
    Rsa(RsaKeyPair, &'static dyn aws_lc_rs::signature::RsaEncoding),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey([redacted])")
    }
}

/// Makes a key: the private half as PKCS#8, which the caller seals, and the public half. RSA keys have
/// 2048 bits; making one takes about a tenth of a second.
///
/// # Errors
/// [`SigningError`] when the library fails, for instance without entropy.
pub fn generate(algorithm: Algorithm) -> Result<(Zeroizing<Vec<u8>>, PublicKey), SigningError> {
    let (private, public) = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
            (AsDer::<Pkcs8V1Der<'_>>::as_der(&pair)?.as_ref().to_vec(), pair.public_key().as_der()?)
        }
        Algorithm::Es256 | Algorithm::Es384 => {
            let pair = EcdsaKeyPair::generate(curve(algorithm))?;
            (pair.to_pkcs8v1()?.as_ref().to_vec(), pair.public_key().as_der()?)
        }
        Algorithm::EdDsa => {
            let pair = Ed25519KeyPair::generate()?;
            (pair.to_pkcs8v1()?.as_ref().to_vec(), pair.public_key().as_der()?)
        }
    };
    Ok((Zeroizing::new(private), PublicKey { algorithm, spki: public.as_ref().into() }))
}

const fn curve(algorithm: Algorithm) -> &'static aws_lc_rs::signature::EcdsaSigningAlgorithm {
    match algorithm {
        Algorithm::Es384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
    }
}

impl SigningKey {
    /// Takes a private key over from its PKCS#8 form.
    ///
    /// # Errors
    /// [`SigningError`] when it is not a key of this algorithm.
    pub fn new(id: SigningKeyId, algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, SigningError> {
        let pair = match algorithm {
            Algorithm::Rs256 => Pair::Rsa(RsaKeyPair::from_pkcs8(pkcs8)?, &RSA_PKCS1_SHA256),
            Algorithm::Ps256 => Pair::Rsa(RsaKeyPair::from_pkcs8(pkcs8)?, &RSA_PSS_SHA256),
            Algorithm::Es256 | Algorithm::Es384 => {
                Pair::Ecdsa(EcdsaKeyPair::from_pkcs8(curve(algorithm), pkcs8)?)
            }
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8)?),
        };
        let header = |kind: &str| {
            URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{algorithm}","kid":"{id}","typ":"{kind}"}}"#)).into()
        };
        Ok(Self {
            pair,
            access_token_header: header(ACCESS_TOKEN_KIND),
            id_token_header: header(ID_TOKEN_KIND),
        })
    }

    /// Signs claims: the compact serialization of RFC 7515 §7.1.
    ///
    /// # Errors
    /// [`SigningError`] when the library fails.
    pub fn sign(&self, kind: Kind, claims: &[u8]) -> Result<String, SigningError> {
        let header = match kind {
            Kind::AccessToken => &self.access_token_header,
            Kind::IdToken => &self.id_token_header,
        };
        let mut token = String::with_capacity(header.len() + claims.len() * 4 / 3 + SIGNATURE_TEXT_MAX);
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

/// Characters of the longest signature, RSA with 2048 bits, and the two dots.
const SIGNATURE_TEXT_MAX: usize = 344;

fn append(token: &mut String, signature: &[u8]) {
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, token);
}

#[cfg(test)]
mod tests;
