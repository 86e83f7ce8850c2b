//! The cost of a signature in the cryptographic library alone, the yardstick for JWTs.

use crate::Result;
use crate::process;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The algorithms of the goal.
pub const ALGORITHMS: [&str; 3] = ["EdDSA", "ES256", "RS256"];

/// Microseconds of CPU per signature of a message of this length, on one core.
///
/// # Errors
/// The library or the system fails.
pub fn microseconds(algorithm: &str, message_bytes: usize, core: usize, duration: Duration) -> Result<f64> {
    let message = vec![0x2e; message_bytes];
    let mut sign: Box<dyn FnMut() -> Result<()>> = match algorithm {
        "EdDSA" => {
            let key = Ed25519KeyPair::generate()?;
            Box::new(move || {
                black_box(key.try_sign(&message)?);
                Ok(())
            })
        }
        "ES256" => {
            let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
            Box::new(move || {
                black_box(key.sign(&SystemRandom::new(), &message)?);
                Ok(())
            })
        }
        "RS256" => {
            let key = RsaKeyPair::generate(KeySize::Rsa2048)?;
            let mut signature = [0; 256];
            Box::new(move || {
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature)?;
                black_box(&signature);
                Ok(())
            })
        }
        other => return Err(format!("no such algorithm: {other}").into()),
    };
    let before = process::cores()?;
    process::stay_on(&[core])?;
    let (start, cpu) = (Instant::now(), process::cpu(std::process::id())?);
    let mut signatures: u32 = 0;
    let signed = loop {
        match sign() {
            Ok(()) if start.elapsed() < duration => signatures += 1,
            other => break other,
        }
    };
    let cpu = process::cpu(std::process::id())?.saturating_sub(cpu);
    process::stay_on(&before)?;
    signed?;
    Ok(cpu.as_secs_f64() * 1e6 / f64::from(signatures.max(1)))
}
