//! `cargo bench -p jeton-benches --features peers --bench peers`: tokens per second and CPU per token of
//! this and other servers, in turn.
//!
//! Each has one client that gets tokens by the client credentials grant over keep-alive connections. See
//! `benches/README.md` for the settings.

use jeton_benches::Result;
use jeton_benches::lab::{Lab, Rounds};
use jeton_benches::process;
use jeton_benches::report::{self, Goals, Run, Series, is_smoke};
use jeton_benches::seed;
use jeton_load::process::{Server, free_address};
use jeton_load::stats::{median, spread};
use jeton_load::workload::{Issue, Workload, basic, form_request, issued_token};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The secret of the peers' client. A secret as long as Jeton's would not change the result.
const SECRET: &str = "peer-secret-peer-secret-peer-secret";

/// A maker of the requests of a run.
type Requests = Box<dyn Fn() -> Box<dyn Workload>>;

/// A server under the same load as the others.
struct Peer {
    name: &'static str,
    server: Server,
    requests: Requests,
    runs: Vec<Run>,
}

fn main() -> Result<()> {
    let smoke = is_smoke();
    let rounds = if smoke {
        Rounds { count: 1, warm_up: Duration::from_millis(300), measure: Duration::from_millis(700) }
    } else {
        Rounds { count: 5, warm_up: Duration::from_secs(1), measure: Duration::from_secs(4) }
    };
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), None)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?;
    let setup = Command::new(root.join("benches/peers/setup")).arg(SECRET).status()?;
    if !setup.success() {
        return Err("the peers can't be installed; see benches/peers/setup".into());
    }
    let mut report = Vec::new();
    // The generator has the last core for itself only if servers have one core.
    let all = [lab.server_core, lab.generator_core];
    for cores in [&all[..1], &all[..]] {
        report.push(measure(&lab, root, cores, rounds)?);
    }
    let mut goals = Goals::default();
    goals.member("P8", report.first().and_then(|one_core| one_core.get("goal")).cloned());
    goals.print();
    report::write_findings(&lab.directory, "peers", &json!(report))?;
    goals.write(&lab.directory)
}

fn measure(lab: &Lab, root: &Path, cores: &[usize], rounds: Rounds) -> Result<Value> {
    let connections = 64;
    let data_dir = lab.directory.join(format!("peers-{}", std::process::id()));
    let mut peers = vec![
        jeton(lab, &data_dir, cores)?,
        oidc_provider(&root.join("target/peers/oidc-provider"), cores)?,
        glewlwyd(&root.join("target/peers/glewlwyd"), cores)?,
    ];
    for _ in 0..rounds.count {
        for peer in &mut peers {
            peer.runs.push(rounds.run(&peer.server, connections, &mut *(peer.requests)(), None)?);
        }
    }
    println!("{} core(s), {connections} connections:", cores.len());
    println!(
        "{:<14} {:>9} {:>8} {:>8} {:>9} {:>7}",
        "server", "per s", "p50 ms", "p99 ms", "CPU us", "times"
    );
    let own = peers.first().map_or(1.0, |jeton| Series::median(&jeton.runs, |run| run.cpu_us));
    let mut rows = Vec::new();
    for Peer { name, runs, .. } in &peers {
        let of = |figure: fn(&Run) -> f64| Series::median(runs, figure);
        let (rate, p50, p99) = (of(|run| run.per_second), of(|run| run.p50_ms), of(|run| run.p99_ms));
        let (cpu, times) = (of(|run| run.cpu_us), of(|run| run.cpu_us) / own);
        println!("{name:<14} {rate:>9.0} {p50:>8.2} {p99:>8.2} {cpu:>9.1} {times:>7.1}");
        rows.push(json!({
            "server": name, "per_second": rate, "p50_ms": p50, "p99_ms": p99, "cpu_us": cpu, "times_jeton": times,
        }));
    }
    let goal = goal(&peers)?;
    drop(peers);
    std::fs::remove_dir_all(&data_dir)?;
    Ok(json!({ "cores": cores.len(), "connections": connections, "servers": rows, "goal": goal }))
}

/// The goal: the best peer's CPU per token relative to Jeton's, run by run.
fn goal(peers: &[Peer]) -> Result<Value> {
    let (jeton, others) = peers.split_first().ok_or("no server")?;
    let cpu = |peer: &Peer| Series::median(&peer.runs, |run| run.cpu_us);
    let best = others.iter().min_by(|a, b| cpu(a).total_cmp(&cpu(b))).ok_or("no peer")?;
    let ratios: Vec<f64> =
        best.runs.iter().zip(&jeton.runs).map(|(peer, own)| peer.cpu_us / own.cpu_us).collect();
    let (ratio_min, ratio_max) = spread(&ratios);
    Ok(json!({
        "value": cpu(jeton), "unit": "us CPU per token", "baseline": cpu(best),
        "ratio": median(&ratios), "ratio_min": ratio_min, "ratio_max": ratio_max,
        "goal": "at least 12 times fewer than the best peer", "best_peer": best.name,
    }))
}

/// Jeton as in production: tokens are sealed, not stored, and outlive a restart.
fn jeton(lab: &Lab, data_dir: &Path, cores: &[usize]) -> Result<Peer> {
    let address = free_address()?;
    let mut command = lab.server_command(data_dir, address);
    command.arg("--workers").arg(cores.len().to_string());
    let server = process::start_on(command, address, cores)?;
    let users = seed::service_users(&data_dir.join("jeton.sock"), 1, seed::OPAQUE)?;
    Ok(Peer {
        name: "jeton",
        server,
        requests: Box::new(move || Box::new(Issue::new(&users))),
        runs: Vec::new(),
    })
}

/// `oidc-provider`, with tokens in memory that are lost at a restart.
fn oidc_provider(directory: &Path, cores: &[usize]) -> Result<Peer> {
    let address = free_address()?;
    let mut command = Command::new("node");
    command.current_dir(directory).arg("server.mjs").arg(address.port().to_string()).arg(SECRET);
    command.env("NODE_ENV", "production").stderr(Stdio::null());
    let server = process::start_on(command, address, cores)?;
    Ok(Peer { name: "oidc-provider", server, requests: of_peer("/token"), runs: Vec::new() })
}

/// Glewlwyd, with tokens in SQLite and its own settings.
fn glewlwyd(directory: &Path, cores: &[usize]) -> Result<Peer> {
    let settings = std::fs::read_to_string(directory.join("conf"))?;
    let port = settings.lines().find_map(|line| line.strip_prefix("port=")).ok_or("glewlwyd has no port")?;
    let address = SocketAddr::from(([127, 0, 0, 1], port.parse()?));
    let mut command = Command::new("glewlwyd");
    command.current_dir(directory).arg("--config-file=conf").stderr(Stdio::null());
    let server = process::start_on(command, address, cores)?;
    Ok(Peer { name: "glewlwyd", server, requests: of_peer("/api/glwd/token"), runs: Vec::new() })
}

/// Token requests of the one client of another server.
struct OfPeer {
    request: Vec<u8>,
}

impl Workload for OfPeer {
    fn write(&mut self, request: &mut Vec<u8>) {
        request.extend_from_slice(&self.request);
    }

    fn accept(&mut self, body: &[u8]) -> bool {
        issued_token(body).is_some_and(|token| token.len() >= 32)
    }
}

fn of_peer(path: &'static str) -> Requests {
    let form = "grant_type=client_credentials&scope=read";
    let request = form_request(path, &basic("bench", SECRET), form);
    Box::new(move || Box::new(OfPeer { request: request.clone() }))
}
