//! Arguments of `jeton cluster`.

use super::database::Database;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Cluster {
    /// Move the state of this data directory to an empty database, which other servers then share.
    ///
    /// The server must not run. The data directory becomes that of the first node; other nodes need the
    /// database and a copy of server.key in an empty data directory.
    Init(Database),
    /// Show the nodes, how far each is behind, and what the database promises.
    Status(Database),
}
