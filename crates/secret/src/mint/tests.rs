use super::*;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Seeds that count up, until none is left.
struct Seeds {
    given: Arc<AtomicU32>,
    left: u32,
}

impl Entropy for Seeds {
    fn fill(&mut self, seed: &mut [u8; 32]) -> Result<(), EntropyError> {
        self.left = self.left.checked_sub(1).ok_or(EntropyError)?;
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        seed[..4].copy_from_slice(&number.to_le_bytes());
        Ok(())
    }
}

fn mint(seeds: u32) -> (Mint, Arc<AtomicU32>) {
    let given = Arc::new(AtomicU32::new(0));
    (Mint::new(Box::new(Seeds { given: Arc::clone(&given), left: seeds })).unwrap(), given)
}

#[test]
fn the_same_seed_mints_the_same_secrets() {
    let ((mut a, _), (mut b, _)) = (mint(9), mint(9));
    for _ in 0..100 {
        assert_eq!(a.secret().unwrap().expose(), b.secret().unwrap().expose());
    }
}

#[test]
fn secrets_do_not_repeat_over_a_reseed() {
    let (mut mint, given) = mint(9);
    let secrets: HashSet<_> = (0..100_000).map(|_| *mint.secret().unwrap().expose()).collect();
    assert_eq!((secrets.len(), given.load(Ordering::Relaxed)), (100_000, 2));
}

#[test]
fn a_generator_is_reseeded_after_the_maximal_number_of_secrets() {
    let (mut mint, given) = mint(9);
    for _ in 0..SECRETS_PER_SEED_MAX {
        mint.secret().unwrap();
    }
    assert_eq!(given.load(Ordering::Relaxed), 1);
    mint.secret().unwrap();
    assert_eq!(given.load(Ordering::Relaxed), 2);
}

#[test]
fn without_entropy_nothing_is_minted() {
    let none = Seeds { given: Arc::default(), left: 0 };
    assert!(matches!(Mint::new(Box::new(none)), Err(EntropyError)));
    let (mut mint, _) = mint(1);
    for _ in 0..SECRETS_PER_SEED_MAX {
        mint.secret().unwrap();
    }
    for _ in 0..3 {
        assert!(matches!(mint.secret(), Err(EntropyError)), "and not with an old seed either");
    }
}

#[test]
fn a_client_secret_carries_its_credential() {
    let (mut mint, _) = mint(1);
    assert_eq!(mint.client_secret(CredentialId(5)).unwrap().credential(), CredentialId(5));
}
