//! `jeton statistics`: counts of the running server.

use crate::CliError;
use crate::output::Output;
use crate::session::Session;
use jeton_api::calls::server::GetStatistics;
use jeton_api::statistics::{self, Point, Statistics};

pub(crate) fn run(session: &mut Session<'_>) -> Result<(), CliError> {
    session.perform_on_server::<GetStatistics>(&statistics::GetStatistics {}, show)
}

fn show(output: &mut Output<'_>, reply: Statistics) -> Result<(), CliError> {
    let sum = |count: fn(&Point) -> u64| -> u64 { reply.points.iter().map(count).sum() };
    output.line(&format!("serves since      {}", reply.start_date))?;
    output.line(&format!("unexpired tokens  {}", reply.unexpired_tokens))?;
    output.line(&format!("store             {} bytes", reply.store_bytes))?;
    output.line(&format!("in the last {} minutes:", reply.points.len()))?;
    output.line(&format!("  tokens issued   {}", sum(|point| point.issued)))?;
    output.line(&format!("  introspections  {}", sum(|point| point.introspections)))?;
    output.line(&format!("  refused         {}", sum(|point| point.refused)))?;
    if !reply.refusals.is_empty() {
        let rows = reply.refusals.into_iter().map(|refusal| [refusal.count, refusal.sentence]);
        output.table(["REFUSED", "WHY"], rows)?;
    }
    reply.unnamed_proxies.iter().try_for_each(|proxy| output.line(&proxy.sentence))
}
