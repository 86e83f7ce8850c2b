//! The one place that reads the operating system's entropy.

use jeton_secret::{Entropy, EntropyError};

/// Seeds from the operating system (`getrandom`).
#[derive(Debug, Clone, Copy)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&mut self, seed: &mut [u8; 32]) -> Result<(), EntropyError> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place")]
        getrandom::fill(seed).map_err(|_| EntropyError)
    }
}
