//! `cargo bench -p jeton-benches --bench load`: the server against bare hyper, in turn, over loopback.
//!
//! The server has one core, the generator another. `benches/README.md` explains the figures.

use jeton_benches::jwt::{self, Signed};
use jeton_benches::lab::{Lab, Rounds};
use jeton_benches::process;
use jeton_benches::report::{self, Goals, Series};
use jeton_benches::{Result, disk, seed, signing};
use jeton_load::generator::{Generator, Until};
use jeton_load::process::{Server, free_address};
use jeton_load::stats::median;
use jeton_load::workload::{Introspect, Issue, Workload};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The extent of the measurement.
struct Plan {
    users: usize,
    tokens: u64,
    rounds: Rounds,
    connections: Vec<usize>,
    /// `issue`, `introspect` or `jwt`, to measure only this kind.
    only: Option<String>,
    /// The binary of another build of the server, to compare variants.
    server: Option<PathBuf>,
}

impl Plan {
    fn full() -> Self {
        Self {
            users: 10_000,
            tokens: 1_000_000,
            rounds: Rounds { count: 5, warm_up: Duration::from_millis(500), measure: Duration::from_secs(3) },
            connections: vec![1, 16, 64, 256],
            only: None,
            server: None,
        }
    }

    /// A short run that checks the benchmark itself; its figures mean little.
    fn smoke() -> Self {
        Self {
            users: 200,
            tokens: 5_000,
            rounds: Rounds {
                count: 1,
                warm_up: Duration::from_millis(200),
                measure: Duration::from_millis(800),
            },
            connections: vec![64],
            only: None,
            server: None,
        }
    }

    fn wants(&self, kind: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == kind)
    }

    /// Reads the command line: `--smoke`, `--rounds N`, `--connections N`, `--tokens N`, `--only KIND`,
    /// `--server PATH`.
    fn from_arguments() -> Result<Self> {
        let mut plan = if report::is_smoke() { Self::smoke() } else { Self::full() };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || arguments.next().unwrap_or_default().parse::<usize>();
            match argument.as_str() {
                "--smoke" => plan = Self::smoke(),
                "--rounds" => plan.rounds.count = number()?.max(1),
                "--connections" => plan.connections = vec![number()?.max(1)],
                "--tokens" => plan.tokens = u64::try_from(number()?)?.max(1),
                "--only" => plan.only = arguments.next(),
                "--server" => plan.server = Some(arguments.next().ok_or("--server PATH")?.into()),
                // Cargo passes it to every benchmark.
                "--bench" => {}
                other => return Err(format!("unknown argument {other}").into()),
            }
        }
        Ok(plan)
    }
}

/// The plan and the environment of the measurement.
struct Bench {
    plan: Plan,
    lab: Lab,
    jeton: Server,
    socket: PathBuf,
}

fn main() -> Result<()> {
    let plan = Plan::from_arguments()?;
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), plan.server.as_deref())?;
    let data_dir = lab.directory.join(format!("data-{}", std::process::id()));
    let measured = measure(plan, lab, &data_dir);
    // Missing if the server did not start.
    let _ = std::fs::remove_dir_all(&data_dir);
    measured
}

fn measure(plan: Plan, lab: Lab, data_dir: &Path) -> Result<()> {
    let address = free_address()?;
    let server = process::start(lab.server_command(data_dir, address), address, lab.server_core)?;
    let directory = lab.directory.clone();
    let bench = Bench { plan, lab, jeton: server, socket: data_dir.join("jeton.sock") };

    println!("creating {} service users and {} tokens", bench.plan.users, bench.plan.tokens);
    let users = seed::service_users(&bench.socket, bench.plan.users, seed::OPAQUE)?;
    let api = seed::api(&bench.socket)?;
    let tokens = bench.issue_tokens(&users)?;

    let sync_before = disk::fdatasync_ms(&directory)?;
    report::print_headings();
    let mut series = Vec::new();
    for connections in &bench.plan.connections {
        if bench.plan.wants("issue") {
            series.push(bench.series("issue", *connections, &mut || Issue::new(&users))?);
        }
        if bench.plan.wants("introspect") {
            series.push(bench.series("introspect", *connections, &mut || Introspect::new(&api, &tokens))?);
        }
    }
    let jwts = if bench.plan.wants("jwt") { bench.jwts()? } else { Vec::new() };
    let sync_after = disk::fdatasync_ms(&directory)?;
    println!("fdatasync of 4 KiB: {sync_before:.2} ms before, {sync_after:.2} ms after");

    let mut goals = Goals::default();
    let worst = |kind| {
        let of_kind = series.iter().filter(|series| series.kind == kind);
        of_kind.min_by(|a, b| median(&a.ratios()).total_cmp(&median(&b.ratios())))
    };
    for (name, kind, unit) in [("P1", "issue", "tokens/s"), ("P2", "introspect", "introspections/s")] {
        let worst = worst(kind);
        goals.rate(name, worst, unit, "at least 0.80 of bare hyper");
        if let Some(worst) = worst {
            goals.extend(name, json!({ "connections": worst.connections }));
        }
    }
    goals.member("P3", jwt::goal(&jwts));
    goals.print();
    series.extend(jwts.into_iter().map(|signed| signed.series));
    let runs: Vec<_> = series.iter().map(Series::rows).collect();
    let runs = json!({ "cores": bench.lab.cores, "fdatasync_ms": [sync_before, sync_after], "runs": runs });
    report::write_findings(&directory, "runs", &runs)?;
    goals.write(&directory)
}

impl Bench {
    fn issue_tokens(&self, users: &[String]) -> Result<Vec<String>> {
        let mut issue = Issue::new(users).keeping(usize::MAX);
        let mut generator = Generator::open(self.jeton.address, 256, &mut issue)?;
        generator.run(Until::Answers(self.plan.tokens), &mut issue)?;
        Ok(issue.into_kept())
    }

    fn series<W: Workload>(
        &self,
        kind: &'static str,
        connections: usize,
        workload: &mut dyn FnMut() -> W,
    ) -> Result<Series> {
        let bare = self.lab.bare_hyper(if kind == "issue" { "token" } else { "introspection" })?;
        self.plan.rounds.pairs(kind, connections, (&self.jeton, &self.socket), &bare, workload)
    }

    /// JWTs with each algorithm, at the middle number of connections.
    fn jwts(&self) -> Result<Vec<Signed>> {
        let connections = self.plan.connections.get(self.plan.connections.len() / 2).copied().unwrap_or(64);
        let setting = jwt::Setting {
            lab: &self.lab,
            users: self.plan.users.min(2_000),
            connections,
            rounds: self.plan.rounds,
        };
        let mut all = Vec::new();
        for algorithm in signing::ALGORITHMS {
            let signed = jwt::measure(algorithm, setting)?;
            signed.series.print();
            signed.print();
            all.push(signed);
        }
        Ok(all)
    }
}
