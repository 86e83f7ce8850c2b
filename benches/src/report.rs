//! The results: a table on standard output, and `target/load/report.json` for programs.

use crate::Result;
use jeton_load::stats::{median, spread};
use serde_json::{Map, Value, json};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// One run against one server.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Valid answers per second.
    pub per_second: f64,
    /// Median latency in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile of the latency in milliseconds.
    pub p99_ms: f64,
    /// CPU time of the server per answer, in microseconds.
    pub cpu_us: f64,
    /// Commands per durable transaction; zero when there were none.
    pub batch: f64,
}

/// All runs of one kind at one number of connections, in pairs: the server and the baseline.
#[derive(Debug)]
pub struct Series {
    /// `issue`, `introspect` or `jwt`.
    pub kind: &'static str,
    /// Keep-alive connections.
    pub connections: usize,
    /// The server's runs.
    pub jeton: Vec<Run>,
    /// The runs of bare hyper between them.
    pub bare: Vec<Run>,
}

impl Series {
    /// The median of one figure.
    pub fn median(runs: &[Run], figure: impl Fn(&Run) -> f64) -> f64 {
        median(&runs.iter().map(figure).collect::<Vec<_>>())
    }

    /// The server's throughput relative to the baseline's, pair by pair.
    pub fn ratios(&self) -> Vec<f64> {
        self.jeton.iter().zip(&self.bare).map(|(jeton, bare)| jeton.per_second / bare.per_second).collect()
    }

    /// The member of the report for the goal of this series.
    pub fn goal(&self, unit: &str, goal: &str) -> Value {
        let ratios = self.ratios();
        let (ratio_min, ratio_max) = spread(&ratios);
        json!({
            "value": Self::median(&self.jeton, |run| run.per_second).round(),
            "unit": unit,
            "baseline": Self::median(&self.bare, |run| run.per_second).round(),
            "ratio": median(&ratios),
            "ratio_min": ratio_min,
            "ratio_max": ratio_max,
            "goal": goal,
            "p50_ms": Self::median(&self.jeton, |run| run.p50_ms),
            "p99_ms": Self::median(&self.jeton, |run| run.p99_ms),
            "cpu_us": Self::median(&self.jeton, |run| run.cpu_us),
            "baseline_cpu_us": Self::median(&self.bare, |run| run.cpu_us),
            "batch_mean": Self::median(&self.jeton, |run| run.batch),
        })
    }

    /// Every run, for `runs.json`.
    pub fn rows(&self) -> Value {
        let rows = |runs: &[Run]| -> Vec<Value> {
            let row = |run: &Run| json!({ "per_second": run.per_second, "p50_ms": run.p50_ms, "p99_ms": run.p99_ms, "cpu_us": run.cpu_us, "batch": run.batch });
            runs.iter().map(row).collect()
        };
        json!({ "kind": self.kind, "connections": self.connections, "jeton": rows(&self.jeton), "bare": rows(&self.bare) })
    }

    /// Prints the medians of one server's runs.
    pub fn print_row(kind: &str, connections: usize, name: &str, runs: &[Run]) {
        let of = |figure: fn(&Run) -> f64| Self::median(runs, figure);
        println!(
            "{kind:<11} {connections:>5} {name:<28} {:>9.0} {:>8.2} {:>8.2} {:>8.1} {:>7.1}",
            of(|run| run.per_second),
            of(|run| run.p50_ms),
            of(|run| run.p99_ms),
            of(|run| run.cpu_us),
            of(|run| run.batch),
        );
    }

    /// Prints the medians of both servers and their ratio.
    pub fn print(&self) {
        for (name, runs) in [("jeton", &self.jeton), ("bare hyper", &self.bare)] {
            Self::print_row(self.kind, self.connections, name, runs);
        }
        let (least, most) = spread(&self.ratios());
        println!(
            "{:<11} {:>5} {:<28} {:>9.2}  ({least:.2} to {most:.2})",
            "",
            "",
            "ratio",
            median(&self.ratios())
        );
    }
}

