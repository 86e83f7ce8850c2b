//! The data directory: private to one user, checked every time it is opened.
//!
//! Symbolic links are not followed for the files inside it. Files that other users may read or write are
//! refused and not repaired, because their content may have been read already.
//!
//! A new store is created as [`UNFINISHED_FILE`] and renamed when all of it is on the disk. That file
//! exists before the key does, so a key without a database means one of two things: with an unfinished
//! database the first start was interrupted, and continues; without one the database is lost.

use rustix::fs::{CWD, Mode, OFlags};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Name of the database inside the data directory.
pub const DATABASE_FILE: &str = "jeton.redb";

/// Name of a database that is not complete yet.
pub const UNFINISHED_FILE: &str = "jeton.redb.new";

/// Name of the server key's file inside the data directory.
pub const KEY_FILE: &str = "server.key";

/// Name of a key file that is not complete yet.
pub const UNFINISHED_KEY_FILE: &str = "server.key.new";

/// The reason for which a directory or file is not used. The operator must act.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The operating system refused to open it.
    #[error("opening {path}: {source}", path = path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// Other users may read or write it.
    #[error(
        "{path} is open to other users (mode {mode:04o}); make it private with: chmod {private:o} {path}",
        path = path.display()
    )]
    TooOpen {
        /// The path.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// The permissions that it should have.
        private: u32,
    },
    /// The path belongs to another user.
    #[error("{path} belongs to user {owner}, but the server runs as user {user}", path = path.display())]
    WrongOwner {
        /// The path.
        path: PathBuf,
        /// The user id of its owner.
        owner: u32,
        /// The user id of this process.
        user: u32,
    },
    /// A directory where a file should be, or the other way round.
    #[error("{path} is not a {expected}", path = path.display())]
    WrongKind {
        /// The path.
        path: PathBuf,
        /// The expected kind, for the message.
        expected: &'static str,
    },
    /// The directory has files in it, and no store among them.
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

/// Makes sure that `path` is a private directory of ours that is empty or holds a store. Creates it
/// (0700) if it does not exist, and returns true if it did so.
///
/// # Errors
/// The first rule that the directory breaks.
pub fn prepare(path: &Path) -> Result<bool, AccessError> {
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            let made = sync_parent(path).and_then(|()| check(path));
            // The directory is still empty, and stays so.
            made.map(|()| true).inspect_err(|_| drop(std::fs::remove_dir(path)))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check(path).map(|()| false),
        Err(error) => Err(io_error(path)(error)),
    }
}

/// Like [`prepare`], for a directory that must exist.
///
/// # Errors
/// The first rule that the directory breaks.
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
/// returned file lives. Making a key and its database takes several steps; two processes that took them
/// at once could end with the key of one and the database of the other.
///
/// # Errors
/// [`AccessError::Io`]
pub fn lock(path: &Path) -> Result<File, AccessError> {
    let directory = File::open(path).map_err(io_error(path))?;
    directory.lock().map_err(io_error(path))?;
    Ok(directory)
}

/// True for names that may be there before the database is: the server key, the socket, `lost+found`.
fn is_ours(name: &std::ffi::OsStr) -> bool {
    let ours = [UNFINISHED_FILE, KEY_FILE, UNFINISHED_KEY_FILE, "jeton.sock", "lost+found"];
    ours.iter().any(|ours| name == *ours)
}

/// True if a file of any kind has this name. Symbolic links are not followed.
///
/// # Errors
/// [`AccessError::Io`] if the file system can't tell.
pub fn is_there(path: &Path) -> Result<bool, AccessError> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io_error(path)(error)),
    }
}

/// Announces a new store in a directory that has none, so that a key that is found there alone is not
/// taken for one whose database was lost.
///
/// # Errors
/// [`AccessError`]
pub fn announce(directory: &Path) -> Result<(), AccessError> {
    let path = directory.join(UNFINISHED_FILE);
    create_anew(&path)?;
    sync_parent(&path)
}

/// True if a new store was announced.
///
/// # Errors
/// [`AccessError::Io`]
pub fn is_announced(directory: &Path) -> Result<bool, AccessError> {
    is_there(&directory.join(UNFINISHED_FILE))
}

/// Creates an empty file for a database that will be adopted under this name.
pub(crate) fn begin(database: &Path) -> Result<File, AccessError> {
    let unfinished = database.with_file_name(UNFINISHED_FILE);
    if !is_there(&unfinished)? {
        return create_anew(&unfinished);
    }
    // The unfinished file has announced the store, so it must exist all the time.
    let file = open_private(&unfinished)?;
    file.set_len(0).map_err(io_error(&unfinished))?;
    Ok(file)
}

/// Renames the finished database to its final name.
pub(crate) fn adopt(database: &Path) -> Result<(), AccessError> {
    adopt_file(&database.with_file_name(UNFINISHED_FILE), database)
}

/// Renames a finished file to its final name. Afterwards its whole content is there under that name, also
/// after a power loss.
///
/// # Errors
/// [`AccessError::Io`]
pub fn adopt_file(unfinished: &Path, path: &Path) -> Result<(), AccessError> {
    File::open(unfinished).and_then(|file| file.sync_all()).map_err(io_error(unfinished))?;
    std::fs::rename(unfinished, path).map_err(io_error(path))?;
    sync_parent(path)
}

/// Creates a file for reading and writing that only its owner may access (0600), in place of an
/// unfinished one.
///
/// # Errors
/// [`AccessError::Io`]
pub fn create_anew(path: &Path) -> Result<File, AccessError> {
    if is_there(path)? {
        std::fs::remove_file(path).map_err(io_error(path))?;
    }
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::CREATE | OFlags::EXCL;
    let descriptor = rustix::fs::openat(CWD, path, flags, Mode::RUSR | Mode::WUSR);
    descriptor.map(File::from).map_err(|error| io_error(path)(error.into()))
}

/// Opens an existing private file for reading and writing.
///
/// # Errors
/// The first rule that the file breaks.
pub fn open_private(path: &Path) -> Result<File, AccessError> {
    open_existing(path, OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC)
}

/// Opens an existing private file for reading.
///
/// # Errors
/// The first rule that the file breaks.
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
/// [`AccessError::Io`] if the directory that holds it can't be synced.
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
        create_anew(&path).unwrap();
        for mode in [0o640, 0o604, 0o660, 0o666, 0o601] {
            set_mode(&path, mode);
            assert!(matches!(open_private(&path), Err(AccessError::TooOpen { .. })), "{mode:o}");
        }
        set_mode(&path, 0o600);
        open_private(&path).unwrap();
    }

    #[test]
    fn a_symbolic_link_in_place_of_a_file_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let target = data.path().join("target");
        create_anew(&target).unwrap();
        let link = data.path().join("link");
        symlink(&target, &link).unwrap();
        assert!(matches!(open_private(&link), Err(AccessError::Io { .. })));
        create_anew(&link).unwrap();
        assert!(
            target.exists() && link.symlink_metadata().unwrap().is_file(),
            "the link went, not its target"
        );
    }

    #[test]
    fn a_directory_in_place_of_a_file_is_refused() {
        let data = tempfile::tempdir().unwrap();
        assert!(open_private(data.path()).is_err());
        assert!(matches!(open_private_for_reading(data.path()), Err(AccessError::WrongKind { .. })));
    }
}
