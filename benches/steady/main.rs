//! `cargo bench -p jeton-benches --bench steady`: a quarter of an hour of issuing tokens at full rate that
//! live for a minute. Tokens are not written, and the server counts them by the minute of their expiry:
//! file size, memory and latency must reach a plateau.
//!
//! `-- --minutes N` sets another duration.

use jeton_benches::fill::Filled;
use jeton_benches::lab::Lab;
use jeton_benches::report::{self, Goals};
use jeton_benches::{Result, disk, process, seed};
use jeton_load::generator::{Generator, Until};
use jeton_load::stats::median;
use jeton_load::workload::Issue;
use serde_json::json;
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 256;
const MIB: f64 = 1_048_576.0;

struct Plan {
    users: usize,
    lifetime_seconds: u64,
    time: Duration,
    window: Duration,
}

/// The figures of the server during one window.
struct Sample {
    second: f64,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_us: f64,
    disk_mib: f64,
    resident_mib: f64,
    tokens: u64,
}

impl Plan {
    fn from_arguments() -> Result<Self> {
        let seconds = Duration::from_secs;
        let mut plan = Self { users: 10_000, lifetime_seconds: 60, time: seconds(900), window: seconds(5) };
        if report::is_smoke() {
            plan = Self { users: 200, lifetime_seconds: 2, time: seconds(12), window: seconds(1) };
        }
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--minutes" => plan.time = seconds(60 * arguments.next().unwrap_or_default().parse::<u64>()?),
                // Cargo passes it to every benchmark.
                "--bench" => {}
                other => return Err(format!("unknown argument {other}").into()),
            }
        }
        Ok(plan)
    }
}

fn main() -> Result<()> {
    let plan = Plan::from_arguments()?;
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), None)?;
    let lifetime = format!("{}s", plan.lifetime_seconds);
    let mut filled = Filled::start(&lab, "steady", &["--token-lifetime", &lifetime])?;
    let measured = measure(&plan, &lab, &mut filled);
    filled.remove()?;
    measured
}

fn measure(plan: &Plan, lab: &Lab, filled: &mut Filled) -> Result<()> {
    filled.import(lab, plan.users)?;
    let clients = filled.secrets(plan.users)?;
    let mut issue = Issue::new(&clients);
    let mut generator = Generator::open(filled.server.address, CONNECTIONS, &mut issue)?;
    let begun = Instant::now();
    let mut samples: Vec<Sample> = Vec::new();
    println!(
        "{:>7} {:>9} {:>8} {:>8} {:>7} {:>8} {:>8} {:>9}",
        "second", "per s", "p50 ms", "p99 ms", "CPU us", "disk MiB", "RSS MiB", "tokens"
    );
    while begun.elapsed() < plan.time {
        let cpu = process::cpu(filled.server.id())?;
        let measured = generator.run(Until::Elapsed(plan.window), &mut issue)?;
        let cpu = process::cpu(filled.server.id())?.saturating_sub(cpu);
        let sample = Sample {
            second: begun.elapsed().as_secs_f64(),
            per_second: measured.answers as f64 / measured.elapsed.as_secs_f64(),
            p50_ms: measured.latencies.percentile_ms(0.5),
            p99_ms: measured.latencies.percentile_ms(0.99),
            cpu_us: cpu.as_secs_f64() * 1e6 / measured.answers.max(1) as f64,
            disk_mib: filled.disk_bytes()? as f64 / MIB,
            resident_mib: process::resident_mib(filled.server.id())?,
            tokens: seed::live_tokens(&filled.socket)?,
        };
        if samples.len().is_multiple_of(6) {
            sample.print();
        }
        samples.push(sample);
    }
    finish(plan, lab, &samples)
}

/// Compares the last third with the middle one, long after the first tokens have expired.
fn finish(plan: &Plan, lab: &Lab, samples: &[Sample]) -> Result<()> {
    let third = samples.len() / 3;
    let of =
        |part: &[Sample], figure: fn(&Sample) -> f64| median(&part.iter().map(figure).collect::<Vec<_>>());
    let (middle, last) =
        (samples.get(third..2 * third).unwrap_or_default(), samples.get(2 * third..).unwrap_or_default());
    let part = |part: &[Sample]| {
        json!({
            "per_second": of(part, |s| s.per_second).round(), "p99_ms": of(part, |s| s.p99_ms),
            "cpu_us": of(part, |s| s.cpu_us), "disk_mib": of(part, |s| s.disk_mib),
            "resident_mib": of(part, |s| s.resident_mib), "tokens": of(part, |s| s.tokens as f64).round(),
        })
    };
    let steady = json!({
        "seconds": plan.time.as_secs(), "lifetime_seconds": plan.lifetime_seconds,
        "middle_third": part(middle), "last_third": part(last),
        "disk_growth": of(last, |s| s.disk_mib) / of(middle, |s| s.disk_mib),
    });
    println!("middle third: {}", part(middle));
    println!("last third:   {}", part(last));
    let mut goals = Goals::default();
    goals.extend("P7", json!({ "steady": steady }));
    let rows: Vec<_> = samples.iter().map(Sample::row).collect();
    let findings =
        json!({ "steady": steady, "samples": rows, "fdatasync_ms": disk::fdatasync_ms(&lab.directory)? });
    report::write_findings(&lab.directory, "steady", &findings)?;
    goals.write(&lab.directory)
}

impl Sample {
    fn print(&self) {
        println!(
            "{:>7.0} {:>9.0} {:>8.2} {:>8.2} {:>7.1} {:>8.0} {:>8.0} {:>9}",
            self.second,
            self.per_second,
            self.p50_ms,
            self.p99_ms,
            self.cpu_us,
            self.disk_mib,
            self.resident_mib,
            self.tokens
        );
    }

    fn row(&self) -> serde_json::Value {
        json!({
            "second": self.second, "per_second": self.per_second, "p50_ms": self.p50_ms, "p99_ms": self.p99_ms,
            "cpu_us": self.cpu_us, "disk_mib": self.disk_mib, "resident_mib": self.resident_mib, "tokens": self.tokens,
        })
    }
}
