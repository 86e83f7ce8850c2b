//! The pauses of the writer after faults, and the log lines about them.
//!
//! One fault may be chance, so the database is opened anew at once. Consecutive faults make the writer
//! pause, twice as long each time, so a disk that keeps failing costs a few attempts and log lines a
//! minute and no more; requests are refused meanwhile without asking the disk.

use crate::limits::{FAULTS_APART, FAULTS_LOGGED_EVERY, RETRY_PAUSE_MAX, RETRY_PAUSE_MIN};
use std::fmt::Display;
use std::time::{Duration, Instant};

/// The recent faults.
#[derive(Debug, Default)]
pub(crate) struct Retry {
    last: Option<Instant>,
    pause: Duration,
    /// Faults since the store last took writes for long enough.
    faults: u64,
    logged: Option<Instant>,
}

impl Retry {
    /// Counts and logs a fault.
    pub(crate) fn fault(&mut self, error: &dyn Display, now: Instant) {
        let follows = self.last.is_some_and(|last| now.saturating_duration_since(last) < FAULTS_APART);
        self.pause = match follows {
            true => self.pause.saturating_mul(2).clamp(RETRY_PAUSE_MIN, RETRY_PAUSE_MAX),
            false => Duration::ZERO,
        };
        self.faults = if follows { self.faults.saturating_add(1) } else { 1 };
        self.last = Some(now);
        let silent = self.logged.is_some_and(|at| now.saturating_duration_since(at) < FAULTS_LOGGED_EVERY);
        if !(follows && silent) {
            self.logged = Some(now);
            let faults = self.faults;
            tracing::error!(%error, faults, "the store failed; writes are refused until it recovers");
        }
    }

    /// The time until the next attempt.
    pub(crate) fn remaining(&self, now: Instant) -> Duration {
        let next = self.last.map(|last| last + self.pause);
        next.map_or(Duration::ZERO, |next| next.saturating_duration_since(now))
    }

    /// Reports a successful commit. Logged once after each series of faults.
    pub(crate) fn worked(&mut self) {
        if self.faults > 0 {
            tracing::info!(faults = self.faults, "the store takes writes again");
            self.faults = 0;
            self.logged = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fault_causes_no_pause_and_consecutive_faults_growing_ones() {
        let (mut retry, begin) = (Retry::default(), Instant::now());
        retry.fault(&"first", begin);
        assert_eq!(retry.remaining(begin), Duration::ZERO);
        let mut pauses = Vec::new();
        for _ in 0..10 {
            retry.fault(&"again", begin);
            pauses.push(retry.remaining(begin));
        }
        assert_eq!(pauses.first(), Some(&RETRY_PAUSE_MIN));
        assert!(pauses.is_sorted());
        assert_eq!(pauses.last(), Some(&RETRY_PAUSE_MAX));
        assert_eq!(retry.remaining(begin + RETRY_PAUSE_MAX), Duration::ZERO);
    }

    #[test]
    fn a_fault_long_after_the_last_one_counts_as_the_first() {
        let (mut retry, begin) = (Retry::default(), Instant::now());
        retry.fault(&"first", begin);
        retry.fault(&"second", begin);
        let later = begin + FAULTS_APART;
        retry.fault(&"another", later);
        assert_eq!(retry.remaining(later), Duration::ZERO);
    }
}
