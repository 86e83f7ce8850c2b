//! The heartbeat: a write that waits for the standby. It shows that the server at the other end is the
//! primary still, and that everything before it is replicated.
//!
//! A primary that no longer is one goes on answering reads. A question is therefore believed only while a
//! heartbeat that began a short time ago was acknowledged by the same start of the same server.

use crate::connection::{Link, Parameter};
use crate::fault::Fault;
use crate::limits::BELIEVED_MAX;
use crate::wire;
use jeton_domain::time::Careful;
use jeton_store::journal::{JournalError, Position};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_postgres::types::Type;

/// The number of a server of the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeNumber(pub u16);

/// The random name of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run(pub [u8; 16]);

/// The facts that this process tells the others with each heartbeat.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) number: NodeNumber,
    pub(crate) run: Run,
    pub(crate) version: String,
    progress: Mutex<Progress>,
    careful: AtomicU64,
    asked: AtomicU64,
}

/// The point up to which this server has the history.
#[derive(Debug, Clone, Copy)]
struct Progress {
    at: Position,
    joining_from: Option<u64>,
}

impl Own {
    pub(crate) fn new(
        number: NodeNumber,
        run: Run,
        version: String,
        at: Position,
        joining_from: Option<u64>,
    ) -> Self {
        let progress = Mutex::new(Progress { at, joining_from });
        Self { number, run, version, progress, careful: AtomicU64::new(0), asked: AtomicU64::new(0) }
    }

    /// The furthest careful clock: of this server, or heard from the database.
    pub(crate) fn careful(&self, own: Careful) -> Careful {
        Careful(self.careful.fetch_max(own.0, Ordering::Relaxed).max(own.0))
    }

    /// Takes note that a believed answer had this revision.
    pub(crate) fn has_asked(&self, revision: u64) {
        self.asked.fetch_max(revision, Ordering::Relaxed);
    }

    /// The furthest revision of a believed answer.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Everything up to here is applied.
    pub(crate) fn has_applied(&self, at: Position) {
        *self.progress() = Progress { at, joining_from: None };
    }

    /// The state is being copied, so the history after this revision is still needed.
    pub(crate) fn is_joining(&self, from: u64) {
        self.progress().joining_from = Some(from);
    }
}

/// The start of a server, in microseconds: another one has another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServerStart(pub(crate) i64);

/// An acknowledged heartbeat.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beat {
    /// Its beginning, on the boot-time clock.
    pub(crate) begun: Duration,
    /// The server that acknowledged it.
    pub(crate) server: ServerStart,
}

impl Beat {
    /// True if an answer that came at `now` from this server is believed.
    pub(crate) fn proves(&self, server: ServerStart, now: Duration) -> bool {
        self.server == server && now.saturating_sub(self.begun) <= BELIEVED_MAX
    }
}

/// One heartbeat, with the database's clock in microseconds.
pub(crate) async fn beat(
    link: &Link,
    deadline: Duration,
    own: &Own,
    begun: Duration,
) -> Result<(Beat, i64), Fault> {
    let Progress { at, joining_from } = *own.progress();
    let statement = "SELECT * FROM jeton.beat_1($1, $2, $3, $4, $5, $6)";
    let revision = wire::number(at.revision);
    let from = joining_from.map(wire::number);
    let parameters: [Parameter<'_>; 6] = [
        (&i32::from(own.number.0), Type::INT4),
        (&own.run.0.as_slice(), Type::BYTEA),
        (&revision, Type::INT8),
        (&at.id.0.as_slice(), Type::BYTEA),
        (&own.version, Type::TEXT),
        (&from, Type::INT8),
    ];
    let rows = link.change(deadline, statement, &parameters).await?;
    let row = rows.first().ok_or_else(Fault::malformed)?;
    if !row.try_get::<_, bool>(0)? {
        return Err(Fault::undone(JournalError::Replaced));
    }
    if let Some(careful) = row.try_get::<_, Option<i64>>(3)? {
        own.careful(Careful(wire::revision(careful)?));
    }
    Ok((Beat { begun, server: ServerStart(row.try_get(1)?) }, row.try_get(2)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_believed_for_three_seconds_from_the_beginning_of_a_heartbeat_of_the_same_server() {
        let beat = Beat { begun: Duration::from_secs(10), server: ServerStart(1) };
        let at = |milliseconds| Duration::from_millis(milliseconds);
        assert!(beat.proves(ServerStart(1), at(10_000)));
        assert!(beat.proves(ServerStart(1), at(13_000)));
        assert!(!beat.proves(ServerStart(1), at(13_001)));
        assert!(!beat.proves(ServerStart(2), at(10_000)));
    }
}
