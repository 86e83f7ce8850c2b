//! `cargo bench -p jeton-benches --bench growth`: the cost of a token and of an introspection with a
//! million service users and up to ten million live tokens, in turn with a server whose store is nearly
//! empty, and its memory, disk space and start time. A token has no row, so none of these should grow with
//! tokens.

mod revoked;

use jeton_benches::fill::Filled;
use jeton_benches::idle;
use jeton_benches::lab::{Lab, Rounds};
use jeton_benches::process::{self, time_to_first_answer};
use jeton_benches::report::{self, Goals, Run, Series};
use jeton_benches::{Result, disk, seed};
use jeton_load::generator::{Generator, Until};
use jeton_load::stats::{median, spread};
use jeton_load::workload::{Introspect, Issue};
use serde_json::{Value, json};
use std::time::Duration;

const CONNECTIONS: usize = 256;
const MIB: f64 = 1_048_576.0;

struct Plan {
    users: usize,
    /// Number of users that request tokens, spread evenly over all.
    asking: usize,
    /// Live tokens at each step.
    tokens: Vec<u64>,
    /// Number of tokens kept for introspection.
    kept: u64,
    /// Number of tokens that each of those users revokes.
    revoked: usize,
    /// Number of idle connections.
    idle: usize,
    rounds: Rounds,
}

impl Plan {
    fn from_environment() -> Self {
        let rounds = |count, millis| Rounds {
            count,
            warm_up: Duration::from_millis(300),
            measure: Duration::from_millis(millis),
        };
        if report::is_smoke() {
            let tokens = vec![5_000, 20_000];
            return Self {
                users: 20_000,
                asking: 200,
                tokens,
                kept: 10_000,
                revoked: 20,
                idle: 200,
                rounds: rounds(1, 500),
            };
        }
        Self {
            users: 1_000_000,
            asking: 10_000,
            tokens: vec![100_000, 300_000, 1_000_000, 3_000_000, 10_000_000],
            kept: 1_000_000,
            revoked: 50,
            idle: 10_000,
            rounds: rounds(5, 2_000),
        }
    }
}

/// The full server and the nearly empty one, under the same load in turn.
struct Step {
    tokens: u64,
    issue: [Vec<Run>; 2],
    introspect: [Vec<Run>; 2],
    /// Bytes that the disk delivered to the full server in its rounds.
    bytes_from_disk: u64,
    resident_mib: f64,
    disk_bytes: u64,
}

fn main() -> Result<()> {
    let plan = Plan::from_environment();
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), None)?;
    // All tokens outlive the measurement.
    let full = Filled::start(&lab, "growth", &["--token-lifetime", "24h"])?;
    let data_dir = full.data_dir.clone();
    let measured = measure(&plan, &lab, full);
    // Missing if the server did not start.
    let _ = std::fs::remove_dir_all(data_dir);
    measured
}

fn measure(plan: &Plan, lab: &Lab, mut full: Filled) -> Result<()> {
    let idle_mib = process::resident_mib(full.server.id())?;
    let per_connection_kib = per_idle_connection(lab, plan.idle)?;
    println!(
        "{idle_mib:.1} MiB when idle, {per_connection_kib:.1} KiB for each of {} idle connections",
        plan.idle
    );
    let without_users = full.disk_bytes()?;
    let import = full.import(lab, plan.users)?;
    println!("{} users imported, {:.0} per second", plan.users, import.per_second);
    let clients = full.secrets(plan.asking)?;
    let api = seed::api(&full.socket)?;
    let before = full.disk_bytes()?;
    let mut kept = Vec::new();
    let mut steps = Vec::new();
    let keep_one_in = usize::try_from((plan.tokens.last().copied().unwrap_or(1) / plan.kept).max(1))?;
    for tokens in &plan.tokens {
        let missing = tokens.saturating_sub(live_tokens(&full)?);
        kept.extend(full.tokens(&clients, missing, keep_one_in)?);
        let step = compare(plan, lab, &full, *tokens, (&clients, &api, &kept))?;
        step.print();
        steps.push(step);
    }
    let per_token = (full.disk_bytes()? - before) as f64 / live_tokens(&full)? as f64;
    let everybody = every_user(plan, &full)?;
    let per_user = (full.disk_bytes()? - without_users) as f64 / plan.users as f64;
    let per_revoked_token = revoked::bytes_each(lab, plan.asking, plan.revoked)?;
    println!("{per_user:.0} bytes on disk per user with a secret, {per_revoked_token:.0} per revoked token");
    let (mut full, starts) = starts(lab, full)?;
    let roomy = with_a_roomy_cache(plan, lab, &mut full, &api, &kept)?;
    full.remove()?;
    let last = steps.last().ok_or("no step")?;
    let mut goals = Goals::default();
    goals.member("P4", Some(last.goal()));
    let members = json!({ "idle_mib": idle_mib, "per_idle_connection_kib": per_connection_kib });
    let goal = "20 MiB idle; 512 MiB with a million users; 12 KiB per idle connection";
    goals.figure("P5", "MiB resident with all tokens", last.resident_mib, Some(idle_mib), goal);
    goals.extend("P5", members);
    let goal = "100 ms; baseline: after a clean stop";
    goals.figure("P6", "ms from start after kill -9 to the first answer", starts.1, Some(starts.0), goal);
    let goal = "none per live token; 600 per user with a secret; 64 per revoked token; a plateau";
    goals.figure("P7", "bytes per live opaque token", per_token, None, goal);
    goals.extend("P7", json!({ "per_user": per_user, "per_revoked_token": per_revoked_token }));
    goals.print();
    let rows: Vec<_> = steps.iter().map(Step::row).collect();
    let findings = json!({
        "users": plan.users, "fdatasync_ms": disk::fdatasync_ms(&lab.directory)?, "steps": rows,
        "every_user": everybody, "roomy_cache": roomy,
    });
    report::write_findings(&lab.directory, "growth", &findings)?;
    goals.write(&lab.directory)
}

