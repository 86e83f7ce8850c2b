//! A queue of assertion verifications, fair between the clients that the assertions name.
//!
//! An attacker can send assertions with correct claims about a client and a wrong signature, and only a
//! verification tells. It costs as much as ten requests with secrets. So a worker makes one at a time, for at
//! most [`VERIFYING_SLICE`] before it serves other ready requests, and waiting ones are in a fair queue: a
//! valid assertion waits for one of each lane before it, however many invalid ones there are, and none is
//! refused because of invalid ones.
//!
//! | lane | of |
//! |---|---|
//! | a client's | assertions that name it, by id or username |
//! | of unknown clients | those that name none that exists: invented names have one lane together |
//! | of failing sources | those from sources that failed too often lately, for any client |
//!
//! In each lane the sources take turns, and in each source what the assertions name: a client and a key that
//! it has. So a valid assertion waits little where everything comes from one address, behind a proxy that is
//! not configured or on one machine, unless the flood names its key too.
//!
//! Under a flood the waiting time may reveal that a name exists. Without one nothing waits, and the work is
//! the same.

use crate::auth_throttle::Source;
use crate::fair_queue::FairQueue;
use crate::limits::{VERIFYING_SLICE, VERIFYING_WAIT_BYTES_MAX};
use jeton_domain::id::ClientId;
use jeton_secret::CredentialId;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

/// The group of verifications that a verification waits behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Assertions that name this client.
    Client(ClientId),
    /// Assertions that name no client.
    Unknown,
    /// Assertions from sources that failed too often.
    Failing,
}

/// The place of a verification in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The lane.
    pub lane: Lane,
    /// The source of the request.
    pub source: Source,
    /// The client and the key that the assertion names.
    pub named: Named,
}

/// The existing client that an assertion names, and the key of that client.
pub type Named = (Option<ClientId>, Option<CredentialId>);

/// The verifications of one worker.
#[derive(Debug)]
pub struct Verifications {
    /// No other thread contends for it.
    state: Mutex<State>,
    called: Notify,
}

#[derive(Debug)]
struct State {
    waiting: FairQueue<Lane, Source, Named, oneshot::Sender<()>>,
    /// The time of verifications since all other ready work was served.
    spent: Duration,
    /// The recent time of one verification.
    usual: Duration,
}

/// The queue has no room.
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
    /// Waits until this caller may [`verify`](Self::verify); a request of `bytes` waits with it.
    ///
    /// # Errors
    /// [`NoRoom`] if too much waits, of this place more than of others.
    pub async fn come(&self, place: Place, bytes: usize) -> Result<(), NoRoom> {
        let turn = {
            let mut state = self.lock();
            if state.waiting.is_empty() && state.spent < VERIFYING_SLICE {
                return Ok(());
            }
            let (next, turn) = oneshot::channel();
            // The dropped senders tell the requests that made room.
            let Place { lane, source, named } = place;
            drop(state.waiting.push(lane, source, named, next, bytes.saturating_add(WAITING_BYTES)));
            turn
        };
        turn.await.map_err(|_| NoRoom)
    }

    /// Verifies, and counts the time of it.
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

    /// Calls waiting requests, until it is cancelled. Runs on the worker that verifies; woken by the first
    /// verification, it runs after everything that was ready then.
    pub async fn run(&self) {
        loop {
            self.called.notified().await;
            while self.begin_slice() {
                // The called requests, and everything that has become ready meanwhile.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Calls as many as a slice has time for; true if any were called.
    fn begin_slice(&self) -> bool {
        let mut state = self.lock();
        state.spent = Duration::ZERO;
        let usual = state.usual.max(SHORTEST);
        let mut expected = Duration::ZERO;
        while expected < VERIFYING_SLICE {
            let Some(next) = state.waiting.pop() else { break };
            // The receiver is gone if the client disconnected.
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

/// Minimum time that a verification is counted with.
const SHORTEST: Duration = Duration::from_micros(1);

/// Approximate memory of a waiting request beside its body, in bytes.
const WAITING_BYTES: usize = 2048;

#[cfg(test)]
mod tests;
