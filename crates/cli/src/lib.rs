//! The command line: arguments, operator commands, `main`.
//!
//! Exit codes: 0 success; 1 refused or failed, with one sentence on stderr; 2 wrong usage.

#![warn(clippy::print_stderr, clippy::print_stdout)] // they panic when the reader is gone

mod args;
mod bench;
mod command;
mod dev;
mod error;
mod escape;
mod limits;
mod listing;
mod log;
mod output;
mod pasted;
mod profiles;
mod serve;
mod session;
mod shell;
mod signals;
#[cfg(test)]
mod testing;
mod transport;
mod watchdog;

use args::{Args, Command, Global};
pub(crate) use error::CliError;
use jeton_server::panics;
use output::Output;
use profiles::Accounts;
use session::Session;
use std::process::ExitCode;
use transport::{Nearest, Reach};

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    panics::end_the_process();
    let Args { global, command } = Args::read();
    match run(&global, command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::last_words(&format!("jeton: {failure}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs a command with the streams and the environment of the process.
fn run(global: &Global, command: Command) -> Result<(), CliError> {
    let accounts = Accounts::of(|name| std::env::var_os(name));
    let (mut output, mut remarks) = (std::io::stdout(), std::io::stderr());
    let mut session = Session {
        global,
        transport: &mut Nearest::new(global, &accounts, Reach::Anything),
        server: &mut Nearest::new(global, &accounts, Reach::Server),
        input: &mut std::io::stdin(),
        output: Output::new(&mut output, &mut remarks),
    };
    command::run(&mut session, &accounts, command)
}
