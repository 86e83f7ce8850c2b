//! The history in the database: appending to it, and the fate of what was appended.

use crate::clock::uptime;
use crate::connection::Parameter;
use crate::fault::{Fate, Fault};
use crate::limits::{LOCK_WAIT_MAX, RETRY_PAUSE};
use crate::session::Session;
use crate::wire::{self, Columns};
use jeton_domain::time::Careful;
use jeton_store::journal::{Appended, ChangeId, ChangeSet, JournalError, Position};
use std::time::Duration;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

/// A change set to append.
pub(crate) struct Entry {
    /// The point behind which alone it may come.
    pub(crate) on: Option<Position>,
    pub(crate) id: ChangeId,
    pub(crate) set: ChangeSet,
    /// The careful clock of this server, offered to all.
    pub(crate) careful: Careful,
}

pub(crate) const APPEND: &str = "SELECT * FROM jeton.append_1($1, $2, $3, $4, $5, $6, $7, $8, $9)";

impl Entry {
    /// Calls `then` with the parameters of [`APPEND`].
    pub(crate) async fn with<T>(
        &self,
        session: &Session,
        then: impl AsyncFnOnce(&[Parameter<'_>]) -> T,
    ) -> T {
        let columns = Columns::of(&self.set.rows);
        let revision = self.on.map(|on| wire::number(on.revision));
        let on = self.on.map(|on| on.id.0);
        let node = i32::from(session.own().number.0);
        let careful = wire::number(self.careful.0);
        let parameters: [Parameter<'_>; 9] = [
            (&session.cluster.0.as_slice(), Type::BYTEA),
            (&revision, Type::INT8),
            (&on.as_ref().map(<[u8; 16]>::as_slice), Type::BYTEA),
            (&self.id.0.as_slice(), Type::BYTEA),
            (&node, Type::INT4),
            (&careful, Type::INT8),
            (&columns.tables, Type::INT2_ARRAY),
            (&columns.keys, Type::BYTEA_ARRAY),
            (&columns.values, Type::BYTEA_ARRAY),
        ];
        then(&parameters).await
    }

    /// The answer of [`APPEND`].
    pub(crate) fn appended(&self, rows: &[Row]) -> Result<Appended, Fault> {
        const CONFLICT: i32 = 1;
        let row = rows.first().ok_or_else(Fault::malformed)?;
        let number: i32 = row.try_get(0)?;
        if number == CONFLICT {
            return Ok(Appended::Conflict);
        }
        wire::outcome(number)?;
        let previous = ChangeId(wire::name(row.try_get(2)?)?);
        Ok(Appended::At {
            at: Position { revision: wire::revision(row.try_get(1)?)?, id: self.id },
            previous,
        })
    }
}

/// Appends a change set.
pub(crate) async fn append(session: &mut Session, entry: &Entry) -> Result<Appended, JournalError> {
    let mut tries = Tries::new(session.deadlines().append, entry.id);
    loop {
        let link = session.link_within(tries.left()).await?;
        let left = tries.left();
        let answer = entry.with(session, async |given| link.change(left, APPEND, given).await).await;
        let fault = match answer.and_then(|rows| entry.appended(&rows)) {
            Ok(appended) => return Ok(appended),
            Err(fault) => fault,
        };
        session.note(&fault);
        match fault.fate {
            Fate::Unknown => return Ok(Appended::Lost),
            Fate::Repeat if tries.again().await => {}
            Fate::Repeat | Fate::Undone | Fate::Isolation => return Err(fault.error),
        }
    }
}

/// The fate of a change set.
pub(crate) async fn resolve(session: &mut Session, id: ChangeId) -> Result<Option<Position>, JournalError> {
    let mut tries = Tries::new(session.deadlines().append, id);
    loop {
        let link = session.link_within(tries.left()).await?;
        let statement = "SELECT * FROM jeton.resolve_1($1, $2)";
        let cluster = session.cluster.0;
        let parameters: [Parameter<'_>; 2] =
            [(&cluster.as_slice(), Type::BYTEA), (&id.0.as_slice(), Type::BYTEA)];
        let answer = link.change(tries.left(), statement, &parameters).await;
        let fault = match answer.and_then(|rows| resolved(&rows, id)) {
            Ok(found) => return Ok(found),
            Err(fault) => fault,
        };
        session.note(&fault);
        if !matches!(fault.fate, Fate::Repeat | Fate::Unknown) || !tries.again().await {
            return Err(fault.error);
        }
    }
}

fn resolved(rows: &[Row], id: ChangeId) -> Result<Option<Position>, Fault> {
    let row = rows.first().ok_or_else(Fault::malformed)?;
    wire::outcome(row.try_get(0)?)?;
    let found: Option<i64> = row.try_get(1)?;
    found.map(|number| Ok(Position { revision: wire::revision(number)?, id })).transpose()
}

/// Tries of one change until a deadline, with pauses that grow and differ by its random name.
pub(crate) struct Tries {
    until: Duration,
    pause: Duration,
}

impl Tries {
    pub(crate) fn new(time: Duration, id: ChangeId) -> Self {
        let [jitter, ..] = id.0;
        let pause = RETRY_PAUSE + Duration::from_micros(u64::from(jitter) * 20);
        Self { until: uptime().saturating_add(time), pause }
    }

    /// The time that is left.
    pub(crate) fn left(&self) -> Duration {
        self.until.saturating_sub(uptime())
    }

    /// Waits before another try; false if there is no time for one. A try that the deadline cuts off while it
    /// waits for the lock could come later than its answer, so there is none without time for the whole wait.
    pub(crate) async fn again(&mut self) -> bool {
        if self.left() <= self.pause + LOCK_WAIT_MAX {
            return false;
        }
        tokio::time::sleep(self.pause).await;
        self.pause = self.pause.saturating_mul(2);
        true
    }
}
