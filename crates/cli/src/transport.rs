//! The ways to perform a call of the management API: on a remote server if one is named, over the
//! operator's socket while a local server runs, else on the store itself.

mod call;
mod offline;
mod remote;
mod socket;
#[cfg(test)]
mod tests;

pub(crate) use call::{Transport, not_listening, runtime};
pub(crate) use offline::{Offline, perform_in_process};
pub(crate) use remote::Remote;
pub(crate) use socket::Socket;

use crate::CliError;
use crate::args::Global;
use crate::limits::FIRST_START_PATIENCE;
use crate::profiles::Accounts;
use jeton_server::limits::{STORE_PATIENCE, STORE_PAUSE};
use jeton_server::run::{self, OpenError, StartError};
use serde_json::Value;
use std::path::Path;
use std::time::Instant;

/// The server or store that the arguments name, looked for anew at each call.
pub(crate) struct Nearest<'a> {
    global: &'a Global,
    accounts: &'a Accounts,
    reach: Reach,
}

/// The set of transports that can answer a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All of them.
    Anything,
    /// Only a running server can answer.
    Server,
}

impl<'a> Nearest<'a> {
    pub(crate) const fn new(global: &'a Global, accounts: &'a Accounts, reach: Reach) -> Self {
        Self { global, accounts, reach }
    }

    fn choose(&self) -> Result<Box<dyn Transport>, CliError> {
        if let Some(account) = self.accounts.chosen(self.global)? {
            return Ok(Box::new(Remote::new(account)));
        }
        let data_dir = &self.global.data_dir;
        match self.reach {
            Reach::Anything => nearest_on_this_machine(data_dir),
            Reach::Server => match Socket::connect(data_dir)? {
                Some(socket) => Ok(Box::new(socket)),
                None => Err(CliError::new(format!(
                    "no server runs on {}; start one with jeton serve",
                    data_dir.display()
                ))),
            },
        }
    }
}

impl Transport for Nearest<'_> {
    fn call(&mut self, path: &str, request: &Value) -> Result<Value, CliError> {
        self.choose()?.call(path, request)
    }

    fn create_missing_store(&mut self) -> Result<bool, CliError> {
        let data_dir = &self.global.data_dir;
        if self.accounts.chosen(self.global)?.is_some() || run::has_store(data_dir) {
            return Ok(false);
        }
        match Offline::open(data_dir) {
            Ok(_) => Ok(true),
            // A server or another command has created it in between.
            Err(StartError::Store(OpenError::InUse(_))) => Ok(false),
            Err(error) => Err(CliError::new(error.to_string())),
        }
    }
}

fn nearest_on_this_machine(data_dir: &Path) -> Result<Box<dyn Transport>, CliError> {
    let begun = Instant::now();
    loop {
        if let Some(socket) = Socket::connect(data_dir)? {
            return Ok(Box::new(socket));
        }
        // A server that was started a moment ago first creates the store, and then listens.
        if !run::has_store(data_dir) && begun.elapsed() < FIRST_START_PATIENCE {
            std::thread::sleep(STORE_PAUSE);
            continue;
        }
        expect_store(data_dir)?;
        match Offline::open(data_dir) {
            Ok(store) => return Ok(Box::new(store)),
            // A server that starts or stops holds the store, or another command does.
            Err(StartError::Store(OpenError::InUse(_))) if begun.elapsed() < STORE_PATIENCE => {
                std::thread::sleep(STORE_PAUSE);
            }
            Err(error) => return Err(CliError::new(error.to_string())),
        }
    }
}

/// Refuses a data directory without a store, which is more often mistyped than new.
pub(crate) fn expect_store(data_dir: &Path) -> Result<(), CliError> {
    if run::has_store(data_dir) {
        return Ok(());
    }
    Err(CliError::new(format!(
        "there is no store in {}; name the data directory of the server with --data-dir or JETON_DATA_DIR, or make \
         a new store with jeton serve, jeton admin create or jeton user import",
        data_dir.display()
    )))
}
