//! The server: sockets, limits, routes, endpoints, the management API.
//!
//! Read `run` for the start and stop, `wiring` for the parts, `worker` and `connection` for the way of a
//! request into the server, `router` and `dispatch` for its destination, `endpoint::token` for the hot path,
//! and `jeton_store::handle` for the wait for the store.

pub mod run;
pub mod wiring;

pub mod cluster;
pub mod config;
pub mod front;

pub mod connection;
pub mod connections;
pub mod exchange;
mod first_bytes;
mod host;
pub mod listener;
pub mod operator;
mod watched;
pub mod worker;

pub mod body;
pub mod dispatch;
pub mod document;
pub mod endpoint;
pub mod http_api;
pub mod load_shedder;
pub mod local_api;
pub mod oauth;
pub mod response;
pub mod router;

pub mod console;
pub mod proxies;

pub mod auth_throttle;
pub mod clock;
pub mod counters;
pub mod denial_log;
pub mod entropy;
pub mod fair_queue;
pub mod fresh;
pub mod keyfile;
pub mod limits;
pub mod panics;
mod refused;
pub mod security_events;
pub mod signing_queue;
pub mod telemetry;
pub mod verifications;
pub mod verifiers;
pub mod verify;

#[cfg(feature = "fuzzing")]
pub mod fuzzing;
#[cfg(any(test, feature = "fuzzing"))]
mod testing;
