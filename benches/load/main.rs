//! `cargo bench -p jeton-benches --bench load`: the server against bare hyper, in turn, over loopback.
//!
//! The server has one core, the generator another. See `benches/README.md` for how to read it.

use jeton_benches::generator::{Generator, Until};
use jeton_benches::jwt::{self, Signed};
use jeton_benches::process::{self, Server, free_address};
use jeton_benches::report::{self, Goals, Run, Series};
use jeton_benches::workload::{Introspect, Issue, Workload};
use jeton_benches::{Result, disk, seed, signing};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How much is measured.
struct Plan {
    users: usize,
    tokens: u64,
    rounds: usize,
    warm_up: Duration,
    measure: Duration,
    connections: Vec<usize>,
    /// `issue`, `introspect` or `jwt`, when only one is wanted.
    only: Option<String>,
    /// Another build of the server than this tree's, for comparing variants.
    server: Option<PathBuf>,
}

impl Plan {
    fn full() -> Self {
        Self {
            users: 10_000,
            tokens: 1_000_000,
            rounds: 5,
            warm_up: Duration::from_millis(500),
            measure: Duration::from_secs(3),
            connections: vec![16, 64, 256],
            only: None,
            server: None,
        }
    }

    /// Shows that the measurement works; its figures mean little.
    fn smoke() -> Self {
        Self {
            users: 200,
            tokens: 5_000,
            rounds: 1,
            warm_up: Duration::from_millis(200),
            measure: Duration::from_millis(800),
            connections: vec![64],
            only: None,
            server: None,
        }
    }

    fn wants(&self, kind: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == kind)
    }

    /// From the command line: `--smoke`, `--rounds N`, `--connections N`, `--tokens N`, `--only KIND`,
    /// `--server PATH`.
    fn from_arguments() -> Result<Self> {
        let mut plan =
            if std::env::var_os("JETON_BENCH_SMOKE").is_some() { Self::smoke() } else { Self::full() };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || arguments.next().unwrap_or_default().parse::<usize>();
            match argument.as_str() {
                "--smoke" => plan = Self::smoke(),
                "--rounds" => plan.rounds = number()?.max(1),
                "--connections" => plan.connections = vec![number()?.max(1)],
                "--tokens" => plan.tokens = u64::try_from(number()?)?.max(1),
                "--only" => plan.only = arguments.next(),
                "--server" => plan.server = Some(arguments.next().ok_or("--server PATH")?.into()),
                // Given by cargo to every benchmark.
                "--bench" => {}
                other => return Err(format!("unknown argument {other}").into()),
            }
        }
        Ok(plan)
    }
}

/// What is measured, and where.
struct Bench {
    plan: Plan,
    jeton: Server,
    socket: PathBuf,
    bare: PathBuf,
    server_core: usize,
}

fn main() -> Result<()> {
    let plan = Plan::from_arguments()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?;
    let bare = PathBuf::from(env!("CARGO_BIN_EXE_bare-hyper"));
    let target = bare.parent().and_then(Path::parent).ok_or("no target directory")?;
    let jeton = match &plan.server {
        Some(other) => other.clone(),
        None => build_server(root).map(|()| target.join("release/jeton"))?,
    };
    let load = target.join("load");
    std::fs::create_dir_all(&load)?;
    let data_dir = load.join(format!("data-{}", std::process::id()));
    let measured = measure(plan, &jeton, bare, &load, &data_dir);
    // Gone already when the server did not start.
    let _ = std::fs::remove_dir_all(&data_dir);
    measured
}

/// The server as people run it: the release build.
fn build_server(root: &Path) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built =
        Command::new(cargo).current_dir(root).args(["build", "--release", "--bin", "jeton"]).status()?;
    if built.success() { Ok(()) } else { Err("the release server does not build".into()) }
}

