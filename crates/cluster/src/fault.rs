//! Errors of the database as reasons of the journal, and the fate of the statement that failed.

use jeton_store::journal::JournalError;
use tokio_postgres::error::{Error, Severity};

/// The state that functions of the schema raise in a transaction whose isolation is not READ COMMITTED.
pub(crate) const WRONG_ISOLATION: &str = "JT001";

/// The fate of a statement that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was refused; nothing was done.
    Undone,
    /// Nothing was done, because of what others did at the same time: worth another try.
    Repeat,
    /// Nothing was done, because the transaction's isolation has to be named.
    Isolation,
    /// Unknown. The connection is of no further use.
    Unknown,
}

/// A statement that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Its fate.
    pub(crate) fate: Fate,
    /// The reason.
    pub(crate) error: JournalError,
}

impl Fault {
    /// A refusal that is our own.
    pub(crate) fn undone(error: JournalError) -> Self {
        Self { fate: Fate::Undone, error }
    }

    /// An answer that did not come, or proves nothing.
    pub(crate) fn unknown(error: JournalError) -> Self {
        Self { fate: Fate::Unknown, error }
    }

    /// An answer that has another form than the statement asks for.
    pub(crate) fn malformed() -> Self {
        Self::unknown(JournalError::Failed("an answer of another form".to_owned()))
    }

    /// True if a new connection may lead to a server that does better.
    pub(crate) fn needs_reconnect(&self) -> bool {
        self.fate == Fate::Unknown || self.error == JournalError::ReadOnly
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        if let Some(answer) = error.as_db_error() {
            let is_fatal = matches!(answer.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
            return classify(answer.code().code(), answer.message(), is_fatal);
        }
        Self::unknown(JournalError::NotReachable(chain(&error)))
    }
}

/// An error with its sources, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

/// The table of SQLSTATEs. A server that ends the connection may do so after the commit, so what it says then
/// tells nothing about the statement; what it answers before is certain.
fn classify(state: &str, message: &str, is_fatal: bool) -> Fault {
    let (fate, error) = match state {
        WRONG_ISOLATION => (Fate::Isolation, failed(state, message)),
        // Serialization, deadlock, a lock that was not had in time.
        "40001" | "40P01" | "55P03" => (Fate::Repeat, JournalError::TooSlow),
        "25006" => (Fate::Undone, JournalError::ReadOnly),
        "53100" => (Fate::Undone, JournalError::Full),
        // Too many connections; a statement that took too long or was cancelled.
        "53300" | "57014" => (Fate::Undone, JournalError::TooSlow),
        "40003" | "57P01" | "57P02" | "57P03" => {
            (Fate::Unknown, JournalError::NotReachable(message.to_owned()))
        }
        connection if connection.starts_with("08") => {
            (Fate::Unknown, JournalError::NotReachable(message.to_owned()))
        }
        // Authentication, an unknown database, missing rights, poolers without extended queries.
        refused if refused.starts_with("28") => (Fate::Undone, JournalError::Refused(message.to_owned())),
        "3D000" | "42501" | "0A000" => (Fate::Undone, JournalError::Refused(message.to_owned())),
        // No table, no schema.
        "42P01" | "3F000" => (Fate::Undone, JournalError::NotInitialised),
        _ => (Fate::Undone, failed(state, message)),
    };
    Fault { fate: if is_fatal { Fate::Unknown } else { fate }, error }
}

fn failed(state: &str, message: &str) -> JournalError {
    JournalError::Failed(format!("{state}: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(state: &str) -> (Fate, JournalError) {
        let fault = classify(state, "m", false);
        (fault.fate, fault.error)
    }

    #[test]
    fn every_state_has_its_fate_and_reason() {
        let reach = || JournalError::NotReachable("m".to_owned());
        let refused = || JournalError::Refused("m".to_owned());
        let cases = [
            ("JT001", Fate::Isolation, JournalError::Failed("JT001: m".to_owned())),
            ("40001", Fate::Repeat, JournalError::TooSlow),
            ("40P01", Fate::Repeat, JournalError::TooSlow),
            ("55P03", Fate::Repeat, JournalError::TooSlow),
            ("25006", Fate::Undone, JournalError::ReadOnly),
            ("53100", Fate::Undone, JournalError::Full),
            ("53300", Fate::Undone, JournalError::TooSlow),
            ("57014", Fate::Undone, JournalError::TooSlow),
            ("40003", Fate::Unknown, reach()),
            ("57P01", Fate::Unknown, reach()),
            ("57P02", Fate::Unknown, reach()),
            ("57P03", Fate::Unknown, reach()),
            ("08006", Fate::Unknown, reach()),
            ("08P01", Fate::Unknown, reach()),
            ("28P01", Fate::Undone, refused()),
            ("28000", Fate::Undone, refused()),
            ("3D000", Fate::Undone, refused()),
            ("42501", Fate::Undone, refused()),
            ("0A000", Fate::Undone, refused()),
            ("42P01", Fate::Undone, JournalError::NotInitialised),
            ("3F000", Fate::Undone, JournalError::NotInitialised),
            ("XX000", Fate::Undone, JournalError::Failed("XX000: m".to_owned())),
        ];
        for (state, expected, error) in cases {
            assert_eq!(fate(state), (expected, error), "{state}");
        }
    }

    #[test]
    fn what_a_server_says_when_it_ends_the_connection_tells_nothing_about_the_statement() {
        for state in ["25P03", "57014", "53100", "40001", "XX000", "28P01"] {
            let fault = classify(state, "m", true);
            assert_eq!(fault.fate, Fate::Unknown, "{state}");
            assert!(fault.needs_reconnect(), "{state}");
        }
    }

    #[test]
    fn a_standby_is_left_for_another_server() {
        assert!(classify("25006", "m", false).needs_reconnect());
        assert!(!classify("40001", "m", false).needs_reconnect());
        assert!(!classify("53100", "m", false).needs_reconnect());
    }
}
