//! `jeton bench`: the speed of this server on this machine and disk.
//!
//! It runs a separate server on a temporary data directory, with real files and sockets. The table lists
//! the measurements from the bottom up: the disk's sync, requests with almost no work, token and
//! introspection requests.

mod disk;
mod load;
mod trial;

use crate::CliError;
use crate::args::Bench;
use crate::output::Output;
use crate::session::Session;
use jeton_load::disk::{Sync, fdatasync, is_in_memory};
use load::{Load, Outcome, Task};
use serde_json::{Value, json as object};
use std::path::Path;
use std::time::Duration;
use trial::Trial;

/// Keep-alive connections of the successive runs.
const CONNECTIONS: [usize; 3] = [1, 64, 256];
/// Bytes written at most for each second of `--seconds`.
const ROOM_PER_SECOND: u64 = 64 << 20;

const BASELINE: &str = "requests without work";

/// One line of the table.
struct Row {
    what: &'static str,
    connections: usize,
    outcome: Outcome,
    /// The rate as a fraction of the rate of requests without work on as many connections.
    of_baseline: f64,
}

/// The disk under the server.
struct Disk {
    sync: Sync,
    /// True if the directory is in memory, where syncing costs nothing.
    in_memory: bool,
}

impl Disk {
    fn measure(directory: &Path) -> Result<Self, CliError> {
        let failed =
            |error: std::io::Error| CliError::new(format!("writing to {}: {error}", directory.display()));
        let sync = fdatasync(directory).map_err(failed)?;
        Ok(Self { sync, in_memory: is_in_memory(directory).map_err(failed)? })
    }
}

pub(crate) fn run(session: &mut Session<'_>, bench: &Bench) -> Result<(), CliError> {
    let Session { global, output, .. } = session;
    if global.server.is_some() || global.profile.is_some() {
        return Err(CliError::new(
            "bench measures the local machine with its own server; leave out --server and --profile",
        ));
    }
    let directory = match &bench.directory {
        Some(directory) => directory.clone(),
        None => parent(&global.data_dir),
    };
    let trial = Trial::prepare(&directory)?;
    let interrupted = trial.clean_up_when_interrupted()?;
    if jeton_server::operator::is_served(&global.data_dir) {
        output.remark(&format!(
            "jeton: a server is running on {}; the benchmark shares the machine with it and slows it down",
            global.data_dir.display()
        ));
    }
    disk::check_room(trial.data_dir(), u64::from(bench.seconds) * ROOM_PER_SECOND)?;
    let disk = Disk::measure(trial.data_dir())?;
    let quiet = global.json;
    let mut progress = |text: &str| {
        if !quiet {
            output.remark(&format!("jeton: {text}"));
        }
    };
    let rows = measure(&trial, Duration::from_secs(bench.seconds.into()), &mut progress);
    drop(interrupted);
    let rows = rows?;
    let size = trial.database_bytes();
    if global.json {
        return output.json(&reply(&disk, &rows, size));
    }
    print(output, &directory, &disk, &rows, size)
}

/// The parent of the data directory, which is on the disk that the server will use.
fn parent(data_dir: &Path) -> std::path::PathBuf {
    match data_dir.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => Path::new(".").to_owned(),
    }
}

fn measure(trial: &Trial, time: Duration, progress: &mut dyn FnMut(&str)) -> Result<Vec<Row>, CliError> {
    progress("starting a server and creating service users");
    let address = trial.start()?;
    let credentials = trial.credentials()?;
    let mut rows: Vec<Row> = Vec::new();
    let mut tokens = Vec::new();
    for (what, task) in [
        (BASELINE, Task::Health),
        ("opaque tokens", Task::Opaque),
        ("JWTs, RS256", Task::Jwt),
        ("introspections", Task::Introspect),
    ] {
        for connections in CONNECTIONS {
            progress(&format!("{what}, {connections} connections"));
            let load = Load { address, connections, time, task, credentials: &credentials };
            let mut outcome = load.run(&tokens)?;
            tokens.append(&mut outcome.tokens);
            let baseline = rows.iter().find(|row| row.what == BASELINE && row.connections == connections);
            let of_baseline = baseline.map_or(1.0, |row| outcome.per_second / row.outcome.per_second);
            rows.push(Row { what, connections, outcome, of_baseline });
        }
    }
    trial.stop()?;
    Ok(rows)
}