fn live_tokens(filled: &Filled) -> Result<u64> {
    seed::live_tokens(&filled.socket)
}

/// The same load on both servers, in turn.
fn compare(
    plan: &Plan,
    lab: &Lab,
    full: &Filled,
    tokens: u64,
    (clients, api, kept): (&[String], &str, &[String]),
) -> Result<Step> {
    let mut empty = Filled::start(lab, "growth-empty", &[])?;
    empty.import(lab, plan.asking)?;
    let few_clients = empty.secrets(plan.asking)?;
    let few_api = seed::api(&empty.socket)?;
    let few = empty.tokens(&few_clients, 10_000, 1)?;
    let mut step = Step {
        tokens,
        issue: [Vec::new(), Vec::new()],
        introspect: [Vec::new(), Vec::new()],
        bytes_from_disk: process::bytes_from_disk(full.server.id())?,
        resident_mib: 0.0,
        disk_bytes: 0,
    };
    for _ in 0..plan.rounds.count {
        full.warm()?;
        let contenders = [(full, clients, api, kept), (&empty, &few_clients, &few_api, &few)];
        for (index, (filled, clients, api, tokens)) in contenders.into_iter().enumerate() {
            let run = |workload| plan.rounds.run(&filled.server, CONNECTIONS, workload, Some(&filled.socket));
            let (issue, introspect) =
                (run(&mut Issue::new(clients))?, run(&mut Introspect::new(api, tokens))?);
            step.issue.get_mut(index).ok_or("no series")?.push(issue);
            step.introspect.get_mut(index).ok_or("no series")?.push(introspect);
        }
    }
    step.bytes_from_disk = process::bytes_from_disk(full.server.id())?.saturating_sub(step.bytes_from_disk);
    step.resident_mib = process::resident_mib(full.server.id())?;
    step.disk_bytes = full.disk_bytes()?;
    empty.remove()?;
    Ok(step)
}

/// Tokens for all users, of whom the cache of clients holds hardly any.
fn every_user(plan: &Plan, full: &Filled) -> Result<Value> {
    let clients = full.secrets(plan.users)?;
    let run = plan.rounds.run(&full.server, CONNECTIONS, &mut Issue::new(&clients), Some(&full.socket))?;
    let resident_mib = process::resident_mib(full.server.id())?;
    println!(
        "tokens for all {} users at random: {:.0} per second, {:.1} us CPU, resident {resident_mib:.0} MiB",
        plan.users, run.per_second, run.cpu_us
    );
    Ok(json!({
        "per_second": run.per_second, "cpu_us": run.cpu_us, "p99_ms": run.p99_ms, "resident_mib": resident_mib,
    }))
}

/// Milliseconds to the first answer after a clean stop, and after kill -9 under load.
fn starts(lab: &Lab, mut full: Filled) -> Result<(Filled, (f64, f64))> {
    let address = full.server.address;
    let start =
        || time_to_first_answer(lab.server_command(&full.data_dir, address), address, lab.server_core);
    process::stop(&mut full.server)?;
    let (mut server, after_stop) = start()?;
    server.kill()?;
    let (server, after_kill) = start()?;
    full.server = server;
    println!("first answer after a clean stop {after_stop:.1?}, after kill -9 {after_kill:.1?}");
    Ok((full, (after_stop.as_secs_f64() * 1e3, after_kill.as_secs_f64() * 1e3)))
}

