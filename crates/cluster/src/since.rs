//! The history after a point, and the proof that the point is of this history.

use crate::connection::{Link, Parameter};
use crate::fault::{Fate, Fault};
use crate::heartbeat::ServerStart;
use crate::limits::{SINCE_BYTES_MAX, SINCE_CHANGES_MAX};
use crate::session::{ClusterId, Session};
use crate::wire;
use jeton_store::journal::{Change, ChangeId, JournalError, Position, Since};
use std::time::Duration;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

/// The end of the history, the change set of the point itself, and those after it: one statement, so one view
/// of the database. The sizes are those in storage, so that nothing is read to be measured.
const SINCE: &str = "
SELECT h.start, h.cluster, h.revision, h.id, f.id, n.revision, n.id, n.previous, n.tbls, n.keys, n.vals
FROM (SELECT jeton.start_1() AS start, cluster, revision, id FROM jeton.control) h
LEFT JOIN jeton.changes f ON f.revision = $1
LEFT JOIN (
  SELECT c.*, pg_column_size(c.vals) AS own, sum(pg_column_size(c.vals)) OVER (ORDER BY c.revision) AS bytes
  FROM (SELECT * FROM jeton.changes WHERE revision > $1 ORDER BY revision LIMIT $2) c
) n ON n.bytes - n.own <= $3
ORDER BY n.revision";

/// The part of the history that a server has after a point.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The history goes on from the point, or was trimmed.
    Goes(Since),
    /// Another change set is at the point.
    Differs,
    /// The server's history ends before the point.
    Behind,
}

/// One look at a server's history.
pub(crate) struct Seen {
    server: ServerStart,
    /// The end of its history.
    end: Position,
    pub(crate) found: Found,
}

/// The history after a point, over a connection that is proven to lead to the primary. A history that
/// differs is looked at again over a new connection before it is a fork: the old one may lead to a server
/// that was replaced, and has what was never acknowledged, or not yet what was. So may one whose history
/// ends before what a question was answered with.
pub(crate) async fn since(session: &mut Session, from: Position) -> Result<Since, JournalError> {
    let mut is_second = false;
    loop {
        let (link, beat) = session.link().await?;
        let answer = read(&link, session.deadlines().read, session.cluster, from, false).await;
        let failure = match answer {
            Ok(seen) if seen.server != beat.server => {
                JournalError::NotReachable("another server answered than before".to_owned())
            }
            Ok(Seen { end, found: Found::Goes(since), .. })
                if is_second || end.revision >= session.own().asked() =>
            {
                return Ok(since);
            }
            Ok(_) => JournalError::Fork,
            Err(fault) if fault.fate != Fate::Unknown => {
                session.note(&fault);
                return Err(fault.error);
            }
            Err(fault) => fault.error,
        };
        session.leave();
        match failure {
            JournalError::Fork if is_second => return Ok(Since::Fork),
            failure if is_second => return Err(failure),
            _ => is_second = true,
        }
    }
}

