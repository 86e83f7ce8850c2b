//! The database that several servers share.

use crate::CliError;
use jeton_server::cluster::{self, Address};
use std::env::VarError;
use std::io::Read as _;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// A password of more bytes is none.
const PASSWORD_BYTES_MAX: u64 = 1_024;

/// The variable with the password of the database. There is no argument for it: others on the machine can
/// read arguments.
const PASSWORD: &str = "JETON_DATABASE_PASSWORD";

#[derive(Debug, clap::Args)]
pub(crate) struct Database {
    /// PostgreSQL database that several servers share: postgres://user@host/database (experimental).
    ///
    /// The password is in JETON_DATABASE_PASSWORD or a file. Console sessions and answers kept for an
    /// Idempotency-Key are still each node's own.
    #[arg(long = "database", env = "JETON_DATABASE", value_name = "URL", value_parser = address)]
    pub(crate) address: Option<Address>,
    /// File with the password of the database.
    #[arg(long = "database-password-file", env = "JETON_DATABASE_PASSWORD_FILE", value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|error: cluster::UrlError| error.to_string())
}

impl Database {
    /// The database, if there is one.
    pub(crate) fn read(self) -> Result<Option<cluster::Database>, CliError> {
        match std::env::var(PASSWORD) {
            Ok(password) => self.read_with(Some(Zeroizing::new(password))),
            Err(VarError::NotPresent) => self.read_with(None),
            Err(VarError::NotUnicode(_)) => Err(CliError::new(format!("{PASSWORD} is not valid UTF-8"))),
        }
    }

    fn read_with(self, password: Option<Zeroizing<String>>) -> Result<Option<cluster::Database>, CliError> {
        let password = password.map(|password| line(&password)).filter(|password| !password.is_empty());
        let password = match (self.password_file, password) {
            (Some(_), Some(_)) => {
                return Err(CliError::new(format!("give either --database-password-file or {PASSWORD}")));
            }
            (Some(file), None) => Some(from_file(&file)?),
            (None, password) => password,
        };
        match self.address {
            Some(address) => Ok(Some(cluster::Database { address, password })),
            None if password.is_some() => Err(CliError::new("the password of a database needs --database")),
            None => Ok(None),
        }
    }
}

fn from_file(file: &PathBuf) -> Result<Zeroizing<String>, CliError> {
    let failed = |why: &dyn std::fmt::Display| {
        CliError::new(format!("the password of the database in {}: {why}", file.display()))
    };
    let mut text = Zeroizing::new(String::new());
    let opened = std::fs::File::open(file).map_err(|error| failed(&error))?;
    // One byte more, so that a longer one is noticed.
    opened.take(PASSWORD_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| failed(&error))?;
    if text.len() as u64 > PASSWORD_BYTES_MAX {
        return Err(failed(&format!("the file has more than {PASSWORD_BYTES_MAX} bytes")));
    }
    let password = line(&text);
    if password.is_empty() {
        return Err(failed(&"the file is empty"));
    }
    Ok(password)
}

/// A text without the end of its line, with which editors end files, and Windows files of variables.
fn line(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "postgres://jeton@127.0.0.1/jeton";

    fn database(url: Option<&str>, file: Option<PathBuf>) -> Database {
        Database { address: url.map(|url| url.parse().unwrap()), password_file: file }
    }

    #[test]
    fn a_password_comes_from_a_file_or_the_environment_and_not_from_both() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("password");
        std::fs::write(&file, "from a file\r\n").unwrap();
        let password = |database: Database, variable: Option<&str>| {
            let read = database.read_with(variable.map(|text| Zeroizing::new(text.to_owned())));
            read.map(|read| read.unwrap().password.map(|password| password.to_string()))
        };
        let read = password(database(Some(URL), Some(file.clone())), None).unwrap();
        assert_eq!(read.as_deref(), Some("from a file"));
        assert_eq!(password(database(Some(URL), None), Some("x\r\n")).unwrap().as_deref(), Some("x"));
        assert_eq!(password(database(Some(URL), None), Some("")).unwrap(), None);
        assert!(password(database(Some(URL), Some(file.clone())), Some("x")).is_err());
        std::fs::write(&file, "x".repeat(1_025)).unwrap();
        assert!(password(database(Some(URL), Some(file.clone())), None).is_err());
        std::fs::write(&file, "\n").unwrap();
        assert!(password(database(Some(URL), Some(file)), None).is_err());
        assert!(password(database(Some(URL), Some(directory.path().join("none"))), None).is_err());
    }

    #[test]
    fn a_password_without_a_database_is_refused_and_nothing_is_no_database() {
        assert!(database(None, None).read_with(Some(Zeroizing::new("x".to_owned()))).is_err());
        assert!(database(None, None).read_with(None).unwrap().is_none());
    }

    #[test]
    fn an_address_with_a_password_is_refused() {
        assert!(address("postgres://jeton:secret@127.0.0.1/jeton").unwrap_err().contains("password"));
    }
}
