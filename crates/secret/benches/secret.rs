//! Micro benchmarks: what minting, reading and digesting cost (`cargo bench -p jeton-secret --bench secret`).

use criterion::{Criterion, criterion_group, criterion_main};
use jeton_secret::{
    AccessToken, ClientSecret, CredentialId, Entropy, EntropyError, Keys, Mint, Position, SecretBytes,
    ServerKey,
};
use std::hint::black_box;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// A fixed seed; what is measured does not depend on it.
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
    let position = Position([3; 12]);
    let secret = mint.client_secret(CredentialId(7)).expect("the seed is fixed");
    let secret_text = secret.text();
    let raw = mint.secret().expect("the seed is fixed");
    let token_text = keys.seal_token(&raw).text(&raw, position);
    let digest = keys.digest_client_secret(&secret);

    criterion.bench_function("mint 256 bits", |b| b.iter(|| black_box(mint.secret().is_ok())));
    criterion.bench_function("seal a token and write its text", |b| {
        b.iter(|| black_box(keys.seal_token(&raw).text(&raw, position)));
    });
    criterion.bench_function("read and open a token", |b| {
        b.iter(|| {
            AccessToken::parse(black_box(token_text.expose())).map(|token| keys.open_token(&token).position)
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

/// With JETON_BENCH_SMOKE=1 it only shows that it works.
fn configured() -> Criterion {
    let criterion = Criterion::default();
    if std::env::var_os("JETON_BENCH_SMOKE").is_none() {
        return criterion;
    }
    let moment = Duration::from_millis(50);
    criterion.sample_size(10).warm_up_time(moment).measurement_time(moment).without_plots()
}

criterion_group!(name = benches; config = configured(); targets = secrets);
criterion_main!(benches);
