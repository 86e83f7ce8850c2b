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

#[cfg(test)]
mod tests {
    use crate::testing::{answered, refused_at_once, with_narrow_columns};
    use serde_json::{Value, json};

    fn statistics(points: usize, refusals: &Value, proxies: &Value) -> String {
        let point = json!({ "date": "2026-01-02T03:04:05Z", "issued": 3, "introspections": 5, "refused": 1 });
        let reply = json!({
            "startDate": "2026-01-02T03:04:05Z", "unexpiredTokens": "8", "storeBytes": "4096", "stepSeconds": 60,
            "points": vec![point; points], "refusals": refusals, "unnamedProxies": proxies,
        });
        with_narrow_columns(&answered(&["statistics"], reply).unwrap())
    }

    #[test]
    fn counts_are_the_sums_of_all_minutes() {
        for (minutes, issued, introspections, refused) in [(0, 0, 0, 0), (2, 6, 10, 2)] {
            let expected = format!(
                "serves since  2026-01-02T03:04:05Z\nunexpired tokens  8\nstore  4096 bytes\n\
                 in the last {minutes} minutes:\ntokens issued  {issued}\nintrospections  {introspections}\n\
                 refused  {refused}\n"
            );
            assert_eq!(statistics(minutes, &json!([]), &json!([])), expected);
        }
    }

    #[test]
    fn refusals_and_proxies_that_were_not_named_are_told_if_there_are_any() {
        let refusals = json!([{ "reason": "secret", "sentence": "wrong secret", "count": "2" }]);
        let proxies = json!([{ "address": "192.0.2.1", "requests": "9", "sentence": "name this proxy" }]);
        let printed = statistics(1, &refusals, &proxies);
        assert!(printed.ends_with("REFUSED  WHY\n2  wrong secret\nname this proxy\n"), "{printed}");
    }

    #[test]
    fn only_a_running_server_has_statistics() {
        assert_eq!(refused_at_once("statistics"), "no server runs here");
    }
}