/// Introspections with a cache of the store that holds all users.
fn with_a_roomy_cache(
    plan: &Plan,
    lab: &Lab,
    full: &mut Filled,
    api: &str,
    kept: &[String],
) -> Result<Value> {
    let address = full.server.address;
    process::stop(&mut full.server)?;
    let mut command = lab.server_command(&full.data_dir, address);
    command.args(["--cache-mib", "4096"]);
    full.server = process::start(command, address, lab.server_core)?;
    full.warm()?;
    let mut introspect = Introspect::new(api, kept);
    // Enough requests to have read nearly every page.
    let often = u64::try_from(kept.len())? * 2;
    Generator::open(address, CONNECTIONS, &mut introspect)?.run(Until::Answers(often), &mut introspect)?;
    let mut runs = Vec::new();
    for _ in 0..plan.rounds.count {
        runs.push(plan.rounds.run(&full.server, CONNECTIONS, &mut introspect, None)?);
    }
    let of = |figure: fn(&Run) -> f64| Series::median(&runs, figure);
    let (per_second, cpu_us, resident_mib) =
        (of(|run| run.per_second), of(|run| run.cpu_us), process::resident_mib(full.server.id())?);
    println!(
        "with a cache of 4 GiB: {per_second:.0} introspections per second, {cpu_us:.1} us CPU, resident {resident_mib:.0} MiB"
    );
    Ok(json!({ "per_second": per_second, "cpu_us": cpu_us, "resident_mib": resident_mib }))
}

/// KiB per open connection that had one answer.
fn per_idle_connection(lab: &Lab, count: usize) -> Result<f64> {
    let filled = Filled::start(lab, "growth-idle", &[])?;
    let before = process::resident_mib(filled.server.id())?;
    let connections = idle::open(filled.server.address, count)?;
    let after = process::resident_mib(filled.server.id())?;
    drop(connections);
    filled.remove()?;
    Ok((after - before) * 1024.0 / count as f64)
}

/// Ratios of a figure of the full server to the empty one's, pair by pair.
fn ratios([full, empty]: &[Vec<Run>; 2], figure: fn(&Run) -> f64) -> Vec<f64> {
    full.iter().zip(empty).map(|(full, empty)| figure(full) / figure(empty)).collect()
}

impl Step {
    fn print(&self) {
        report::print_headings();
        for (kind, [full, empty]) in [("issue", &self.issue), ("introspect", &self.introspect)] {
            Series::print_row(kind, CONNECTIONS, &format!("{} tokens", self.tokens), full);
            Series::print_row(kind, CONNECTIONS, "nearly empty", empty);
        }
        println!(
            "issue {:.2}, introspect {:.2} of the empty store; resident {:.0} MiB, on disk {:.0} MiB, {:.0} MiB read from it",
            median(&ratios(&self.issue, |run| run.per_second)),
            median(&ratios(&self.introspect, |run| run.per_second)),
            self.resident_mib,
            self.disk_bytes as f64 / MIB,
            self.bytes_from_disk as f64 / MIB
        );
    }

    fn row(&self) -> Value {
        let of = |runs: &[Run]| {
            let of = |figure: fn(&Run) -> f64| Series::median(runs, figure);
            json!({ "per_second": of(|run| run.per_second), "cpu_us": of(|run| run.cpu_us), "p99_ms": of(|run| run.p99_ms) })
        };
        let [issue, issue_empty] = &self.issue;
        let [introspect, introspect_empty] = &self.introspect;
        json!({
            "tokens": self.tokens, "resident_mib": self.resident_mib, "disk_bytes": self.disk_bytes,
            "bytes_from_disk": self.bytes_from_disk,
            "issue": of(issue), "issue_empty": of(issue_empty),
            "introspect": of(introspect), "introspect_empty": of(introspect_empty),
        })
    }

    /// The goal, with the worse kind of request.
    fn goal(&self) -> Value {
        let members =
            [("tokens/s", &self.issue), ("introspections/s", &self.introspect)].map(|(unit, runs)| {
                let ratios = ratios(runs, |run| run.per_second);
                let [full, empty] = runs;
                let (ratio_min, ratio_max) = spread(&ratios);
                json!({
                    "value": Series::median(full, |run| run.per_second).round(),
                    "unit": unit,
                    "baseline": Series::median(empty, |run| run.per_second).round(),
                    "ratio": median(&ratios),
                    "ratio_min": ratio_min,
                    "ratio_max": ratio_max,
                    "goal": "at least 0.90 of an empty store, issuing and introspecting",
                })
            });
        let ratio = |member: &Value| member.get("ratio").and_then(Value::as_f64).unwrap_or(0.0);
        let [issue, introspect] = &members;
        let worse = if ratio(issue) < ratio(introspect) { issue } else { introspect };
        let mut goal = worse.clone();
        if let Some(goal) = goal.as_object_mut() {
            goal.insert("issue".into(), issue.clone());
            goal.insert("introspect".into(), introspect.clone());
        }
        goal
    }
}
