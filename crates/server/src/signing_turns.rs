//! Signatures take turns with everything else that a worker does.
//!
//! An RS256 signature costs as much as thirty opaque tokens. When many are asked for at once, a worker that made them one after the
//! other would answer nobody else meanwhile, and would tell those whom it can't serve only after it has served the others. So it
//! signs for a while, looks at what else is ready, and goes on with those that wait, in the order in which they came. Who
//! would have to wait for longer than [`SIGNING_WAIT_MAX`] behind the others is told so at once (503 with `Retry-After`). Clients that
//! then ask again at once must not take the core away from those that wait, so the while is [`SIGNING_SHARE`] times what everything
//! else took, within bounds.
//!
//! Beside a fast signature this costs two looks at the clock. Measurements: `benches/README.md`, "When there is too much to do".

use crate::limits::{
    SIGNING_SHARE, SIGNING_SLICE_MAX, SIGNING_SLICE_MIN, SIGNING_WAIT_MAX, SIGNING_WAITING_MIN,
};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

/// One worker's signatures.
#[derive(Debug, Default)]
pub struct SigningTurns {
    /// No other thread contends for it.
    state: Mutex<State>,
    called: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// When this turn began: with its first signature, or where the one before ended.
    began: Option<Instant>,
    /// What this turn's signatures took.
    spent: Duration,
    /// What they may take, beyond the least.
    slice: Duration,
    /// What a signature takes, lately.
    usual: Duration,
    waiting: VecDeque<oneshot::Sender<()>>,
}

/// Too many wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyWait;

impl SigningTurns {
    /// Waits until it is this caller's turn to [`sign`](Self::sign).
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
        // Whoever lets it go without a word is a server that ends.
        turn.await.map_err(|_| TooManyWait)
    }

    /// Signs, and counts what that took.
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

    /// Calls those who wait, until it is cancelled. Runs on the worker that signs; woken by the first signature of a turn, it is
    /// reached when everything that was ready then has run.
    pub async fn run(&self) {
        loop {
            self.called.notified().await;
            while self.begin_turn() {
                // Those who were called, and what has become ready meanwhile.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Calls as many as a slice has time for; whether others still wait.
    fn begin_turn(&self) -> bool {
        let mut state = self.lock();
        let now = Instant::now();
        state.end_turn(now);
        let mut called = Duration::ZERO;
        while called < state.slice() {
            let Some(next) = state.waiting.pop_front() else { return false };
            // Nobody hears it when a client went away.
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
    /// The next turn's slice follows from what this one left to others.
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
    use std::sync::Arc;
    use tokio::task::{JoinHandle, yield_now};
    use tokio::time::timeout;

    const SIGNATURE: Duration = Duration::from_millis(1);

    type Signed = Arc<Mutex<Vec<usize>>>;

    /// A task that signs when it may.
    fn signer(
        turns: &Arc<SigningTurns>,
        signed: &Signed,
        number: usize,
    ) -> JoinHandle<Result<(), TooManyWait>> {
        let (turns, signed) = (Arc::clone(turns), Arc::clone(signed));
        tokio::spawn(async move {
            turns.come().await?;
            turns.sign(|| std::thread::sleep(SIGNATURE));
            signed.lock().unwrap().push(number);
            Ok(())
        })
    }

    fn running() -> Arc<SigningTurns> {
        let turns = Arc::new(SigningTurns::default());
        let run = Arc::clone(&turns);
        tokio::spawn(async move { run.run().await });
        turns
    }

    #[tokio::test]
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
    fn signers_get_their_share_beside_whoever_asks_again_and_again() {
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
            assert!(state.spent.is_zero() && state.began.is_none(), "the next turn begins");
        }
    }

    #[tokio::test]
    async fn who_would_wait_too_long_is_told_at_once() {
        let turns = SigningTurns::default();
        turns.sign(|| std::thread::sleep(SIGNING_SLICE_MIN));
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

    #[tokio::test]
    async fn some_wait_whatever_a_signature_takes() {
        let turns = SigningTurns::default();
        turns.lock().usual = SIGNING_WAIT_MAX;
        turns.lock().spent = SIGNING_SLICE_MIN;
        let mut waiting: Vec<_> = (0..SIGNING_WAITING_MIN).map(|_| Box::pin(turns.come())).collect();
        for coming in &mut waiting {
            assert!(timeout(Duration::ZERO, coming).await.is_err(), "it waits");
        }
        assert_eq!(turns.come().await, Err(TooManyWait), "one more");
    }

    #[tokio::test]
    async fn who_went_away_holds_nobody_up() {
        let (turns, signed) = (running(), Signed::default());
        turns.sign(|| std::thread::sleep(SIGNING_SLICE_MIN));
        let gone: Vec<_> = (0..30).map(|number| signer(&turns, &signed, number)).collect();
        let last = signer(&turns, &signed, usize::MAX);
        gone.iter().for_each(JoinHandle::abort);
        assert_eq!(last.await.unwrap(), Ok(()));
        assert_eq!(*signed.lock().unwrap(), [usize::MAX]);
    }

    #[tokio::test]
    async fn signers_that_are_few_do_not_wait() {
        let turns = SigningTurns::default();
        for _ in 0..3 {
            assert_eq!(timeout(Duration::ZERO, turns.come()).await, Ok(Ok(())));
            turns.sign(|| ());
        }
    }
}
