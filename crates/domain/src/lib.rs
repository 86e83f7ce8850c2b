//! The model that all crates share: ids, time, clients and their credentials, organizations, projects,
//! permissions, keys, and what tokens say.
//!
//! A value is a set of facts that were read at one revision of the store. What changes it takes the facts
//! and returns new ones or a [`refusal::OperationError`]. The crate has no clock, disk, socket or entropy
//! source, and knows neither the protocol nor the wire.

pub mod caseless;
pub mod characters;
pub mod id;
pub mod limits;
pub mod refusal;
pub mod text;
pub mod time;

pub mod client;
pub mod credential;
pub mod organization;
pub mod permission;
pub mod project;
pub mod project_grant;
pub mod resource;
pub mod role;
pub mod service_user;

pub mod admission;
pub mod event;
pub mod instance;
pub mod record;
pub mod retired_name;

pub mod admin;

pub mod key;
pub mod pem;
pub mod signing;
pub mod token_key;

pub mod generation;
pub mod scope;
pub mod token;

#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
