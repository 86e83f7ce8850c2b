//! Micro benchmarks of minting, reading and digesting (`cargo bench -p jeton-secret --bench secret`).

use aws_lc_rs::aead::{AES_256_GCM, AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use criterion::{Criterion, criterion_group, criterion_main};
use jeton_secret::{
    ClientSecret, CredentialId, Entropy, EntropyError, KeyTag, Keys, Mint, SealedToken, SecretBytes,
    ServerKey, TokenKey,
};
use std::hint::black_box;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// A statement as long as that of a common token.
const STATEMENT: [u8; 64] = [7; 64];

/// A fixed seed; the results do not depend on it.
struct Seed;

impl Entropy for Seed {
    fn fill(&mut self, seed: &mut [u8; 32]) -> Result<(), EntropyError> {
        seed.fill(7);
        Ok(())
    }
}

fn secrets(criterion: &mut Criterion) {
    let mut mint = Mint::new(Box::new(Seed)).expect("the seed is fixed");
    let keys = Keys::derive(&ServerKey::new(SecretBytes::new([1; 32])));
    let secret = mint.client_secret(CredentialId(7)).expect("the seed is fixed");
    let secret_text = secret.text();
    let token_key = TokenKey::new(KeyTag(1), &mint.secret().expect("the seed is fixed"));
    let token_text = token_key.seal([3; 12], &STATEMENT).expect("its length is right");
    let digest = keys.digest_client_secret(&secret);

    criterion.bench_function("mint 256 bits", |b| b.iter(|| black_box(mint.secret().is_ok())));
    criterion.bench_function("seal a token and write its text", |b| {
        b.iter(|| token_key.seal(black_box([3; 12]), black_box(&STATEMENT)).is_ok());
    });
    criterion.bench_function("read and open a token", |b| {
        b.iter(|| {
            let token = SealedToken::parse(black_box(token_text.expose()));
            token.ok().and_then(|token| token_key.open(token)).is_some()
        });
    });
    criterion.bench_function("read and digest a client secret", |b| {
        b.iter(|| {
            ClientSecret::parse(black_box(secret_text.expose()))
                .map(|secret| keys.digest_client_secret(&secret))
        });
    });
    criterion.bench_function("refuse junk", |b| {
        b.iter(|| ClientSecret::parse(black_box("jeton_cs_not-a-secret")).is_err());
    });
    criterion.bench_function("compare digests", |b| {
        b.iter(|| bool::from(black_box(&digest).ct_eq(black_box(&digest))));
    });
}

/// The candidates for the envelope: AES-256-GCM-SIV, and AES-256-GCM under a key that is derived for each
/// token, which is as safe with random nonces. (Under one key AES-256-GCM is not: after 2^32 tokens two
/// nonces may be equal.)
fn envelopes(criterion: &mut Criterion) {
    let root = [5; 32];
    let of = |algorithm, key: &[u8; 32]| {
        LessSafeKey::new(UnboundKey::new(algorithm, key).expect("both algorithms have keys of 32 bytes"))
    };
    let seal = |key: &LessSafeKey, sealed: &mut [u8; 64]| {
        let nonce = Nonce::assume_unique_for_key(black_box([3; 12]));
        key.seal_in_place_separate_tag(nonce, Aad::from([1; 12]), sealed).is_ok()
    };
    let kept = of(&AES_256_GCM_SIV, &root);
    criterion.bench_function("AES-256-GCM-SIV, key kept", |b| {
        b.iter(|| seal(&kept, &mut black_box(STATEMENT)));
    });
    criterion.bench_function("AES-256-GCM, key derived by BLAKE3", |b| {
        b.iter(|| {
            let derived = blake3::keyed_hash(&root, &black_box([9_u8; 16]));
            seal(&of(&AES_256_GCM, derived.as_bytes()), &mut black_box(STATEMENT))
        });
    });
}

/// A smoke run with JETON_BENCH_SMOKE=1.
fn configured() -> Criterion {
    let criterion = Criterion::default();
    if std::env::var_os("JETON_BENCH_SMOKE").is_none() {
        return criterion;
    }
    let moment = Duration::from_millis(50);
    criterion.sample_size(10).warm_up_time(moment).measurement_time(moment).without_plots()
}

criterion_group!(name = benches; config = configured(); targets = secrets, envelopes);
criterion_main!(benches);