fn measure(plan: Plan, jeton: &Path, bare: PathBuf, load: &Path, data_dir: &Path) -> Result<()> {
    let cores = process::cores()?;
    let (Some(server_core), Some(generator_core)) = (cores.first().copied(), cores.last().copied()) else {
        return Err("no core to run on".into());
    };
    if server_core == generator_core {
        println!("only one core: server and generator share it, ratios mean little");
    }
    if process::is_in_memory(load)? {
        return Err("the target directory is in memory; durable figures need a disk".into());
    }
    let address = free_address()?;
    let command = || server_command(jeton, data_dir, address);
    let (server, empty_start) = process::time_to_first_answer(command(), address, server_core)?;
    process::stay_on(&[generator_core])?;
    let idle_mib = server.resident_mib()?;
    let mut bench = Bench { plan, jeton: server, socket: data_dir.join("jeton.sock"), bare, server_core };

    println!("creating {} service users and {} tokens", bench.plan.users, bench.plan.tokens);
    let users = seed::service_users(&bench.socket, bench.plan.users, seed::OPAQUE)?;
    let api = seed::api(&bench.socket)?;
    let before = std::fs::metadata(data_dir.join("jeton.redb"))?.len();
    let tokens = bench.issue_tokens(&users)?;
    let store_bytes = std::fs::metadata(data_dir.join("jeton.redb"))?.len().saturating_sub(before);

    let sync_before = disk::fdatasync_ms(load)?;
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
    let jwts = if bench.plan.wants("jwt") { bench.jwts(jeton, load)? } else { Vec::new() };
    let sync_after = disk::fdatasync_ms(load)?;
    println!("fdatasync of 4 KiB: {sync_before:.2} ms before, {sync_after:.2} ms after");

    let busy_mib = bench.jeton.resident_mib()?;
    bench.jeton.kill()?;
    let (server, crash_start) = process::time_to_first_answer(command(), address, server_core)?;
    drop(server);

    let mut goals = Goals::default();
    // The most connections come last.
    let last = |kind| series.iter().rev().find(|series| series.kind == kind);
    goals.rate("P1", last("issue"), "tokens/s", "at least 0.80 of bare hyper");
    goals.rate("P2", last("introspect"), "introspections/s", "at least 0.85 of bare hyper");
    goals.member("P3", jwt::goal(&jwts));
    goals.figure(
        "P5",
        "MiB resident when idle",
        idle_mib,
        Some(busy_mib),
        "20 MiB; baseline: after the load",
    );
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    goals.figure(
        "P6",
        "ms from start after kill -9 to the first answer",
        milliseconds(crash_start),
        Some(milliseconds(empty_start)),
        "100 ms; baseline: an empty store",
    );
    let per_token = store_bytes as f64 / tokens.len().max(1) as f64;
    goals.figure("P7", "bytes per live opaque token", per_token, None, "150 bytes");
    let binary_mib = std::fs::metadata(jeton)?.len() as f64 / 1_048_576.0;
    goals.figure("P10", "MiB release binary", binary_mib, None, "15 MiB");
    goals.print();
    let machine = json!({ "cores": cores.len(), "fdatasync_ms": [sync_before, sync_after], "smoke": bench.plan.rounds == 1 });
    series.extend(jwts.into_iter().map(|signed| signed.series));
    goals.write(load, &series, &machine)
}

fn server_command(jeton: &Path, data_dir: &Path, address: std::net::SocketAddr) -> Command {
    let mut command = Command::new(jeton);
    command.arg("serve").arg("--data-dir").arg(data_dir).arg("--listen").arg(address.to_string());
    command.env("JETON_LOG", "warn");
    command
}

impl Bench {
    fn issue_tokens(&self, users: &[String]) -> Result<Vec<String>> {
        let mut issue = Issue::new(users);
        issue.kept = Some(Vec::new());
        let mut generator = Generator::open(self.jeton.address, 256, &mut issue)?;
        generator.run(Until::Answers(self.plan.tokens), &mut issue)?;
        issue.kept.ok_or_else(|| "no tokens".into())
    }

    /// Rounds of jeton, bare, jeton, bare, ...
    fn series<W: Workload>(
        &self,
        kind: &'static str,
        connections: usize,
        workload: &mut dyn FnMut() -> W,
    ) -> Result<Series> {
        let mut series = Series { kind, connections, jeton: Vec::new(), bare: Vec::new() };
        let address = free_address()?;
        let mut command = Command::new(&self.bare);
        command.arg(address.port().to_string()).arg(if kind == "issue" { "token" } else { "introspection" });
        let bare = Server::start(command, address, self.server_core)?;
        for _ in 0..self.plan.rounds {
            series.jeton.push(self.run(&self.jeton, connections, &mut workload(), true)?);
            series.bare.push(self.run(&bare, connections, &mut workload(), false)?);
        }
        series.print();
        Ok(series)
    }

    /// JWTs with each algorithm, at the middle number of connections.
    fn jwts(&self, jeton: &Path, load: &Path) -> Result<Vec<Signed>> {
        let connections = self.plan.connections.get(self.plan.connections.len() / 2).copied().unwrap_or(64);
        let setting = jwt::Setting {
            jeton,
            bare: &self.bare,
            load,
            core: self.server_core,
            users: self.plan.users.min(2_000),
            connections,
            rounds: self.plan.rounds,
        };
        let mut all = Vec::new();
        for algorithm in signing::ALGORITHMS {
            let run =
                &mut |server: &Server, workload: &mut Issue| self.run(server, connections, workload, false);
            let signed = jwt::measure(algorithm, setting, run)?;
            signed.series.print();
            signed.print();
            all.push(signed);
        }
        Ok(all)
    }

    fn run(
        &self,
        server: &Server,
        connections: usize,
        workload: &mut dyn Workload,
        counts: bool,
    ) -> Result<Run> {
        let mut generator = Generator::open(server.address, connections, workload)?;
        generator.run(Until::Elapsed(self.plan.warm_up), workload)?;
        let statistics = || if counts { seed::statistics(&self.socket) } else { Ok((0, 0)) };
        let ((commits, commands), cpu) = (statistics()?, server.cpu()?);
        let measured = generator.run(Until::Elapsed(self.plan.measure), workload)?;
        let cpu = server.cpu()?.saturating_sub(cpu);
        let (commits_after, commands_after) = statistics()?;
        Ok(Run {
            per_second: measured.answers as f64 / measured.elapsed.as_secs_f64(),
            p50_ms: measured.latencies.percentile_ms(0.5),
            p99_ms: measured.latencies.percentile_ms(0.99),
            cpu_us: cpu.as_secs_f64() * 1e6 / measured.answers.max(1) as f64,
            batch: (commands_after - commands) as f64 / (commits_after - commits).max(1) as f64,
        })
    }
}
