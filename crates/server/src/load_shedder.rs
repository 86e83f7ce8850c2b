//! Load shedding: rejects early the requests that would have to wait too long.
//!
//! A worker serves in poll rounds: everything that is ready now, then everything that has become ready
//! meanwhile. A request costs little, so a round is over within milliseconds even with thousands of
//! connections. With more work than a core can do, rounds grow, every client waits longer, and clients give
//! up and retry, so that the work done for them is lost. A round therefore serves for [`TURN_MAX`] at most,
//! or [`TURN_REQUESTS_MIN`] requests if these take longer. The remaining requests are rejected (503 with
//! `Retry-After`) before their sender and content are looked at.
//!
//! A round ends when this task runs: woken by the round's first request, it is queued behind everything that
//! was ready then.

use crate::limits::{TURN_MAX, TURN_REQUESTS_MIN};
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;
use tokio::time::Instant;

/// The poll rounds of one worker.
#[derive(Debug, Default)]
pub struct LoadShedder {
    /// The current round. No other thread contends for it.
    turn: Mutex<Option<Turn>>,
    called: Notify,
}

#[derive(Debug)]
struct Turn {
    began: Instant,
    served: u32,
}

impl LoadShedder {
    /// True if a request that is ready now is served in this round.
    pub fn admits(&self) -> bool {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        match turn.as_mut() {
            Some(turn) if turn.served < TURN_REQUESTS_MIN => {
                turn.served = turn.served.saturating_add(1);
                true
            }
            Some(turn) => turn.began.elapsed() <= TURN_MAX,
            None => {
                *turn = Some(Turn { began: Instant::now(), served: 1 });
                self.called.notify_one();
                true
            }
        }
    }

    /// Ends rounds, until it is cancelled. Runs on the worker whose requests are admitted.
    pub async fn run(&self) {
        loop {
            self.called.notified().await;
            *self.turn.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_poll_round_serves_for_a_bounded_time_and_the_next_one_serves_again() {
        let load_shedder = Arc::new(LoadShedder::default());
        let ending = Arc::clone(&load_shedder);
        let task = tokio::spawn(async move { ending.run().await });
        for _ in 0..2 {
            assert!(load_shedder.admits(), "the first of a round");
            // Everything that was ready runs, and the end of the round behind it.
            tokio::task::yield_now().await;
            tokio::time::advance(2 * TURN_MAX).await;
        }
        task.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn requests_left_of_an_overlong_poll_round_are_refused() {
        // No task ends the round here, so it is still going on.
        let load_shedder = LoadShedder::default();
        assert!((0..TURN_REQUESTS_MIN).all(|_| load_shedder.admits()));
        tokio::time::advance(TURN_MAX).await;
        assert!(load_shedder.admits(), "at the bound");
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!load_shedder.admits(), "beyond it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_of_the_machine_refuses_no_request() {
        let load_shedder = LoadShedder::default();
        assert!(load_shedder.admits());
        tokio::time::advance(2 * TURN_MAX).await;
        assert!((1..TURN_REQUESTS_MIN).all(|_| load_shedder.admits()));
        assert!(!load_shedder.admits(), "one more");
    }
}
