//! Verifications of assertions take turns, fairly between the clients that they name.
//!
//! Anybody can send assertions that say the right things about a client and are signed by somebody else, and only a
//! verification tells. It costs as much as ten requests with secrets. So a worker makes one at a time, for at most
//! [`VERIFYING_SLICE`] before it looks at what else is ready, and those that wait are in a fair queue: a right assertion
//! waits for one of each lane before it, however many wrong ones there are, and none is refused for wrong ones.
//!
//! | lane | of |
//! |---|---|
//! | a client's | assertions that name it, by id or username |
//! | of unknown clients | those that name none that exists: invented names have one lane together |
//! | of failing sources | those from sources that failed too often lately, whatever they name |
//!
//! Under a flood the waiting time may tell that a name exists. Without one nothing waits, and the work is the same.

use crate::failures::Source;
use crate::fair_queue::FairQueue;
use crate::limits::{VERIFYING_SLICE, VERIFYING_WAIT_BYTES_MAX};
use jeton_domain::id::ClientId;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

/// What a verification waits behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Others that name this client.
    Client(ClientId),
    /// Others that name no client.
    Unknown,
    /// Others from sources that failed too often.
    Failing,
}

/// One worker's verifications.
#[derive(Debug)]
pub struct Verifications {
    /// No other thread contends for it.
    state: Mutex<State>,
    called: Notify,
}

#[derive(Debug)]
struct State {
    waiting: FairQueue<Lane, Source, oneshot::Sender<()>>,
    /// The time that verifications took since everything that was ready had its turn.
    spent: Duration,
    /// The time that one takes, lately.
    usual: Duration,
}

/// There was no room to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRoom;

impl Default for Verifications {
    fn default() -> Self {
        let waiting = FairQueue::new(VERIFYING_WAIT_BYTES_MAX);
        let state = State { waiting, spent: Duration::ZERO, usual: Duration::ZERO };
        Self { state: Mutex::new(state), called: Notify::new() }
    }
}

impl Verifications {
    /// Waits until it is this one's turn to [`verify`](Self::verify); a request of so many bytes waits with it.
    ///
    /// # Errors
    /// [`NoRoom`] when too much waits, of this lane more than of others.
    pub async fn come(&self, lane: Lane, source: Source, bytes: usize) -> Result<(), NoRoom> {
        let turn = {
            let mut state = self.lock();
            if state.waiting.is_empty() && state.spent < VERIFYING_SLICE {
                return Ok(());
            }
            let (next, turn) = oneshot::channel();
            // Dropping what made room tells it.
            drop(state.waiting.push(lane, source, next, bytes.saturating_add(WAITING_BYTES)));
            turn
        };
        turn.await.map_err(|_| NoRoom)
    }

    /// Verifies, and counts the time that it took.
    pub fn verify<T>(&self, verify: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let verified = verify();
        let took = began.elapsed();
        let mut state = self.lock();
        if state.spent.is_zero() {
            self.called.notify_one();
        }
        state.spent = state.spent.saturating_add(took.max(SHORTEST));
        state.usual = if state.usual.is_zero() { took } else { (state.usual * 7 + took) / 8 };
        verified
    }

    /// Calls those who wait, until it is cancelled. Runs on the worker that verifies; woken by the first verification, it is
    /// reached when everything that was ready then has run.
    pub async fn run(&self) {
        loop {
            self.called.notified().await;
            while self.begin_slice() {
                // Those who were called, and what has become ready meanwhile.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Calls as many as a slice has time for; whether any were called.
    fn begin_slice(&self) -> bool {
        let mut state = self.lock();
        state.spent = Duration::ZERO;
        let usual = state.usual.max(SHORTEST);
        let mut expected = Duration::ZERO;
        while expected < VERIFYING_SLICE {
            let Some(next) = state.waiting.pop() else { break };
            // A client that went away hears nothing.
            if next.send(()).is_ok() {
                expected = expected.saturating_add(usual);
            }
        }
        !expected.is_zero()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A verification is counted as at least this much.
const SHORTEST: Duration = Duration::from_micros(1);

/// Memory that a waiting request takes beside its body, about.
const WAITING_BYTES: usize = 2048;

#[cfg(test)]
mod tests;
