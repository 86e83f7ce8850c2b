//! Weak keys: well-formed, but without protection, because the private half is known or easily found.
//!
//! | keys | test |
//! |---|---|
//! | RSA: even, with a factor below 2^18, prime, a power | division, one round of Miller and Rabin, roots |
//! | RSA: two primes that are close (CVE-2022-26320) | a hundred steps of Fermat's method |
//! | RSA: made by certain chips (ROCA, CVE-2017-15361) | a power of 65537 modulo all small primes |
//! | RSA: a random generator that was none | sixteen equal bytes in a row, or far too few or too many bits |
//! | EC and Ed25519: a private half below 257 | comparison with the first multiples of the base point |
//! | Ed25519: a seed of equal bytes, of bytes that count up, or a small number | comparison with their keys |
//! | Ed25519: points of small or mixed order, encodings that are not canonical | curve arithmetic |
//! | any: examples of RFCs and of well-known sites, which people do copy | their digests |
//!
//! It takes up to a tenth of a second, for RSA with 4096 bits.

use crate::key_error::{KeyError, Weakness};
use crate::spki::{raw, rsa_modulus};
use aws_lc_rs::agreement::{ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use jeton_domain::key::{Family, PublicKey};
use num_bigint::BigUint;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Refuses a weak key. The library has already read it.
///
/// # Errors
/// [`KeyError::Weak`] for a weak key, [`KeyError::Malformed`] for one that cannot be read.
pub(crate) fn check(key: &PublicKey) -> Result<(), KeyError> {
    if is_published(key) {
        return Err(Weakness::Published.into());
    }
    let weakness = match key.algorithm.family() {
        Family::Rsa => rsa(&BigUint::from_bytes_be(&rsa_modulus(&key.spki)?)),
        Family::Ec(curve) => ec(curve, &raw(&key.spki)?),
        Family::Ed25519 => ed25519(&raw(&key.spki)?)?,
    };
    weakness.map_or(Ok(()), |weakness| Err(weakness.into()))
}

fn rsa(modulus: &BigUint) -> Option<Weakness> {
    if has_pattern(modulus) {
        return Some(Weakness::Pattern);
    }
    if has_small_factor(modulus) {
        return Some(Weakness::Factor);
    }
    if is_roca(modulus) {
        return Some(Weakness::Roca);
    }
    if is_power(modulus) {
        return Some(Weakness::Factor);
    }
    if has_close_factors(modulus) {
        return Some(Weakness::ClosePrimes);
    }
    is_probably_prime(modulus).then_some(Weakness::Factor)
}

/// Primes below this are tried as factors.
const SMALL_FACTOR_MAX: u32 = 1 << 18;

static SMALL_PRIMES: LazyLock<Vec<u32>> = LazyLock::new(|| {
    // The sieve of Eratosthenes.
    let mut is_composite = vec![false; SMALL_FACTOR_MAX as usize];
    let mut primes = Vec::new();
    for number in 2..SMALL_FACTOR_MAX {
        if is_composite.get(number as usize) == Some(&false) {
            primes.push(number);
            is_composite.iter_mut().step_by(number as usize).skip(2).for_each(|multiple| *multiple = true);
        }
    }
    primes
});

fn has_small_factor(modulus: &BigUint) -> bool {
    let digits = modulus.to_u32_digits();
    SMALL_PRIMES.iter().any(|prime| remainder(&digits, *prime) == 0)
}

/// The remainder of a number of 32-bit digits, the lowest first.
fn remainder(digits: &[u32], prime: u32) -> u64 {
    digits.iter().rev().fold(0, |rest, digit| (rest << 32 | u64::from(*digit)) % u64::from(prime))
}

/// The run of equal bytes that is refused; a random key has one with a probability of 2^-113.
const EQUAL_BYTES: usize = 16;

fn has_pattern(modulus: &BigUint) -> bool {
    let bytes = modulus.to_bytes_be();
    let repeats = bytes.windows(EQUAL_BYTES).any(|run| run.iter().all(|byte| Some(byte) == run.first()));
    // The bounds are nine standard deviations from the mean of random moduli of 2048 bits.
    let ones = u64::from(bytes.iter().map(|byte| byte.count_ones()).sum::<u32>());
    let percent = ones.saturating_mul(100) / modulus.bits().max(1);
    repeats || !(40..60).contains(&percent)
}

/// The primes of ROCA's moduli are powers of 65537 modulo each of the first primes, and so is their
/// product. A random modulus is one with a probability of 2^-27.
fn is_roca(modulus: &BigUint) -> bool {
    let digits = modulus.to_u32_digits();
    let primes = SMALL_PRIMES.iter().skip(1).take_while(|prime| **prime <= ROCA_PRIME_MAX);
    primes.copied().all(|prime| {
        let (wanted, prime_wide) = (remainder(&digits, prime), u64::from(prime));
        let powers = std::iter::successors(Some(1), |power| Some(power * (65_537 % prime_wide) % prime_wide));
        powers.take(prime as usize).any(|power| power == wanted)
    })
}

const ROCA_PRIME_MAX: u32 = 167;

fn is_power(modulus: &BigUint) -> bool {
    (2..=16).any(|exponent| modulus.nth_root(exponent).pow(exponent) == *modulus)
}

/// Steps of Fermat's method; for primes that were chosen independently no feasible number suffices.
const FERMAT_STEPS: u32 = 100;

/// True if the modulus is `a² - b²` for an `a` close to its root.
fn has_close_factors(modulus: &BigUint) -> bool {
    let root = modulus.sqrt();
    (1..=FERMAT_STEPS).any(|step| {
        let a = &root + step;
        let difference = &a * &a - modulus;
        difference.sqrt().pow(2) == difference
    })
}

/// One round of the Miller-Rabin test, to the base 2: a product of two random primes does not pass.
fn is_probably_prime(modulus: &BigUint) -> bool {
    let one = BigUint::from(1_u8);
    let less = modulus - &one;
    let twos = less.trailing_zeros().unwrap_or(0);
    let mut power = BigUint::from(2_u8).modpow(&(&less >> twos), modulus);
    if power == one || power == less {
        return true;
    }
    (1..twos).any(|_| {
        power = &power * &power % modulus;
        power == less
    })
}

/// Private halves from 1 to this number, and their negatives, are refused.
const SMALL_PRIVATE_MAX: u16 = 256;

/// Compares with small private halves. The library has checked that the point is on its curve, whose
/// order is prime.
fn ec(curve: &str, point: &[u8]) -> Option<Weakness> {
    let (algorithm, len) = match curve {
        "P-256" => (&ECDH_P256, 32),
        "P-384" => (&ECDH_P384, 48),
        _ => (&ECDH_P521, 66),
    };
    let multiple = |scalar: u16| {
        let mut bytes = vec![0; len];
        *bytes.last_chunk_mut()? = scalar.to_be_bytes();
        PrivateKey::from_private_key(algorithm, &bytes).ok()?.compute_public_key().ok()
    };
    // A point and its negative have the same first coordinate.
    let x = |point: &[u8]| point.get(1..=len).map(<[u8]>::to_vec);
    let is_small =
        (1..=SMALL_PRIVATE_MAX).filter_map(multiple).any(|multiple| x(multiple.as_ref()) == x(point));
    is_small.then_some(Weakness::SmallPrivate)
}

/// # Errors
/// [`KeyError::Malformed`] for bytes that are not the canonical encoding of a point.
fn ed25519(encoded: &[u8]) -> Result<Option<Weakness>, KeyError> {
    let compressed = CompressedEdwardsY::from_slice(encoded).map_err(|_| KeyError::Malformed)?;
    let point = compressed.decompress().ok_or(KeyError::Malformed)?;
    if !point.is_torsion_free() || point.is_small_order() {
        return Ok(Some(Weakness::SmallOrder));
    }
    if point.compress() != compressed {
        return Err(KeyError::Malformed);
    }
    if SIMPLE_SEEDS.contains(encoded) {
        return Ok(Some(Weakness::SimpleSeed));
    }
    let next = |multiple: &EdwardsPoint| Some(multiple + ED25519_BASEPOINT_POINT);
    let multiples = std::iter::successors(Some(ED25519_BASEPOINT_POINT), next);
    let is_same = |multiple: EdwardsPoint| multiple == point || -multiple == point;
    Ok(multiples.take(SMALL_PRIVATE_MAX.into()).any(is_same).then_some(Weakness::SmallPrivate))
}

/// The public halves of keys whose seed is 32 equal bytes, 32 bytes that count up, or a number below 256,
/// at either end.
static SIMPLE_SEEDS: LazyLock<HashSet<Vec<u8>>> = LazyLock::new(|| {
    let seeds = (0..=u8::MAX).flat_map(|byte| {
        let (mut first, mut last) = ([0; 32], [0; 32]);
        (first[0], last[31]) = (byte, byte);
        [
            [byte; 32],
            std::array::from_fn(|place| byte.wrapping_add(u8::try_from(place).unwrap_or_default())),
            first,
            last,
        ]
    });
    let public = |seed: [u8; 32]| {
        Some(Ed25519KeyPair::from_seed_unchecked(&seed).ok()?.public_key().as_ref().to_vec())
    };
    seeds.filter_map(public).collect()
});

/// The first 64 bits of the SHA-256 digests of SubjectPublicKeyInfo.
const PUBLISHED: [u64; 20] = [
    // The examples of jwt.io, RS256 and ES256.
    0xf56c_8b01_227f_62dd,
    0xa40f_0f2e_2974_dc76,
    // RFC 7515, Appendices A.2 to A.4.
    0x6fd1_3c24_35a3_61e7,
    0x2bd1_bb0c_44a8_97c3,
    0x9146_ce73_d6ab_eda5,
    // RFC 7517, Appendix A, EC and RSA.
    0x51b9_44cd_fa54_4d4c,
    0xad32_320c_f6c5_96d8,
    // RFC 8032 §7.1, tests 1 (also RFC 8037, Appendix A) to 3.
    0x06e3_fd8f_da29_bb60,
    0xdeb2_ded3_9dc2_6fce,
    0x8d39_ba50_abe5_0f77,
    // RFC 8410 §10.1, and RFC 9421, Appendix B.1.4.
    0xa1e9_1560_54e0_4fac,
    0x3457_1606_cb7a_0d71,
    // RFC 6979, Appendix A.2.5 to A.2.7.
    0x5a7a_78cc_a4a0_f420,
    0x2f95_601f_a820_60b9,
    0x2fb6_d463_8524_2ea4,
    // RFC 9500 §2.1 and §2.3: the test keys of 2048 and 4096 bits, P-256, P-384 and P-521.
    0x8fb6_bad6_71cf_e698,
    0x9646_5ea5_dc9b_b2da,
    0xb2b0_4340_cfae_e616,
    0xc4c1_0105_a0be_0ed4,
    0xacb1_b832_7fef_995e,
];

fn is_published(key: &PublicKey) -> bool {
    let digest = digest(&SHA256, &key.spki);
    let first = digest.as_ref().first_chunk().map(|first| u64::from_be_bytes(*first));
    first.is_some_and(|first| PUBLISHED.contains(&first))
}

#[cfg(test)]
mod tests;
