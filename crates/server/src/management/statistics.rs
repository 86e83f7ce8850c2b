//! Statistics of the server, and the reasons of refused requests (`jeton.server.v1.ServerService`).

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use crate::limits::STATISTICS_STEP_SECONDS;
use crate::proxies::advice;
use jeton_api::calls::server;
use jeton_api::statistics::{
    CountedReason, GetStatistics, ListRefusals, Point, RefusalCount, Refusals, Statistics, UnnamedProxy,
};
use jeton_api::values::Date;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_store::directory::DATABASE_FILE;
use std::net::IpAddr;

impl Handle for server::GetStatistics {
    async fn handle(call: &Call, _request: GetStatistics) -> Result<Statistics, ApiError> {
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
            reason: reason.name().into(),
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
}

impl Handle for server::ListRefusals {
    async fn handle(call: &Call, request: ListRefusals) -> Result<Refusals, ApiError> {
        let known = call.readable(&request.user_id)?;
        let refusals = call.worker.app.denial_log.of(known.client.id);
        let refusals = refusals.iter().map(|refused| RefusalCount {
            date: Date(refused.last),
            endpoint: refused.origin.endpoint.into(),
            reason: refused.reason.name().into(),
            sentence: refused.reason.to_string(),
            source: refused.origin.source.to_string(),
            count: refused.times.to_string(),
        });
        Ok(Refusals { refusals: refusals.collect() })
    }
}