fn print(
    output: &mut Output<'_>,
    directory: &Path,
    disk: &Disk,
    rows: &[Row],
    size: u64,
) -> Result<(), CliError> {
    output.line(&format!(
        "fdatasync of 4 KiB in {}: median {:.2} ms, p99 {:.2} ms{}\n",
        directory.display(),
        disk.sync.median_ms,
        disk.sync.p99_ms,
        if disk.in_memory { " (in memory: nothing below is durable)" } else { "" }
    ))?;
    let cells = |row: &Row| {
        [
            row.what.to_owned(),
            row.connections.to_string(),
            format!("{:.0}", row.outcome.per_second),
            format!("{:.2}", row.outcome.p50_ms),
            format!("{:.2}", row.outcome.p99_ms),
            format!("{:.2}", row.of_baseline),
        ]
    };
    let headings = ["WHAT", "CONNECTIONS", "PER SECOND", "P50 MS", "P99 MS", "OF NO WORK"];
    output.table(headings, rows.iter().map(cells))?;
    output.line(&format!(
        "\nThe load shared {} cores with the server, so the server alone does more. Tokens are sealed and not\n\
         written, so the disk does not matter to them. The store has {} MiB now, and is removed.",
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        size >> 20
    ))
}

fn reply(disk: &Disk, rows: &[Row], size: u64) -> Value {
    let row = |row: &Row| {
        object!({
            "what": row.what, "connections": row.connections, "perSecond": row.outcome.per_second,
            "p50Ms": row.outcome.p50_ms, "p99Ms": row.outcome.p99_ms, "ofNoWork": row.of_baseline,
        })
    };
    object!({
        "fdatasyncMs": disk.sync.median_ms, "fdatasyncP99Ms": disk.sync.p99_ms, "inMemory": disk.in_memory,
        "runs": rows.iter().map(row).collect::<Vec<_>>(), "databaseBytes": size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{refused_at_once, with_narrow_columns};

    fn row(what: &'static str, per_second: f64, of_baseline: f64) -> Row {
        let outcome =
            Outcome { per_second, p50_ms: 0.5, p99_ms: 1.25, tokens: vec!["jeton_at_x".to_owned()] };
        Row { what, connections: 64, outcome, of_baseline }
    }

    fn disk(in_memory: bool) -> Disk {
        Disk { sync: Sync { median_ms: 0.123, p99_ms: 4.5 }, in_memory }
    }

    /// The printed table of two rows.
    fn printed(in_memory: bool) -> String {
        let (mut out, mut remarks) = (Vec::new(), Vec::new());
        let rows = [row(BASELINE, 1000.0, 1.0), row("opaque tokens", 250.4, 0.25)];
        let mut output = Output::new(&mut out, &mut remarks);
        print(&mut output, Path::new("/d"), &disk(in_memory), &rows, 3 << 20).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_has_the_disk_above_and_each_rate_as_a_part_of_that_without_work() {
        let text = with_narrow_columns(&printed(false));
        assert!(
            text.starts_with("fdatasync of 4 KiB in /d: median 0.12 ms, p99 4.50 ms\n\nWHAT  CONNECTIONS"),
            "{text}"
        );
        assert!(text.contains("\nopaque tokens  64  250  0.50  1.25  0.25\n"), "{text}");
        assert!(text.contains("The store has 3 MiB now, and is removed."), "{text}");
        assert!(printed(true).contains("(in memory: nothing below is durable)"));
    }

    #[test]
    fn json_has_all_figures_and_no_tokens() {
        let figures = reply(&disk(true), &[row("opaque tokens", 250.4, 0.25)], 4096);
        let run = object!({
            "what": "opaque tokens", "connections": 64, "perSecond": 250.4, "p50Ms": 0.5, "p99Ms": 1.25,
            "ofNoWork": 0.25,
        });
        let expected = object!({
            "fdatasyncMs": 0.123, "fdatasyncP99Ms": 4.5, "inMemory": true, "runs": [run], "databaseBytes": 4096,
        });
        assert_eq!(figures, expected);
    }

    #[test]
    fn another_machine_is_not_measured_whatever_its_address() {
        for address in
            ["https://id.example.com", "http://127.0.0.1:1", "127.0.0.1:99999", "nonsense", "", "-x"]
        {
            let told = refused_at_once(&format!("bench --server='{address}' --directory /nonexistent"));
            assert!(told.starts_with("bench measures the local machine with its own server"), "{told}");
        }
        assert!(refused_at_once("--profile p bench").ends_with("leave out --server and --profile"));
    }

    #[test]
    fn a_benchmark_has_a_directory_and_a_bounded_time() {
        for directory in ["/nonexistent", "/dev/null"] {
            let told = refused_at_once(&format!("bench --directory {directory}"));
            assert!(told.ends_with("name a directory on the disk to measure with --directory"), "{told}");
        }
        for seconds in ["0", "61", "1.5", "-1"] {
            let told = refused_at_once(&format!("bench --seconds={seconds}"));
            assert!(told.contains("invalid value"), "{told}");
        }
    }

    #[test]
    fn the_disk_that_is_measured_is_that_of_the_data_directory() {
        for (data_dir, measured) in
            [("jeton-data", "."), ("/var/lib/jeton", "/var/lib"), ("a/b", "a"), ("/", ".")]
        {
            assert_eq!(parent(Path::new(data_dir)), Path::new(measured), "{data_dir}");
        }
    }
}
