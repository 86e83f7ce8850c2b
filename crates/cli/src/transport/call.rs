//! The trait of all transports, and what they share.

use crate::CliError;
use serde_json::Value;
use std::fmt::Display;
use std::io;

/// Maximum bytes of a reply; a page of a thousand users has half a megabyte.
pub(super) const REPLY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A way to perform calls of the management API.
pub(crate) trait Transport {
    /// Performs the call at this path and returns its reply.
    ///
    /// # Errors
    /// The refusal of the server, or what kept the call from it.
    fn call(&mut self, path: &str, request: &Value) -> Result<Value, CliError>;

    /// Creates a missing store, for commands that may set up an instance; true if there is a new one.
    fn create_missing_store(&mut self) -> Result<bool, CliError> {
        Ok(false)
    }
}

/// A runtime for one command.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::new(format!("starting: {error}")))
}

/// True if no server listens at an address, or at the path of a socket, whose directory may be missing.
pub(super) fn is_not_listening(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound};
    matches!(error.kind(), ConnectionRefused | NotFound | NotADirectory)
}

/// The failure of a call to a place where no server listens.
pub(crate) fn not_listening(place: impl Display) -> CliError {
    CliError::new(format!("no server is listening at {place}"))
}

/// The JSON of a reply of this machine's server.
pub(super) fn parse(reply: &[u8]) -> Result<Value, CliError> {
    serde_json::from_slice(reply)
        .map_err(|_| CliError::new("the server's reply is not JSON; is it another version?"))
}
