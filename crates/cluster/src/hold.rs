//! The end of the history, held: a transaction that has the lock of the control row, and its steps.

use crate::connection::Link;
use crate::fault::{Fate, Fault};
use crate::history::{APPEND, Entry, Tries};
use crate::session::Session;
use crate::since::{self, Found};
use crate::wire;
use jeton_domain::time::Careful;
use jeton_store::journal::{Appended, ChangeId, ChangeSet, HeldJournal, JournalError, Position, Since};
use std::rc::Rc;
use std::sync::mpsc::{SyncSender, sync_channel};
use tokio::sync::mpsc::{Receiver, Sender};
use tokio_postgres::types::Type;

/// The place that an answer goes to.
pub(crate) type Reply<T> = SyncSender<Result<T, JournalError>>;

/// A step of the server that holds the end.
pub(crate) enum Step {
    Since(Position, Reply<Since>),
    Append(Entry, Reply<Appended>),
}

/// Holds the end, tells where it is, and takes steps until the last one, the end of `steps` or of the time.
/// The other server of a transaction that is not ended would wait as long as the database lets it.
pub(crate) async fn hold(session: &mut Session, granted: Reply<Position>, mut steps: Receiver<Step>) {
    let (link, end) = match take(session).await {
        Ok(held) => held,
        Err(error) => {
            let _ = granted.send(Err(error));
            return;
        }
    };
    let _ = granted.send(Ok(end));
    let mut is_open = true;
    while is_open {
        let step = tokio::time::timeout(session.deadlines().hold, steps.recv()).await;
        is_open = match step {
            Ok(Some(Step::Since(from, reply))) => look(session, &link, from, &reply).await,
            Ok(Some(Step::Append(entry, reply))) => {
                let _ = reply.send(append(session, &link, &entry).await);
                return;
            }
            Ok(None) | Err(_) => break,
        };
    }
    if is_open && link.roll_back(session.deadlines().read).await.is_err() {
        session.leave();
    }
}

/// Locks the control row in a transaction of its own.
async fn take(session: &mut Session) -> Result<(Rc<Link>, Position), JournalError> {
    let mut tries = Tries::new(session.deadlines().append, ChangeId(session.own().run.0));
    loop {
        let link = session.link_within(tries.left()).await?;
        let fault = match lock(session, &link, &tries).await {
            Ok(end) => return Ok((link, end)),
            Err(fault) => fault,
        };
        session.note(&fault);
        if !matches!(fault.fate, Fate::Repeat | Fate::Unknown) || !tries.again().await {
            return Err(fault.error);
        }
    }
}

async fn lock(session: &Session, link: &Link, tries: &Tries) -> Result<Position, Fault> {
    link.start(tries.left()).await?;
    let statement = "SELECT * FROM jeton.hold_1($1)";
    let cluster = session.cluster.0;
    let rows = link.within(tries.left(), statement, &[(&cluster.as_slice(), Type::BYTEA)]).await?;
    let row = rows.first().ok_or_else(Fault::malformed)?;
    if let Err(fault) = wire::outcome(row.try_get(0)?) {
        link.roll_back(tries.left()).await?;
        return Err(fault);
    }
    wire::position(row.try_get(1)?, row.try_get(2)?)
}

/// Looks at the history while it is held. True if it is held still.
async fn look(session: &mut Session, link: &Link, from: Position, reply: &Reply<Since>) -> bool {
    let answer = since::read(link, session.deadlines().read, session.cluster, from, true).await;
    let (answer, is_open) = match answer.map(|seen| seen.found) {
        Ok(Found::Goes(since)) => (Ok(since), true),
        Ok(Found::Differs | Found::Behind) => {
            // A fork only if another connection says the same: without the lock, one finds out.
            session.leave();
            (Err(JournalError::NotReachable("its history differs over this connection".to_owned())), false)
        }
        Err(fault) => {
            session.note(&fault);
            (Err(fault.error), false)
        }
    };
    let _ = reply.send(answer);
    is_open
}

async fn append(session: &mut Session, link: &Link, entry: &Entry) -> Result<Appended, JournalError> {
    let deadline = session.deadlines().append;
    let answer = async {
        let rows = entry.with(session, async |given| link.within(deadline, APPEND, given).await).await?;
        let appended = match entry.appended(&rows) {
            Ok(appended @ Appended::At { .. }) => appended,
            refused => {
                link.roll_back(deadline).await?;
                return refused;
            }
        };
        link.commit(deadline).await?;
        Ok(appended)
    };
    match answer.await {
        Ok(appended) => Ok(appended),
        Err(fault) => {
            session.note(&fault);
            if fault.fate == Fate::Unknown { Ok(Appended::Lost) } else { Err(fault.error) }
        }
    }
}

/// The end of the history, held by a transaction.
pub(crate) struct Held {
    pub(crate) end: Position,
    pub(crate) careful: Careful,
    pub(crate) steps: Sender<Step>,
}

impl Held {
    fn step<T>(&self, step: impl FnOnce(Reply<T>) -> Step) -> Result<T, JournalError> {
        let (reply, answer) = sync_channel(1);
        self.steps.try_send(step(reply)).map_err(|_| JournalError::TooSlow)?;
        answer.recv().unwrap_or(Err(JournalError::TooSlow))
    }
}

impl HeldJournal for Held {
    fn end(&self) -> Position {
        self.end
    }

    fn since(&mut self, from: Position) -> Result<Since, JournalError> {
        self.step(|reply| Step::Since(from, reply))
    }

    fn append(self: Box<Self>, id: ChangeId, set: &ChangeSet) -> Result<Appended, JournalError> {
        let entry = Entry { on: Some(self.end), id, set: set.clone(), careful: self.careful };
        self.step(|reply| Step::Append(entry, reply))
    }
}
