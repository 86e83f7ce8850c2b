//! The servers of a cluster, as the database knows them, and the claim of a number.

use crate::connection::{Link, Parameter};
use crate::fault::{Fate, Fault};
use crate::heartbeat::{NodeNumber, Run};
use crate::limits::BELIEVED_MAX;
use crate::schema::FORMAT;
use crate::wire;
use jeton_store::journal::{JournalError, Position};
use std::time::Duration;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

/// The largest number of a node: it has ten bits in ids.
pub const NODE_NUMBER_MAX: u16 = 1_023;

/// A server of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its number.
    pub number: NodeNumber,
    /// True if a process has the number.
    pub is_running: bool,
    /// The age of its last heartbeat.
    pub beat_age: Duration,
    /// The point up to which it has the history.
    pub at: Position,
    /// The version of its Jeton.
    pub version: String,
    /// The oldest and the newest format that it can work with.
    pub formats: (i32, i32),
    /// Its name for people.
    pub name: String,
    /// The digest of its settings: nodes whose settings differ issue different tokens.
    pub settings: Vec<u8>,
    /// The revision from which it is copying the state.
    pub joining_from: Option<u64>,
}

/// The facts that a process states when it claims a number.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The number that its data directory has; `None` for a new one.
    pub number: Option<NodeNumber>,
    /// The random name of the process.
    pub run: Run,
    /// The name for people.
    pub name: String,
    /// The version of its Jeton.
    pub version: String,
    /// The digest of its settings.
    pub settings: Vec<u8>,
}

/// All nodes, in the order of their numbers.
pub(crate) async fn list(link: &Link, deadline: Duration) -> Result<Vec<Node>, Fault> {
    let statement = "SELECT number, run <> ''::bytea, \
        greatest(0, extract(epoch FROM clock_timestamp() - beat) * 1000)::bigint, \
        revision, id, version, format_low, format_high, name, settings, joining_from \
        FROM jeton.nodes ORDER BY number";
    link.read(deadline, statement, &[]).await?.iter().map(node).collect()
}

fn node(row: &Row) -> Result<Node, Fault> {
    let number: i32 = row.try_get(0)?;
    let age: i64 = row.try_get(2)?;
    let joining_from: Option<i64> = row.try_get(10)?;
    Ok(Node {
        number: NodeNumber(u16::try_from(number).map_err(|_| Fault::malformed())?),
        is_running: row.try_get(1)?,
        beat_age: Duration::from_millis(age.unsigned_abs()),
        at: wire::position(row.try_get(3)?, row.try_get(4)?)?,
        version: row.try_get(5)?,
        formats: (row.try_get(6)?, row.try_get(7)?),
        name: row.try_get(8)?,
        settings: row.try_get(9)?,
        joining_from: joining_from.map(wire::revision).transpose()?,
    })
}

/// Claims a number: the process's own, once no other process beats under it, or the lowest that is free.
pub(crate) async fn claim(
    link: &Link,
    deadline: Duration,
    claim: &Claim,
    at: Position,
    joining_from: Option<u64>,
) -> Result<NodeNumber, Fault> {
    const TRIES: usize = 5;
    for _ in 0..TRIES {
        let (number, before) = match claim.number {
            Some(number) => (number, abandoned(link, deadline, number).await?),
            None => lowest_free(link, deadline).await?,
        };
        match take(link, deadline, number, before.as_deref(), claim, at, joining_from).await {
            Ok(true) => return Ok(number),
            Ok(false) if claim.number.is_some() => break,
            Ok(false) => {}
            Err(fault) if fault.fate == Fate::Repeat => {}
            Err(fault) => return Err(fault),
        }
    }
    Err(Fault::undone(JournalError::Replaced))
}

/// The process that had this number and no longer beats; `None` if none ever had it. One last heartbeat of a
/// process that was killed may still arrive; a second one is of a process that lives.
async fn abandoned(link: &Link, deadline: Duration, number: NodeNumber) -> Result<Option<Vec<u8>>, Fault> {
    const PAUSE: Duration = Duration::from_millis(250);
    const BEATS_MAX: usize = 2;
    let statement = "SELECT run, (extract(epoch FROM beat) * 1000000)::bigint, \
        (extract(epoch FROM clock_timestamp() - beat) * 1000)::bigint FROM jeton.nodes WHERE number = $1";
    let mut seen: Vec<i64> = Vec::new();
    loop {
        let rows = link.read(deadline, statement, &[(&i32::from(number.0), Type::INT4)]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (run, beat, age): (Vec<u8>, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if run.is_empty() || i128::from(age) > i128::try_from(BELIEVED_MAX.as_millis()).unwrap_or(i128::MAX) {
            return Ok(Some(run));
        }
        if seen.last() != Some(&beat) {
            seen.push(beat);
        }
        if seen.len() > BEATS_MAX {
            return Err(Fault::undone(JournalError::Replaced));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The lowest number that no node had within the last hour, and the process that had it.
async fn lowest_free(link: &Link, deadline: Duration) -> Result<(NodeNumber, Option<Vec<u8>>), Fault> {
    let statement = "SELECT n, run FROM generate_series(1, $1) n LEFT JOIN jeton.nodes ON number = n \
        WHERE number IS NULL OR beat < clock_timestamp() - interval '1 hour' ORDER BY n LIMIT 1";
    let rows = link.read(deadline, statement, &[(&i32::from(NODE_NUMBER_MAX), Type::INT4)]).await?;
    let full = || JournalError::Refused(format!("it has {NODE_NUMBER_MAX} nodes already"));
    let row = rows.first().ok_or_else(|| Fault::undone(full()))?;
    let number: i32 = row.try_get(0)?;
    Ok((NodeNumber(u16::try_from(number).map_err(|_| Fault::malformed())?), row.try_get(1)?))
}

/// Takes a number from the process that had it. False if yet another one has it.
async fn take(
    link: &Link,
    deadline: Duration,
    number: NodeNumber,
    before: Option<&[u8]>,
    claim: &Claim,
    at: Position,
    joining_from: Option<u64>,
) -> Result<bool, Fault> {
    let statement = "INSERT INTO jeton.nodes AS n (number, run, beat, revision, id, version, \
        format_low, format_high, name, settings, joining_from) \
        VALUES ($1, $2, clock_timestamp(), $3, $4, $5, $6, $6, $7, $8, $9) \
        ON CONFLICT (number) DO UPDATE SET run = excluded.run, beat = excluded.beat, \
        revision = excluded.revision, id = excluded.id, version = excluded.version, \
        format_low = excluded.format_low, format_high = excluded.format_high, name = excluded.name, \
        settings = excluded.settings, joining_from = excluded.joining_from \
        WHERE n.run = $10 RETURNING number";
    let joining_from = joining_from.map(wire::number);
    let parameters: [Parameter<'_>; 10] = [
        (&i32::from(number.0), Type::INT4),
        (&claim.run.0.as_slice(), Type::BYTEA),
        (&wire::number(at.revision), Type::INT8),
        (&at.id.0.as_slice(), Type::BYTEA),
        (&claim.version, Type::TEXT),
        (&FORMAT, Type::INT4),
        (&claim.name, Type::TEXT),
        (&claim.settings, Type::BYTEA),
        (&joining_from, Type::INT8),
        (&before, Type::BYTEA),
    ];
    Ok(!link.change(deadline, statement, &parameters).await?.is_empty())
}
