//! `cargo bench -p jeton-benches --bench timing`: a test for timing leaks: the duration of a refusal must not
//! reveal its reason over the wire.
//!
//! One connection sends, in random order, requests that are refused for different reasons with the same
//! bytes. Each reason is compared with the first one by Welch's t-test, without the slowest tenth
//! (interrupts, other programs); the first one against itself is the control. A t of 4.5 or more means that
//! they differ. Machines are shared, so a failure is measured again, up to three times; a real leak fails
//! every time.

mod scene;

use jeton_benches::connection::Connection;
use jeton_benches::lab::Lab;
use jeton_benches::{Result, report};
use jeton_load::workload::Dice;
use scene::{Reason, Scene};
use serde_json::json;
use std::process::ExitCode;
use std::time::Instant;

const T_MAX: f64 = 4.5;
const ATTEMPTS: usize = 3;

/// The difference between a reason and the first one.
#[derive(Debug, Clone, Copy)]
struct Difference {
    nanoseconds: f64,
    t: f64,
}

fn main() -> Result<ExitCode> {
    let samples = if report::is_smoke() { 2_000 } else { 1_000_000 };
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), report::other_server()?.as_deref())?;
    let scene = Scene::set(&lab)?;
    let (mut rows, mut leaks) = (Vec::new(), 0);
    println!(
        "{:<15} {:<44} {:>9} {:>9} {:>7}  limit {T_MAX}",
        "what", "reason", "samples", "ns apart", "|t|"
    );
    let groups = [
        ("introspection", scene.by_an_api()?),
        ("by a bearer", scene.by_a_bearer()?),
        ("token", scene.clients()?),
    ];
    for (what, reasons) in groups {
        let found = compare(&scene, what, &reasons, samples)?;
        for (reason, Difference { nanoseconds, t }) in reasons.iter().zip(&found) {
            println!("{what:<15} {:<44} {samples:>9} {nanoseconds:>9.0} {t:>7.2}", reason.name);
            rows.push(json!({ "what": what, "reason": reason.name, "ns_apart": nanoseconds, "t": t }));
            leaks += usize::from(*t >= T_MAX);
        }
    }
    scene.remove()?;
    println!("timing: {leaks} reasons told apart");
    report::write_findings(&lab.directory, "timing", &json!({ "samples": samples, "rows": rows }))?;
    Ok(if leaks > 0 && !report::is_smoke() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Compares each reason with the first one; the smallest t of several attempts counts.
fn compare(scene: &Scene, what: &str, reasons: &[Reason], samples: usize) -> Result<Vec<Difference>> {
    let mut least: Option<Vec<Difference>> = None;
    for attempt in 0..ATTEMPTS {
        let found = differences(&measure(scene, reasons, samples, attempt)?, reasons.len());
        let worst = found.iter().map(|difference| difference.t).fold(0.0, f64::max);
        println!("{what:<15} attempt {} of {ATTEMPTS}: |t| at most {worst:.2}", attempt + 1);
        let better = |(one, other): (Difference, Difference)| if one.t < other.t { one } else { other };
        let both = match least {
            None => found,
            Some(least) => least.into_iter().zip(found).map(better).collect(),
        };
        let is_alike = both.iter().all(|difference| difference.t < T_MAX);
        least = Some(both);
        if is_alike {
            break;
        }
    }
    Ok(least.unwrap_or_default())
}

/// Samples: the index of the reason, and nanoseconds.
fn measure(scene: &Scene, reasons: &[Reason], samples: usize, seed: usize) -> Result<Vec<(usize, f64)>> {
    let mut connection = Connection::open(scene.address())?;
    let mut dice = Dice::new(0x9E37_79B9 + seed as u64);
    let mut times = Vec::with_capacity(samples * reasons.len());
    for _ in 0..samples * reasons.len() {
        let number = dice.below(reasons.len());
        let Some(reason) = reasons.get(number) else { continue };
        let Some(request) = reason.requests.get(dice.below(reason.requests.len())) else { continue };
        let begun = Instant::now();
        connection.send(request)?;
        let elapsed = begun.elapsed();
        if !reason.is_answered_by(connection.answer()) {
            return Err(format!("{}: {}", reason.name, String::from_utf8_lossy(connection.answer())).into());
        }
        times.push((number, elapsed.as_nanos() as f64));
    }
    Ok(times)
}

fn differences(times: &[(usize, f64)], reasons: usize) -> Vec<Difference> {
    let mut all: Vec<f64> = times.iter().map(|(_, time)| *time).collect();
    let cut = all.len() * 9 / 10;
    let (_, limit, _) = all.select_nth_unstable_by(cut, f64::total_cmp);
    let moments = |number: usize| {
        Moments::of(times.iter().filter(|(of, time)| *of == number && time <= limit).map(|(_, time)| *time))
    };
    let first = moments(0);
    (0..reasons).map(|number| moments(number).beside(&first)).collect()
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(times: impl Iterator<Item = f64>) -> Self {
        let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for time in times {
            count += 1.0;
            let delta = time - mean;
            mean += delta / count;
            squares += delta * (time - mean);
        }
        Self { count, mean, variance: squares / (count - 1.0) }
    }

    fn beside(&self, other: &Self) -> Difference {
        let nanoseconds = self.mean - other.mean;
        let error = (self.variance / self.count + other.variance / other.count).sqrt();
        Difference { nanoseconds, t: (nanoseconds / error).abs() }
    }
}
