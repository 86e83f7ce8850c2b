//! The first start on a data directory. Until it is complete nothing is kept: one that fails takes away what it made,
//! so that the next attempt begins from nothing.
//!
//! Only what this start made is taken away. The directory's lock is held meanwhile, so no other process makes a
//! store in it, or uses this one, in between.

use crate::keyfile::KEY_FILE;
use crate::operator::SOCKET_FILE;
use jeton_store::directory::{self, AccessError, DATABASE_FILE};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A data directory that is being opened. Dropping it takes away what a first start made there, unless that is kept.
#[derive(Debug)]
pub struct Fresh {
    directory: PathBuf,
    is_created: bool,
    /// What was there before; none when there was a store, which is never touched.
    earlier: Option<BTreeSet<OsString>>,
    /// Held until the start is complete, and then not any more.
    lock: Mutex<Option<File>>,
}

impl Fresh {
    /// Makes sure that there is a directory to use, and waits for others who are opening it.
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

    /// Whether there was no store before.
    pub const fn is_first(&self) -> bool {
        self.earlier.is_some()
    }

    /// The start is complete: what it made stays, and others may use the directory.
    pub fn keep(&self) {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn take_away(&self, earlier: &BTreeSet<OsString>) {
        for name in names(&self.directory).difference(earlier).filter(|name| is_made_by_a_start(name)) {
            let _ = std::fs::remove_file(self.directory.join(name));
        }
        if self.is_created {
            // What is not empty stays.
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

/// The database, the key and the socket, also unfinished ones.
fn is_made_by_a_start(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    [DATABASE_FILE, KEY_FILE, SOCKET_FILE]
        .iter()
        .any(|ours| name.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest == ".new"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn listed(directory: &Path) -> Vec<String> {
        names(directory).into_iter().map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn a_start_that_fails_takes_away_the_directory_that_it_made() {
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
    fn what_was_there_before_stays() {
        let data = tempfile::tempdir().unwrap();
        std::fs::set_permissions(data.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        drop(Fresh::begin(data.path()).unwrap());
        assert!(data.path().exists(), "an empty directory");

        std::fs::write(data.path().join("server.key"), "x").unwrap();
        let fresh = Fresh::begin(data.path()).unwrap();
        std::fs::write(data.path().join("jeton.redb"), "x").unwrap();
        std::fs::write(data.path().join("somebody.elses"), "x").unwrap();
        drop(fresh);
        assert_eq!(listed(data.path()), ["server.key", "somebody.elses"]);
        std::fs::remove_file(data.path().join("somebody.elses")).unwrap();

        std::fs::write(data.path().join("jeton.redb"), "x").unwrap();
        let fresh = Fresh::begin(data.path()).unwrap();
        assert!(!fresh.is_first());
        std::fs::write(data.path().join("jeton.sock"), "x").unwrap();
        drop(fresh);
        assert_eq!(listed(data.path()), ["jeton.redb", "jeton.sock", "server.key"], "a store");
    }

    #[test]
    fn others_wait_until_a_first_start_is_complete() {
        let data = tempfile::tempdir().unwrap();
        let is_locked = || File::open(data.path()).unwrap().try_lock().is_err();
        std::fs::set_permissions(data.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let fresh = Fresh::begin(data.path()).unwrap();
        assert!(is_locked());
        fresh.keep();
        assert!(!is_locked());
    }
}
