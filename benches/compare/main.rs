//! `cargo bench -p jeton-benches --bench compare -- SERVER SERVER ...`: builds of the server against each
//! other and bare hyper, in turn (A B C bare, A B C bare), so that a change is judged by the differences
//! between neighbouring runs. Without arguments it compares the build of this tree with itself, which shows
//! the noise.

use jeton_benches::lab::{Lab, Rounds};
use jeton_benches::process;
use jeton_benches::report::{Run, Series, is_smoke, print_headings};
use jeton_benches::{Result, disk, seed};
use jeton_load::generator::{Generator, Until};
use jeton_load::process::{Server, free_address};
use jeton_load::stats::{median, spread};
use jeton_load::workload::{Introspect, Issue, Workload};
use std::path::PathBuf;
use std::time::Duration;

struct Plan {
    servers: Vec<PathBuf>,
    kind: &'static str,
    connections: usize,
    /// Number of cores of the servers; the last core is shared with the generator.
    cores: usize,
    users: usize,
    tokens: u64,
    rounds: Rounds,
}

/// A build that runs on its own store.
struct Contender {
    name: String,
    server: Server,
    data_dir: PathBuf,
    users: Vec<String>,
    api: String,
    tokens: Vec<String>,
    runs: Vec<Run>,
}

fn main() -> Result<()> {
    let mut plan = Plan::from_arguments()?;
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), plan.servers.first().map(PathBuf::as_path))?;
    if plan.servers.is_empty() {
        plan.servers = vec![lab.jeton.clone(), lab.jeton.clone()];
    }
    let mut contenders = Vec::new();
    for (index, server) in plan.servers.iter().enumerate() {
        let lab = Lab { jeton: server.clone(), ..lab.clone() };
        contenders.push(Contender::start(&lab, &plan, index)?);
    }
    let bare = lab.bare_hyper(if plan.kind == "introspect" { "introspection" } else { "token" })?;
    let mut bare_runs = Vec::new();
    for _ in 0..plan.rounds.count {
        for contender in &mut contenders {
            let run = contender.run(&plan)?;
            contender.runs.push(run);
        }
        bare_runs.push(contenders.first().ok_or("no server")?.run_of(&bare, &plan, false)?);
    }
    print(&plan, &contenders, &bare_runs)?;
    println!("fdatasync of 4 KiB: {:.2} ms", disk::fdatasync_ms(&lab.directory)?);
    for contender in contenders {
        drop(contender.server);
        std::fs::remove_dir_all(contender.data_dir)?;
    }
    Ok(())
}

impl Plan {
    /// `--kind issue|introspect|jwt`, `--connections N`, `--cores 1|2`, `--rounds N`, `--users N`,
    /// `--tokens N`, and servers.
    fn from_arguments() -> Result<Self> {
        let rounds =
            Rounds { count: 7, warm_up: Duration::from_millis(300), measure: Duration::from_millis(1500) };
        let mut plan = Self {
            servers: Vec::new(),
            kind: "issue",
            connections: 256,
            cores: 1,
            users: 10_000,
            tokens: 1_000_000,
            rounds,
        };
        if is_smoke() {
            (plan.users, plan.tokens, plan.rounds.count) = (200, 1_000, 1);
        }
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or("a value is missing");
            match argument.as_str() {
                "--kind" => {
                    let kinds = ["issue", "introspect", "jwt"];
                    let kind = value()?;
                    plan.kind = kinds.into_iter().find(|known| *known == kind).ok_or("no such kind")?;
                }
                "--connections" => plan.connections = value()?.parse()?,
                "--cores" => plan.cores = value()?.parse()?,
                "--rounds" => plan.rounds.count = value()?.parse()?,
                "--users" => plan.users = value()?.parse()?,
                "--tokens" => plan.tokens = value()?.parse()?,
                // Cargo passes it to every benchmark.
                "--bench" => {}
                server => plan.servers.push(server.into()),
            }
        }
        Ok(plan)
    }
}

impl Contender {
    fn start(lab: &Lab, plan: &Plan, index: usize) -> Result<Self> {
        let data_dir = lab.directory.join(format!("compare-{}-{index}", std::process::id()));
        let address = free_address()?;
        let cores = [lab.server_core, lab.generator_core];
        let cores = cores.get(..plan.cores).ok_or("one core or two")?;
        let server = process::start_on(lab.server_command(&data_dir, address), address, cores)?;
        let socket = data_dir.join("jeton.sock");
        let token_type = if plan.kind == "jwt" { seed::JWT } else { seed::OPAQUE };
        let users = seed::service_users(&socket, plan.users, token_type)?;
        let api = seed::api(&socket)?;
        let mut tokens = Vec::new();
        if plan.kind == "introspect" {
            let mut issue = Issue::new(&users).keeping(usize::MAX);
            let mut generator = Generator::open(address, 256, &mut issue)?;
            generator.run(Until::Answers(plan.tokens), &mut issue)?;
            tokens = issue.into_kept();
        }
        let name = format!("{} {}", index, lab.jeton.file_name().unwrap_or_default().to_string_lossy());
        Ok(Self { name, server, data_dir, users, api, tokens, runs: Vec::new() })
    }

    fn run(&self, plan: &Plan) -> Result<Run> {
        self.run_of(&self.server, plan, true)
    }

    fn run_of(&self, server: &Server, plan: &Plan, has_statistics: bool) -> Result<Run> {
        let socket = self.data_dir.join("jeton.sock");
        let socket = has_statistics.then_some(socket.as_path());
        let mut workload: Box<dyn Workload> = match plan.kind {
            "introspect" => Box::new(Introspect::new(&self.api, &self.tokens)),
            "jwt" if has_statistics => Box::new(Issue::jwt(&self.users)),
            _ => Box::new(Issue::new(&self.users)),
        };
        plan.rounds.run(server, plan.connections, workload.as_mut(), socket)
    }
}

fn print(plan: &Plan, contenders: &[Contender], bare: &[Run]) -> Result<()> {
    print_headings();
    for contender in contenders {
        Series::print_row(plan.kind, plan.connections, &contender.name, &contender.runs);
    }
    Series::print_row(plan.kind, plan.connections, "bare hyper", bare);
    let first = contenders.first().ok_or("no server")?;
    for contender in contenders {
        let of_bare = ratios(&contender.runs, bare, |run| run.per_second);
        let rate = ratios(&contender.runs, &first.runs, |run| run.per_second);
        let cpu = ratios(&contender.runs, &first.runs, |run| run.cpu_us);
        println!(
            "{:<28} {:>5.0} MiB   of bare hyper {}   of the first: rate {}   CPU {}",
            contender.name,
            process::resident_mib(contender.server.id())?,
            with_spread(&of_bare),
            with_spread(&rate),
            with_spread(&cpu)
        );
    }
    Ok(())
}

/// Ratios of a figure between neighbouring runs.
fn ratios(of: &[Run], to: &[Run], figure: fn(&Run) -> f64) -> Vec<f64> {
    of.iter().zip(to).map(|(one, other)| figure(one) / figure(other)).collect()
}

fn with_spread(ratios: &[f64]) -> String {
    let (least, most) = spread(ratios);
    format!("{:.3} ({least:.2} to {most:.2})", median(ratios))
}
