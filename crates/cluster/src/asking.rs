//! Questions and heartbeats, in order over one connection: a heartbeat that waits for a standby delays the
//! questions behind it, which is right, since their answers could not be believed.

use crate::clock::uptime;
use crate::connection::{Link, Parameter};
use crate::fault::{Fate, Fault};
use crate::heartbeat::ServerStart;
use crate::limits::BEAT_INTERVAL;
use crate::schema::FORMAT;
use crate::session::{ClusterId, Session};
use crate::wire;
use jeton_store::journal::{Asked, JournalError, Position};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;
use tokio_postgres::types::Type;

/// The receiver of one answer.
pub(crate) type Question = Box<dyn FnOnce(Result<Asked, JournalError>) + Send>;

const ASK: &str = "SELECT jeton.start_1(), cluster, revision, id, format, oldest FROM jeton.control";

/// Beats each second, and answers questions, until its sender is gone; then gives the number back.
pub(crate) async fn run(mut session: Session, mut questions: Receiver<Question>) {
    let mut next = Instant::now();
    loop {
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(next) => {
                if let Err(error) = session.beat().await {
                    tracing::debug!("no heartbeat: {error}");
                }
                next = Instant::now() + BEAT_INTERVAL;
            }
            question = questions.recv() => match question {
                Some(first) => answer(&mut session, first, &mut questions).await,
                None => break,
            },
        }
    }
    give_back(&mut session).await;
}

/// Answers all questions that wait with one answer, asked after all of them came.
async fn answer(session: &mut Session, first: Question, questions: &mut Receiver<Question>) {
    let mut waiting = vec![first];
    while let Ok(question) = questions.try_recv() {
        waiting.push(question);
    }
    let answer = ask(session).await;
    waiting.into_iter().for_each(|done| done(answer.clone()));
}

/// Asks; once more over a new connection, or after a new heartbeat, if the answer is not to be believed.
async fn ask(session: &mut Session) -> Result<Asked, JournalError> {
    let mut is_second = false;
    loop {
        let (link, beat) = session.link().await?;
        let sent = uptime();
        let failure = match look(&link, session.deadlines().question, session.cluster).await {
            Ok((server, at)) if beat.proves(server, uptime()) => {
                session.own().has_asked(at.revision);
                return Ok(Asked { at, sent });
            }
            Ok(_) => {
                session.beat().await?;
                JournalError::NotReachable("its answer is not confirmed by a heartbeat".to_owned())
            }
            Err(fault) => {
                session.note(&fault);
                if fault.fate != Fate::Unknown || fault.error == JournalError::TooSlow {
                    return Err(fault.error);
                }
                fault.error
            }
        };
        if is_second {
            return Err(failure);
        }
        is_second = true;
    }
}

async fn look(link: &Link, deadline: Duration, cluster: ClusterId) -> Result<(ServerStart, Position), Fault> {
    let rows = link.read(deadline, ASK, &[]).await?;
    let row = rows.first().ok_or_else(|| Fault::undone(JournalError::NotInitialised))?;
    if row.try_get::<_, &[u8]>(1)? != cluster.0.as_slice() {
        return Err(Fault::undone(JournalError::OtherCluster));
    }
    let (format, oldest): (i32, i32) = (row.try_get(4)?, row.try_get(5)?);
    if oldest > FORMAT {
        return Err(Fault::undone(JournalError::NewerFormat(format.unsigned_abs())));
    }
    Ok((ServerStart(row.try_get(0)?), wire::position(row.try_get(2)?, row.try_get(3)?)?))
}

/// Tells the others that no process has this number any more, so that the next one need not wait.
async fn give_back(session: &mut Session) {
    let Ok((link, _)) = session.link().await else { return };
    let statement = "UPDATE jeton.nodes SET run = ''::bytea WHERE number = $1 AND run = $2";
    let (number, run) = (i32::from(session.own().number.0), session.own().run.0);
    let parameters: [Parameter<'_>; 2] = [(&number, Type::INT4), (&run.as_slice(), Type::BYTEA)];
    let deadline = session.deadlines().question;
    if let Err(fault) = link.change(deadline, statement, &parameters).await {
        tracing::debug!("the number of this node was not given back: {}", fault.error);
    }
}
