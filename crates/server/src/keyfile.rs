//! The server key: 32 random bytes in a private file beside the database.
//!
//! The file holds 64 hexadecimal digits and a line break. It is created together with the database and never
//! again. A database without its key is refused instead of getting a new one, because every secret in it and
//! every token would be dead. A key without its database is refused instead of getting an empty database,
//! because no client would be known any more. An interrupted first start resumes: the database is announced
//! before the key is made.

use crate::entropy::OsEntropy;
use jeton_secret::{Mint, SecretBytes, ServerKey};
pub use jeton_store::directory::KEY_FILE;
use jeton_store::directory::{self, AccessError, DATABASE_FILE, UNFINISHED_KEY_FILE};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The reasons why there is no usable key. The operator must act.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file has wrong permissions, owner or type.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The database is there and its key is not.
    #[error(
        "{} is missing, but there is a store that needs it; put the key file back that was created with it",
        .0.display()
    )]
    Missing(PathBuf),
    /// The key is there and its database is not.
    #[error(
        "{} is missing, but there is the server key of a store; put the database back. For a new, empty \
         store remove server.key as well",
        .0.display()
    )]
    NoDatabase(PathBuf),
    /// The file does not contain a key.
    #[error("{} does not hold a server key (64 hexadecimal digits)", .0.display())]
    Malformed(PathBuf),
    /// No entropy for a new key.
    #[error(transparent)]
    Entropy(#[from] jeton_secret::EntropyError),
    /// Reading or writing failed.
    #[error("using {}: {source}", path.display())]
    Io {
        /// The path of the file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

/// Reads the key of a data directory; creates it if there is no store yet.
///
/// # Errors
/// [`KeyError`] tells the operator how to repair it.
pub fn load_or_create(directory: &Path) -> Result<ServerKey, KeyError> {
    let (path, database) = (directory.join(KEY_FILE), directory.join(DATABASE_FILE));
    let is_begun = directory::is_announced(directory)?;
    match (directory::is_there(&path)?, directory::is_there(&database)?) {
        (true, false) if !is_begun => Err(KeyError::NoDatabase(database)),
        (true, _) => load(&path),
        (false, true) => Err(KeyError::Missing(path)),
        (false, false) => {
            directory::announce(directory)?;
            create(&path)
        }
    }
}

/// Reads the key of a data directory that has one.
///
/// # Errors
/// [`KeyError`] tells the operator how to repair it.
pub fn load_existing(directory: &Path) -> Result<ServerKey, KeyError> {
    let path = directory.join(KEY_FILE);
    if directory::is_there(&path)? { load(&path) } else { Err(KeyError::Missing(path)) }
}

fn load(path: &Path) -> Result<ServerKey, KeyError> {
    let io = |source| KeyError::Io { path: path.to_owned(), source };
    let mut file = directory::open_private_for_reading(path)?;
    // One byte more than a key has, so that a longer file is noticed.
    let mut text = Zeroizing::new([0; 66]);
    let mut len: usize = 0;
    while let Some(rest) = text.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match file.read(rest).map_err(io)? {
            0 => break,
            read => len = len.saturating_add(read),
        }
    }
    let digits = match text.get(..len) {
        Some([digits @ .., b'\n']) => digits,
        Some(digits) => digits,
        None => &[],
    };
    from_hex(digits).ok_or_else(|| KeyError::Malformed(path.to_owned()))
}

fn create(path: &Path) -> Result<ServerKey, KeyError> {
    let io = |source| KeyError::Io { path: path.to_owned(), source };
    let key = ServerKey::mint(&mut Mint::new(Box::new(OsEntropy))?)?;
    // A crash in the middle of writing must not leave half a key under the real name.
    let unfinished = path.with_file_name(UNFINISHED_KEY_FILE);
    let mut file = directory::create_anew(&unfinished)?;
    file.write_all(to_hex(&key).as_slice()).map_err(io)?;
    directory::adopt_file(&unfinished, path)?;
    Ok(key)
}

fn to_hex(key: &ServerKey) -> Zeroizing<Vec<u8>> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    let mut text = Zeroizing::new(Vec::with_capacity(65));
    for byte in key.expose() {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0x0f));
    }
    text.push(b'\n');
    text
}

fn from_hex(digits: &[u8]) -> Option<ServerKey> {
    if digits.len() != ServerKey::BYTES * 2 {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
    let mut key = Zeroizing::new([0; ServerKey::BYTES]);
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = (nibble(*high)? << 4) | nibble(*low)?;
    }
    Some(ServerKey::new(SecretBytes::new(*key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_ever_after() {
        let directory = tempfile::tempdir().unwrap();
        let first = load_or_create(directory.path()).unwrap();
        let second = load_or_create(directory.path()).unwrap();
        assert_eq!(first.expose(), second.expose());
        assert_ne!(first.expose(), &[0; 32]);
    }

    #[test]
    fn a_store_without_its_key_gets_no_new_one() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(DATABASE_FILE), "").unwrap();
        assert!(matches!(load_or_create(directory.path()), Err(KeyError::Missing(_))));
        assert!(!directory.path().join(KEY_FILE).exists());
    }

    #[test]
    fn a_key_whose_database_is_lost_gets_no_new_one() {
        let directory = tempfile::tempdir().unwrap();
        load_or_create(directory.path()).unwrap();
        std::fs::remove_file(directory.path().join(directory::UNFINISHED_FILE)).unwrap();
        assert!(matches!(load_or_create(directory.path()), Err(KeyError::NoDatabase(_))));
    }

    #[test]
    fn a_key_file_has_64_hexadecimal_digits() {
        for bad in [
            "",
            "\n",
            &"a".repeat(63),
            &"a".repeat(65),
            &"g".repeat(64),
            &"é".repeat(32),
            &format!("{}\n\n", "a".repeat(64)),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(KEY_FILE);
            std::fs::write(directory.path().join(DATABASE_FILE), "").unwrap();
            let mut file = directory::create_anew(&path).unwrap();
            file.write_all(bad.as_bytes()).unwrap();
            assert!(matches!(load_or_create(directory.path()), Err(KeyError::Malformed(_))), "{bad:?}");
        }
    }

    #[test]
    fn a_key_file_that_other_users_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        load_or_create(directory.path()).unwrap();
        let path = directory.path().join(KEY_FILE);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(load_or_create(directory.path()), Err(KeyError::Access(_))));
    }
}
