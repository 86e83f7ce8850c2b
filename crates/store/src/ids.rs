//! Ids for clients, projects and credentials: increasing, unique in one store, never reused.
//!
//! An id is the second of its creation (since 2026) in the upper bits and a counter in the lower
//! 28, or one more than the last id, whichever is larger. The writer stores the highest id in the
//! transaction that first uses it, so an id that a crash forgot was never used.

use jeton_oauth::time::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};

const EPOCH_2026: u64 = 1_767_225_600;
const COUNTER_BITS: u32 = 28;

#[derive(Debug)]
pub(crate) struct Ids {
    highest: AtomicU64,
}

impl Ids {
    pub(crate) const fn after(highest: u64) -> Self {
        Self { highest: AtomicU64::new(highest) }
    }

    pub(crate) fn next(&self, now: Timestamp) -> u64 {
        let floor = now.0.saturating_sub(EPOCH_2026).saturating_mul(1 << COUNTER_BITS);
        let step = |highest: u64| highest.saturating_add(1).max(floor);
        let update = self.highest.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |h| Some(step(h)));
        step(update.unwrap_or_else(|highest| highest))
    }

    /// The highest id given out.
    pub(crate) fn highest(&self) -> u64 {
        self.highest.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_increase_even_when_the_clock_goes_back() {
        let ids = Ids::after(0);
        let first = ids.next(Timestamp(EPOCH_2026 + 1000));
        let second = ids.next(Timestamp(EPOCH_2026));
        let third = ids.next(Timestamp(0));
        assert!(first < second && second < third);
    }

    #[test]
    fn ids_go_on_above_the_highest_stored_one() {
        assert_eq!(Ids::after(u64::MAX / 2).next(Timestamp(EPOCH_2026)), u64::MAX / 2 + 1);
    }
}
