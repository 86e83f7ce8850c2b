//! The result files of the measurements.

use jeton_benches::Result;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Findings by measurement, and the goals.
pub(crate) struct Findings {
    /// `report.json`.
    pub(crate) goals: Value,
    by_name: BTreeMap<&'static str, Value>,
}

const MEASUREMENTS: [(&str, &str); 9] = [
    ("runs", "--bench load"),
    ("stages", "--bench stages"),
    ("growth", "--bench growth"),
    ("steady", "--bench steady"),
    ("slow-disk", "--bench slow-disk"),
    ("overload", "--bench overload"),
    ("users", "--bench users"),
    ("management", "--bench management"),
    ("peers", "--features peers --bench peers"),
];

impl Findings {
    /// Reads all result files.
    pub(crate) fn read(directory: &Path, accept_smoke: bool) -> Result<Self> {
        let mut by_name = BTreeMap::new();
        for (name, bench) in MEASUREMENTS {
            let text = std::fs::read_to_string(directory.join(format!("{name}.json")))
                .map_err(|error| format!("{name}.json: {error}; run cargo bench -p jeton-benches {bench}"))?;
            let found: Value = serde_json::from_str(&text)?;
            if found.get("smoke") != Some(&Value::Bool(false)) && !accept_smoke {
                return Err(format!("{name} was measured with JETON_BENCH_SMOKE; run it without").into());
            }
            by_name.insert(name, found.get("findings").cloned().unwrap_or_default());
        }
        let goals = serde_json::from_str(&std::fs::read_to_string(directory.join("report.json"))?)?;
        Ok(Self { goals, by_name })
    }

    /// The findings of one measurement.
    pub(crate) fn of(&self, name: &str) -> Result<&Value> {
        self.by_name.get(name).ok_or_else(|| format!("nothing about {name}").into())
    }
}

/// The number at a JSON pointer.
pub(crate) fn number(value: &Value, pointer: &str) -> f64 {
    value.pointer(pointer).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

/// The text at a JSON pointer.
pub(crate) fn string<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The list at a JSON pointer.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Digits in groups of three, and as many decimals as small numbers need.
pub(crate) fn shown(number: f64) -> String {
    if number.is_nan() {
        return "–".into();
    }
    if number.abs() < 100.0 {
        let decimals = if number.abs() < 10.0 { 2 } else { 1 };
        return format!("{number:.decimals$}");
    }
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
