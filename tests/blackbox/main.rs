//! Black-box tests: the real binary on a real data directory, over real sockets.
//!
//! `harness` starts servers and sends requests byte by byte; each other module is one area. A test for a
//! line of the conformance checklist names it in its doc comment; the table in `docs/conformance.md` is
//! generated from these comments (see `conformance_table`).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test program fails by panicking, its helpers too"
)]
#![expect(unreachable_pub, reason = "the harness is public to the other modules of this test program")]

mod diagnosis;
mod harness;
mod key_files;
mod keys;

mod abuse;
mod administration;
mod admission;
mod assertion_faults;
mod assertions;
mod audit;
mod bearer;
mod command_line;
mod conformance_table;
mod console;
mod console_forgery;
mod cross_use;
mod disk;
mod environment;
mod http;
mod idempotency;
mod import;
mod introspection;
mod jwt;
mod lifecycle;
mod listings;
mod lockout;
mod log;
mod management;
mod members;
mod metadata;
mod operator_input;
mod overload;
mod permission_requests;
mod permissions;
mod project_grants;
mod references;
mod remote;
mod renewal;
mod restore;
mod revocation;
mod scopes;
mod signing_keys;
mod start;
mod token;
mod token_form;
mod token_keys;
mod unreadable;
mod usernames;
mod wire_forms;
