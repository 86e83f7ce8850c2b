//! Statistics of the server, and the reasons of refused requests (`jeton.server.v1.ServerService`).

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use crate::status::{self, Activity, RefusedRequest};
use jeton_api::calls::server;
use jeton_api::statistics::{
    CountedReason, GetStatistics, ListRefusals, Point, RefusalCount, Refusals, Statistics, UnnamedProxy,
};
use jeton_api::values::Date;
use jeton_domain::permission::{Permission, ResourcePath};

impl Handle for server::GetStatistics {
    async fn handle(call: &Call, _request: GetStatistics) -> Result<Statistics, ApiError> {
        call.permit(Permission::EventRead, ResourcePath::Instance)?;
        let known = call.status().statistics(call.moment());
        let point = |activity: &Activity| Point {
            date: Date(activity.begin),
            issued: activity.issued,
            introspections: activity.introspections,
            refused: activity.refused,
        };
        let reason = |reason: status::CountedReason| CountedReason {
            reason: reason.name.into(),
            sentence: reason.sentence,
            count: reason.count.to_string(),
        };
        let proxy = |proxy: status::UnnamedProxy| UnnamedProxy {
            address: proxy.address.to_string(),
            requests: proxy.requests.to_string(),
            sentence: proxy.advice,
        };
        Ok(Statistics {
            start_date: Date(known.started),
            unexpired_tokens: known.unexpired_tokens.to_string(),
            store_bytes: known.store_bytes.to_string(),
            step_seconds: known.step_seconds,
            points: known.points.iter().map(point).collect(),
            refusals: known.reasons.into_iter().map(reason).collect(),
            unnamed_proxies: known.unnamed_proxies.into_iter().map(proxy).collect(),
        })
    }
}

impl Handle for server::ListRefusals {
    async fn handle(call: &Call, request: ListRefusals) -> Result<Refusals, ApiError> {
        let known = call.readable(&request.user_id)?;
        let shown = |refused: RefusedRequest| RefusalCount {
            date: Date(refused.last),
            endpoint: refused.endpoint.into(),
            reason: refused.reason.into(),
            sentence: refused.sentence,
            source: refused.source,
            count: refused.count.to_string(),
        };
        Ok(Refusals { refusals: call.status().refusals_of(known.client.id).into_iter().map(shown).collect() })
    }
}
