//! Activity, refusals and peers of this process, as the management API shows them.

use crate::counters::{Meter, Minute};
use crate::denial_log::{DenialLog, Noted};
use crate::limits::STATISTICS_STEP_SECONDS;
use crate::proxies::{Proxies, advice};
use jeton_domain::id::ClientId;
use jeton_domain::time::{Moment, Timestamp};
use jeton_management::status::{
    Activity, CountedReason, RefusedRequest, ServerStatistics, ServerStatus, UnnamedProxy,
};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// The facts that only the running server knows.
pub struct Telemetry {
    /// Activity per minute.
    pub meter: Arc<Meter>,
    /// Reasons of recent refusals, per client.
    pub denial_log: Arc<DenialLog>,
    /// The trusted proxies in front of the server.
    pub proxies: Arc<Proxies>,
    /// The time at which this process began to serve.
    pub started: Timestamp,
    /// The database file.
    pub database: PathBuf,
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").field("started", &self.started).finish_non_exhaustive()
    }
}

impl ServerStatus for Telemetry {
    fn statistics(&self, now: Moment) -> ServerStatistics {
        let point = |minute: &Minute| Activity {
            begin: minute.begin,
            issued: minute.counted.issued,
            introspections: minute.counted.introspections,
            refused: minute.counted.refused,
        };
        let reasons = self.denial_log.by_reason();
        let reasons = reasons.iter().map(|(reason, count)| CountedReason {
            name: reason.name(),
            sentence: reason.to_string(),
            count: *count,
        });
        let unnamed = self.proxies.unnamed().into_iter();
        let unnamed = unnamed.map(|(address, requests)| {
            let advice = advice(address);
            UnnamedProxy { address, requests, advice }
        });
        ServerStatistics {
            started: self.started,
            unexpired_tokens: self.meter.unexpired(now.careful),
            store_bytes: std::fs::metadata(&self.database).map_or(0, |file| file.len()),
            step_seconds: STATISTICS_STEP_SECONDS,
            points: self.meter.minutes(now.wall).iter().map(point).collect(),
            reasons: reasons.collect(),
            unnamed_proxies: unnamed.collect(),
        }
    }

    fn refusals_of(&self, client: ClientId) -> Vec<RefusedRequest> {
        let shown = |noted: &Noted| RefusedRequest {
            last: noted.last,
            endpoint: noted.origin.endpoint,
            reason: noted.reason.name(),
            sentence: noted.reason.to_string(),
            source: noted.origin.source.to_string(),
            count: noted.times,
        };
        self.denial_log.of(client).iter().map(shown).collect()
    }
}
