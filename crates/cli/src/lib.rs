//! The command line: arguments, operator commands, `main`.
//!
//! Exit codes: 0 success; 1 refused or failed, with one sentence on stderr; 2 wrong usage.

#![warn(clippy::print_stderr, clippy::print_stdout)] // they panic when the reader is gone

mod args;
mod bench;
mod command;
mod dev;
mod escape;
mod limits;
mod log;
mod operator;
mod output;
mod pasted;
mod remote;
mod serve;
mod shell;
mod signals;
mod watchdog;

use args::{Args, Command};
use jeton_server::panics;
use std::process::ExitCode;

/// The failure of a command: one sentence with the cause and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CliError(String);

impl CliError {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    panics::end_the_process();
    let args = Args::read();
    let result = match args.command {
        Command::Serve(serve) => serve::run(&args.global, serve),
        Command::Verify => command::verify::run(&args.global),
        Command::Statistics => command::statistics::run(&args.global),
        Command::Console => command::console::run(&args.global),
        Command::Bench(bench) => bench::run(&args.global, &bench),
        Command::User(user) => command::user::run(&args.global, user),
        Command::Secret(secret) => command::secret::run(&args.global, secret),
        Command::Key(key) => command::key::run(&args.global, key),
        Command::Pat(pat) => command::pat::run(&args.global, pat),
        Command::Project(project) => command::project::run(&args.global, project),
        Command::Role(role) => command::role::run(&args.global, role),
        Command::Authorization(authorization) => command::authorization::run(&args.global, authorization),
        Command::Name(name) => command::name::run(&args.global, name),
        Command::SigningKey(key) => command::signing_key::run(&args.global, key),
        Command::TokenKey(key) => command::token_key::run(&args.global, key),
        Command::Token(token) => command::token::run(&args.global, token),
        Command::Api(api) => command::api::run(&args.global, api),
        Command::Organization(organization) => command::organization::run(&args.global, organization),
        Command::Admin(admin) => command::admin::run(&args.global, admin),
        Command::Credential(credential) => command::audit::credentials(&args.global, &credential),
        Command::Leak(leak) => command::audit::leak(&args.global, leak),
        Command::Audit(audit) => command::audit::run(&args.global, audit),
        Command::Call { call, request } => {
            command::manual::call_by_name(&args.global, &call, request.as_deref())
        }
        Command::Profile(profile) => command::profile::run(&args.global, profile),
        Command::Completions { shell } => command::manual::completions(shell),
        Command::Man { directory } => command::manual::man(&directory),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::last_words(&format!("jeton: {failure}"));
            ExitCode::FAILURE
        }
    }
}
