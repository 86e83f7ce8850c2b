//! The disk's own speed, without which no figure of a durable server means anything.

use crate::Result;
use crate::stats::median;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

/// Median milliseconds of an fdatasync after overwriting 4 KiB, in this directory.
///
/// # Errors
/// When the file can't be written.
pub fn fdatasync_ms(directory: &Path) -> Result<f64> {
    let path = directory.join("fdatasync-baseline");
    let file = OpenOptions::new().create(true).truncate(true).write(true).open(&path)?;
    file.write_all_at(&vec![1; 1 << 20], 0)?;
    file.sync_all()?;
    let mut samples = Vec::new();
    for round in 0..200_u64 {
        file.write_all_at(&[2; 4096], round % 256 * 4096)?;
        let start = Instant::now();
        file.sync_data()?;
        samples.push(start.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_file(path)?;
    Ok(median(&samples))
}
