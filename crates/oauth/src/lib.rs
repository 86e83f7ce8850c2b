//! The protocol as pure functions over data: parse, authenticate, decide, render.
//!
//! The crate has no clock, disk, socket or entropy source. `now` and digests come in as values, answers
//! go out as bytes. What it speaks of is in `jeton-domain`. Read the modules in the order below: what
//! clients send, what is decided, what they get back.

pub mod bearer;
pub mod credentials;
pub mod form;

pub mod assertion;
pub mod json;
pub mod jws;

pub mod authenticate;
pub mod diagnosis;
pub mod grant;

mod claims;
pub mod denial;
pub mod jwt;
pub mod metadata;
pub mod render;
mod write;

#[cfg(test)]
mod fixtures;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod limits;
