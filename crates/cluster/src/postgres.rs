//! The journal in PostgreSQL: calls that wait for the answers of a thread with a few connections.

use crate::access::{Access, on_a_thread, runtime};
use crate::assertions::{UseUp, UseUpReply};
use crate::connection::Link;
use crate::control::{self, Control};
use crate::copy::{self, Chunk, Place};
use crate::fault::Fault;
use crate::heartbeat::{NodeNumber, Own};
use crate::history::{self, Entry};
use crate::hold::{Held, hold};
use crate::lanes::{Job, Lanes, serve};
use crate::membership::{Membership, admit};
use crate::nodes::{self, Node};
use crate::session::{ClusterId, DatabaseClock, Session, SharedClock};
use crate::since;
use crate::trim::{self, Trimmed};
use jeton_domain::time::Careful;
use jeton_store::journal::{
    Appended, Asked, AssertionUse, ChangeId, ChangeSet, HeldJournal, Journal, JournalError, Position, Since,
    Used,
};
use std::pin::Pin;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc::{Sender, channel};

/// The journal of one server of a cluster.
pub struct PostgresJournal {
    own: Arc<Own>,
    cluster: ClusterId,
    clock: SharedClock,
    lanes: Option<Lanes>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for PostgresJournal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PostgresJournal").field("node", &self.own.number).finish_non_exhaustive()
    }
}

impl PostgresJournal {
    /// Joins a cluster: checks that it is the right one, claims a number, and begins to beat.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(access: Access, member: &Membership) -> Result<Self, JournalError> {
        let connector = access.connector()?;
        let (own, cluster) = on_a_thread(async || admit(&connector, member).await)?;
        let own = Arc::new(own);
        let clock = SharedClock::default();
        let (lanes, starts) = Lanes::new();
        let parts = (connector, Arc::clone(&own), cluster, Arc::clone(&clock));
        let thread = std::thread::Builder::new().name("jeton-database".to_owned());
        let thread = thread.spawn(move || {
            let ended = runtime(async {
                serve(parts, starts).await;
                Ok(())
            });
            if let Err(error) = ended {
                tracing::error!("the connections to the database ended: {error}");
            }
        });
        let thread = thread.map_err(|error| JournalError::Failed(error.to_string()))?;
        Ok(Self { own, cluster, clock, lanes: Some(lanes), thread: Some(thread) })
    }

    /// The number of this server.
    pub fn number(&self) -> NodeNumber {
        self.own.number
    }

    /// The cluster.
    pub fn cluster(&self) -> ClusterId {
        self.cluster
    }

    /// The database's clock as the last heartbeat found it.
    pub fn database_clock(&self) -> Option<DatabaseClock> {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note that the state is being copied, and the history from here on is needed.
    pub fn is_joining(&self, from: u64) {
        self.own.is_joining(from);
    }

    /// Puts the careful clock forward without a change set.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn put_careful(&self, careful: Careful) -> Result<(), JournalError> {
        self.look(move |link, deadline| {
            Box::pin(async move { control::offer(link, deadline, careful).await })
        })
    }

    /// Uses assertions up, and tells it to `done`, on any thread, in the order of the assertions.
    pub fn use_up_later(&self, uses: Vec<AssertionUse>, done: UseUpReply) {
        let sent = match &self.lanes {
            Some(lanes) => {
                lanes.assertions.try_send(UseUp { uses, reply: done }).map_err(|error| error.into_inner())
            }
            None => Err(UseUp { uses, reply: done }),
        };
        if let Err(rejected) = sent {
            (rejected.reply)(Err(JournalError::TooSlow));
        }
    }

    /// All nodes of the cluster.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn nodes(&self) -> Result<Vec<Node>, JournalError> {
        self.look(|link, deadline| Box::pin(nodes::list(link, deadline)))
    }

    /// The facts that all nodes share.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn control(&self) -> Result<Control, JournalError> {
        self.look(|link, deadline| Box::pin(control::read(link, deadline)))
    }

    /// The rows of the state after a place, at most so many.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn copy(&self, after: Option<Place>, rows_max: u32) -> Result<Chunk, JournalError> {
        self.look(move |link, deadline| {
            Box::pin(async move { copy::read(link, deadline, after.as_ref(), rows_max).await })
        })
    }

    /// Removes change sets older than `age` that all nodes have, and assertions that have expired. One node
    /// does this for all.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn trim(&self, age: Duration) -> Result<Trimmed, JournalError> {
        self.look(move |link, deadline| Box::pin(trim::trim(link, deadline, age)))
    }

    /// Asks one thing over the third connection.
    fn look<T: Send + 'static>(
        &self,
        ask: impl for<'a> FnOnce(&'a Link, Duration) -> Pin<Box<dyn Future<Output = Result<T, Fault>> + 'a>>
        + Send
        + 'static,
    ) -> Result<T, JournalError> {
        self.call(self.lanes.as_ref().map(|lanes| &lanes.using), move |session| {
            Box::pin(async move {
                let (link, _) = session.link().await?;
                let answer = ask(&link, session.deadlines().read).await;
                answer.map_err(|fault| {
                    session.note(&fault);
                    fault.error
                })
            })
        })
    }

    /// Has a job done, and waits for its answer.
    fn call<T: Send + 'static>(
        &self,
        lane: Option<&Sender<Job>>,
        job: impl for<'a> FnOnce(&'a mut Session) -> Pin<Box<dyn Future<Output = Result<T, JournalError>> + 'a>>
        + Send
        + 'static,
    ) -> Result<T, JournalError> {
        let (reply, answer) = sync_channel(1);
        let job: Job = Box::new(move |session| {
            Box::pin(async move {
                let _ = reply.send(job(session).await);
            })
        });
        lane.and_then(|lane| lane.try_send(job).ok()).ok_or(JournalError::TooSlow)?;
        answer.recv().unwrap_or(Err(JournalError::TooSlow))
    }

    fn appending(&self) -> Option<&Sender<Job>> {
        self.lanes.as_ref().map(|lanes| &lanes.appending)
    }

    fn entry(&self, on: Option<Position>, id: ChangeId, set: &ChangeSet) -> Entry {
        Entry { on, id, set: set.clone(), careful: self.own.careful(Careful(0)) }
    }
}

