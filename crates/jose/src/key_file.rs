//! Keys that we make for clients, in the form that ZITADEL's client libraries read.
//!
//! Old versions of them read PKCS#1 only (`BEGIN RSA PRIVATE KEY`), so that is what is written. The
//! private half is not kept.

use crate::sign::{SigningError, generate};
use jeton_oauth::key::{Algorithm, PublicKey};
use jeton_secret::SecretText;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::{Decode, pem};

/// Makes an RSA key with 2048 bits: the private half as PEM, to be shown once, and the public half.
///
/// # Errors
/// [`SigningError`] when the library fails.
pub fn generate_rsa() -> Result<(SecretText, PublicKey), SigningError> {
    let (private, public) = generate(Algorithm::Rs256)?;
    let info = PrivateKeyInfoRef::from_der(&private).map_err(|_| SigningError)?;
    let text = pem::encode_string("RSA PRIVATE KEY", pem::LineEnding::LF, info.private_key.as_bytes())
        .map_err(|_| SigningError)?;
    Ok((SecretText::new(text), public))
}
