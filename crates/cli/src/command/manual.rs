//! Shell completions and man pages, which are generated from the arguments, and `jeton call`, which
//! performs any call by name.

use crate::CliError;
use crate::args::Args;
use crate::session::Session;
use clap::CommandFactory;
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// Maximum bytes of a request on standard input.
const REQUEST_BYTES_MAX: u64 = 1024 * 1024;

pub(crate) fn completions(session: &mut Session<'_>, shell: clap_complete::Shell) -> Result<(), CliError> {
    // Into memory first, because the generator panics when its output is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "jeton", &mut script);
    session.output.bytes(&script)
}

pub(crate) fn man(session: &mut Session<'_>, directory: &Path) -> Result<(), CliError> {
    let failed = |error: std::io::Error| CliError::new(format!("writing {}: {error}", directory.display()));
    std::fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(Args::command(), directory).map_err(failed)?;
    session.output.line(&format!("the man pages are in {}", directory.display()))
}

pub(crate) fn call(session: &mut Session<'_>, name: &str, request: Option<&str>) -> Result<(), CliError> {
    let request = match request {
        None => "{}".to_owned(),
        Some("-") => {
            let mut text = String::new();
            let input = Read::take(&mut *session.input, REQUEST_BYTES_MAX).read_to_string(&mut text);
            input.map_err(|error| CliError::new(format!("reading standard input: {error}")))?;
            text
        }
        Some(text) => text.to_owned(),
    };
    let request: Value = serde_json::from_str(&request)
        .map_err(|error| CliError::new(format!("the request is not JSON: {error}")))?;
    let reply = session.transport.call(&format!("/{}", name.trim_start_matches('/')), &request)?;
    session.output.json(&reply)
}
