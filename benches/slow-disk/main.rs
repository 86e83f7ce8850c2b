//! `cargo bench -p jeton-benches --bench slow-disk`: issuing on disks whose fdatasync takes 1, 4 and 10 ms
//! longer.
//!
//! The release server runs under `strace`, which delays each fdatasync and stops at no other call. Servers
//! take turns. A token is not written, so rates and latencies must be those of a fast disk.

use jeton_benches::fill::Filled;
use jeton_benches::lab::{Lab, Rounds};
use jeton_benches::process;
use jeton_benches::report::{self, Run, Series};
use jeton_benches::{Result, disk, idle};
use jeton_load::process::free_address;
use jeton_load::workload::Issue;
use serde_json::json;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Milliseconds added to each fdatasync.
const DELAYS_MS: [u32; 4] = [0, 1, 4, 10];

struct Plan {
    users: usize,
    connections: Vec<usize>,
    rounds: Rounds,
}

impl Plan {
    fn from_environment() -> Self {
        let rounds = |count, millis| Rounds {
            count,
            warm_up: Duration::from_millis(500),
            measure: Duration::from_millis(millis),
        };
        if report::is_smoke() {
            return Self { users: 200, connections: vec![64], rounds: rounds(1, 500) };
        }
        Self { users: 10_000, connections: vec![1, 16, 256, 512], rounds: rounds(5, 2_000) }
    }
}

/// A server on a disk with one delay.
struct Slow {
    delay_ms: u32,
    filled: Filled,
    clients: Vec<String>,
}

fn main() -> Result<()> {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        println!("not measured: strace is not installed (Debian: apt-get install strace)");
        return Ok(());
    }
    let plan = Plan::from_environment();
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), None)?;
    idle::allow_descriptors(plan.connections.iter().max().unwrap_or(&0) + 100)?;
    let mut disks = Vec::new();
    for delay_ms in DELAYS_MS {
        disks.push(start(&plan, &lab, delay_ms)?);
    }
    let rows = measure(&plan, &disks)?;
    for disk in disks {
        disk.filled.remove()?;
    }
    let findings = json!({ "fdatasync_ms": disk::fdatasync_ms(&lab.directory)?, "rows": rows });
    report::write_findings(&lab.directory, "slow-disk", &findings)
}

/// Starts the server. The users are created before the disk becomes slow.
fn start(plan: &Plan, lab: &Lab, delay_ms: u32) -> Result<Slow> {
    let mut filled = Filled::start(lab, &format!("slow-disk-{delay_ms}"), &[])?;
    filled.import(lab, plan.users)?;
    let clients = filled.secrets(plan.users)?;
    process::stop(&mut filled.server)?;
    let address = free_address()?;
    let mut command = Command::new("strace");
    // With -D the tracer is a detached process and the server stays our own child.
    command.args(["-D", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fdatasync"]);
    if delay_ms > 0 {
        command.arg("-e").arg(format!("inject=fdatasync:delay_exit={}", delay_ms * 1000));
    }
    let server = lab.server_command(&filled.data_dir, address);
    command.arg(server.get_program()).args(server.get_args()).env("JETON_LOG", "warn");
    filled.server = process::start(command, address, lab.server_core)?;
    Ok(Slow { delay_ms, filled, clients })
}

fn measure(plan: &Plan, disks: &[Slow]) -> Result<Vec<serde_json::Value>> {
    let mut rows = Vec::new();
    report::print_headings();
    for connections in &plan.connections {
        let mut runs: Vec<Vec<Run>> = disks.iter().map(|_| Vec::new()).collect();
        for _ in 0..plan.rounds.count {
            for (disk, runs) in disks.iter().zip(&mut runs) {
                let Filled { server, socket, .. } = &disk.filled;
                runs.push(plan.rounds.run(
                    server,
                    *connections,
                    &mut Issue::new(&disk.clients),
                    Some(socket),
                )?);
            }
        }
        for (disk, runs) in disks.iter().zip(&runs) {
            Series::print_row("issue", *connections, &format!("fdatasync + {} ms", disk.delay_ms), runs);
            let of = |figure: fn(&Run) -> f64| Series::median(runs, figure);
            rows.push(json!({
                "delay_ms": disk.delay_ms, "connections": connections,
                "per_second": of(|run| run.per_second), "p50_ms": of(|run| run.p50_ms), "p99_ms": of(|run| run.p99_ms),
                "cpu_us": of(|run| run.cpu_us), "batch": of(|run| run.batch),
            }));
        }
    }
    Ok(rows)
}
