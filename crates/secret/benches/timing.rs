//! Does the time of a check tell anything about the secret? (`cargo bench -p jeton-secret --bench timing`)
//!
//! Two classes of inputs are measured in random order, a million times each, and compared with Welch's
//! t-test (the method of dudect). A t of 4.5 or more says that they differ. Machines are shared, so a
//! pair that fails is measured again, up to three times; a real leak fails every time.
//! With JETON_BENCH_SMOKE=1 it takes 50,000 samples and only shows that it works.

use jeton_secret::{
    ClientSecret, ClientSecretDigest, CredentialId, Entropy, EntropyError, Keys, Mint, SecretBytes, ServerKey,
};
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;
use subtle::ConstantTimeEq;

const T_MAX: f64 = 4.5;
const ATTEMPTS: usize = 3;
/// Checks per sample, so that a sample is longer than the clock's step.
const CHECKS: usize = 8;

struct Seed;

impl Entropy for Seed {
    fn fill(&mut self, seed: &mut [u8; 32]) -> Result<(), EntropyError> {
        seed.fill(9);
        Ok(())
    }
}

/// Something to check, and what a class presents.
struct Case<'a> {
    name: &'a str,
    check: &'a dyn Fn(usize) -> bool,
}

fn main() -> ExitCode {
    let smoke = std::env::var_os("JETON_BENCH_SMOKE").is_some();
    let samples = if smoke { 50_000 } else { 1_000_000 };
    let keys = Keys::derive(&ServerKey::new(SecretBytes::new([1; 32])));
    let mut mint = Mint::new(Box::new(Seed)).expect("the seed is fixed");
    let secret = mint.client_secret(CredentialId(7)).expect("the seed is fixed");
    let stored = keys.digest_client_secret(&secret);

    let digest = |at: Option<usize>| {
        let mut bytes = stored.0;
        if let Some(byte) = at.and_then(|at| bytes.get_mut(at)) {
            *byte ^= 1;
        }
        ClientSecretDigest(bytes)
    };
    let presented = [digest(None), digest(Some(0)), digest(Some(31)), ClientSecretDigest([0x6a; 32])];
    let compare = |pair: [usize; 2]| {
        let presented = &presented;
        move |class: usize| {
            let of = pair.get(class).and_then(|index| presented.get(*index)).unwrap_or(&stored);
            bool::from(black_box(of).ct_eq(black_box(&stored)))
        }
    };
    // The whole check: text, digest, comparison; with the right secret and with another one.
    let texts = [secret.text(), mint.client_secret(CredentialId(7)).expect("the seed is fixed").text()];
    let verify = |class: usize| {
        let text = texts.get(class).map_or("", |text| text.expose());
        ClientSecret::parse(black_box(text))
            .is_ok_and(|secret| bool::from(keys.digest_client_secret(&secret).ct_eq(black_box(&stored))))
    };
    let dummy = ClientSecretDigest([0x6a; 32]);
    let against = |class: usize| {
        let stored = if class == 0 { &stored } else { &dummy };
        ClientSecret::parse(black_box(texts.get(1).map_or("", |text| text.expose())))
            .is_ok_and(|secret| bool::from(keys.digest_client_secret(&secret).ct_eq(black_box(stored))))
    };
    let (first_last, right_first, right_unknown) = (compare([1, 2]), compare([0, 1]), compare([0, 3]));
    let cases = [
        Case { name: "first byte wrong / last byte wrong", check: &first_last },
        Case { name: "right / first byte wrong", check: &right_first },
        Case { name: "right / unknown", check: &right_unknown },
        Case { name: "whole check: right secret / wrong secret", check: &verify },
        Case { name: "whole check: wrong secret / unknown client", check: &against },
    ];
    println!("{:<46} {:>10} {:>8}  limit {T_MAX}", "pair", "samples", "|t|");
    let mut leaks = 0;
    for case in &cases {
        let mut t = f64::INFINITY;
        for _ in 0..ATTEMPTS {
            t = t.min(measure(case, samples));
            if t < T_MAX {
                break;
            }
        }
        println!("{:<46} {:>10} {t:>8.2}", case.name, samples * 2);
        leaks += usize::from(t >= T_MAX);
    }
    if leaks > 0 && !smoke { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// |t| of the two classes, after the slowest tenth (interrupts, other programs) was cut off.
fn measure(case: &Case<'_>, samples: usize) -> f64 {
    let mut times: [Vec<f64>; 2] = [Vec::with_capacity(samples), Vec::with_capacity(samples)];
    let mut dice: u64 = 0x9E37_79B9_7F4A_7C15;
    while times.iter().any(|class| class.len() < samples) {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        let class = usize::from(dice & 1 == 1);
        let start = Instant::now();
        for _ in 0..CHECKS {
            black_box((case.check)(class));
        }
        let elapsed = start.elapsed().as_nanos() as f64;
        if let Some(class) = times.get_mut(class).filter(|class| class.len() < samples) {
            class.push(elapsed);
        }
    }
    let mut all: Vec<f64> = times.iter().flatten().copied().collect();
    let cut = all.len() * 9 / 10;
    let (_, limit, _) = all.select_nth_unstable_by(cut, f64::total_cmp);
    let limit = *limit;
    let [a, b] = times.map(|class| Moments::of(class.into_iter().filter(|time| *time <= limit)));
    ((a.mean - b.mean) / (a.variance / a.count + b.variance / b.count).sqrt()).abs()
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(times: impl Iterator<Item = f64>) -> Self {
        let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for time in times {
            count += 1.0;
            let delta = time - mean;
            mean += delta / count;
            squares += delta * (time - mean);
        }
        Self { count, mean, variance: squares / (count - 1.0) }
    }
}
