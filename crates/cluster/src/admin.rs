//! Work on the database that no node has to run for: making it, and looking at it.

use crate::access::{Access, runtime};
use crate::assertions::Columns as AssertionColumns;
use crate::clock::uptime;
use crate::connection::{Connector, Link, Parameter};
use crate::control::{self, Control};
use crate::fault::Fault;
use crate::limits::{Deadlines, UPLOAD_BYTES_MAX, UPLOAD_ROWS_MAX};
use crate::nodes::{self, Node};
use crate::schema::{FORMAT, FUNCTIONS, ROLE_SETTINGS, TABLES};
use crate::session::ClusterId;
use crate::wire::{self, Columns};
use jeton_domain::time::Careful;
use jeton_store::journal::{AssertionUse, ChangeId, ChangedRow, JournalError, Position};
use std::time::Duration;
use tokio_postgres::types::Type;

/// The time for one transaction of the upload.
const UPLOAD_DEADLINE: Duration = Duration::from_secs(60);

/// A cluster to be made.
#[derive(Debug, Clone)]
pub struct NewCluster {
    /// Its random name.
    pub cluster: ClusterId,
    /// The random name of the history's beginning.
    pub beginning: ChangeId,
    /// The digest that tells whether `server.key` is the right one.
    pub key_check: Vec<u8>,
    /// The careful clock.
    pub careful: Careful,
    /// The random name of this upload: a second one takes over from one that broke off.
    pub upload: [u8; 16],
}

/// Makes the tables and functions, sets the role's timeouts, uploads a state, and puts the control row
/// last: without it no node starts, so an upload that broke off is begun anew. Returns the beginning of the
/// history.
///
/// # Errors
/// [`JournalError`]; the first error of the rows ends it as well.
pub fn create(
    access: Access,
    new: &NewCluster,
    rows: impl Iterator<Item = Result<ChangedRow, JournalError>>,
    assertions: impl Iterator<Item = Result<AssertionUse, JournalError>>,
) -> Result<Position, JournalError> {
    let connector = access.connector()?;
    runtime(async {
        let link = connector.connect().await?;
        let upload = Upload { link: &link, token: new.upload };
        upload.begin().await?;
        for part in parts(rows, |row| row.key.len() + row.value.as_ref().map_or(0, Vec::len)) {
            upload.rows(&part?).await?;
        }
        for part in parts(assertions, |_| size_of::<AssertionUse>()) {
            upload.assertions(&part?).await?;
        }
        upload.end(new).await?;
        Ok(Position { revision: 0, id: new.beginning })
    })
}

