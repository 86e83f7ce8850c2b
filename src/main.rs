//! The `jeton` program. Everything is in the crates; start reading in `crates/cli`.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Workers and the writer allocate and free each other's pages of the store's cache. The C library's allocator keeps what
/// was freed for the thread that had it: 294 MiB with ten million tokens where this one needs 230, and 15 % more CPU
/// for an introspection then (`benches/README.md`, "What was tried on the hot path").
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    jeton_cli::main()
}
