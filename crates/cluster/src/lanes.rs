//! The connections of one server, each with a task that does its work in order.
//!
//! ```text
//! asking      questions, and the heartbeat each second
//! appending   the history: append, hold, since, resolve
//! using       assertions, nodes, control, copying, trimming
//! ```

use crate::asking::{self, Question};
use crate::assertions::{UseUp, use_up};
use crate::connection::Connector;
use crate::heartbeat::Own;
use crate::limits::WAITING_MAX;
use crate::session::{ClusterId, Session, SharedClock};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Work for the task of one connection.
pub(crate) type Job =
    Box<dyn for<'a> FnOnce(&'a mut Session) -> Pin<Box<dyn Future<Output = ()> + 'a>> + Send>;

/// The ways to the connections.
pub(crate) struct Lanes {
    pub(crate) asking: Sender<Question>,
    pub(crate) appending: Sender<Job>,
    pub(crate) using: Sender<Job>,
    pub(crate) assertions: Sender<UseUp>,
}

/// The other ends of the ways.
pub(crate) struct Starts {
    asking: Receiver<Question>,
    appending: Receiver<Job>,
    using: Receiver<Job>,
    assertions: Receiver<UseUp>,
}

impl Lanes {
    pub(crate) fn new() -> (Self, Starts) {
        let (asking, questions) = channel(WAITING_MAX);
        let (appending, changes) = channel(WAITING_MAX);
        let (using, looks) = channel(WAITING_MAX);
        let (assertions, uses) = channel(WAITING_MAX);
        let starts = Starts { asking: questions, appending: changes, using: looks, assertions: uses };
        (Self { asking, appending, using, assertions }, starts)
    }
}

/// Runs the tasks of all connections until their senders are gone.
pub(crate) async fn serve(parts: (Connector, Arc<Own>, ClusterId, SharedClock), starts: Starts) {
    let (connector, own, cluster, clock) = parts;
    let connector = Rc::new(connector);
    let session = || Session::new(Rc::clone(&connector), Arc::clone(&own), cluster, Arc::clone(&clock));
    tokio::join!(
        asking::run(session(), starts.asking),
        work(session(), starts.appending),
        use_both(session(), starts.using, starts.assertions),
    );
}

async fn work(mut session: Session, mut jobs: Receiver<Job>) {
    while let Some(job) = jobs.recv().await {
        job(&mut session).await;
    }
}

async fn use_both(mut session: Session, mut jobs: Receiver<Job>, mut assertions: Receiver<UseUp>) {
    loop {
        tokio::select! {
            Some(job) = jobs.recv() => job(&mut session).await,
            Some(first) = assertions.recv() => use_up(&mut session, first, &mut assertions).await,
            else => return,
        }
    }
}
