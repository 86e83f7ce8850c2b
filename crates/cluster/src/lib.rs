//! The journal of a cluster in PostgreSQL.
//!
//! PostgreSQL orders the change sets of all servers and makes them durable; each server has the complete
//! state in a store of its own. Jeton adds no consensus: it relies on a single primary, or on a synchronous
//! standby that takes over. What is relied on in each statement is said where it is.

mod access;
mod admin;
mod asking;
mod assertions;
mod clock;
mod connection;
mod control;
mod copy;
mod fault;
mod heartbeat;
mod history;
mod hold;
mod lanes;
pub mod limits;
mod membership;
mod nodes;
mod postgres;
mod schema;
mod session;
mod since;
mod tls;
mod trim;
mod url;
mod wire;

pub use access::Access;
pub use admin::{NewCluster, Status, create, status};
pub use assertions::UseUpReply;
pub use control::{Control, Settings};
pub use copy::{Chunk, Place};
pub use heartbeat::{NodeNumber, Run};
pub use membership::Membership;
pub use nodes::{Claim, NODE_NUMBER_MAX, Node};
pub use postgres::PostgresJournal;
pub use schema::FORMAT;
pub use session::{ClusterId, DatabaseClock};
pub use trim::Trimmed;
pub use url::{Address, Host, Protection, UrlError};
