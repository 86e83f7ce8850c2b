//! The goal for JWTs: CPU per token against bare hyper with an answer of the same length, and the
//! library's own signature.

use crate::Result;
use crate::lab::{Lab, Rounds};
use crate::process;
use crate::report::{Run, Series};
use crate::seed::{self, JWT};
use crate::signing;
use jeton_load::generator::{Generator, Until};
use jeton_load::process::{Server, free_address};
use jeton_load::stats::{median, spread};
use jeton_load::workload::Issue;
use serde_json::{Value, json};
use std::time::Duration;

/// The multiple of the library's signature that the goal grants.
const SIGNATURES_GRANTED: f64 = 1.25;

/// One algorithm's runs, with the cost of a signature between them.
#[derive(Debug)]
pub struct Signed {
    algorithm: &'static str,
    /// The runs of both servers.
    pub series: Series,
    signature_us: Vec<f64>,
}

/// The environment and extent of the measurement.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Binaries, cores and directory.
    pub lab: &'a Lab,
    /// Number of service users.
    pub users: usize,
    /// Number of keep-alive connections.
    pub connections: usize,
    /// Pairs of runs.
    pub rounds: Rounds,
}

/// Measures one algorithm.
///
/// # Errors
/// A server fails.
pub fn measure(algorithm: &'static str, setting: Setting<'_>) -> Result<Signed> {
    let Setting { lab, users, connections, rounds } = setting;
    let data_dir = lab.directory.join(format!("jwt-{}-{algorithm}", std::process::id()));
    let address = free_address()?;
    let mut command = lab.server_command(&data_dir, address);
    command.args(["--signing-algorithm", algorithm]);
    let jeton = process::start(command, address, lab.server_core)?;
    let users = seed::service_users(&data_dir.join("jeton.sock"), users, JWT)?;
    let token = token(&jeton, &users)?;
    let signed_bytes = token.rfind('.').ok_or("a token without a signature")?;
    let bare = lab.bare_hyper(&(token.len() + REST.len()).to_string())?;
    let mut series = Series { kind: "jwt", connections, jeton: Vec::new(), bare: Vec::new() };
    let mut signature_us = Vec::new();
    for _ in 0..rounds.count {
        series.jeton.push(rounds.run(&jeton, connections, &mut Issue::jwt(&users), None)?);
        series.bare.push(rounds.run(&bare, connections, &mut Issue::jwt(&users), None)?);
        let duration = Duration::from_millis(300);
        signature_us.push(signing::microseconds(algorithm, signed_bytes, lab.server_core, duration)?);
    }
    drop(jeton);
    std::fs::remove_dir_all(&data_dir)?;
    Ok(Signed { algorithm, series, signature_us })
}

/// The answer without its token.
const REST: &str = r#"{"access_token":"","token_type":"Bearer","expires_in":43200,"scope":"profile"}"#;

/// A token of one of these users.
fn token(server: &Server, users: &[String]) -> Result<String> {
    let mut issue = Issue::jwt(users).keeping(1);
    Generator::open(server.address, 1, &mut issue)?.run(Until::Answers(1), &mut issue)?;
    issue.into_kept().pop().ok_or_else(|| "no token".into())
}

impl Signed {
    /// CPU per token relative to the goal, pair by pair.
    fn ratios(&self) -> Vec<f64> {
        let pairs = self.series.jeton.iter().zip(&self.series.bare).zip(&self.signature_us);
        pairs.map(|((jeton, bare), sign)| jeton.cpu_us / (bare.cpu_us + SIGNATURES_GRANTED * sign)).collect()
    }

    /// Prints the medians on one line.
    pub fn print(&self) {
        let (least, most) = spread(&self.ratios());
        println!(
            "{:<11} {:>5} {:<6} signs in {:.1} us; CPU in parts of the goal {:.2} ({least:.2} to {most:.2})",
            "",
            "",
            self.algorithm,
            median(&self.signature_us),
            median(&self.ratios()),
        );
    }

    fn member(&self) -> Value {
        let (least, most) = spread(&self.ratios());
        let of = |runs: &[Run], figure: fn(&Run) -> f64| Series::median(runs, figure);
        let (bare, sign) = (of(&self.series.bare, |run| run.cpu_us), median(&self.signature_us));
        json!({
            "value": of(&self.series.jeton, |run| run.cpu_us),
            "unit": "us CPU per JWT",
            "baseline": bare + SIGNATURES_GRANTED * sign,
            "ratio": median(&self.ratios()),
            "ratio_min": least,
            "ratio_max": most,
            "goal": "CPU at most that of bare hyper and 1.25 signatures: ratio at most 1",
            "algorithm": self.algorithm,
            "per_second": of(&self.series.jeton, |run| run.per_second).round(),
            "baseline_cpu_us": bare,
            "signature_us": sign,
            "p99_ms": of(&self.series.jeton, |run| run.p99_ms),
        })
    }
}

/// The member of the report: the worst algorithm, and all of them below it.
pub fn goal(all: &[Signed]) -> Option<Value> {
    let worst = all.iter().max_by(|a, b| median(&a.ratios()).total_cmp(&median(&b.ratios())))?;
    let mut goal = worst.member();
    if let Some(goal) = goal.as_object_mut() {
        let each = all.iter().map(|signed| (signed.algorithm.to_owned(), signed.member()));
        goal.insert("algorithms".into(), each.collect::<serde_json::Map<_, _>>().into());
    }
    Some(goal)
}
