//! Statistics of the server, and the reasons of refused requests (`jeton.server.v1.ServerService`).

use super::ApiError;
use super::call::Call;
use super::json::Date;
use crate::limits::STATISTICS_STEP_SECONDS;
use crate::proxies::advice;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_store::directory::DATABASE_FILE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

#[derive(Debug, Deserialize)]
pub(super) struct GetStatistics {}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Statistics {
    /// The start of this process; everything is counted from then.
    start_date: Date,
    /// Access tokens that this process issued and that have not expired, to the minute. Some may have been
    /// revoked.
    unexpired_tokens: String,
    /// Size of the database file in bytes.
    store_bytes: String,
    /// Length of the interval of each point in seconds.
    step_seconds: u64,
    /// The last three hours at most, the current minute last.
    points: Vec<Point>,
    /// Reasons of refused requests, the most frequent first.
    refusals: Vec<CountedReason>,
    /// Peers that send proxy headers and were not named with --trusted-proxy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unnamed_proxies: Vec<UnnamedProxy>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct UnnamedProxy {
    address: String,
    requests: String,
    /// A remedy.
    sentence: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Point {
    date: Date,
    issued: u64,
    introspections: u64,
    refused: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CountedReason {
    reason: &'static str,
    sentence: String,
    count: String,
}

pub(super) async fn get(call: &Call, _request: GetStatistics) -> Result<Statistics, ApiError> {
    call.permit(Permission::EventRead, ResourcePath::Instance)?;
    let app = &call.worker.app;
    let bytes = std::fs::metadata(app.config.data_dir.join(DATABASE_FILE)).map_or(0, |file| file.len());
    let point = |minute: &crate::counters::Minute| Point {
        date: Date(minute.begin),
        issued: minute.counted.issued,
        introspections: minute.counted.introspections,
        refused: minute.counted.refused,
    };
    let refusals = app.denial_log.by_reason();
    let refusals = refusals.iter().map(|(reason, times)| CountedReason {
        reason: reason.name(),
        sentence: reason.to_string(),
        count: times.to_string(),
    });
    let unnamed = app.proxies.unnamed();
    let proxy = |(address, requests): (IpAddr, u64)| UnnamedProxy {
        address: address.to_string(),
        requests: requests.to_string(),
        sentence: advice(address),
    };
    Ok(Statistics {
        start_date: Date(app.started),
        unexpired_tokens: app.meter.unexpired(call.moment().careful).to_string(),
        store_bytes: bytes.to_string(),
        step_seconds: STATISTICS_STEP_SECONDS,
        points: app.meter.minutes(call.now()).iter().map(point).collect(),
        refusals: refusals.collect(),
        unnamed_proxies: unnamed.into_iter().map(proxy).collect(),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListRefusals {
    /// A service user, or an application by its id.
    user_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Refusals {
    /// The latest first.
    refusals: Vec<RefusalCount>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Refusal")]
struct RefusalCount {
    /// The time of its last occurrence.
    date: Date,
    /// The endpoint's path.
    endpoint: &'static str,
    /// The reason for programs.
    reason: &'static str,
    /// The reason for people; the client was told less.
    sentence: String,
    /// The address, or the /64 network.
    source: String,
    /// Number of occurrences since the server started.
    count: String,
}

pub(super) async fn list_refusals(call: &Call, request: ListRefusals) -> Result<Refusals, ApiError> {
    let known = call.readable(&request.user_id)?;
    let refusals = call.worker.app.denial_log.of(known.client.id);
    let refusals = refusals.iter().map(|refused| RefusalCount {
        date: Date(refused.last),
        endpoint: refused.origin.endpoint,
        reason: refused.reason.name(),
        sentence: refused.reason.to_string(),
        source: refused.origin.source.to_string(),
        count: refused.times.to_string(),
    });
    Ok(Refusals { refusals: refusals.collect() })
}
