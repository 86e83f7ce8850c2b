//! A worker's handle to the store's writer. It carries commands there and answers back: one message each
//! way for all requests that are ready together.
//!
//! ```text
//! request ──deliver──▶ outgoing ──(store handle yields once, then sends all)──▶ writer thread
//!    ▲                                                                        │ commit
//!    └──oneshot, woken on the worker itself── inbox ◀──one wake per batch─────┘
//! ```
//! Waking a task from another thread costs a lock and a write to an eventfd. With one such wake per request
//! that was most of the cost of waiting for the commit. With one per batch the answers are completed on the
//! worker that owns their connections, by wakes that are a push to its own queue. Measurements:
//! `benches/README.md`, "How waiting requests are woken".

use crate::limits::{USES_FLUSH_SECONDS, USES_PENDING_MAX};
use crate::{Command, CommandBatch, CommandError, CommandResult, Store};
use jeton_domain::admin::{AdminCommand, Outcome};
use jeton_domain::time::Timestamp;
use jeton_secret::CredentialId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};

/// One worker's handle to the store's writer.
#[derive(Debug)]
pub struct StoreHandle {
    store: Arc<Store>,
    outgoing: Mutex<Vec<Waiting>>,
    called: Notify,
    inbox: Arc<Inbox>,
    noted: Mutex<HashMap<CredentialId, Timestamp>>,
}

/// A command and the receiver of its answer.
#[derive(Debug)]
struct Waiting {
    command: Command,
    reply: oneshot::Sender<CommandResult>,
}

/// Answers that the writer left for the worker.
#[derive(Debug, Default)]
struct Inbox {
    answered: Mutex<Vec<Answered>>,
    arrived: Notify,
}

/// The answers to one batch and their receivers, in the same order.
#[derive(Debug)]
struct Answered {
    replies: Vec<oneshot::Sender<CommandResult>>,
    answers: Vec<CommandResult>,
}

impl StoreHandle {
    /// A handle to this store. A task has to [`run`](Self::run) it.
    pub fn new(store: Arc<Store>) -> Arc<Self> {
        Arc::new(Self {
            store,
            outgoing: Mutex::default(),
            called: Notify::new(),
            inbox: Arc::default(),
            noted: Mutex::default(),
        })
    }

    /// Submits a command. The command is on its way when this returns, even if the caller goes away. The
    /// answer comes when the change is durable, or as a [`CommandError`].
    ///
    /// Not an `async fn`, whose future would contain a command wherever it is awaited.
    pub fn submit(&self, command: Command) -> impl Future<Output = Result<Outcome, CommandError>> + use<> {
        let answer = self.send(command);
        async move { answer.await.map(|applied| applied.outcome) }
    }

    /// Submits an administrator's command. The answer has the rights that were checked.
    pub fn administer(&self, command: AdminCommand) -> impl Future<Output = CommandResult> + use<> {
        self.send(Command::Administer(Box::new(command)))
    }

    fn send(&self, command: Command) -> impl Future<Output = CommandResult> + use<> {
        let (reply, answer) = oneshot::channel();
        let first = {
            let mut outgoing = lock(&self.outgoing);
            outgoing.push(Waiting { command, reply });
            outgoing.len() == 1
        };
        if first {
            self.called.notify_one();
        }
        async move { answer.await.unwrap_or(Err(CommandError::Unavailable)) }
    }

    /// Records the use of a credential, unless one was recorded within the last minute.
    pub fn note_use(&self, credential: CredentialId, at: Timestamp) {
        let mut noted = lock(&self.noted);
        if noted.get(&credential).is_some_and(|last| at.0.abs_diff(last.0) < USES_FLUSH_SECONDS) {
            return;
        }
        if noted.len() >= USES_PENDING_MAX {
            noted.clear();
        }
        noted.insert(credential, at);
        drop(noted);
        // The answer is not awaited.
        drop(self.submit(Command::NoteUse { credential, at }));
    }

    /// Submits batches and delivers answers, until it is cancelled. Runs on the worker whose requests it
    /// serves.
    pub async fn run(self: Arc<Self>) {
        tokio::join!(self.carry_commands(), self.carry_answers());
    }

    async fn carry_commands(&self) {
        loop {
            self.called.notified().await;
            // Every request that is ready now gets to add its command to the batch first.
            tokio::task::yield_now().await;
            let (commands, replies): (Vec<_>, Vec<_>) =
                std::mem::take(&mut *lock(&self.outgoing)).into_iter().map(|w| (w.command, w.reply)).unzip();
            let inbox = Arc::clone(&self.inbox);
            self.store.submit(CommandBatch::new(commands, move |answers| {
                lock(&inbox.answered).push(Answered { replies, answers });
                inbox.arrived.notify_one();
            }));
        }
    }

    async fn carry_answers(&self) {
        loop {
            self.inbox.arrived.notified().await;
            for Answered { replies, answers } in std::mem::take(&mut *lock(&self.inbox.answered)) {
                for (reply, answer) in replies.into_iter().zip(answers) {
                    // A caller that went away does not receive the answer.
                    let _ = reply.send(answer);
                }
            }
        }
    }
}

/// No code panics while it holds one of these locks, and a half-done push is not visible.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
