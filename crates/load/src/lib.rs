//! Servers under load: started as separate processes, kept busy over keep-alive connections.
//!
//! `jeton bench`, the measurements in `benches/` and the black-box tests share it. Observation of processes
//! and other measuring tools are in `benches/`, because the shipped binary needs none of them.

pub mod connection;
pub mod disk;
pub mod generator;
pub mod process;
pub mod stats;
pub mod workload;

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

/// The result of an operation under load.
pub type Result<T> = std::result::Result<T, Error>;

/// The end of a measurement.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system or the network failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The server closed a connection.
    #[error("the server closed a connection")]
    Closed,
    /// The server sent nothing for this time.
    #[error("the server did not answer for {} s", .0.as_secs())]
    Silent(Duration),
    /// Neither a 200 nor a refusal with `Retry-After`, or more than one answer. The beginning of the answer.
    #[error("the server's answer is not what was asked for: {0}")]
    Unexpected(String),
    /// A 200 whose body is not a valid answer. The body is left out, because it may hold a token.
    #[error("the server's answer is a 200 with another body than the request asks for")]
    AnotherBody,
    /// A request is larger than an empty socket buffer.
    #[error("a request did not fit the socket buffer")]
    TooLarge,
    /// More refusals than one in a hundred.
    #[error("{refusals} requests were refused, {answers} answered")]
    Refused {
        /// Refused requests.
        refusals: u64,
        /// Valid answers.
        answers: u64,
    },
    /// The server printed no address: it exited, or ran on without one.
    #[error("{}", not_started(.0.as_ref()))]
    NotStarted(Option<ExitStatus>),
    /// The server did not stop, or failed while stopping.
    #[error("the server did not exit cleanly")]
    NotStopped,
}

fn not_started(status: Option<&ExitStatus>) -> String {
    match status {
        Some(status) => format!("the server exited during startup ({status}); see its log above"),
        None => "the server did not print the address that it listens on, and was killed".to_owned(),
    }
}
