//! A pool of threads for work that may take longer than a token request: calls of the management API, and the
//! generation of keys.
//!
//! ```text
//! worker ──run──▶ waiting, by organization and caller ──(in turn)──▶ a thread of low priority
//!    ▲                                                                  │ polls the work until it is done
//!    └────────────────────────── answer ◀───────────────────────────────┘
//! ```
//! The threads have a lower priority than those that serve tokens, so on a busy machine tokens go first. A
//! caller with many requests waits behind its own: organizations take turns, and inside an organization its
//! callers do, so that an administrator who creates a thousand users to act for it has no larger share.
//! Waiting and running work is bounded, in all and for each caller. Work whose caller hung up is not begun,
//! or dropped where it awaits something.

mod party;
mod room;
mod turns;

pub use party::{Party, Refused, Share};

use crate::limits::{POOL_NICENESS, POOL_RUNNING_MAX};
use room::Room;
use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{Notify, Semaphore, oneshot};
use turns::Turns;

type Work<C> = Box<dyn FnOnce(C) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// A waiting piece of work.
struct Job<C> {
    party: Party,
    bytes: usize,
    work: Work<C>,
}

/// A pool whose threads give the work a context of type `C`.
pub struct Pool<C> {
    share: Share,
    state: Mutex<State<C>>,
    called: Notify,
}

struct State<C> {
    waiting: Turns<Job<C>>,
    room: Room,
    running: HashMap<Party, usize>,
    /// True once threads were started.
    served: bool,
    closed: bool,
}

impl<C> std::fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("share", &self.share).finish_non_exhaustive()
    }
}

impl<C: Clone + Send + 'static> Pool<C> {
    /// A pool without threads.
    pub fn new(share: Share) -> Arc<Self> {
        let state = State {
            waiting: Turns::default(),
            room: Room::default(),
            running: HashMap::new(),
            served: false,
            closed: false,
        };
        Arc::new(Self { share, state: Mutex::new(state), called: Notify::new() })
    }

    /// Runs work on the pool; it holds `bytes` of memory while it waits. If the returned future is dropped
    /// the work is dropped as well, as soon as it awaits something. A pool without threads, as in commands
    /// that run while no server does, leaves the work to the caller, with the caller's `own` context.
    ///
    /// # Errors
    /// [`Refused`], at once.
    pub async fn run<T, F>(
        &self,
        party: Party,
        bytes: usize,
        own: C,
        work: impl FnOnce(C) -> F + Send + 'static,
    ) -> Result<T, Refused>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        if !self.lock().served {
            return Ok(work(own).await);
        }
        let (mut reply, answer) = oneshot::channel();
        let work: Work<C> = Box::new(move |context| {
            Box::pin(async move {
                let done = tokio::select! {
                    biased;
                    () = reply.closed() => return,
                    done = async move { work(context).await } => done,
                };
                // The caller may have hung up in this moment.
                let _ = reply.send(done);
            })
        });
        self.push(Job { party, bytes, work })?;
        answer.await.map_err(|_| Refused::Stopping)
    }

    fn push(&self, job: Job<C>) -> Result<(), Refused> {
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Stopping);
        }
        state.room.take(job.party, job.bytes, self.share)?;
        state.waiting.push(job.party, job);
        drop(state);
        self.called.notify_one();
        Ok(())
    }

    /// Starts a thread that serves the pool until it is closed. `context` is made on the thread, inside its
    /// runtime.
    ///
    /// # Errors
    /// The thread or its runtime can't be started.
    pub fn start(
        self: &Arc<Self>,
        name: String,
        context: impl FnOnce() -> C + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let pool = Arc::clone(self);
        self.lock().served = true;
        std::thread::Builder::new().name(name).spawn(move || {
            lower_priority();
            runtime.block_on(async move { pool.serve(context()).await });
        })
    }

    /// Serves with the calling thread, until the pool is closed and empty.
    async fn serve(self: Arc<Self>, context: C) {
        let places = Arc::new(Semaphore::new(POOL_RUNNING_MAX));
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            let Some(job) = self.next().await else { break };
            let running = Running { pool: Arc::clone(&self), party: job.party };
            let context = context.clone();
            tokio::spawn(async move {
                (job.work)(context).await;
                drop((running, place));
            });
            // Lets it begin before the next one is taken.
            tokio::task::yield_now().await;
        }
        let all = u32::try_from(POOL_RUNNING_MAX).unwrap_or(u32::MAX);
        let _ = places.acquire_many(all).await;
    }

    /// The next work; `None` if the pool is closed and nothing waits.
    async fn next(&self) -> Option<Job<C>> {
        loop {
            let called = {
                let mut state = self.lock();
                if let Some(job) = state.take(self.share.running_max) {
                    return Some(job);
                }
                if state.closed && state.room.is_empty() {
                    return None;
                }
                self.called.notified()
            };
            called.await;
        }
    }
}

impl<C> Pool<C> {
    /// Accepts no further work; the threads end when the waiting work is done.
    pub fn close(&self) {
        self.lock().closed = true;
        // A thread that is not waiting now finds the permit that `notify_one` leaves.
        self.called.notify_waiters();
        self.called.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State<C>> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> State<C> {
    fn take(&mut self, running_max: usize) -> Option<Job<C>> {
        let running = &self.running;
        let job = self.waiting.take(|party| running.get(&party).is_none_or(|count| *count < running_max))?;
        self.room.give_back(job.party, job.bytes);
        *self.running.entry(job.party).or_default() += 1;
        Some(job)
    }

    fn finish(&mut self, party: Party) {
        if let Some(count) = self.running.get_mut(&party) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.running.remove(&party);
            }
        }
    }
}

/// Running work, counted until it is done or dropped.
struct Running<C> {
    pool: Arc<Pool<C>>,
    party: Party,
}

impl<C> Drop for Running<C> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.finish(self.party);
        let ends = state.closed;
        drop(state);
        // More of this party may run now, and the last one ends the threads.
        if ends {
            self.pool.called.notify_waiters();
        }
        self.pool.called.notify_one();
    }
}

/// On Linux each thread has a priority of its own. Elsewhere the process has one, which stays as it is.
fn lower_priority() {
    if cfg!(target_os = "linux")
        && let Err(error) = rustix::process::setpriority_process(None, POOL_NICENESS)
    {
        tracing::debug!(%error, "the priority of a thread could not be lowered");
    }
}

#[cfg(test)]
mod tests;
