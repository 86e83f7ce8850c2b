//! The data directory: private to one user, checked every time it is opened.
//!
//! Symbolic links are not followed for the files inside it, and files that others may read or
//! write are refused instead of repaired: whoever widened the permissions may have read them.

use rustix::fs::{CWD, Mode, OFlags};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Name of the database inside the data directory.
pub const DATABASE_FILE: &str = "jeton.redb";

/// Why a directory or file is not used. The operator must act.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The operating system said no.
    #[error("opening {path}: {source}", path = path.display())]
    Io {
        /// What was opened.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Somebody else may read or write it.
    #[error(
        "{path} is open to other users (mode {mode:04o}); make it private with: chmod {private:o} {path}",
        path = path.display()
    )]
    TooOpen {
        /// What was opened.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// What they should be.
        private: u32,
    },
    /// It belongs to another user.
    #[error("{path} belongs to user {owner}, but the server runs as user {user}", path = path.display())]
    WrongOwner {
        /// What was opened.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who we are.
        user: u32,
    },
    /// A directory where a file should be, or the other way round.
    #[error("{path} is not a {expected}", path = path.display())]
    WrongKind {
        /// What was opened.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
    },
    /// The directory has files of something else in it and no store.
    #[error("{path} is not empty and holds no Jeton store; choose an empty directory", path = path.display())]
    NotOurs {
        /// The directory.
        path: PathBuf,
    },
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> AccessError {
    let path = path.to_owned();
    move |source| AccessError::Io { path, source }
}

/// Makes sure that `path` is a private directory of ours that is empty or holds a store; creates
/// it (0700) when it does not exist, and returns whether it did.
///
/// # Errors
/// The first rule that it breaks.
pub fn prepare(path: &Path) -> Result<bool, AccessError> {
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            let made = sync_parent(path).and_then(|()| check(path));
            // Nothing is in it yet, and nothing will be.
            made.map(|()| true).inspect_err(|_| drop(std::fs::remove_dir(path)))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check(path).map(|()| false),
        Err(error) => Err(io_error(path)(error)),
    }
}

/// Like [`prepare`], for a directory that must exist.
///
/// # Errors
/// The first rule that it breaks.
pub fn check(path: &Path) -> Result<(), AccessError> {
    let metadata = std::fs::metadata(path).map_err(io_error(path))?;
    if !metadata.is_dir() {
        return Err(AccessError::WrongKind { path: path.to_owned(), expected: "directory" });
    }
    check_private(path, &metadata, 0o700)?;
    if !path.join(DATABASE_FILE).exists() {
        let mut entries = std::fs::read_dir(path).map_err(io_error(path))?;
        let foreign = entries.any(|entry| entry.is_ok_and(|entry| !is_ours(&entry.file_name())));
        if foreign {
            return Err(AccessError::NotOurs { path: path.to_owned() });
        }
    }
    Ok(())
}

/// Waits until no other process is opening this directory, and keeps others waiting as long as the
/// returned file lives. Making a key and its database takes several steps; two processes that took
/// them at once could end with the key of one and the database of the other.
///
/// # Errors
/// [`AccessError::Io`].
pub fn lock(path: &Path) -> Result<File, AccessError> {
    let directory = File::open(path).map_err(io_error(path))?;
    directory.lock().map_err(io_error(path))?;
    Ok(directory)
}

/// A directory may hold the server key, the socket or `lost+found` before the database exists.
fn is_ours(name: &std::ffi::OsStr) -> bool {
    ["server.key", "server.key.new", "jeton.sock"].iter().any(|ours| name == *ours) || name == "lost+found"
}

/// Opens a file for reading and writing that only its owner may touch; creates it (0600) when it
/// does not exist. Returns whether it was created.
///
/// # Errors
/// The first rule that it breaks.
pub fn open_private(path: &Path) -> Result<(File, bool), AccessError> {
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    match rustix::fs::openat(CWD, path, flags | OFlags::CREATE | OFlags::EXCL, mode) {
        Ok(descriptor) => return Ok((File::from(descriptor), true)),
        Err(rustix::io::Errno::EXIST) => {}
        Err(error) => return Err(io_error(path)(error.into())),
    }
    open_existing(path, flags).map(|file| (file, false))
}

