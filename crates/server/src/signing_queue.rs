//! A queue of signatures, which shares the worker's time with all other work.
//!
//! An RS256 signature costs as much as thirty opaque tokens. A worker that made many of them one after the
//! other would serve no other client meanwhile, and would reject those beyond its capacity only after it has
//! served the others. So it signs for a slice of time, serves other ready requests, and continues with the
//! queue, first in, first out. A request that would have to wait for longer than [`SIGNING_WAIT_MAX`] is
//! rejected immediately (503 with `Retry-After`). Clients that then retry at once must not take the core away
//! from the queue, so the slice is [`SIGNING_SHARE`] times the time of everything else, within bounds.
//!
//! An uncontended signature costs two more readings of the clock. Measurements: `benches/README.md`, "When
//! there is too much to do".

use crate::limits::{
    SIGNING_SHARE, SIGNING_SLICE_MAX, SIGNING_SLICE_MIN, SIGNING_WAIT_MAX, SIGNING_WAITING_MIN,
};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

/// The signatures of one worker.
#[derive(Debug, Default)]
pub struct SigningQueue {
    /// No other thread contends for it.
    state: Mutex<State>,
    called: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The start of this poll round: its first signature, or the end of the round before.
    began: Option<Instant>,
    /// The time of this round's signatures.
    spent: Duration,
    /// The time that they may take, beyond the minimum.
    slice: Duration,
    /// The recent time of one signature.
    usual: Duration,
    waiting: VecDeque<oneshot::Sender<()>>,
}

/// The signing queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyWait;

impl SigningQueue {
    /// Waits until this caller may [`sign`](Self::sign).
    ///
    /// # Errors
    /// [`TooManyWait`], at once.
    pub async fn come(&self) -> Result<(), TooManyWait> {
        let turn = {
            let mut state = self.lock();
            if state.waiting.is_empty() && state.spent < state.slice() {
                return Ok(());
            }
            if state.is_full() {
                return Err(TooManyWait);
            }
            let (next, turn) = oneshot::channel();
            state.waiting.push_back(next);
            turn
        };
        // A sender that is dropped without a message is a server that stops.
        turn.await.map_err(|_| TooManyWait)
    }

    /// Signs, and counts the time of it.
    pub fn sign<T>(&self, sign: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let signed = sign();
        let took = began.elapsed();
        let mut state = self.lock();
        if state.began.is_none() {
            state.began = Some(began);
            self.called.notify_one();
        }
        state.spent = state.spent.saturating_add(took);
        state.usual = if state.usual.is_zero() { took } else { (state.usual * 7 + took) / 8 };
        signed
    }

