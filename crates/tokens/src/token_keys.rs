//! The server's token keys, ready to use: opened once per change, like the signing keys
//! ([`crate::signing_keys`]).

use arc_swap::ArcSwap;
use jeton_domain::id::TokenKeyId;
use jeton_domain::record::{RecordKind, UnreadableRecord};
use jeton_domain::token::Statement;
use jeton_domain::token_key::{NewTokenKey, TokenKeyState, TokenKeys};
use jeton_jose::sign::SigningError;
use jeton_jose::{KeyName, Sealer};
use jeton_oauth::grant::SealableStatement;
use jeton_secret::{
    Entropy, EntropyError, Keys, Mint, NONCE_BYTES, SealedToken, SecretBytes, SecretText, TokenKey,
    Unsealable,
};
use jeton_store::Snapshot;
use std::hint::black_box;
use std::sync::Arc;

/// The reasons why no key could be made.
#[derive(Debug, thiserror::Error)]
pub enum NoTokenKey {
    /// The operating system gives no entropy.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The cryptographic library failed.
    #[error(transparent)]
    Sealing(#[from] SigningError),
}

/// All token keys of one snapshot.
#[derive(Debug)]
pub struct TokenKeyRing {
    source: Arc<TokenKeys>,
    active: Option<Arc<TokenKey>>,
    /// The keys; `None` in place of one that can't be opened.
    keys: Vec<(TokenKeyId, Option<Arc<TokenKey>>)>,
    decoy: Arc<TokenKey>,
}

/// A statement of a usual size, with one scope and one audience: it is read in place of one that no key
/// opened.
const DECOY_STATEMENT: [u8; 72] = {
    let mut bytes = [0; 72];
    bytes[54] = 1;
    bytes[55] = 1;
    bytes
};

/// Opens token keys, and caches the last ring.
#[derive(Debug)]
pub struct TokenKeyOpener {
    sealer: Sealer,
    ring: ArcSwap<TokenKeyRing>,
}

impl TokenKeyOpener {
    /// With the server's key, and entropy for a decoy; the ring is empty until the first use.
    ///
    /// # Errors
    /// [`NoTokenKey`] without entropy, or if the library fails.
    pub fn new(keys: &Keys, entropy: &mut dyn Entropy) -> Result<Self, NoTokenKey> {
        let sealer = Sealer::new(&keys.token_keys_key())?;
        // A key of this process alone, which no token has: it exists to spend the same time on foreign
        // tokens.
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes)?;
        let decoy = Arc::new(TokenKey::new(TokenKeyId(0).tag(), &SecretBytes::new(bytes)));
        let empty = TokenKeyRing { source: Arc::default(), active: None, keys: Vec::new(), decoy };
        Ok(Self { sealer, ring: ArcSwap::from_pointee(empty) })
    }

    /// The keys of a snapshot.
    pub fn ring(&self, snapshot: &Snapshot) -> Arc<TokenKeyRing> {
        let ring = self.ring.load();
        if Arc::ptr_eq(&ring.source, snapshot.token_keys()) {
            return Arc::clone(&ring);
        }
        let ring = Arc::new(self.open(Arc::clone(snapshot.token_keys()), Arc::clone(&ring.decoy)));
        self.ring.store(Arc::clone(&ring));
        ring
    }

    fn open(&self, source: Arc<TokenKeys>, decoy: Arc<TokenKey>) -> TokenKeyRing {
        let kept = source.keys.iter().filter(|key| key.is_kept());
        let keys: Vec<_> = kept
            .map(|key| {
                let opened = key.sealed.as_deref().and_then(|sealed| {
                    let bytes = self.sealer.open(KeyName::Token(key.id), sealed).ok()?;
                    let bytes = SecretBytes::new(bytes.as_slice().try_into().ok()?);
                    Some(Arc::new(TokenKey::new(key.tag(), &bytes)))
                });
                if opened.is_none() {
                    tracing::error!(key = %key.id, "can't open a token key, so its tokens fail");
                }
                (key.id, opened)
            })
            .collect();
        let active = source.keys.iter().find(|key| key.state == TokenKeyState::Active).map(|key| key.id);
        let active = keys.iter().find(|(id, _)| Some(*id) == active).and_then(|(_, key)| key.clone());
        TokenKeyRing { source, active, keys, decoy }
    }

