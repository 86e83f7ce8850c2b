//! The `jeton` program. Everything is in the crates; start reading in `crates/cli`.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Workers and the writer allocate and free each other's pages of the store's cache. The C library's
/// allocator keeps what was freed for the thread that had it, so with ten million tokens it holds a
/// quarter more memory, and an introspection costs a fifth more CPU (`benches/README.md`, "Allocators").
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    jeton_cli::main()
}
