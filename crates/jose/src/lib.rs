//! Keys and signatures: a thin layer over aws-lc-rs.
//!
//! `jeton-oauth` writes and reads the content of tokens; this crate signs and verifies them. A key has
//! exactly one algorithm and the header of a token never chooses another (RFC 8725 §3.1). Private keys
//! leave this crate only sealed, or as the key file that an administrator downloads once.

pub mod decoy;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod jwks;
mod key_error;
pub mod key_file;
pub mod public;
pub mod seal;
pub mod sign;
mod spki;
pub mod verify;
pub mod weak;

pub use key_error::{KeyError, Weakness};
pub use seal::{KeyName, Sealer};
pub use sign::{SigningKey, generate};
pub use verify::Verifier;
