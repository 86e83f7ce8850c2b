//! The journal over a real PostgreSQL, which these tests start themselves when `JETON_TEST_POSTGRES` names
//! the directory of its programs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test program fails by panicking, its helpers too"
)]

mod assertions;
mod beats;
mod copying;
mod database;
mod deadlines;
mod history;
mod lost;
mod nodes;
mod pooler;
mod proxy;
mod refusals;
mod server;
mod standby;
mod tls;
