//! The one place that reads the operating system's entropy.

use jeton_secret::{Entropy, EntropyError};
use std::sync::Arc;

/// Seeds from the operating system (`getrandom`).
#[derive(Debug, Clone, Copy)]
pub struct OsEntropy;

/// Makes the entropy source of each generator.
pub type EntropySources = Arc<dyn Fn() -> Box<dyn Entropy> + Send + Sync>;

/// The operating system's entropy for every generator.
pub fn of_the_system() -> EntropySources {
    Arc::new(|| Box::new(OsEntropy))
}

/// A random name.
///
/// # Errors
/// [`EntropyError`] if the operating system gives no entropy.
pub fn name() -> Result<[u8; 16], EntropyError> {
    let (first, second) = (number()?, number()?);
    Ok((u128::from(first) << 64 | u128::from(second)).to_le_bytes())
}

/// A random number for uses that need no secrecy.
///
/// # Errors
/// [`EntropyError`] if the operating system gives no entropy.
pub fn number() -> Result<u64, EntropyError> {
    let mut seed = [0; 32];
    OsEntropy.fill(&mut seed)?;
    Ok(seed.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

impl Entropy for OsEntropy {
    fn fill(&mut self, seed: &mut [u8; 32]) -> Result<(), EntropyError> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place")]
        getrandom::fill(seed).map_err(|_| EntropyError)
    }
}