impl Drop for PostgresJournal {
    fn drop(&mut self) {
        self.lanes = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Journal for PostgresJournal {
    fn append(&self, on: Option<Position>, id: ChangeId, set: &ChangeSet) -> Result<Appended, JournalError> {
        let entry = self.entry(on, id, set);
        self.call(self.appending(), move |session| {
            Box::pin(async move { history::append(session, &entry).await })
        })
    }

    fn hold(&self) -> Result<Box<dyn HeldJournal + '_>, JournalError> {
        let (granted, answer) = sync_channel(1);
        let (steps, receiver) = channel(1);
        let job: Job = Box::new(move |session| Box::pin(hold(session, granted, receiver)));
        self.appending().and_then(|lane| lane.try_send(job).ok()).ok_or(JournalError::TooSlow)?;
        let end = answer.recv().unwrap_or(Err(JournalError::TooSlow))?;
        Ok(Box::new(Held { end, careful: self.own.careful(Careful(0)), steps }))
    }

    fn since(&self, from: Position) -> Result<Since, JournalError> {
        self.call(self.appending(), move |session| Box::pin(since::since(session, from)))
    }

    fn resolve(&self, id: ChangeId) -> Result<Option<Position>, JournalError> {
        self.call(self.appending(), move |session| Box::pin(history::resolve(session, id)))
    }

    fn use_up(&self, uses: &[AssertionUse]) -> Result<Vec<Used>, JournalError> {
        let (sender, answer) = sync_channel(1);
        // The receiver waits below.
        self.use_up_later(uses.to_vec(), Box::new(move |used| drop(sender.send(used))));
        answer.recv().unwrap_or(Err(JournalError::TooSlow))
    }

    fn careful(&self, own: Careful) -> Careful {
        self.own.careful(own)
    }

    fn applied(&self, at: Position) {
        self.own.has_applied(at);
    }

    fn ask(&self, done: Box<dyn FnOnce(Result<Asked, JournalError>) + Send>) {
        let sent = match &self.lanes {
            Some(lanes) => lanes.asking.try_send(done).map_err(|error| error.into_inner()),
            None => Err(done),
        };
        if let Err(done) = sent {
            done(Err(JournalError::TooSlow));
        }
    }
}
