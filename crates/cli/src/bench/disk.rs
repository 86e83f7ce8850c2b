//! The disk's free space and the time it takes to make a write durable.

use super::trial::ELSEWHERE;
use crate::CliError;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

const SYNCS: u64 = 200;
const PAGE: [u8; 4096] = [1; 4096];

/// Refuses, before the first write, a disk with too little free space.
pub(super) fn check_room(directory: &Path, needed: u64) -> Result<(), CliError> {
    let system = rustix::fs::statvfs(directory)
        .map_err(|error| CliError::new(format!("looking at {}: {error}", directory.display())))?;
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    if free < needed {
        return Err(CliError::new(format!(
            "{} MiB are free on the disk of {}, and up to {} MiB are needed; {ELSEWHERE}, or give less time with --seconds",
            free >> 20,
            directory.display(),
            needed >> 20
        )));
    }
    Ok(())
}

/// Durations of an fdatasync after a page was overwritten.
pub(super) struct Sync {
    pub(super) median_ms: f64,
    pub(super) p99_ms: f64,
    /// True if the directory is in memory, where syncing costs nothing.
    pub(super) in_memory: bool,
}

/// Measures fdatasync in this directory.
pub(super) fn fdatasync(directory: &Path) -> Result<Sync, CliError> {
    let failed =
        |error: std::io::Error| CliError::new(format!("writing to {}: {error}", directory.display()));
    let path = directory.join("fdatasync");
    let file = OpenOptions::new().create_new(true).write(true).open(&path).map_err(failed)?;
    let write = |index: u64| file.write_all_at(&PAGE, index * PAGE.len() as u64);
    (0..SYNCS).try_for_each(write).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let mut samples = Vec::new();
    for index in 0..SYNCS {
        write(index).map_err(failed)?;
        let begun = Instant::now();
        file.sync_data().map_err(failed)?;
        samples.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_file(&path).map_err(failed)?;
    samples.sort_by(f64::total_cmp);
    let at = |share: usize| samples.get(samples.len() * share / 100).copied().unwrap_or(f64::NAN);
    Ok(Sync { median_ms: at(50), p99_ms: at(99), in_memory: is_in_memory(directory) })
}

fn is_in_memory(directory: &Path) -> bool {
    const TMPFS_MAGIC: i64 = 0x0102_1994;
    rustix::fs::statfs(directory).is_ok_and(|system| system.f_type == TMPFS_MAGIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_with_too_little_space_is_refused_with_advice() {
        let directory = std::env::temp_dir();
        assert!(check_room(&directory, 0).is_ok());
        let refused = format!("{:?}", check_room(&directory, u64::MAX));
        assert!(refused.contains("--directory") && refused.contains("--seconds"), "{refused}");
        assert!(check_room(&directory.join("missing-jeton-bench"), 0).is_err());
    }
}
