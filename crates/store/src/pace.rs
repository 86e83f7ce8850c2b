//! How long a batch waits for company.
//!
//! While a commit waits for the disk, others' commands gather; whoever it answers then comes back to find the writer busy
//! with those, and so on: two halves that take turns, each waiting for two commits. So the writer waits for those
//! that it has just answered, for a fraction of what the commit took: answers come after one commit instead of two, and
//! each commit carries twice as many (`benches/README.md`, "How batches form").

use crate::limits::{GATHER_FRACTION, GATHER_FROM, GATHER_MAX};
use std::time::{Duration, Instant};

/// What the last commit was like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// When it ended.
    pub(crate) ended: Instant,
    /// How long it took.
    pub(crate) took: Duration,
    /// Commands that it answered, and those that waited when it ended.
    pub(crate) expected: usize,
}

impl Pace {
    /// How long a batch of so many commands waits for more; nothing when it should be committed now.
    pub(crate) fn patience(&self, commands: usize, now: Instant) -> Option<Duration> {
        if self.took < GATHER_FROM || commands >= self.expected {
            return None;
        }
        let until = self.ended.checked_add(self.took.checked_div(GATHER_FRACTION)?.min(GATHER_MAX))?;
        until.checked_duration_since(now).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(took: Duration) -> (Pace, Instant) {
        let ended = Instant::now();
        (Pace { ended, took, expected: 64 }, ended)
    }

    #[test]
    fn a_batch_waits_a_fraction_of_the_last_commit_for_those_it_answered() {
        let (pace, ended) = pace(Duration::from_millis(20));
        let whole = Duration::from_millis(20) / GATHER_FRACTION;
        assert_eq!(pace.patience(1, ended), Some(whole));
        assert_eq!(pace.patience(63, ended + whole / 2), Some(whole / 2));
        assert_eq!(pace.patience(64, ended), None, "all are here");
        assert_eq!(pace.patience(1, ended + whole), None, "long enough");
        assert_eq!(pace.patience(1, ended + Duration::from_secs(60)), None, "an idle writer");
    }

    #[test]
    fn a_disk_that_hung_makes_nobody_wait_for_long() {
        let (pace, ended) = pace(Duration::from_secs(60));
        assert_eq!(pace.patience(1, ended), Some(GATHER_MAX));
    }

    #[test]
    fn after_a_commit_that_took_next_to_nothing_nobody_waits() {
        let (pace, ended) = pace(GATHER_FROM / 2);
        assert_eq!(pace.patience(1, ended), None);
    }
}
