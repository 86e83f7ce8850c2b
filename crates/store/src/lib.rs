//! Durable state on redb: commands go in, snapshots come out.
//!
//! One thread writes. It takes all waiting commands, decides each of them against facts read in the same
//! transaction, commits once, and only then answers. Readers look at the [`Snapshot`] that the last
//! commit published, so a client that got an answer sees its effect in its next request.
//!
//! Plaintext secrets never come here: the store is given digests.

mod administer;
mod assertions;
pub mod audit;
mod batch;
mod batch_delay;
mod check;
mod client_cache;
mod codec;
pub mod command;
mod counts;
pub mod damage;
mod decoys;
pub mod directory;
mod disk;
mod disk_file;
pub mod engine;
mod expiry;
mod fault;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod handle;
mod header;
pub mod health;
mod ids;
mod index;
mod invalidation;
pub mod journal;
mod last_uses;
pub mod limits;
mod lock;
mod open;
mod options;
mod overlay;
mod page_cache;
mod pages;
mod preallocated;
pub mod query;
mod raw;
mod recheck;
mod records;
mod removal;
mod removals;
mod replica;
pub mod replicated;
mod retired;
mod retry;
mod rounds;
mod schema;
mod sharing;
pub mod snapshot;
mod store;
pub mod tables;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trail;
mod unreadable;
mod verified;
pub mod verify;
mod view;
mod walk;
mod writer;
mod writer_state;
mod writing;

pub use client_cache::Versioned;
pub use command::{Applied, Command, CommandBatch, CommandError, CommandResult, UsedAssertion};
pub use fault::{OpenError, Unavailable};
pub use handle::StoreHandle;
pub use health::{Health, Writes};
pub use options::Options;
pub use snapshot::Snapshot;
pub use store::{Clock, SnapshotGuard, Statistics, Store};
