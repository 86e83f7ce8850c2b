//! The disk's own speed, the yardstick for every figure of a durable server.

use crate::stats::{median, percentile};
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

const SYNCS: u64 = 200;
const PAGE_BYTES: usize = 4096;

/// Durations of an fdatasync after a page was overwritten.
#[derive(Debug, Clone, Copy)]
pub struct Sync {
    /// The median in milliseconds.
    pub median_ms: f64,
    /// The 99th percentile in milliseconds.
    pub p99_ms: f64,
}

/// Measures fdatasync after overwriting 4 KiB, in this directory.
///
/// # Errors
/// The file can't be written.
pub fn fdatasync(directory: &Path) -> io::Result<Sync> {
    let path = directory.join("fdatasync-baseline");
    let file = OpenOptions::new().create(true).truncate(true).write(true).open(&path)?;
    file.write_all_at(&vec![1; 256 * PAGE_BYTES], 0)?;
    file.sync_all()?;
    let mut samples = Vec::new();
    for page in 0..SYNCS {
        file.write_all_at(&[2; PAGE_BYTES], page * PAGE_BYTES as u64)?;
        let start = Instant::now();
        file.sync_data()?;
        samples.push(start.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_file(path)?;
    Ok(Sync { median_ms: median(&samples), p99_ms: percentile(&samples, 99) })
}

/// True if a path is on a file system in memory, where fdatasync costs nothing.
///
/// # Errors
/// The file system can't be determined.
pub fn is_in_memory(path: &Path) -> io::Result<bool> {
    const TMPFS_MAGIC: i64 = 0x0102_1994;
    Ok(rustix::fs::statfs(path)?.f_type == TMPFS_MAGIC)
}
