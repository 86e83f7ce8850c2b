//! The facts that all nodes share, and what the database's settings promise.

use crate::clock::uptime;
use crate::connection::Link;
use crate::fault::Fault;
use crate::schema::FORMAT;
use crate::session::{ClusterId, DatabaseClock};
use crate::wire;
use jeton_domain::time::Careful;
use jeton_store::journal::{JournalError, Position};
use std::time::Duration;
use tokio_postgres::types::Type;

/// The control row, and the settings that hold for the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// The cluster.
    pub cluster: ClusterId,
    /// The end of the history.
    pub at: Position,
    /// The format that is written.
    pub format: i32,
    /// The oldest format that a node must be able to work with.
    pub oldest: i32,
    /// The digest that tells whether `server.key` is the right one.
    pub key_check: Vec<u8>,
    /// The careful clock of all nodes.
    pub careful: Careful,
    /// The database's clock.
    pub clock: DatabaseClock,
    /// The settings.
    pub settings: Settings,
}

/// Settings of the database that decide what an acknowledgement is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The version of the server.
    pub version: String,
    /// True if the server only replays another one's changes.
    pub is_standby: bool,
    /// True if commits wait for a standby. Without, a failover may revive what was revoked.
    pub has_synchronous_standby: bool,
    /// `statement_timeout` of the role.
    pub statement_timeout: String,
    /// `idle_in_transaction_session_timeout` of the role: for so long a node that stops may hold up the
    /// others.
    pub idle_in_transaction_timeout: String,
    /// `default_transaction_isolation` of the role. Another than READ COMMITTED costs two round trips more.
    pub isolation: String,
}

/// Reads the control row.
pub(crate) async fn read(link: &Link, deadline: Duration) -> Result<Control, Fault> {
    let statement = "SELECT cluster, revision, id, format, oldest, key_check, careful, \
        (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, \
        current_setting('server_version'), pg_is_in_recovery(), \
        current_setting('synchronous_standby_names') <> '', current_setting('statement_timeout'), \
        current_setting('idle_in_transaction_session_timeout'), \
        current_setting('default_transaction_isolation') FROM jeton.control";
    let begun = uptime();
    let rows = link.read(deadline, statement, &[]).await?;
    let row = rows.first().ok_or_else(|| Fault::undone(JournalError::NotInitialised))?;
    let careful: i64 = row.try_get(6)?;
    Ok(Control {
        cluster: ClusterId(wire::name(row.try_get(0)?)?),
        at: wire::position(row.try_get(1)?, row.try_get(2)?)?,
        format: row.try_get(3)?,
        oldest: row.try_get(4)?,
        key_check: row.try_get(5)?,
        careful: Careful(wire::revision(careful)?),
        clock: DatabaseClock { microseconds: row.try_get(7)?, between: (begun, uptime()) },
        settings: Settings {
            version: row.try_get(8)?,
            is_standby: row.try_get(9)?,
            has_synchronous_standby: row.try_get(10)?,
            statement_timeout: row.try_get(11)?,
            idle_in_transaction_timeout: row.try_get(12)?,
            isolation: row.try_get(13)?,
        },
    })
}

impl Control {
    /// Refuses a database that this server must not work with: of another cluster than its data directory,
    /// made with another key, of a format that it doesn't know, or not the primary.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn check(&self, cluster: Option<ClusterId>, key_check: &[u8]) -> Result<(), JournalError> {
        if cluster.is_some_and(|cluster| cluster != self.cluster) {
            return Err(JournalError::OtherCluster);
        }
        if self.key_check != key_check {
            return Err(JournalError::OtherKey);
        }
        if self.oldest > FORMAT {
            return Err(JournalError::NewerFormat(self.format.unsigned_abs()));
        }
        if self.format < FORMAT {
            return Err(JournalError::OlderFormat(self.format.unsigned_abs()));
        }
        if self.settings.is_standby {
            return Err(JournalError::ReadOnly);
        }
        Ok(())
    }
}

/// Offers a careful clock, which is taken if it is ahead, but not by more than 5 s ahead of the time that
/// passed in the database.
pub(crate) async fn offer(link: &Link, deadline: Duration, careful: Careful) -> Result<(), Fault> {
    let statement = "UPDATE jeton.control SET careful = greatest(careful, least($1, careful + 5 \
        + greatest(0, floor(extract(epoch FROM clock_timestamp() - careful_at)))::bigint)), \
        careful_at = clock_timestamp()";
    link.change(deadline, statement, &[(&wire::number(careful.0), Type::INT8)]).await.map(|_| ())
}
