//! Statistics of the server, and the reasons of refused requests (`jeton.server.v1.ServerService`).

use crate::values::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Serialize, Deserialize)]
pub struct GetStatistics {}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// The start of this process; everything is counted from then.
    pub start_date: Date,
    /// Access tokens that this process issued and that have not expired, to the minute. Some may have been
    /// revoked.
    pub unexpired_tokens: String,
    /// Size of the database file in bytes.
    pub store_bytes: String,
    /// Length of the interval of each point in seconds.
    pub step_seconds: u64,
    /// The last three hours at most, the current minute last.
    pub points: Vec<Point>,
    /// Reasons of refused requests, the most frequent first.
    pub refusals: Vec<CountedReason>,
    /// Peers that send proxy headers and were not named with --trusted-proxy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unnamed_proxies: Vec<UnnamedProxy>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct UnnamedProxy {
    pub address: String,
    pub requests: String,
    /// A remedy.
    pub sentence: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    pub date: Date,
    pub issued: u64,
    pub introspections: u64,
    pub refused: u64,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CountedReason {
    pub reason: Cow<'static, str>,
    pub sentence: String,
    pub count: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListRefusals {
    /// A service user, or an application by its id.
    pub user_id: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Refusals {
    /// The latest first.
    pub refusals: Vec<RefusalCount>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Refusal")]
pub struct RefusalCount {
    /// The time of its last occurrence.
    pub date: Date,
    /// The endpoint's path.
    pub endpoint: Cow<'static, str>,
    /// The reason for programs.
    pub reason: Cow<'static, str>,
    /// The reason for people; the client was told less.
    pub sentence: String,
    /// The address, or the /64 network.
    pub source: String,
    /// Number of occurrences since the server started.
    pub count: String,
}
