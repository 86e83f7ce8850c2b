//! Timing test: the time of a check must not depend on the secret.
//! (`cargo bench -p jeton-secret --bench timing`)
//!
//! Two classes of inputs are measured in random order, a million times each, and compared with Welch's
//! t-test (the method of dudect). A |t| of 4.5 or more shows a difference. Machines are shared, so a pair
//! that fails is measured again, up to three times; a real leak fails every time. JETON_BENCH_SMOKE=1
//! takes 50,000 samples, as a smoke run.

use jeton_secret::{
    ClientSecret, ClientSecretDigest, CredentialId, Entropy, EntropyError, Keys, Mint, SecretBytes, ServerKey,
};
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;
use subtle::ConstantTimeEq;

const T_MAX: f64 = 4.5;
const TEXT_LEN: usize = ClientSecret::TEXT_LEN;
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

/// The input of a check. Both classes are copied to one place before the clock starts, so that neither
/// has a better address or a warmer cache line.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Input {
    text: [u8; TEXT_LEN],
    presented: [u8; 32],
    stored: [u8; 32],
}

impl Input {
    /// The same input, with one bit of this byte of the stored digest wrong.
    fn off_by_one(mut self, at: usize) -> Self {
        if let Some(byte) = self.stored.get_mut(at) {
            *byte ^= 1;
        }
        self
    }
}

/// A check, and the inputs of its two classes.
struct Case<'a> {
    name: &'a str,
    check: &'a dyn Fn(&Input) -> bool,
    classes: [Input; 2],
}

fn main() -> ExitCode {
    let smoke = std::env::var_os("JETON_BENCH_SMOKE").is_some();
    let samples = if smoke { 50_000 } else { 1_000_000 };
    let keys = Keys::derive(&ServerKey::new(SecretBytes::new([1; 32])));
    let mut mint = Mint::new(Box::new(Seed)).expect("the seed is fixed");
    let mut secret = || mint.client_secret(CredentialId(7)).expect("the seed is fixed");
    let (right, wrong) = (secret(), secret());
    let stored = keys.digest_client_secret(&right).0;
    let base = Input { text: text_of(&right), presented: stored, stored };
    let (first, last) = (base.off_by_one(0), base.off_by_one(31));
    let unknown = Input { stored: [0x6a; 32], ..base };
    let wrong = Input { text: text_of(&wrong), ..base };
    let nobody = Input { stored: [0x6a; 32], ..wrong };

    let compare = |input: &Input| {
        bool::from(ClientSecretDigest(input.presented).ct_eq(&ClientSecretDigest(input.stored)))
    };
    // The whole check: text, digest, comparison. Both classes present the same text and are refused: the
    // time to read a text tells the sender nothing new, and the answer tells if a secret was right. The
    // reason for the refusal must not show.
    let verify = |input: &Input| {
        let text = std::str::from_utf8(&input.text).unwrap_or_default();
        let digest = |secret| keys.digest_client_secret(&secret);
        ClientSecret::parse(text)
            .is_ok_and(|s| bool::from(digest(s).ct_eq(&ClientSecretDigest(input.stored))))
    };
    let cases = [
        Case { name: "control: the same twice", check: &compare, classes: [first, first] },
        Case { name: "first byte wrong / last byte wrong", check: &compare, classes: [first, last] },
        Case { name: "first byte wrong / unknown", check: &compare, classes: [first, unknown] },
        Case { name: "whole check: first / last byte wrong", check: &verify, classes: [first, last] },
        Case { name: "whole check: wrong secret / unknown client", check: &verify, classes: [wrong, nobody] },
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
    println!("timing: {} pairs alike, {leaks} told apart", cases.len() - leaks);
    if leaks > 0 && !smoke { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn text_of(secret: &ClientSecret) -> [u8; TEXT_LEN] {
    secret.text().expose().as_bytes().try_into().expect("every secret has this length")
}

/// The |t| of the two classes, without the slowest tenth of the samples (interrupts, other programs).
fn measure(case: &Case<'_>, samples: usize) -> f64 {
    let mut times: Vec<(usize, f64)> = Vec::with_capacity(samples * 2);
    let mut dice: u64 = 0x9E37_79B9_7F4A_7C15;
    let [mut input, _] = case.classes;
    for _ in 0..samples * 2 {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        let class = usize::from(dice & 1 == 1);
        if let Some(chosen) = black_box(&case.classes).get(class) {
            input = *chosen;
        }
        let start = Instant::now();
        for _ in 0..CHECKS {
            black_box((case.check)(black_box(&input)));
        }
        times.push((class, start.elapsed().as_nanos() as f64));
    }
    let mut all: Vec<f64> = times.iter().map(|(_, time)| *time).collect();
    let cut = all.len() * 9 / 10;
    let (_, limit, _) = all.select_nth_unstable_by(cut, f64::total_cmp);
    let of = |wanted: usize| times.iter().filter(move |(class, _)| *class == wanted).map(|(_, time)| *time);
    let [a, b] = [0, 1].map(|class| Moments::of(of(class).filter(|time| *time <= *limit)));
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