/// Opens an existing private file for reading.
///
/// # Errors
/// The first rule that it breaks.
pub fn open_private_for_reading(path: &Path) -> Result<File, AccessError> {
    open_existing(path, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC)
}

fn open_existing(path: &Path, flags: OFlags) -> Result<File, AccessError> {
    // Without NONBLOCK a named pipe in place of the file would wait for its other end forever.
    let descriptor = rustix::fs::openat(CWD, path, flags | OFlags::NONBLOCK, Mode::empty())
        .map_err(|error| io_error(path)(error.into()))?;
    let file = File::from(descriptor);
    let metadata = file.metadata().map_err(io_error(path))?;
    if !metadata.is_file() {
        return Err(AccessError::WrongKind { path: path.to_owned(), expected: "regular file" });
    }
    check_private(path, &metadata, 0o600)?;
    Ok(file)
}

fn check_private(path: &Path, metadata: &Metadata, private: u32) -> Result<(), AccessError> {
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user {
        return Err(AccessError::WrongOwner { path: path.to_owned(), owner: metadata.uid(), user });
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(AccessError::TooOpen { path: path.to_owned(), mode, private });
    }
    Ok(())
}

/// Makes the name of a new file or directory durable.
///
/// # Errors
/// When the directory that holds it can't be synced.
pub fn sync_parent(path: &Path) -> Result<(), AccessError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    File::open(parent).and_then(|directory| directory.sync_all()).map_err(io_error(parent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_new_directory_is_private() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        prepare(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o7777, 0o700);
    }

    #[test]
    fn a_directory_open_to_others_is_refused() {
        let data = tempfile::tempdir().unwrap();
        for mode in [0o750, 0o705, 0o701, 0o710, 0o777] {
            set_mode(data.path(), mode);
            assert!(matches!(prepare(data.path()), Err(AccessError::TooOpen { .. })), "{mode:o}");
        }
        set_mode(data.path(), 0o700);
        prepare(data.path()).unwrap();
    }

    #[test]
    fn a_directory_of_something_else_is_refused() {
        let data = tempfile::tempdir().unwrap();
        set_mode(data.path(), 0o700);
        std::fs::write(data.path().join("notes.txt"), "mine").unwrap();
        assert!(matches!(prepare(data.path()), Err(AccessError::NotOurs { .. })));
    }

    #[test]
    fn a_file_in_place_of_the_directory_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        std::fs::write(&path, "").unwrap();
        assert!(matches!(prepare(&path), Err(AccessError::WrongKind { .. })));
    }

    #[test]
    fn a_file_open_to_others_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("file");
        let (_, created) = open_private(&path).unwrap();
        assert!(created);
        for mode in [0o640, 0o604, 0o660, 0o666, 0o601] {
            set_mode(&path, mode);
            assert!(matches!(open_private(&path), Err(AccessError::TooOpen { .. })), "{mode:o}");
        }
        set_mode(&path, 0o600);
        let (_, created) = open_private(&path).unwrap();
        assert!(!created);
    }

    #[test]
    fn a_symbolic_link_in_place_of_a_file_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let target = data.path().join("target");
        open_private(&target).unwrap();
        symlink(&target, data.path().join("link")).unwrap();
        assert!(matches!(open_private(&data.path().join("link")), Err(AccessError::Io { .. })));
    }

    #[test]
    fn a_directory_in_place_of_a_file_is_refused() {
        let data = tempfile::tempdir().unwrap();
        assert!(open_private(data.path()).is_err());
        assert!(matches!(open_private_for_reading(data.path()), Err(AccessError::WrongKind { .. })));
    }
}
