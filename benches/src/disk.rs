//! Sizes on the disk, and the disk's own speed beyond a sync.

use crate::Result;
use jeton_load::stats::median;
use std::fs::OpenOptions;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::Instant;

/// The unit of stat(2), regardless of the file system's block size.
const BLOCK_BYTES: u64 = 512;

/// Median milliseconds of an fdatasync after overwriting 4 KiB, in this directory.
///
/// # Errors
/// The file can't be written.
pub fn fdatasync_ms(directory: &Path) -> Result<f64> {
    Ok(jeton_load::disk::fdatasync(directory)?.median_ms)
}

/// Bytes that a file takes on the disk. redb doubles its file, and the part that it has not written yet has
/// no blocks. File systems that compress or allocate ahead count differently.
///
/// # Errors
/// The metadata can't be read.
pub fn bytes_of(file: &Path) -> Result<u64> {
    Ok(std::fs::metadata(file)?.blocks() * BLOCK_BYTES)
}

/// The destination of a commit's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// Into holes, which have no blocks yet.
    Holes,
    /// Into blocks that were written before.
    Blocks,
}

/// Median milliseconds of a commit's writes and syncs in this directory: 64 KiB of pages, a sync, the
/// header over the old one, a sync.
///
/// # Errors
/// The file can't be written.
pub fn commit_ms(directory: &Path, pages: Pages) -> Result<f64> {
    const COMMITS: u64 = 200;
    const COMMIT_BYTES: usize = 64 * 1024;
    let path = directory.join("commit-baseline");
    let file = OpenOptions::new().create(true).truncate(true).write(true).open(&path)?;
    file.write_all_at(&[1; 4096], 0)?;
    let offset = |commit: u64| 4096 + commit * COMMIT_BYTES as u64;
    file.set_len(offset(COMMITS))?;
    for commit in (0..COMMITS).filter(|_| pages == Pages::Blocks) {
        file.write_all_at(&[0; COMMIT_BYTES], offset(commit))?;
    }
    file.sync_all()?;
    let mut samples = Vec::new();
    for commit in 0..COMMITS {
        let start = Instant::now();
        file.write_all_at(&[2; COMMIT_BYTES], offset(commit))?;
        file.sync_data()?;
        file.write_all_at(&[2; 4096], 0)?;
        file.sync_data()?;
        samples.push(start.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_file(path)?;
    Ok(median(&samples))
}
