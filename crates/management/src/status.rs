//! Facts that only a running server knows.

use jeton_domain::id::ClientId;
use jeton_domain::time::{Moment, Timestamp};
use std::fmt;
use std::net::IpAddr;

/// A source of facts about the running server.
pub trait ServerStatus: Send + Sync + fmt::Debug {
    /// The statistics of this process.
    fn statistics(&self, now: Moment) -> ServerStatistics;
    /// The recent refusals of a client's requests, the latest first.
    fn refusals_of(&self, client: ClientId) -> Vec<RefusedRequest>;
}

/// The statistics of a process.
#[derive(Debug)]
pub struct ServerStatistics {
    /// The start of the process; everything is counted from then.
    pub started: Timestamp,
    /// Access tokens that it issued and that have not expired, to the minute.
    pub unexpired_tokens: u64,
    /// Size of the database file.
    pub store_bytes: u64,
    /// Length of each interval in seconds.
    pub step_seconds: u64,
    /// The latest intervals, the current one last.
    pub points: Vec<Activity>,
    /// Reasons of refused requests, the most frequent first.
    pub reasons: Vec<CountedReason>,
    /// Peers that send proxy headers and are not trusted.
    pub unnamed_proxies: Vec<UnnamedProxy>,
}

/// Activity in one interval.
#[derive(Debug)]
pub struct Activity {
    /// The beginning of the interval.
    pub begin: Timestamp,
    /// Issued tokens.
    pub issued: u64,
    /// Introspections.
    pub introspections: u64,
    /// Refused requests.
    pub refused: u64,
}

/// A reason of refused requests and its frequency.
#[derive(Debug)]
pub struct CountedReason {
    /// The reason for programs.
    pub name: &'static str,
    /// The reason for people.
    pub sentence: String,
    /// Number of requests.
    pub count: u64,
}

/// A peer that seems to be a proxy.
#[derive(Debug)]
pub struct UnnamedProxy {
    /// Its address.
    pub address: IpAddr,
    /// Number of its requests.
    pub requests: u64,
    /// A remedy.
    pub advice: String,
}

/// Refused requests of one client, for one reason.
#[derive(Debug)]
pub struct RefusedRequest {
    /// The time of the last one.
    pub last: Timestamp,
    /// The endpoint's path.
    pub endpoint: &'static str,
    /// The reason for programs.
    pub reason: &'static str,
    /// The reason for people; the client was told less.
    pub sentence: String,
    /// The address, or the network.
    pub source: String,
    /// Number of requests.
    pub count: u64,
}
