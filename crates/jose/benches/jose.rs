//! Costs of this crate's part of signing and verifying beside the library's: `library` is aws-lc-rs with
//! a parsed key, `token` and `assertion` are the work of a request.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use criterion::{Criterion, criterion_group, criterion_main};
use jeton_domain::id::SigningKeyId;
use jeton_domain::key::Algorithm;
use jeton_domain::service_user::JwtType;
use jeton_domain::time::Timestamp;
use jeton_jose::sign::Kind;
use jeton_jose::{SigningKey, Verifier, generate};
use jeton_oauth::assertion::{Assertion, AssertionPolicy, Purpose};
use jeton_oauth::metadata::{Issuer, TOKEN_PATH};
use std::hint::black_box;
use std::time::Duration;

const CLAIMS: &[u8] = br#"{"iss":"7575541699837954","sub":"7575541699837954","aud":"https://id.example.com","iat":1800000000,"exp":1800000060,"jti":"0a3c7e55-2f43-4b0b-9a8e-0d6a6a2f3c11"}"#;

fn assertions(c: &mut Criterion) {
    let issuer = Issuer::parse("https://id.example.com").unwrap();
    let policy = AssertionPolicy::default();
    for algorithm in Algorithm::ALL {
        let (private, public) = generate(algorithm).unwrap();
        let key = SigningKey::new(SigningKeyId(7_575_541_699_837_954), algorithm, &private).unwrap();
        let verifier = Verifier::new(&public).unwrap();
        // An id token has the type of an assertion.
        let text = key.sign(Kind::IdToken, CLAIMS).unwrap();
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let mut group = c.benchmark_group(algorithm.as_str());
        group.bench_function("verify: library", |b| {
            b.iter(|| assert!(verifier.verifies(algorithm, black_box(signed.as_bytes()), &signature)));
        });
        group.bench_function("verify: assertion", |b| {
            b.iter(|| {
                let assertion = Assertion::parse(black_box(&text)).unwrap();
                let now = Timestamp(1_800_000_001);
                assertion.check(Purpose::ClientAuthentication, &issuer, TOKEN_PATH, &policy, now).unwrap();
                let token = assertion.token();
                assert!(verifier.verifies(algorithm, token.signing_input, &token.signature));
            });
        });
        group.bench_function("sign: token", |b| {
            b.iter(|| key.sign(Kind::AccessToken(JwtType::Jwt), black_box(CLAIMS)).unwrap());
        });
        group.finish();
    }
}

fn key_generation(c: &mut Criterion) {
    c.bench_function("generate ES256", |b| b.iter(|| generate(Algorithm::Es256).unwrap()));
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

criterion_group!(name = jose; config = configured(); targets = assertions, key_generation);
criterion_main!(jose);
