//! The error of every command.

/// The failure of a command: one sentence with the cause and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CliError(String);

impl CliError {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}
