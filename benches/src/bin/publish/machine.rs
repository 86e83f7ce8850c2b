//! The machine of the measurements.

use crate::findings::{Findings, list, number, shown};
use jeton_benches::Result;
use jeton_load::stats::spread;
use std::process::Command;

/// A paragraph: processor, memory, kernel, disk, compiler, commit.
pub(crate) fn text(findings: &Findings) -> Result<String> {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo")?;
    let processor = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let meminfo = std::fs::read_to_string("/proc/meminfo")?;
    let kib: f64 = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(f64::NAN);
    let runs = findings.of("runs")?;
    let mut syncs: Vec<f64> =
        list(runs, "/fdatasync_ms").iter().filter_map(serde_json::Value::as_f64).collect();
    for name in ["growth", "steady", "slow-disk"] {
        syncs.push(number(findings.of(name)?, "/fdatasync_ms"));
    }
    let (least, most) = spread(&syncs);
    Ok(format!(
        "Machine: {} cores of {}, {:.0} GiB of memory, Linux {}; fdatasync of 4 KiB took {} to {} ms between the measurements. {}; commit {}. \
         Server on one core, load on the other, over loopback, real files on a disk.",
        number(runs, "/cores"),
        processor.trim_start_matches([' ', '\t', ':']),
        kib / 1_048_576.0,
        std::fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().split('-').next().unwrap_or_default(),
        shown(least),
        shown(most),
        said("rustc", &["--version"])?,
        said("git", &["rev-parse", "--short", "HEAD"])?,
    ))
}

fn said(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
