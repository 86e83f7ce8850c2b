//! Activity counters: per worker, and per minute for the last hours.
//!
//! A worker's counters are written by its own thread only, so counting takes no cache line away from another
//! core.

use crate::limits::{MINUTES_KEPT, STATISTICS_STEP_SECONDS};
use jeton_domain::time::{Careful, Moment, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The counters of one worker.
#[derive(Debug, Default)]
pub struct Counters {
    issued: AtomicU64,
    introspections: AtomicU64,
    refused: AtomicU64,
    /// Issued tokens by the minute of the careful clock in which they expire.
    expiring: Mutex<BTreeMap<u64, u64>>,
}

impl Counters {
    /// Counts an issued token with this expiry.
    pub fn note_issued(&self, expires: Careful) {
        self.issued.fetch_add(1, Ordering::Relaxed);
        // One worker's own lock; statistics take it once a minute.
        *lock(&self.expiring).entry(expires.0 / STATISTICS_STEP_SECONDS).or_default() += 1;
    }

    /// The number of tokens that have not expired. The others are dropped.
    fn unexpired(&self, now: Careful) -> u64 {
        let mut expiring = lock(&self.expiring);
        *expiring = expiring.split_off(&(now.0 / STATISTICS_STEP_SECONDS));
        expiring.values().sum()
    }

    /// Counts an answered introspection.
    pub fn note_introspection(&self) {
        self.introspections.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a refused request.
    pub fn note_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    fn read(&self) -> Counted {
        Counted {
            issued: self.issued.load(Ordering::Relaxed),
            introspections: self.introspections.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }
}

/// Activity counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Tokens issued.
    pub issued: u64,
    /// Introspections answered.
    pub introspections: u64,
    /// Requests refused at the endpoints for clients.
    pub refused: u64,
}

impl Counted {
    const fn plus(self, other: Self) -> Self {
        Self {
            issued: self.issued.saturating_add(other.issued),
            introspections: self.introspections.saturating_add(other.introspections),
            refused: self.refused.saturating_add(other.refused),
        }
    }

    const fn minus(self, other: Self) -> Self {
        Self {
            issued: self.issued.saturating_sub(other.issued),
            introspections: self.introspections.saturating_sub(other.introspections),
            refused: self.refused.saturating_sub(other.refused),
        }
    }
}

/// The activity of one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minute {
    /// The beginning of the minute.
    pub begin: Timestamp,
    /// The counts of the minute.
    pub counted: Counted,
}

/// The counters of all workers, and the last minutes.
#[derive(Debug, Default)]
pub struct Meter {
    workers: Mutex<Vec<Arc<Counters>>>,
    history: Mutex<History>,
}

#[derive(Debug, Default)]
struct History {
    minutes: VecDeque<Minute>,
    /// The beginning of the current minute, and the totals at that time.
    begin: Option<Timestamp>,
    until: Counted,
}

impl Meter {
    /// Counters for one more worker.
    pub fn worker(&self) -> Arc<Counters> {
        let counters = Arc::new(Counters::default());
        lock(&self.workers).push(Arc::clone(&counters));
        counters
    }

    /// The minutes that are kept, the current one last.
    pub fn minutes(&self, now: Timestamp) -> Vec<Minute> {
        let total = self.total();
        let mut history = lock(&self.history);
        let begin = history.advance(now, total);
        let running = Minute { begin, counted: total.minus(history.until) };
        history.minutes.iter().copied().chain([running]).collect()
    }

    /// Closes minutes that are over. Called several times a minute, so that events are counted in the right
    /// one.
    pub fn tick(&self, now: Moment) {
        let total = self.total();
        lock(&self.history).advance(now.wall, total);
        // Frees the memory of expired tokens.
        self.unexpired(now.careful);
    }

    /// The number of tokens issued since the start that have not expired, to the minute; some may have been
    /// revoked.
    pub fn unexpired(&self, now: Careful) -> u64 {
        lock(&self.workers).iter().map(|counters| counters.unexpired(now)).sum()
    }

    /// Totals since the start.
    pub fn total(&self) -> Counted {
        lock(&self.workers).iter().fold(Counted::default(), |sum, counters| sum.plus(counters.read()))
    }
}

impl History {
    /// Closes minutes that are over; returns the beginning of the current one.
    fn advance(&mut self, now: Timestamp, total: Counted) -> Timestamp {
        let minute = Timestamp(now.0 - now.0 % STATISTICS_STEP_SECONDS);
        let mut begin = self.begin.unwrap_or(minute);
        // The clock was ahead and was corrected: minutes in the future are dropped.
        if begin > minute {
            self.minutes.retain(|known| known.begin < minute);
            begin = minute;
        }
        // After a long sleep the gap is not filled minute by minute beyond the number of minutes kept.
        let kept = STATISTICS_STEP_SECONDS.saturating_mul(MINUTES_KEPT as u64);
        if minute.0.saturating_sub(begin.0) > kept {
            begin = Timestamp(minute.0 - kept);
            self.minutes.clear();
        }
        while begin < minute {
            self.minutes.push_back(Minute { begin, counted: total.minus(self.until) });
            self.until = total;
            begin = Timestamp(begin.0.saturating_add(STATISTICS_STEP_SECONDS));
        }
        while self.minutes.len() >= MINUTES_KEPT {
            self.minutes.pop_front();
        }
        self.begin = Some(begin);
        begin
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment { wall: Timestamp(seconds), careful: Careful(seconds) }
    }

    #[test]
    fn a_clock_that_was_ahead_for_a_moment_stops_no_minute_and_ends_no_token() {
        let meter = Meter::default();
        let counters = meter.worker();
        meter.tick(at(600));
        counters.note_issued(Careful(4000));
        meter.tick(Moment { wall: Timestamp(400 * 86_400), ..at(601) });
        counters.note_refused();
        let back = meter.minutes(Timestamp(660));
        assert_eq!(back.last().unwrap().begin, Timestamp(660));
        assert_eq!(back.last().unwrap().counted.refused, 1);
        assert!(back.iter().all(|minute| minute.begin <= Timestamp(660)));
        meter.tick(at(720));
        assert_eq!(meter.minutes(Timestamp(720)).last().unwrap().begin, Timestamp(720));
        assert_eq!(meter.unexpired(Careful(720)), 1);
    }

    #[test]
    fn activity_counts_in_the_minute_in_which_it_was_seen() {
        let meter = Meter::default();
        let (one, other) = (meter.worker(), meter.worker());
        meter.tick(at(600));
        one.note_issued(Careful(700));
        other.note_issued(Careful(730));
        other.note_refused();
        meter.tick(at(659));
        meter.tick(at(661));
        one.note_introspection();
        let minutes = meter.minutes(Timestamp(662));
        let counted = |issued, introspections, refused| Counted { issued, introspections, refused };
        assert_eq!(
            minutes,
            [
                Minute { begin: Timestamp(600), counted: counted(2, 0, 1) },
                Minute { begin: Timestamp(660), counted: counted(0, 1, 0) },
            ]
        );
    }

    #[test]
    fn tokens_count_until_the_minute_of_their_expiry_is_over() {
        let meter = Meter::default();
        let (one, other) = (meter.worker(), meter.worker());
        one.note_issued(Careful(700));
        other.note_issued(Careful(730));
        let unexpired = [600, 719, 720, 779, 780].map(|now| meter.unexpired(Careful(now)));
        assert_eq!(unexpired, [2, 2, 1, 1, 0]);
    }

    #[test]
    fn minutes_are_bounded_also_after_a_year_of_sleep() {
        let meter = Meter::default();
        let counters = meter.worker();
        meter.tick(at(60));
        counters.note_issued(Careful(60));
        for now in [60 * 10_000, 60 * 600_000] {
            let minutes = meter.minutes(Timestamp(now));
            assert_eq!(minutes.len(), MINUTES_KEPT);
            assert_eq!(minutes.last().unwrap().begin, Timestamp(now));
        }
    }
}
