//! The time that a batch waits for more commands.
//!
//! While a commit waits for the disk, commands of other callers gather. The callers that it then answers
//! come back to find the writer busy with those, and so on: two halves take turns, and each waits for two
//! commits. So the writer waits for the callers that it has just answered, for a fraction of the duration
//! of the commit: answers come after one commit instead of two, and each commit carries twice as many
//! (`benches/README.md`, "How batches form").

use crate::limits::{GATHER_FRACTION, GATHER_FROM, GATHER_MAX};
use std::time::{Duration, Instant};

/// Measurements of the last commit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchDelay {
    /// The end of the commit.
    pub(crate) ended: Instant,
    /// The duration of the commit.
    pub(crate) took: Duration,
    /// Commands that it answered, and those that waited when it ended.
    pub(crate) expected: usize,
}

impl BatchDelay {
    /// The time that a batch of this many commands waits for more; None if it should be committed now.
    pub(crate) fn remaining(&self, commands: usize, now: Instant) -> Option<Duration> {
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

    fn batch_delay(took: Duration) -> (BatchDelay, Instant) {
        let ended = Instant::now();
        (BatchDelay { ended, took, expected: 64 }, ended)
    }

    #[test]
    fn a_batch_waits_a_fraction_of_the_last_commit_for_those_it_answered() {
        let (batch_delay, ended) = batch_delay(Duration::from_millis(20));
        let whole = Duration::from_millis(20) / GATHER_FRACTION;
        assert_eq!(batch_delay.remaining(1, ended), Some(whole));
        assert_eq!(batch_delay.remaining(63, ended + whole / 2), Some(whole / 2));
        assert_eq!(batch_delay.remaining(64, ended), None, "all expected commands have arrived");
        assert_eq!(batch_delay.remaining(1, ended + whole), None, "long enough");
        assert_eq!(batch_delay.remaining(1, ended + Duration::from_secs(60)), None, "an idle writer");
    }

    #[test]
    fn a_slow_commit_does_not_delay_the_next_batch_for_long() {
        let (batch_delay, ended) = batch_delay(Duration::from_secs(60));
        assert_eq!(batch_delay.remaining(1, ended), Some(GATHER_MAX));
    }

    #[test]
    fn after_a_fast_commit_no_batch_waits() {
        let (batch_delay, ended) = batch_delay(GATHER_FROM / 2);
        assert_eq!(batch_delay.remaining(1, ended), None);
    }
}
