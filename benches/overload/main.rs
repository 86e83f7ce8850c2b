//! `cargo bench -p jeton-benches --bench overload`: the server's throughput under three times the load that
//! it can serve, relative to its peak.
//!
//! Peak and overload take turns. Clients pause between two requests so long that together they request
//! three times what the server can answer. *Patient* clients obey `Retry-After` after a refusal;
//! *impatient* ones repeat the request immediately, and then each refusal costs the core about half of what
//! an answer costs.

use jeton_benches::fill::Filled;
use jeton_benches::lab::Lab;
use jeton_benches::population::{Manners, Outcome, Population};
use jeton_benches::report::{self, Goals};
use jeton_benches::{Result, seed};
use jeton_load::generator::{Generator, Until};
use jeton_load::stats::{median, spread};
use jeton_load::workload::Issue;
use serde_json::{Value, json};
use std::time::Duration;

/// The load as a multiple of the server's capacity.
const TIMES: f64 = 3.0;

/// Pause between an overload and the next peak.
const SETTLE: Duration = Duration::from_secs(1);

struct Plan {
    users: usize,
    clients: Vec<usize>,
    rounds: usize,
    time: Duration,
}

impl Plan {
    fn from_environment() -> Self {
        let time = Duration::from_millis;
        if report::is_smoke() {
            return Self { users: 200, clients: vec![1_000], rounds: 1, time: time(700) };
        }
        Self { users: 10_000, clients: vec![768, 4_096, 12_000], rounds: 5, time: time(3_000) }
    }
}

/// One kind of overload, round by round.
#[derive(Default)]
struct Row {
    kind: &'static str,
    clients: usize,
    patient: bool,
    goodput: Vec<f64>,
    peak: Vec<f64>,
    p99_ms: Vec<f64>,
    refusals: Vec<f64>,
    refusal_p99_ms: Vec<f64>,
}

fn main() -> Result<()> {
    let plan = Plan::from_environment();
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), None)?;
    let mut rows = Vec::new();
    for (kind, token_type) in [("opaque", seed::OPAQUE), ("JWT, RS256", seed::JWT)] {
        let filled = Filled::start(&lab, "overload", &[])?;
        let users = seed::service_users(&filled.socket, plan.users, token_type)?;
        for clients in &plan.clients {
            for patient in [true, false] {
                let row = measure(&plan, &filled, &users, Row::new(kind, *clients, patient))?;
                row.print();
                rows.push(row);
            }
        }
        filled.remove()?;
    }
    // The goal is for about three times the connections of the first goal; results with more are reported
    // beside it.
    let first = rows.first().ok_or("no row")?;
    let of_opaque = rows.iter().filter(|row| row.kind == first.kind);
    let worst = of_opaque.map(|row| median(&row.ratios())).fold(f64::INFINITY, f64::min);
    let mut goals = Goals::default();
    goals.member("P9", Some(first.goal()));
    goals.extend("P9", json!({ "worst_ratio": worst }));
    goals.print();
    let rows: Vec<_> = rows.iter().map(Row::goal).collect();
    report::write_findings(&lab.directory, "overload", &json!(rows))?;
    goals.write(&lab.directory)
}

fn measure(plan: &Plan, filled: &Filled, users: &[String], mut row: Row) -> Result<Row> {
    let is_opaque = row.kind == "opaque";
    // Enough to keep the core busy; with RS256 more connections would only wait longer.
    let busy = if is_opaque { 256 } else { 32 };
    let issue = || if is_opaque { Issue::new(users) } else { Issue::jwt(users) };
    for _ in 0..plan.rounds {
        // Until the server has noticed the end of the previous round's connections and finished their
        // requests.
        std::thread::sleep(SETTLE);
        let peak = {
            let mut issue = issue();
            let mut generator = Generator::open(filled.server.address, busy, &mut issue)?;
            generator.run(Until::Elapsed(plan.time / 10), &mut issue)?;
            let measured = generator.run(Until::Elapsed(plan.time), &mut issue)?;
            measured.answers as f64 / measured.elapsed.as_secs_f64()
        };
        let think = Duration::from_secs_f64(row.clients as f64 / (TIMES * peak));
        let mut population =
            Population::connect(filled.server.address, row.clients, Manners { think, patient: row.patient })?;
        let mut issue = issue();
        // Until the clients that were refused first come back.
        population.run(plan.time.min(Duration::from_millis(1500)), &mut issue)?;
        let outcome = population.run(plan.time, &mut issue)?;
        row.add(peak, &outcome);
    }
    Ok(row)
}

impl Row {
    fn new(kind: &'static str, clients: usize, patient: bool) -> Self {
        Self { kind, clients, patient, ..Self::default() }
    }

    fn add(&mut self, peak: f64, outcome: &Outcome) {
        let seconds = outcome.elapsed.as_secs_f64();
        self.peak.push(peak);
        self.goodput.push(outcome.answers as f64 / seconds);
        self.p99_ms.push(outcome.answered.percentile_ms(0.99));
        self.refusals.push(outcome.refusals as f64 / seconds);
        self.refusal_p99_ms.push(outcome.refused.percentile_ms(0.99));
    }

    fn ratios(&self) -> Vec<f64> {
        self.goodput.iter().zip(&self.peak).map(|(goodput, peak)| goodput / peak).collect()
    }

    fn manners(&self) -> &'static str {
        if self.patient { "patient" } else { "impatient" }
    }

    fn print(&self) {
        println!(
            "{:<11} {:>6} {:<9} clients: goodput {:>6.0} of {:>6.0} per second, {:.2}; p99 {:.0} ms; {:.0} refused per second, p99 {:.0} ms",
            self.kind,
            self.clients,
            self.manners(),
            median(&self.goodput),
            median(&self.peak),
            median(&self.ratios()),
            median(&self.p99_ms),
            median(&self.refusals),
            median(&self.refusal_p99_ms),
        );
    }

    fn goal(&self) -> Value {
        let (ratio_min, ratio_max) = spread(&self.ratios());
        json!({
            "value": median(&self.goodput).round(),
            "unit": "answers/s at three times what the server can answer",
            "baseline": median(&self.peak).round(),
            "ratio": median(&self.ratios()), "ratio_min": ratio_min, "ratio_max": ratio_max,
            "goal": "at least 0.80 of the peak, the rest refused within 50 ms",
            "kind": self.kind, "clients": self.clients, "manners": self.manners(),
            "p99_ms": median(&self.p99_ms),
            "refused_per_second": median(&self.refusals).round(), "refusal_p99_ms": median(&self.refusal_p99_ms),
        })
    }
}
