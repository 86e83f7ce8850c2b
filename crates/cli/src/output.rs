//! Replies as text: JSON for programs, columns for people.

use crate::Failure;
use serde_json::Value;
use std::io::Write;

/// Prints a reply as the API gave it.
pub(crate) fn json(reply: &Value) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(reply).map_err(|error| Failure::new(error.to_string()))?;
    line(&text)
}

/// Prints a line. A reader that went away is no failure of ours, but the exit code tells.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout().lock(), "{text}")
        .map_err(|error| Failure::new(format!("writing the output: {error}")))
}

/// A member of a reply as text; empty when it is missing.
pub(crate) fn text<'a>(reply: &'a Value, pointer: &str) -> &'a str {
    reply.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A list in a reply; empty when it is missing.
pub(crate) fn items<'a>(reply: &'a Value, member: &str) -> &'a [Value] {
    reply.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Prints rows below headings, each column as wide as it must be.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Result<(), Failure> {
    let mut widths = headings.map(|heading| heading.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let headings = headings.map(str::to_owned);
    for row in std::iter::once(&headings).chain(rows) {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