    /// Generates a sealed key beside the existing ones.
    ///
    /// # Errors
    /// [`NoTokenKey`].
    pub fn generate(&self, mint: &mut Mint, beside: &TokenKeys) -> Result<NewTokenKey, NoTokenKey> {
        let mut id = TokenKeyId(0);
        // At most 32 of 65,536 tags are taken.
        while id.0 == 0 || beside.has_tag(id.tag()) {
            id = TokenKeyId(mint.number()? >> 1);
        }
        let sealed = self.sealer.seal(KeyName::Token(id), mint.secret()?.expose())?;
        Ok(NewTokenKey { id, sealed })
    }
}

impl TokenKeyRing {
    /// True if there is a key that seals: the first one was made, and the active one can be opened.
    pub const fn can_seal(&self) -> bool {
        self.active.is_some()
    }

    /// The text of a token that may be issued; `None` without a key that seals.
    pub fn seal(
        &self,
        nonce: [u8; NONCE_BYTES],
        statement: &SealableStatement,
    ) -> Option<Result<SecretText, Unsealable>> {
        self.active.as_deref().map(|key| key.seal(nonce, statement.as_bytes()))
    }

    /// True if tokens of this key may live.
    ///
    /// # Errors
    /// [`UnreadableRecord`] if the key exists, or may exist, and can't be read or opened.
    pub fn has(&self, id: TokenKeyId) -> Result<bool, UnreadableRecord> {
        let unreadable = UnreadableRecord { kind: RecordKind::TokenKey, id: id.0 };
        match self.keys.iter().find(|(kept, _)| *kept == id) {
            Some((_, Some(_))) => Ok(true),
            None if !self.source.is_lost && !self.source.unreadable.contains(&id) => Ok(false),
            Some((_, None)) | None => Err(unreadable),
        }
    }

