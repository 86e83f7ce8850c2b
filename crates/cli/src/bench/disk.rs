//! The disk's free space.

use super::trial::ELSEWHERE;
use crate::CliError;
use std::path::Path;

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
