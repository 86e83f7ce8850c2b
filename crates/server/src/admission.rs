//! Refusing early what would have to wait too long.
//!
//! A worker serves what is ready in turns: everything that is ready now, then what has become ready meanwhile. Each
//! request costs little, so a turn is over within milliseconds even with thousands of connections. When there is
//! more work than a core can do, turns grow, everybody waits longer, clients give up and ask again, and what was done for
//! them was done in vain. So a turn serves for [`TURN_MAX`] at most, or [`TURN_REQUESTS_MIN`] requests if these take longer; the rest of it is
//! told to come back (503 with `Retry-After`), before it is looked at who asks and for what.
//!
//! A turn ends when this task is reached: woken by the turn's first request, it is queued behind everything that
//! was ready then.

use crate::limits::{TURN_MAX, TURN_REQUESTS_MIN};
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;
use tokio::time::Instant;

/// One worker's turns.
#[derive(Debug, Default)]
pub struct Admission {
    /// The running one. No other thread contends for it.
    turn: Mutex<Option<Turn>>,
    called: Notify,
}

#[derive(Debug)]
struct Turn {
    began: Instant,
    served: u32,
}

impl Admission {
    /// Whether a request that is ready now is served in this turn.
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

    /// Ends turns, until it is cancelled. Runs on the worker whose requests are admitted.
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
    async fn a_turn_serves_for_a_bounded_time_and_the_next_one_serves_again() {
        let admission = Arc::new(Admission::default());
        let ending = Arc::clone(&admission);
        let task = tokio::spawn(async move { ending.run().await });
        for _ in 0..2 {
            assert!(admission.admits(), "the first of a turn");
            // Everything that was ready runs, and the turn's end behind it.
            tokio::task::yield_now().await;
            tokio::time::advance(2 * TURN_MAX).await;
        }
        task.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_left_of_a_turn_that_took_too_long_is_refused() {
        // Nobody ends the turn: it is still going on.
        let admission = Admission::default();
        assert!((0..TURN_REQUESTS_MIN).all(|_| admission.admits()));
        tokio::time::advance(TURN_MAX).await;
        assert!(admission.admits(), "at the bound");
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!admission.admits(), "beyond it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_moment_in_which_the_machine_stood_still_refuses_nobody() {
        let admission = Admission::default();
        assert!(admission.admits());
        tokio::time::advance(2 * TURN_MAX).await;
        assert!((1..TURN_REQUESTS_MIN).all(|_| admission.admits()));
        assert!(!admission.admits(), "one more");
    }
}
