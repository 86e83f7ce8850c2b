//! The generator: ChaCha20, seeded by the operating system, reseeded, never cloned.
//!
//! One generator per worker, so minting takes no lock that another core holds. A reseed mixes
//! fresh entropy with the generator's own output: a weak reseed cannot make it worse.

use crate::envelope::NONCE_BYTES;
use crate::name::TokenName;
use crate::sensitive::SecretBytes;
use crate::text::{ClientSecret, CredentialId};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

/// Secrets minted between two reseeds: 2^16 secrets are 2 MiB of key stream, far below any limit of
/// ChaCha20, and a reseed costs about a microsecond.
const SECRETS_PER_SEED_MAX: u32 = 1 << 16;

/// The source of entropy is unavailable; nothing may be minted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no entropy")]
pub struct EntropyError;

/// A source of seeds: the operating system in the server, a counter in tests.
pub trait Entropy: Send {
    /// Fills a seed.
    ///
    /// # Errors
    /// [`EntropyError`] if there is no entropy; the seed is then not used.
    fn fill(&mut self, seed: &mut [u8; 32]) -> Result<(), EntropyError>;
}

/// The generator of secrets and tokens.
pub struct Mint {
    generator: ChaCha20Rng,
    entropy: Box<dyn Entropy>,
    secrets_left: u32,
}

impl std::fmt::Debug for Mint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mint([redacted])")
    }
}

impl Mint {
    /// A generator seeded from `entropy`, which also reseeds it.
    ///
    /// # Errors
    /// [`EntropyError`] if there is no seed.
    pub fn new(mut entropy: Box<dyn Entropy>) -> Result<Self, EntropyError> {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(&mut seed)?;
        Ok(Self { generator: ChaCha20Rng::from_seed(*seed), entropy, secrets_left: SECRETS_PER_SEED_MAX })
    }

    /// 256 random bits.
    ///
    /// # Errors
    /// [`EntropyError`] if a reseed was due and failed.
    pub fn secret(&mut self) -> Result<SecretBytes, EntropyError> {
        if self.secrets_left == 0 {
            self.reseed()?;
        }
        self.secrets_left = self.secrets_left.saturating_sub(1);
        let mut bytes = Zeroizing::new([0; 32]);
        self.generator.fill_bytes(bytes.as_mut_slice());
        Ok(SecretBytes::new(*bytes))
    }

    /// 64 random bits, for ids.
    ///
    /// # Errors
    /// [`EntropyError`] if a reseed was due and failed.
    pub fn number(&mut self) -> Result<u64, EntropyError> {
        let secret = self.secret()?;
        Ok(secret.expose().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A fresh secret for a credential.
    ///
    /// # Errors
    /// [`EntropyError`] if a reseed was due and failed.
    pub fn client_secret(&mut self, credential: CredentialId) -> Result<ClientSecret, EntropyError> {
        Ok(ClientSecret::new(credential, self.secret()?))
    }

    /// The random parts of a new access token: its name, and a nonce for its envelope.
    ///
    /// # Errors
    /// [`EntropyError`] if a reseed was due and failed.
    pub fn token(&mut self) -> Result<(TokenName, [u8; NONCE_BYTES]), EntropyError> {
        let random = self.secret()?;
        let mut rest = random.expose().iter().copied();
        Ok((
            TokenName(std::array::from_fn(|_| rest.next().unwrap_or(0))),
            std::array::from_fn(|_| rest.next().unwrap_or(0)),
        ))
    }

    fn reseed(&mut self) -> Result<(), EntropyError> {
        let mut seed = Zeroizing::new([0; 32]);
        self.entropy.fill(&mut seed)?;
        let mut own = Zeroizing::new([0; 32]);
        self.generator.fill_bytes(own.as_mut_slice());
        for (byte, own) in seed.iter_mut().zip(own.iter()) {
            *byte ^= own;
        }
        self.generator = ChaCha20Rng::from_seed(*seed);
        self.secrets_left = SECRETS_PER_SEED_MAX;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
