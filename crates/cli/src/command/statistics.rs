//! `jeton statistics`: counts of the running server.

use crate::CliError;
use crate::args::Global;
use crate::operator::perform_on_server;
use crate::output::{items, line, table, text};
use serde_json::{Value, json};

pub(crate) fn run(global: &Global) -> Result<(), CliError> {
    perform_on_server(global, "/jeton.server.v1.ServerService/GetStatistics", &json!({}), show)
}

fn show(reply: &Value) -> Result<(), CliError> {
    let points = items(reply, "points");
    let sum = |member: &str| -> u64 {
        points.iter().filter_map(|point| point.get(member).and_then(Value::as_u64)).sum()
    };
    line(&format!("serves since      {}", text(reply, "/startDate")))?;
    line(&format!("unexpired tokens  {}", text(reply, "/unexpiredTokens")))?;
    line(&format!("store             {} bytes", text(reply, "/storeBytes")))?;
    line(&format!("in the last {} minutes:", points.len()))?;
    line(&format!("  tokens issued   {}", sum("issued")))?;
    line(&format!("  introspections  {}", sum("introspections")))?;
    line(&format!("  refused         {}", sum("refused")))?;
    let rows: Vec<_> = items(reply, "refusals")
        .iter()
        .map(|refusal| [text(refusal, "/count").to_owned(), text(refusal, "/sentence").to_owned()])
        .collect();
    if !rows.is_empty() {
        table(["REFUSED", "WHY"], &rows)?;
    }
    let unnamed = items(reply, "unnamedProxies").iter();
    unnamed.map(|proxy| text(proxy, "/sentence")).try_for_each(line)
}
