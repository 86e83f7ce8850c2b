//! The protocol as pure functions over data: parse, authenticate, decide, render.
//!
//! The crate has no clock, disk, socket or entropy source. `now` and digests come in as values,
//! answers go out as bytes. Read the modules in the order below: who takes part, what they send,
//! what is decided, what they get back.

pub mod client;
pub mod id;
pub mod scope;
pub mod time;
pub mod token;

pub mod bearer;
pub mod credentials;
pub mod form;

pub mod authenticate;
pub mod grant;

pub mod denial;
pub mod metadata;
pub mod render;

#[cfg(test)]
mod fixtures;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod limits;
