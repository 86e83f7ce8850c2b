//! The protocol as pure functions over data: parse, authenticate, decide, render.
//!
//! The crate has no clock, disk, socket or entropy source. `now` and digests come in as values,
//! answers go out as bytes. Read the modules in the order below: who takes part, what they send,
//! what is decided, what they get back.

pub mod admission;
pub mod caseless;
pub mod characters;
pub mod client;
pub mod credential;
pub mod generation;
pub mod id;
pub mod instance;
pub mod organization;
pub mod permission;
pub mod project;
pub mod project_grant;
pub mod refusal;
pub mod resource;
pub mod role;
pub mod scope;
pub mod service_user;
pub mod text;
pub mod time;
pub mod token;
pub mod token_key;

pub mod bearer;
pub mod credentials;
pub mod form;

pub mod assertion;
pub mod json;
pub mod jws;
pub mod key;
pub mod pem;
pub mod signing;

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