/// Items in parts of a bounded number and size.
fn parts<T>(
    mut items: impl Iterator<Item = Result<T, JournalError>>,
    bytes: impl Fn(&T) -> usize,
) -> impl Iterator<Item = Result<Vec<T>, JournalError>> {
    std::iter::from_fn(move || {
        let (mut part, mut size) = (Vec::new(), 0);
        while part.len() < UPLOAD_ROWS_MAX && size < UPLOAD_BYTES_MAX {
            match items.next() {
                Some(Ok(item)) => {
                    size += bytes(&item);
                    part.push(item);
                }
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        (!part.is_empty()).then_some(Ok(part))
    })
}

/// An upload, which goes on only while no other one has begun.
struct Upload<'a> {
    link: &'a Link,
    token: [u8; 16],
}

impl Upload<'_> {
    async fn begin(&self) -> Result<(), JournalError> {
        self.is_free().await?;
        let all = format!(
            "BEGIN; SET LOCAL statement_timeout = '60s'; {TABLES} {FUNCTIONS} {ROLE_SETTINGS} COMMIT"
        );
        self.link.run(UPLOAD_DEADLINE, &all).await.map_err(|fault| fault.error)?;
        let begun = async {
            self.link.start(UPLOAD_DEADLINE).await?;
            let statement = "INSERT INTO jeton.initialisation AS i (token) VALUES ($1) \
                ON CONFLICT (one) DO UPDATE SET token = excluded.token";
            self.within(statement, &[(&self.token.as_slice(), Type::BYTEA)]).await?;
            self.within("TRUNCATE jeton.state, jeton.changes, jeton.used_assertions, jeton.nodes", &[])
                .await?;
            self.link.commit(UPLOAD_DEADLINE).await
        };
        begun.await.map_err(|fault: Fault| fault.error)
    }

    /// Refuses a database that has a cluster, or a schema of this name that another program made.
    async fn is_free(&self) -> Result<(), JournalError> {
        let refused = |reason: &str| Err(JournalError::Refused(reason.to_owned()));
        let statement = "SELECT to_regclass('jeton.control') IS NOT NULL, \
            EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('jeton'))";
        let look = async {
            let rows = self.link.read(UPLOAD_DEADLINE, statement, &[]).await?;
            let row = rows.first().ok_or_else(Fault::malformed)?;
            Ok((row.try_get(0)?, row.try_get(1)?))
        };
        match look.await.map_err(|fault: Fault| fault.error)? {
            (false, true) => refused("it has a schema jeton that is not Jeton's"),
            (false, false) => Ok(()),
            (true, _) => match control::read(self.link, UPLOAD_DEADLINE).await.map_err(|fault| fault.error) {
                Err(JournalError::NotInitialised) => Ok(()),
                Err(error) => Err(error),
                Ok(_) => refused("it has a cluster already"),
            },
        }
    }

    async fn within(&self, statement: &str, parameters: &[Parameter<'_>]) -> Result<(), Fault> {
        self.link.within(UPLOAD_DEADLINE, statement, parameters).await.map(|_| ())
    }

    /// Begins a transaction that ends in nothing if another upload has begun.
    async fn start(&self) -> Result<(), Fault> {
        self.link.start(UPLOAD_DEADLINE).await?;
        let statement = "SELECT FROM jeton.initialisation WHERE token = $1 FOR SHARE";
        let parameters = [(&self.token.as_slice() as _, Type::BYTEA)];
        if self.link.within(UPLOAD_DEADLINE, statement, &parameters).await?.is_empty() {
            self.link.roll_back(UPLOAD_DEADLINE).await?;
            return Err(Fault::undone(JournalError::Refused("another upload has begun".to_owned())));
        }
        Ok(())
    }

    async fn rows(&self, rows: &[ChangedRow]) -> Result<(), JournalError> {
        let columns = Columns::of(rows);
        let statement = "INSERT INTO jeton.state (tbl, key, value) SELECT * FROM unnest($1, $2, $3)";
        let uploaded = async {
            self.start().await?;
            let parameters = [
                (&columns.tables as _, Type::INT2_ARRAY),
                (&columns.keys as _, Type::BYTEA_ARRAY),
                (&columns.values as _, Type::BYTEA_ARRAY),
            ];
            self.within(statement, &parameters).await?;
            self.link.commit(UPLOAD_DEADLINE).await
        };
        uploaded.await.map_err(|fault: Fault| fault.error)
    }

    async fn assertions(&self, some: &[AssertionUse]) -> Result<(), JournalError> {
        let columns = AssertionColumns::of_all(some.iter());
        let statement = "INSERT INTO jeton.used_assertions (digest, client, until, request) \
            SELECT * FROM unnest($1, $2, $3, $4)";
        let uploaded = async {
            self.start().await?;
            let parameters = [
                (&columns.digests as _, Type::BYTEA_ARRAY),
                (&columns.clients as _, Type::INT8_ARRAY),
                (&columns.untils as _, Type::INT8_ARRAY),
                (&columns.requests as _, Type::BYTEA_ARRAY),
            ];
            self.within(statement, &parameters).await?;
            self.link.commit(UPLOAD_DEADLINE).await
        };
        uploaded.await.map_err(|fault: Fault| fault.error)
    }

    async fn end(&self, new: &NewCluster) -> Result<(), JournalError> {
        let statement = "INSERT INTO jeton.control \
            (cluster, revision, id, format, oldest, key_check, careful, careful_at) \
            VALUES ($1, 0, $2, $3, $3, $4, $5, clock_timestamp())";
        let ended = async {
            self.start().await?;
            self.within("SELECT jeton.durable_1()::text", &[]).await?;
            let parameters = [
                (&new.cluster.0.as_slice() as _, Type::BYTEA),
                (&new.beginning.0.as_slice() as _, Type::BYTEA),
                (&FORMAT as _, Type::INT4),
                (&new.key_check as _, Type::BYTEA),
                (&wire::number(new.careful.0) as _, Type::INT8),
            ];
            self.within(statement, &parameters).await?;
            self.within("DELETE FROM jeton.initialisation", &[]).await?;
            self.link.commit(UPLOAD_DEADLINE).await
        };
        ended.await.map_err(|fault: Fault| fault.error)
    }
}

/// A cluster as its database shows it.
#[derive(Debug, Clone)]
pub struct Status {
    /// The facts that all nodes share.
    pub control: Control,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The time of one question there and back.
    pub round_trip: Duration,
}

/// Looks at a cluster.
///
/// # Errors
/// [`JournalError`].
pub fn status(access: Access) -> Result<Status, JournalError> {
    let connector: Connector = access.connector()?;
    let deadline = Deadlines::default().read;
    runtime(async {
        let link = connector.connect().await?;
        let control = control::read(&link, deadline).await.map_err(|fault| fault.error)?;
        let sent = uptime();
        link.read(deadline, "SELECT revision, id FROM jeton.control", &[])
            .await
            .map_err(|fault| fault.error)?;
        let round_trip = uptime().saturating_sub(sent);
        let nodes = nodes::list(&link, deadline).await.map_err(|fault| fault.error)?;
        Ok(Status { control, nodes, round_trip })
    })
}
