//! The first start on a data directory. A first start that fails removes the files that it made, so that the
//! next attempt begins from nothing.
//!
//! Only files of this start are removed. The directory's lock is held meanwhile, so no other process makes a
//! store in it, or uses this one, in between.

use crate::operator::SOCKET_FILE;
use jeton_store::directory::{
    self, AccessError, DATABASE_FILE, KEY_FILE, UNFINISHED_FILE, UNFINISHED_KEY_FILE,
};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A data directory that is being opened. Dropping it removes the files of a first start, unless
/// [`keep`](Self::keep) was called.
#[derive(Debug)]
pub struct Fresh {
    directory: PathBuf,
    is_created: bool,
    /// The file names that were there before; none if there was a store, which is never touched.
    earlier: Option<BTreeSet<OsString>>,
    /// Held until the start is complete.
    lock: Mutex<Option<File>>,
}

impl Fresh {
    /// Makes sure that the directory exists, and waits for other processes that are opening it.
    pub(crate) fn begin(directory: &Path) -> Result<Self, AccessError> {
        let is_created = directory::prepare(directory)?;
        let mut fresh = Self {
            directory: directory.to_owned(),
            is_created,
            earlier: is_created.then(BTreeSet::new),
            lock: Mutex::new(None),
        };
        fresh.lock = Mutex::new(Some(directory::lock(directory)?));
        // Only now: another process may have made a store while this one waited.
        fresh.earlier = (!directory.join(DATABASE_FILE).exists()).then(|| names(directory));
        Ok(fresh)
    }

    /// True if there was no store before.
    pub const fn is_first(&self) -> bool {
        self.earlier.is_some()
    }

    /// Marks the start as complete: its files stay, and other processes may use the directory.
    pub fn keep(&self) {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Removes files in such an order that an interruption at any point leaves an interrupted first start,
    /// which the next one resumes: never a key without a database, or a database without a key.
    fn take_away(&self, earlier: &BTreeSet<OsString>) {
        let path = |name: &str| self.directory.join(name);
        let is_made = |name: &str| !earlier.contains(OsStr::new(name));
        let remove = |name: &str| std::fs::remove_file(path(name));
        if is_made(DATABASE_FILE) {
            let _ = std::fs::rename(path(DATABASE_FILE), path(UNFINISHED_FILE));
        }
        // A key that was there before needs the announcement that it had.
        if is_made(KEY_FILE) {
            let _ = remove(KEY_FILE);
            for name in [UNFINISHED_KEY_FILE, UNFINISHED_FILE].into_iter().filter(|name| is_made(name)) {
                let _ = remove(name);
            }
        }
        if is_made(SOCKET_FILE) {
            let _ = remove(SOCKET_FILE);
        }
        if self.is_created {
            // A directory that is not empty stays.
            let _ = std::fs::remove_dir(&self.directory);
        }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(_held), Some(earlier)) = (lock, &self.earlier) {
            self.take_away(earlier);
        }
    }
}

fn names(directory: &Path) -> BTreeSet<OsString> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn listed(directory: &Path) -> Vec<String> {
        names(directory).into_iter().map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn a_failed_start_removes_the_directory_that_it_made() {
        let parent = tempfile::tempdir().unwrap();
        let data = parent.path().join("data");
        let fresh = Fresh::begin(&data).unwrap();
        assert!(fresh.is_first());
        for name in ["jeton.redb", "jeton.redb.new", "server.key", "server.key.new", "jeton.sock"] {
            std::fs::write(data.join(name), "x").unwrap();
        }
        drop(fresh);
        assert!(!data.exists());
    }

    #[test]
    fn a_start_that_is_complete_keeps_everything() {
        let parent = tempfile::tempdir().unwrap();
        let data = parent.path().join("data");
        let fresh = Fresh::begin(&data).unwrap();
        std::fs::write(data.join("jeton.redb"), "x").unwrap();
        fresh.keep();
        drop(fresh);
        assert_eq!(listed(&data), ["jeton.redb"]);
    }

    #[test]
    fn earlier_files_stay() {
        let data = tempfile::tempdir().unwrap();
        std::fs::set_permissions(data.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        drop(Fresh::begin(data.path()).unwrap());
        assert!(data.path().exists(), "an empty directory");

        for name in ["server.key", "jeton.redb.new"] {
            std::fs::write(data.path().join(name), "x").unwrap();
        }
        let fresh = Fresh::begin(data.path()).unwrap();
        std::fs::rename(data.path().join("jeton.redb.new"), data.path().join("jeton.redb")).unwrap();
        std::fs::write(data.path().join("somebody.elses"), "x").unwrap();
        drop(fresh);
        let interrupted = ["jeton.redb.new", "server.key", "somebody.elses"];
        assert_eq!(listed(data.path()), interrupted, "a first start that was interrupted");
        std::fs::remove_file(data.path().join("somebody.elses")).unwrap();

        std::fs::rename(data.path().join("jeton.redb.new"), data.path().join("jeton.redb")).unwrap();
        let fresh = Fresh::begin(data.path()).unwrap();
        assert!(!fresh.is_first());
        std::fs::write(data.path().join("jeton.sock"), "x").unwrap();
        drop(fresh);
        assert_eq!(listed(data.path()), ["jeton.redb", "jeton.sock", "server.key"], "a store");
    }

    #[test]
    fn other_processes_wait_until_a_first_start_is_complete() {
        let data = tempfile::tempdir().unwrap();
        let is_locked = || File::open(data.path()).unwrap().try_lock().is_err();
        std::fs::set_permissions(data.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let fresh = Fresh::begin(data.path()).unwrap();
        assert!(is_locked());
        fresh.keep();
        assert!(!is_locked());
    }
}
