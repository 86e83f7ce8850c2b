//! `jeton name`.

use crate::CliError;
use crate::args::{Global, Name, NameKind};
use crate::operator::{call, perform};
use crate::output::{items, json, line, table, text};
use serde_json::{Value, json as object};

const SERVICE: &str = "/jeton.name.v1.NameService/";

pub(crate) fn run(global: &Global, command: Name) -> Result<(), CliError> {
    match command {
        Name::List => list(global),
        Name::Free { name, kind } => {
            let request = object!({ "type": wire(kind), "name": name });
            perform(global, &format!("{SERVICE}FreeName"), &request, |_| line("freed"))
        }
    }
}

const fn wire(kind: NameKind) -> &'static str {
    match kind {
        NameKind::Username => "NAME_TYPE_USERNAME",
        NameKind::Resource => "NAME_TYPE_RESOURCE",
        NameKind::Domain => "NAME_TYPE_ORGANIZATION_DOMAIN",
    }
}

fn list(global: &Global) -> Result<(), CliError> {
    let mut all = Vec::new();
    let mut page = Value::Null;
    loop {
        let token = page.get("nextPageToken").and_then(Value::as_str).unwrap_or_default();
        let request = object!({ "pagination": { "limit": 1000, "pageToken": token } });
        page = call(global, &format!("{SERVICE}ListRetiredNames"), &request)?;
        all.extend(items(&page, "names").iter().cloned());
        if page.get("nextPageToken").is_none() {
            break;
        }
    }
    if global.json {
        return json(&object!({ "names": all }));
    }
    let rows: Vec<_> = all
        .iter()
        .map(|name| {
            let kind = text(name, "/type").trim_start_matches("NAME_TYPE_").to_lowercase();
            let member = |pointer| text(name, pointer).to_owned();
            [member("/name"), kind, member("/formerId"), member("/organizationId"), member("/freeDate")]
        })
        .collect();
    table(["NAME", "KIND", "FORMER ID", "ORGANIZATION", "FREE THERE FROM"], &rows)
}