    /// Calls waiting signers, until it is cancelled. Runs on the worker that signs; woken by the first
    /// signature of a round, it runs after everything that was ready then.
    pub async fn run(&self) {
        loop {
            self.called.notified().await;
            while self.begin_turn() {
                // The called signers, and everything that has become ready meanwhile.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Calls as many as a slice has time for; true if others still wait.
    fn begin_turn(&self) -> bool {
        let mut state = self.lock();
        let now = Instant::now();
        state.end_turn(now);
        let mut called = Duration::ZERO;
        while called < state.slice() {
            let Some(next) = state.waiting.pop_front() else { return false };
            // The receiver is gone if the client disconnected.
            if next.send(()).is_ok() {
                called += state.usual.max(Duration::from_micros(1));
            }
        }
        if state.waiting.is_empty() {
            return false;
        }
        state.began = Some(now);
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The next slice follows from the time that this round left to other work.
    fn end_turn(&mut self, now: Instant) {
        let turn = self.began.take().map_or(Duration::ZERO, |began| now.duration_since(began));
        let others = turn.saturating_sub(std::mem::take(&mut self.spent));
        self.slice = (others * SIGNING_SHARE).min(SIGNING_SLICE_MAX);
    }

    fn slice(&self) -> Duration {
        self.slice.max(SIGNING_SLICE_MIN)
    }

    fn is_full(&self) -> bool {
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        waiting >= SIGNING_WAITING_MIN && self.usual.saturating_mul(waiting) > SIGNING_WAIT_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::pass;
    use std::sync::Arc;
    use tokio::task::{JoinHandle, yield_now};
    use tokio::time::timeout;

    const SIGNATURE: Duration = Duration::from_millis(1);

    type Signed = Arc<Mutex<Vec<usize>>>;

    /// A task that signs when it may.
    fn signer(
        turns: &Arc<SigningQueue>,
        signed: &Signed,
        number: usize,
    ) -> JoinHandle<Result<(), TooManyWait>> {
        let (turns, signed) = (Arc::clone(turns), Arc::clone(signed));
        tokio::spawn(async move {
            turns.come().await?;
            turns.sign(|| pass(SIGNATURE));
            signed.lock().unwrap().push(number);
            Ok(())
        })
    }

    fn running() -> Arc<SigningQueue> {
        let turns = Arc::new(SigningQueue::default());
        let run = Arc::clone(&turns);
        tokio::spawn(async move { run.run().await });
        turns
    }

    #[tokio::test(start_paused = true)]
    async fn others_get_a_turn_after_each_slice_and_signers_keep_their_order() {
        let (turns, signed) = (running(), Signed::default());
        let signers: Vec<_> = (0..200).map(|number| signer(&turns, &signed, number)).collect();
        let in_a_slice = SIGNING_SLICE_MAX.as_millis() / SIGNATURE.as_millis() + 1;
        let mut before = 0;
        while before < signers.len() {
            yield_now().await;
            let now = signed.lock().unwrap().len();
            assert!(u128::try_from(now - before).unwrap() <= in_a_slice, "{before} to {now}");
            before = now;
        }
        for signer in signers {
            assert_eq!(signer.await.unwrap(), Ok(()));
        }
        assert!(signed.lock().unwrap().is_sorted());
    }

    #[test]
    fn signers_get_their_share_beside_clients_that_retry_at_once() {
        let millis = Duration::from_millis;
        for (turn, spent, slice) in [
            (millis(2), millis(2), SIGNING_SLICE_MIN),
            (millis(7), millis(2), millis(5) * SIGNING_SHARE),
            (millis(100), millis(10), SIGNING_SLICE_MAX),
        ] {
            let now = Instant::now();
            let mut state = State { began: Some(now), spent, ..State::default() };
            state.end_turn(now + turn);
            assert_eq!(state.slice(), slice, "{turn:?} with {spent:?} for signatures");
            assert!(state.spent.is_zero() && state.began.is_none(), "the next round begins");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_signature_that_would_wait_too_long_is_rejected_at_once() {
        let turns = SigningQueue::default();
        turns.sign(|| pass(SIGNING_SLICE_MIN));
        let mut waiting = Vec::new();
        loop {
            let mut coming = Box::pin(turns.come());
            if let Ok(answer) = timeout(Duration::ZERO, &mut coming).await {
                assert_eq!(answer, Err(TooManyWait));
                break;
            }
            waiting.push(coming);
        }
        let wait = turns.lock().usual * u32::try_from(waiting.len()).unwrap();
        assert!(
            waiting.len() >= SIGNING_WAITING_MIN as usize && wait > SIGNING_WAIT_MAX,
            "{}",
            waiting.len()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_minimum_may_wait_however_long_a_signature_takes() {
        let turns = SigningQueue::default();
        turns.lock().usual = SIGNING_WAIT_MAX;
        turns.lock().spent = SIGNING_SLICE_MIN;
        let mut waiting: Vec<_> = (0..SIGNING_WAITING_MIN).map(|_| Box::pin(turns.come())).collect();
        for coming in &mut waiting {
            assert!(timeout(Duration::ZERO, coming).await.is_err(), "it waits");
        }
        assert_eq!(turns.come().await, Err(TooManyWait), "one more");
    }

    #[tokio::test(start_paused = true)]
    async fn a_disconnected_client_does_not_delay_others() {
        let (turns, signed) = (running(), Signed::default());
        turns.sign(|| pass(SIGNING_SLICE_MIN));
        let gone: Vec<_> = (0..30).map(|number| signer(&turns, &signed, number)).collect();
        let last = signer(&turns, &signed, usize::MAX);
        gone.iter().for_each(JoinHandle::abort);
        assert_eq!(last.await.unwrap(), Ok(()));
        assert_eq!(*signed.lock().unwrap(), [usize::MAX]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_signers_do_not_wait() {
        let turns = SigningQueue::default();
        for _ in 0..3 {
            assert_eq!(timeout(Duration::ZERO, turns.come()).await, Ok(Ok(())));
            turns.sign(|| ());
        }
    }
}
