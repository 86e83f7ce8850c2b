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
pub mod damage;
pub mod directory;
mod disk;
mod disk_file;
pub mod engine;
mod expiry;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod header;
pub mod health;
mod ids;
mod index;
mod invalidation;
mod last_uses;
pub mod limits;
mod lock;
mod open;
pub mod operation;
mod overlay;
mod page_cache;
mod pages;
mod preallocated;
pub mod query;
mod recheck;
mod records;
mod removal;
pub mod retired;
mod retry;
pub mod rights;
mod schema;
pub mod snapshot;
mod store;
pub mod tables;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod unreadable;
mod verified;
pub mod verify;
mod view;
mod walk;
mod writer;
mod writer_state;

pub use command::{Command, CommandBatch, CommandError, CommandResult, Outcome, RevokedToken, UsedAssertion};
pub use health::{Health, Writes};
pub use open::{OpenError, Options};
pub use operation::{AdminCommand, ClientOperation, Operation, Principal};
pub use rights::{Needed, Right};
pub use snapshot::{Snapshot, Unavailable, Versioned};
pub use store::{Clock, SnapshotGuard, Statistics, Store};
pub use unreadable::{RecordKind, UnreadableRecord};
