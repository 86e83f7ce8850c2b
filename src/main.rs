//! The `jeton` program. Everything is in the crates; start reading in `crates/cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    jeton_cli::main()
}
