//! Key pairs made for clients, as their libraries read them. The private half is not kept.

use crate::sign::{SigningError, generate};
use jeton_domain::key::{Family, KeySpec, PublicKey};
use jeton_secret::SecretText;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::{Decode, pem};

/// The encoding of a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFormat {
    /// `BEGIN RSA PRIVATE KEY` (RFC 8017 §A.1.2), for RSA keys only: ZITADEL's form, and the only one
    /// that old versions of its libraries read.
    Pkcs1,
    /// `BEGIN PRIVATE KEY` (RFC 5958), which most libraries want.
    Pkcs8,
}

impl KeyFormat {
    /// ZITADEL's form for keys of this kind: PKCS#1 for RSA, else PKCS#8.
    pub const fn usual(spec: KeySpec) -> Self {
        match spec.algorithm.family() {
            Family::Rsa => Self::Pkcs1,
            Family::Ec(_) | Family::Ed25519 => Self::Pkcs8,
        }
    }

    /// True if a key of this kind has this form.
    pub const fn fits(self, spec: KeySpec) -> bool {
        matches!((self, spec.algorithm.family()), (Self::Pkcs8, _) | (Self::Pkcs1, Family::Rsa))
    }
}

/// Makes a key pair: the private half as PEM, to be shown once, and the public half.
///
/// # Errors
/// [`SigningError`] if the library fails, or a key of this kind does not have this form.
pub fn make(spec: KeySpec, format: KeyFormat) -> Result<(SecretText, PublicKey), SigningError> {
    if !format.fits(spec) {
        return Err(SigningError);
    }
    let (private, public) = generate(spec)?;
    let text = match format {
        KeyFormat::Pkcs1 => {
            let info = PrivateKeyInfoRef::from_der(&private).map_err(|_| SigningError)?;
            encode("RSA PRIVATE KEY", info.private_key.as_bytes())?
        }
        KeyFormat::Pkcs8 => encode("PRIVATE KEY", &private)?,
    };
    Ok((SecretText::new(text), public))
}

fn encode(label: &str, der: &[u8]) -> Result<String, SigningError> {
    pem::encode_string(label, pem::LineEnding::LF, der).map_err(|_| SigningError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_domain::key::Algorithm;

    #[test]
    fn only_an_rsa_key_can_be_pkcs_1() {
        for algorithm in Algorithm::ALL {
            let spec = KeySpec::from(algorithm);
            let (private, _) = make(spec, KeyFormat::usual(spec)).unwrap();
            let label =
                if KeyFormat::usual(spec) == KeyFormat::Pkcs1 { "RSA PRIVATE KEY" } else { "PRIVATE KEY" };
            assert!(private.expose().starts_with(&format!("-----BEGIN {label}-----\n")), "{algorithm}");
            let is_rsa = algorithm.family() == Family::Rsa;
            assert_eq!(make(spec, KeyFormat::Pkcs1).is_ok(), is_rsa, "{algorithm}");
        }
        let (private, _) = make(Algorithm::Rs256.into(), KeyFormat::Pkcs8).unwrap();
        assert!(private.expose().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    }
}