    /// The content of a token, and the key that sealed it; `None` if no key of this server did. Both cost the
    /// same.
    ///
    /// # Errors
    /// [`UnreadableRecord`] if its key exists and can't be read or opened, which says nothing about the
    /// token.
    pub fn read(&self, token: SealedToken) -> Result<Option<(TokenKeyId, Statement)>, UnreadableRecord> {
        let tag = token.key_tag();
        let unreadable = |id: TokenKeyId| UnreadableRecord { kind: RecordKind::TokenKey, id: id.0 };
        if let Some(id) = self.source.unreadable.iter().find(|id| id.tag() == tag) {
            return Err(unreadable(*id));
        }
        match self.keys.iter().find(|(id, _)| id.tag() == tag) {
            Some((id, Some(key))) => {
                let opened = key.open(token);
                Ok(opened.and_then(|opened| Some((*id, Statement::read(opened.bytes())?))))
            }
            Some((id, None)) => Err(unreadable(*id)),
            None if self.source.is_lost => Err(unreadable(TokenKeyId(u64::from(tag.0)))),
            None => {
                self.decoy.open_in_vain(token);
                black_box(Statement::read(black_box(&DECOY_STATEMENT)).is_some());
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_domain::generation::Generation;
    use jeton_domain::id::ClientId;
    use jeton_domain::scope::ScopeSet;
    use jeton_domain::time::{Careful, Lifetime, Moment, Timestamp};
    use jeton_domain::token::{AccessTokenFacts, Life};
    use jeton_domain::token_key::TokenKeyChange;
    use jeton_secret::{CredentialId, ServerKey, TokenName};

    const NOW: Moment = Moment { wall: Timestamp(1_000), careful: Careful(1_000) };

    fn sealing(byte: u8) -> TokenKeyOpener {
        TokenKeyOpener::new(&Keys::derive(&ServerKey::new(SecretBytes::new([byte; 32]))), &mut Counting(9))
            .unwrap()
    }

    /// Seeds that differ.
    struct Counting(u8);

    impl Entropy for Counting {
        fn fill(&mut self, seed: &mut [u8; 32]) -> Result<(), EntropyError> {
            self.0 = self.0.wrapping_add(1);
            seed.fill(self.0);
            Ok(())
        }
    }

    fn mint() -> Mint {
        Mint::new(Box::new(Counting(0))).unwrap()
    }

    /// This number of keys, of which the last one seals.
    fn keys(sealing: &TokenKeyOpener, count: usize) -> TokenKeys {
        (0..count).fold(TokenKeys::default(), |keys, _| {
            let new = sealing.generate(&mut mint(), &keys).unwrap();
            let predecessor_until = NOW.after(Lifetime(60));
            keys.after(TokenKeyChange::Rotate { new, predecessor_until }, NOW).unwrap()
        })
    }

    fn ring(sealing: &TokenKeyOpener, keys: TokenKeys) -> TokenKeyRing {
        let decoy = Arc::clone(&sealing.ring.load().decoy);
        sealing.open(Arc::new(keys), decoy)
    }

    fn token(ring: &TokenKeyRing) -> SealedToken {
        let (client, credential) = (ClientId(1), CredentialId(2));
        let (scopes, resources) = (ScopeSet::default(), Vec::new());
        let facts = AccessTokenFacts { client, credential, issued: NOW, scopes, resources, personal: false };
        let (name, generation) = (TokenName([4; 16]), Generation(3));
        let life = Life { name, generation, issued: NOW, expires: Timestamp(1_060) };
        let text = ring.active.as_deref().unwrap().seal([5; 12], &life.write(&facts)).unwrap();
        SealedToken::parse(text.expose()).unwrap()
    }

    #[test]
    fn each_key_opens_its_own_tokens_and_a_removed_one_none() {
        let sealing = sealing(1);
        let first = keys(&sealing, 1);
        let (id, token) = (first.keys[0].id, || token(&ring(&sealing, first.clone())));
        let new = sealing.generate(&mut mint(), &first).unwrap();
        let until = NOW.after(Lifetime(60));
        let rotate = TokenKeyChange::Rotate { new, predecessor_until: until };
        let both = first.clone().after(rotate, NOW).unwrap();
        let opens = |keys: &TokenKeys| {
            let read = ring(&sealing, keys.clone()).read(token()).unwrap();
            read.map(|(by, statement)| (by, statement.facts.client)) == Some((id, ClientId(1)))
        };
        assert!(opens(&first) && opens(&both));
        let new = sealing.generate(&mut mint(), &both).unwrap();
        let removed = both.after(TokenKeyChange::Remove { id, new }, NOW).unwrap();
        assert!(!opens(&removed));
    }

    #[test]
    fn a_key_that_another_server_key_sealed_is_unreadable_and_seals_nothing() {
        let keys = keys(&sealing(1), 2);
        let own = ring(&sealing(1), keys.clone());
        let other = ring(&sealing(2), keys);
        assert!(!other.can_seal());
        let unreadable = other.read(token(&own)).unwrap_err();
        assert_eq!(unreadable.kind, RecordKind::TokenKey);
    }

    #[test]
    fn with_unreadable_keys_tokens_of_unknown_keys_are_undecided() {
        let sealing = sealing(1);
        let foreign = token(&ring(&sealing, keys(&sealing, 1)));
        let lost = TokenKeys { is_lost: true, ..TokenKeys::default() };
        assert!(ring(&sealing, lost).read(foreign).is_err());
    }

    #[test]
    fn the_decoy_is_read_to_its_end_as_a_statement_is() {
        let facts = Statement::read(&DECOY_STATEMENT).unwrap().facts;
        assert_eq!(facts.scopes.project_audiences().len(), 1);
    }

    #[test]
    fn tags_of_kept_keys_are_unique() {
        let sealing = sealing(1);
        let keys = keys(&sealing, 20);
        let tags: std::collections::BTreeSet<_> = keys.keys.iter().map(|key| key.tag()).collect();
        assert_eq!(tags.len(), 20);
    }
}
