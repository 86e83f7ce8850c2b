//! The server's signing keys, ready to use: opened, parsed and rendered once per change.
//!
//! The store's snapshot has the current keys; a caller asks with a snapshot and gets the keys that belong to
//! it, so a rotation or a removal takes effect from the next request on.

use arc_swap::ArcSwap;
use bytes::Bytes;
use jeton_domain::id::SigningKeyId;
use jeton_domain::key::KeySpec;
use jeton_domain::record::{RecordKind, UnreadableRecord};
use jeton_domain::signing::{KeyChange, SigningKeys};
use jeton_jose::jwks::{Jwk, Jwks};
use jeton_jose::sign::SigningError;
use jeton_jose::{KeyName, Sealer, SigningKey, Verifier};
use jeton_oauth::jws::Unverified;
use jeton_secret::Keys;
use jeton_store::Snapshot;
use std::sync::Arc;

/// All signing keys of one snapshot.
#[derive(Debug)]
pub struct SigningKeyRing {
    source: Arc<SigningKeys>,
    active: Option<SigningKey>,
    verifiers: Vec<(String, Verifier)>,
    /// The document at `jwks_uri`.
    pub jwks: Bytes,
    /// Its validator (RFC 9110 §8.8.3).
    pub etag: Bytes,
}

/// Opens signing keys, and caches the last ring.
#[derive(Debug)]
pub struct SigningKeyOpener {
    sealer: Sealer,
    ring: ArcSwap<SigningKeyRing>,
}

impl SigningKeyOpener {
    /// With the server's key; the ring is empty until the first use.
    ///
    /// # Errors
    /// [`SigningError`] if the library fails.
    pub fn new(keys: &Keys) -> Result<Self, SigningError> {
        let sealer = Sealer::new(&keys.sealing_key())?;
        let ring = ArcSwap::from_pointee(SigningKeyRing::new(Arc::default(), &sealer));
        Ok(Self { sealer, ring })
    }

    /// The keys of a snapshot.
    pub fn ring(&self, snapshot: &Snapshot) -> Arc<SigningKeyRing> {
        let ring = self.ring.load();
        if Arc::ptr_eq(&ring.source, snapshot.signing_keys()) {
            return Arc::clone(&ring);
        }
        let ring = Arc::new(SigningKeyRing::new(Arc::clone(snapshot.signing_keys()), &self.sealer));
        self.ring.store(Arc::clone(&ring));
        ring
    }

    /// Generates a sealed key; takes a tenth of a second for RSA with 2048 bits, a second with 4096.
    ///
    /// # Errors
    /// [`SigningError`] if the library fails.
    pub fn generate(&self, id: SigningKeyId, spec: KeySpec) -> Result<KeyChange, SigningError> {
        let (private, public) = jeton_jose::generate(spec)?;
        let sealed = self.sealer.seal(KeyName::Signing(id, spec.algorithm), &private)?;
        Ok(KeyChange::Add { id, public, sealed })
    }
}

impl SigningKeyRing {
    fn new(source: Arc<SigningKeys>, sealer: &Sealer) -> Self {
        let active = source.active().and_then(|key| {
            let sealed = key.sealed.as_deref()?;
            let opened = sealer.open(KeyName::Signing(key.id, key.public.algorithm), sealed);
            let parsed = opened.and_then(|private| SigningKey::new(key.id, key.public.algorithm, &private));
            parsed.inspect_err(|_| tracing::error!(key = %key.id, "the signing key can't be opened")).ok()
        });
        let verifiers =
            source.published().filter_map(|key| Some((key.id.to_string(), Verifier::new(&key.public).ok()?)));
        let keys: Vec<_> =
            source.published().filter_map(|key| Jwk::new(key.id.to_string(), &key.public).ok()).collect();
        let jwks = serde_json::to_vec(&Jwks { keys }).unwrap_or_default();
        let ids: Vec<_> = source.published().map(|key| key.id.to_string()).collect();
        let etag = format!("\"{}\"", ids.join("-"));
        Self { verifiers: verifiers.collect(), active, jwks: jwks.into(), etag: etag.into(), source }
    }

    /// The key that signs; `None` before the first one was made.
    pub const fn active(&self) -> Option<&SigningKey> {
        self.active.as_ref()
    }

    /// The key that a token names, if its record is unreadable, so that nothing can be said about its tokens.
    pub fn unreadable(&self, token: &Unverified<'_>) -> Option<UnreadableRecord> {
        let id = SigningKeyId::parse(token.header.key_id.as_deref()?).ok()?;
        let unreadable = UnreadableRecord { kind: RecordKind::SigningKey, id: id.0 };
        self.source.is_unknown(id).then_some(unreadable)
    }

    /// The published key that signed this token.
    pub fn verified_by(&self, token: &Unverified<'_>) -> Option<SigningKeyId> {
        let id = token.header.key_id.as_deref()?;
        let (_, key) = self.verifiers.iter().find(|(own, _)| own == id)?;
        let is_signed = key.verifies(token.header.algorithm, token.signing_input, &token.signature);
        is_signed.then(|| SigningKeyId::parse(id).ok()).flatten()
    }
}
