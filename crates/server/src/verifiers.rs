//! Clients' public keys, parsed once: parsing one costs as much as a verification.

use crate::limits::VERIFIERS_MAX;
use jeton_domain::credential::Credential;
use jeton_jose::Verifier;
use jeton_jose::decoy::verify_in_vain;
use jeton_oauth::jws::Unverified;
use jeton_secret::CredentialId;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// Parsed keys by credential, whose key never changes.
#[derive(Debug)]
pub struct Verifiers(Cache<CredentialId, Arc<Verifier>>);

impl Default for Verifiers {
    fn default() -> Self {
        Self(Cache::new(VERIFIERS_MAX))
    }
}

impl Verifiers {
    /// True if this credential's key signed the token. Without a credential the same work is done against a
    /// decoy, and also if the length of the signature does not fit the key, which would otherwise be
    /// detectable at once.
    pub fn verify(&self, credential: Option<&Credential>, token: &Unverified<'_>) -> bool {
        let algorithm = token.header.algorithm;
        let fits = |verifier: &Arc<Verifier>| verifier.signature_len() == token.signature.len();
        match credential.and_then(|credential| self.verifier(credential)).filter(fits) {
            Some(verifier) => verifier.verifies(algorithm, token.signing_input, &token.signature),
            None => {
                verify_in_vain(algorithm, token.signing_input, &token.signature);
                false
            }
        }
    }

    fn verifier(&self, credential: &Credential) -> Option<Arc<Verifier>> {
        if let Some(verifier) = self.0.get(&credential.id) {
            return Some(verifier);
        }
        let verifier = Arc::new(Verifier::new(credential.key()?).ok()?);
        self.0.insert(credential.id, Arc::clone(&verifier));
        Some(verifier)
    }
}