/// Prints the headings of [`Series::print`].
pub fn print_headings() {
    println!(
        "{:<11} {:>5} {:<28} {:>9} {:>8} {:>8} {:>8} {:>7}",
        "what", "conns", "server", "per s", "p50 ms", "p99 ms", "CPU us", "batch"
    );
}

/// The goals of this measurement, each as a member of the report.
#[derive(Debug, Default)]
pub struct Goals(Map<String, Value>);

impl Goals {
    /// Adds a goal relative to bare hyper, if it was measured.
    pub fn rate(&mut self, name: &str, series: Option<&Series>, unit: &str, goal: &str) {
        if let Some(series) = series {
            self.0.insert(name.into(), series.goal(unit, goal));
        }
    }

    /// Adds a goal with its own figures, if it was measured.
    pub fn member(&mut self, name: &str, member: Option<Value>) {
        if let Some(member) = member {
            self.0.insert(name.into(), member);
        }
    }

    /// Adds a goal without a ratio.
    pub fn figure(&mut self, name: &str, unit: &str, value: f64, baseline: Option<f64>, goal: &str) {
        let figure = json!({
            "value": value, "unit": unit, "baseline": baseline,
            "ratio": null, "ratio_min": null, "ratio_max": null, "goal": goal,
        });
        self.0.insert(name.into(), figure);
    }

    /// Adds members to a goal, beside its own and those of other measurements.
    pub fn extend(&mut self, name: &str, members: Value) {
        let goal = self.0.entry(name).or_insert_with(|| json!({}));
        merge(goal, members);
    }

    /// Prints a line for each goal.
    pub fn print(&self) {
        for (name, goal) in &self.0 {
            let number = |member: &str| goal.get(member).and_then(Value::as_f64);
            let text = |member: &str| goal.get(member).and_then(Value::as_str).unwrap_or_default();
            let ratio = number("ratio").map(|ratio| format!(", ratio {ratio:.2}")).unwrap_or_default();
            let (value, unit, goal) = (number("value").unwrap_or_default(), text("unit"), text("goal"));
            println!("{name}: {value:.1} {unit}{ratio}; goal: {goal}");
        }
    }

    /// Writes the goals to `report.json` in this directory, beside those that other measurements wrote there.
    ///
    /// # Errors
    /// The file can't be read or written.
    pub fn write(self, directory: &Path) -> Result<()> {
        let path = directory.join("report.json");
        let mut report: Map<String, Value> = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == ErrorKind::NotFound => Map::new(),
            Err(error) => return Err(error.into()),
        };
        for (name, mut goal) in self.0 {
            merge(&mut goal, json!({ "smoke": is_smoke() }));
            if goal.get("value").is_some() {
                report.insert(name, goal);
            } else {
                merge(report.entry(name).or_insert_with(|| json!({})), goal);
            }
        }
        Ok(std::fs::write(path, serde_json::to_string_pretty(&Value::Object(report))?)?)
    }
}

/// Adds members to an object.
fn merge(object: &mut Value, members: Value) {
    if let (Some(object), Value::Object(members)) = (object.as_object_mut(), members) {
        object.extend(members);
    }
}

/// True if measurements are shortened to check the benchmarks themselves; their figures then mean little.
pub fn is_smoke() -> bool {
    std::env::var_os("JETON_BENCH_SMOKE").is_some()
}

/// The path in the argument `--server PATH`: another build to measure.
///
/// # Errors
/// The path is missing.
pub fn other_server() -> Result<Option<PathBuf>> {
    let mut arguments = std::env::args().skip(1).skip_while(|argument| argument != "--server");
    match (arguments.next(), arguments.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(path)) => Ok(Some(path.into())),
        (Some(_), None) => Err("--server needs a path".into()),
    }
}

/// Writes the findings of a measurement, apart from its goals, to `NAME.json`, a source of the report.
///
/// # Errors
/// The file can't be written.
pub fn write_findings(directory: &Path, name: &str, findings: &Value) -> Result<()> {
    let findings = json!({ "smoke": is_smoke(), "findings": findings });
    Ok(std::fs::write(directory.join(format!("{name}.json")), serde_json::to_string_pretty(&findings)?)?)
}
