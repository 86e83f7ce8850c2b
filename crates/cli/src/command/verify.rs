//! `jeton verify`: a check of the store for damage.

use crate::CliError;
use crate::output::Output;
use crate::session::Session;
use crate::transport::expect_store;
use jeton_server::verify::{self, Named, Part, Report};
use serde_json::{Value, json as object};
use std::fmt::Display;

pub(crate) fn run(session: &mut Session<'_>) -> Result<(), CliError> {
    if session.is_remote() {
        return Err(CliError::new("verify checks a local data directory; run it on the server's machine"));
    }
    let data_dir = &session.global.data_dir;
    expect_store(data_dir)?;
    let report = verify::verify(data_dir).map_err(|error| CliError::new(error.to_string()))?;
    if session.global.json {
        session.output.json(&as_json(&report))?;
    } else {
        print(&mut session.output, &report)?;
    }
    if report.is_sound() { Ok(()) } else { Err(CliError::new(advice(&report))) }
}

/// The state of the store, its effect on a server, and the remedy.
fn advice(report: &Report) -> String {
    let keep = "Keep a copy of it and restore the last backup";
    if let Some(refusal) = &report.refusal {
        return format!("the store is damaged, and a server does not start on it: {refusal}. {keep}");
    }
    let left_out: Vec<_> = report.left_out().into_iter().map(Part::name).collect();
    let needed = match left_out.as_slice() {
        [] => "requests that need damaged data".to_owned(),
        tables => format!("requests that need a damaged page of {}", tables.join(", ")),
    };
    format!(
        "the store is damaged. {keep}; until then a server on it starts, serves from the undamaged data, and \
         answers 503 to {needed}"
    )
}

fn print(output: &mut Output<'_>, report: &Report) -> Result<(), CliError> {
    let rows = report.tables.iter().fold(0_u64, |sum, table| sum.saturating_add(table.found));
    output.line(&format!("{} pages, {} tables, {rows} rows", report.pages, report.tables.len()))?;
    findings(output, "damaged pages", &report.damaged, ToString::to_string)?;
    for table in report.tables.iter().filter(|table| table.found != table.rows) {
        output.line(&format!(
            "table {}: {} of {} rows are on sound pages",
            table.name, table.found, table.rows
        ))?;
    }
    if let Some(complaint) = &report.engine {
        output.line(&format!("the engine: {complaint}"))?;
    }
    findings(output, "records that can't be read", &report.unreadable, ToString::to_string)?;
    findings(output, "clients that can't be read", &report.lost_clients, Clone::clone)?;
    findings(output, "wrong index entries of clients", &report.indexes, Clone::clone)?;
    match &report.trail {
        None => output.line("the audit trail could not be verified")?,
        Some(trail) => {
            for fault in &trail.faults {
                output.line(&format!("audit trail: {fault}"))?;
            }
        }
    }
    if report.is_sound() { output.line("The store is sound.") } else { Ok(()) }
}

fn findings<T>(
    output: &mut Output<'_>,
    what: &str,
    named: &Named<T>,
    show: impl Fn(&T) -> String,
) -> Result<(), CliError> {
    if named.count == 0 {
        return Ok(());
    }
    output.line(&format!("{what}: {}", named.count))?;
    named.first.iter().try_for_each(|finding| output.line(&format!("  {}", show(finding))))?;
    let more = named.count.saturating_sub(named.first.len() as u64);
    if more == 0 { Ok(()) } else { output.line(&format!("  and {more} more")) }
}

fn as_json(report: &Report) -> Value {
    let texts = |named: &Named<String>| object!({ "count": named.count, "first": named.first });
    let pages = report.damaged.first.iter().map(|page| {
        object!({
            "offset": page.offset,
            "bytes": page.bytes,
            "table": page.part.name(),
            "defect": page.defect.to_string(),
        })
    });
    let tables = report
        .tables
        .iter()
        .map(|table| object!({ "name": table.name, "rows": table.rows, "found": table.found }));
    object!({
        "sound": report.is_sound(),
        "starts": report.refusal.is_none(),
        "refusal": report.refusal.as_ref().map(ToString::to_string),
        "pages": report.pages,
        "tables": tables.collect::<Vec<_>>(),
        "damagedPages": { "count": report.damaged.count, "first": pages.collect::<Vec<_>>() },
        "engine": report.engine,
        "unreadableRecords": { "count": report.unreadable.count, "first": all(&report.unreadable.first) },
        "lostClients": texts(&report.lost_clients),
        "indexes": texts(&report.indexes),
        "auditTrail": report.trail.as_ref().map(|trail| {
            object!({ "records": trail.records, "forgotten": trail.forgotten, "faults": all(&trail.faults) })
        }),
    })
}