/// One look, by itself or inside of a transaction that holds the end.
pub(crate) async fn read(
    link: &Link,
    deadline: Duration,
    cluster: ClusterId,
    from: Position,
    is_within: bool,
) -> Result<Seen, Fault> {
    let revision = wire::number(from.revision);
    let parameters: [Parameter<'_>; 3] =
        [(&revision, Type::INT8), (&SINCE_CHANGES_MAX, Type::INT8), (&SINCE_BYTES_MAX, Type::INT8)];
    let rows = if is_within {
        link.within(deadline, SINCE, &parameters).await?
    } else {
        link.read(deadline, SINCE, &parameters).await?
    };
    let head = rows.first().ok_or_else(|| Fault::undone(JournalError::NotInitialised))?;
    if head.try_get::<_, &[u8]>(1)? != cluster.0.as_slice() {
        return Err(Fault::undone(JournalError::OtherCluster));
    }
    let end = wire::position(head.try_get(2)?, head.try_get(3)?)?;
    let there: Option<&[u8]> = head.try_get(4)?;
    let there = there.map(wire::name).transpose()?.map(ChangeId);
    let changes = if head.try_get::<_, Option<i64>>(5)?.is_some() {
        rows.iter().map(change).collect::<Result<Vec<_>, _>>()?
    } else {
        Vec::new()
    };
    Ok(Seen { server: ServerStart(head.try_get(0)?), end, found: judge(from, end, there, changes)? })
}

fn change(row: &Row) -> Result<Change, Fault> {
    Ok(Change {
        at: wire::position(row.try_get(5)?, row.try_get(6)?)?,
        previous: ChangeId(wire::name(row.try_get(7)?)?),
        set: wire::change_set(row.try_get(8)?, row.try_get(9)?, row.try_get(10)?)?,
    })
}

/// Judges what a server has: its end, its change set at the point, and its next ones.
fn judge(
    from: Position,
    end: Position,
    there: Option<ChangeId>,
    changes: Vec<Change>,
) -> Result<Found, Fault> {
    if from.revision > end.revision {
        return Ok(Found::Behind);
    }
    if from.revision == end.revision {
        let is_same = from.id == end.id;
        return Ok(if is_same { Found::Goes(Since::Changes(Vec::new())) } else { Found::Differs });
    }
    if there.is_some_and(|there| there != from.id) {
        return Ok(Found::Differs);
    }
    let Some(first) = changes.first().filter(|first| first.at.revision == from.revision + 1) else {
        return Ok(Found::Goes(Since::Trimmed));
    };
    if first.previous != from.id {
        return Ok(Found::Differs);
    }
    let is_chain = changes.windows(2).all(|pair| {
        let [before, after] = pair else { return false };
        after.previous == before.at.id && after.at.revision == before.at.revision + 1
    });
    if !is_chain {
        return Err(Fault::undone(JournalError::Failed("a gap in the history".to_owned())));
    }
    Ok(Found::Goes(Since::Changes(changes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_store::journal::ChangeSet;

    fn at(revision: u64, id: u8) -> Position {
        Position { revision, id: ChangeId([id; 16]) }
    }

    fn changes(ids: &[(u64, u8, u8)]) -> Vec<Change> {
        let change = |&(revision, previous, id): &(u64, u8, u8)| Change {
            at: at(revision, id),
            previous: ChangeId([previous; 16]),
            set: ChangeSet::default(),
        };
        ids.iter().map(change).collect()
    }

    #[test]
    fn a_point_beyond_the_end_is_not_of_this_server() {
        assert_eq!(judge(at(3, 3), at(2, 2), None, vec![]), Ok(Found::Behind));
    }

    #[test]
    fn another_name_at_the_same_number_is_another_history() {
        assert_eq!(judge(at(2, 9), at(2, 2), Some(ChangeId([2; 16])), vec![]), Ok(Found::Differs));
        let next = changes(&[(3, 2, 3)]);
        assert_eq!(judge(at(2, 9), at(3, 3), Some(ChangeId([2; 16])), next.clone()), Ok(Found::Differs));
        assert_eq!(judge(at(2, 9), at(3, 3), None, next), Ok(Found::Differs));
    }

    #[test]
    fn a_history_that_begins_later_was_trimmed() {
        let next = changes(&[(4, 3, 4)]);
        assert_eq!(judge(at(2, 2), at(4, 4), None, next), Ok(Found::Goes(Since::Trimmed)));
        assert_eq!(judge(at(2, 2), at(4, 4), None, vec![]), Ok(Found::Goes(Since::Trimmed)));
    }

    #[test]
    fn a_history_without_gaps_goes_on() {
        let next = changes(&[(3, 2, 3), (4, 3, 4)]);
        let goes = Found::Goes(Since::Changes(next.clone()));
        assert_eq!(judge(at(2, 2), at(4, 4), Some(ChangeId([2; 16])), next.clone()), Ok(goes));
        let goes = Found::Goes(Since::Changes(next.clone()));
        assert_eq!(judge(at(2, 2), at(9, 9), None, next), Ok(goes));
        assert_eq!(judge(at(4, 4), at(4, 4), None, vec![]), Ok(Found::Goes(Since::Changes(vec![]))));
    }

    #[test]
    fn a_gap_is_an_error() {
        assert!(judge(at(2, 2), at(5, 5), None, changes(&[(3, 2, 3), (5, 4, 5)])).is_err());
        assert!(judge(at(2, 2), at(4, 4), None, changes(&[(3, 2, 3), (4, 9, 4)])).is_err());
    }
}
