//! When the writer tries again after a fault, and what the log says of it.
//!
//! One fault may be chance, so the database is opened anew at once. Faults that follow each other make the writer
//! pause, twice as long each time, so a disk that goes on failing costs a few attempts and lines a minute and no
//! more; requests are refused meanwhile without asking the disk.

use crate::limits::{FAULTS_APART, FAULTS_LOGGED_EVERY, RETRY_PAUSE_MAX, RETRY_PAUSE_MIN};
use std::fmt::Display;
use std::time::{Duration, Instant};

/// The faults of late.
#[derive(Debug, Default)]
pub(crate) struct Retry {
    last: Option<Instant>,
    pause: Duration,
    /// Since the store last took writes for long enough.
    faults: u64,
    logged: Option<Instant>,
}

impl Retry {
    /// Something failed.
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
            tracing::error!(%error, faults, "the store failed; requests that write are refused until it works again");
        }
    }

    /// The time until the next attempt.
    pub(crate) fn remaining(&self, now: Instant) -> Duration {
        let next = self.last.map(|last| last + self.pause);
        next.map_or(Duration::ZERO, |next| next.saturating_duration_since(now))
    }

    /// A commit worked; logged once after each series of faults.
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
    fn the_first_fault_costs_no_pause_and_faults_in_a_row_ever_longer_ones() {
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
    fn a_fault_long_after_the_last_one_is_a_first_one() {
        let (mut retry, begin) = (Retry::default(), Instant::now());
        retry.fault(&"first", begin);
        retry.fault(&"second", begin);
        let later = begin + FAULTS_APART;
        retry.fault(&"another", later);
        assert_eq!(retry.remaining(later), Duration::ZERO);
    }
}