fn all<T: Display>(findings: &[T]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ran, Script, refused_at_once};
    use crate::transport::Offline;
    use std::path::Path;

    /// Runs a command on this data directory.
    fn run(data_dir: &Path, arguments: &[&str]) -> Ran {
        let arguments = [&["--data-dir", data_dir.to_str().unwrap()], arguments].concat();
        Script::new([]).run(&arguments)
    }

    /// A report as text.
    fn printed(report: &Report) -> String {
        let (mut out, mut remarks) = (Vec::new(), Vec::new());
        print(&mut Output::new(&mut out, &mut remarks), report).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn named(first: &[&str], count: u64) -> Named<String> {
        Named { first: first.iter().map(ToString::to_string).collect(), count }
    }

    #[test]
    fn a_new_store_is_sound_and_left_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let data_dir = directory.path().join("data");
        drop(Offline::open(&data_dir).unwrap());
        let file = data_dir.join("jeton.redb");
        let before = std::fs::read(&file).unwrap();
        let ran = run(&data_dir, &["verify"]);
        assert_eq!(ran.result, Ok(()));
        assert!(ran.output.ends_with("The store is sound.\n"), "{}", ran.output);
        let reply: Value = serde_json::from_str(&run(&data_dir, &["--json", "verify"]).output).unwrap();
        assert_eq!(
            (&reply["sound"], &reply["starts"], &reply["refusal"]),
            (&true.into(), &true.into(), &Value::Null)
        );
        assert!(std::fs::read(&file).unwrap() == before);
    }

    #[test]
    fn a_store_that_is_in_use_or_not_there_is_not_verified() {
        let directory = tempfile::tempdir().unwrap();
        let data_dir = directory.path().join("data");
        let told = run(&data_dir, &["verify"]).result.unwrap_err();
        assert!(told.starts_with("there is no store in ") && told.contains("--data-dir"), "{told}");
        assert!(!data_dir.exists());
        let open = Offline::open(&data_dir).unwrap();
        let told = run(&data_dir, &["verify"]).result.unwrap_err();
        assert!(told.starts_with("another process is using the store at "), "{told}");
        drop(open);
    }

    #[test]
    fn the_store_of_another_machine_is_verified_there() {
        for command in ["--server https://x.example verify", "--profile p verify"] {
            let told = refused_at_once(command);
            assert_eq!(told, "verify checks a local data directory; run it on the server's machine");
        }
    }

    #[test]
    fn findings_are_counted_and_the_first_of_them_listed() {
        let report = Report {
            indexes: named(&["name a", "name b"], 5),
            lost_clients: named(&["client 7"], 1),
            engine: Some("a complaint".to_owned()),
            ..Report::default()
        };
        assert_eq!(
            printed(&report),
            "0 pages, 0 tables, 0 rows\nthe engine: a complaint\nclients that can't be read: 1\n  client 7\n\
             wrong index entries of clients: 5\n  name a\n  name b\n  and 3 more\n\
             the audit trail could not be verified\n"
        );
        let reply = as_json(&report);
        assert_eq!(reply["indexes"], object!({ "count": 5, "first": ["name a", "name b"] }));
        assert_eq!((&reply["sound"], &reply["engine"]), (&false.into(), &"a complaint".into()));
        assert_eq!(reply["auditTrail"], Value::Null);
    }

    #[test]
    fn advice_says_what_a_server_does_on_a_damaged_store() {
        let told = advice(&Report { indexes: named(&["x"], 1), ..Report::default() });
        assert!(told.ends_with("answers 503 to requests that need damaged data"), "{told}");
        let some = Part::tables().find(|part| !part.is_needed_to_start()).unwrap();
        let told = advice(&Report { parts: [some, Part::Header].into(), ..Report::default() });
        assert!(told.ends_with(&format!("requests that need a damaged page of {}", some.name())), "{told}");
    }
}
