//! The one place that reads the machine's clocks.
//!
//! The wall clock is trusted. While it is behind its last reading by no more than [`CLOCK_BRIDGE`], time
//! stands still instead, so that small corrections are not noticed. A larger step is followed at once, in
//! either direction, and recorded in the log and the audit trail: a clock that was ahead for a second must
//! not stop time for good. Nothing that has ended is revived by this, because durations are measured on the
//! boot-time clock as well (`jeton_domain::time::Moment`).

use crate::limits::CLOCK_BRIDGE;
use jeton_domain::time::Timestamp;
use jeton_store::Clock;
use rustix::time::{ClockId, clock_gettime};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The machine's clocks.
#[derive(Debug, Default)]
pub struct SystemClock {
    /// The last reading; within its second nothing else needs to be looked at.
    shown: AtomicU64,
    state: Mutex<State>,
}

/// A step of the wall clock that was too large to be bridged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The expected reading.
    pub expected: Timestamp,
    /// The actual reading.
    pub found: Timestamp,
}

#[derive(Debug, Default)]
struct State {
    last: Option<Reading>,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    /// The wall clock as it was shown.
    shown: Timestamp,
    uptime: Duration,
}

/// Maximum number of steps kept until they are reported; further ones go to the log only.
const STEPS_MAX: usize = 16;

/// A clock that also reports the steps of its wall clock.
pub trait SteppedClock: Clock {
    /// Steps of the wall clock since the last call.
    fn take_steps(&self) -> Vec<Step>;
}

impl SteppedClock for SystemClock {
    fn take_steps(&self) -> Vec<Step> {
        std::mem::take(&mut self.state().steps)
    }
}

impl SystemClock {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The time to show for these readings of the machine's clocks.
    fn read(&mut self, wall: Timestamp, uptime: Duration) -> Timestamp {
        let shown = match self.last {
            Some(last) => self.follow(last, wall, uptime),
            None => wall,
        };
        self.last = Some(Reading { shown, uptime });
        shown
    }

    fn follow(&mut self, last: Reading, wall: Timestamp, uptime: Duration) -> Timestamp {
        let passed = uptime.saturating_sub(last.uptime).as_secs();
        let expected = Timestamp(last.shown.0.saturating_add(passed));
        let bridge = CLOCK_BRIDGE.as_secs();
        if wall.0 > expected.0.saturating_add(bridge) || wall.0.saturating_add(bridge) < last.shown.0 {
            self.note(Step { expected, found: wall });
            return wall;
        }
        wall.max(last.shown)
    }

    fn note(&mut self, step: Step) {
        tracing::warn!(
            expected = step.expected.0,
            found = step.found.0,
            "the machine's clock was set; the server follows it"
        );
        if self.steps.len() < STEPS_MAX {
            self.steps.push(step);
        }
    }
}

fn machine() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    let now = SystemTime::now();
    Timestamp(now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

fn uptime() -> Duration {
    let now = clock_gettime(ClockId::Boottime);
    let part = |number: i64| u64::try_from(number).unwrap_or_default();
    Duration::from_secs(part(now.tv_sec)).saturating_add(Duration::from_nanos(part(now.tv_nsec)))
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let wall = machine();
        if wall.0 == self.shown.load(Ordering::Relaxed) {
            return wall;
        }
        let mut state = self.state();
        let shown = state.read(wall, uptime());
        self.shown.store(shown.0, Ordering::Relaxed);
        shown
    }

    fn uptime(&self) -> Duration {
        uptime()
    }

    /// The time between the two processes was not measured, so only a reading that is behind counts as a
    /// step.
    fn resume(&self, last: Timestamp) {
        let (wall, uptime) = (machine(), uptime());
        let mut state = self.state();
        state.last = (wall < last).then_some(Reading { shown: last, uptime });
        state.read(wall, uptime);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRIDGE: u64 = CLOCK_BRIDGE.as_secs();

    /// The time that a clock shows which last showed 10,000, after `passed` seconds, with the machine's clock
    /// at `wall`; and the number of steps.
    fn shown(wall: u64, passed: u64) -> (u64, usize) {
        let mut state = State::default();
        state.read(Timestamp(10_000), Duration::from_secs(50));
        let shown = state.read(Timestamp(wall), Duration::from_secs(50 + passed));
        (shown.0, state.steps.len())
    }

    #[test]
    fn a_running_clock_is_followed() {
        assert_eq!(shown(10_060, 60), (10_060, 0));
        assert_eq!(shown(10_000 + 86_400, 86_400), (96_400, 0));
    }

    #[test]
    fn a_small_step_back_is_bridged_and_a_larger_one_followed() {
        assert_eq!(shown(9_999, 0), (10_000, 0));
        assert_eq!(shown(10_000 - BRIDGE, 0), (10_000, 0));
        assert_eq!(shown(9_999 - BRIDGE, 0), (9_999 - BRIDGE, 1));
        assert_eq!(shown(0, 60), (0, 1));
    }

    #[test]
    fn a_step_forward_is_followed_and_a_large_one_reported() {
        assert_eq!(shown(10_060 + BRIDGE, 60), (10_060 + BRIDGE, 0));
        assert_eq!(shown(10_061 + BRIDGE, 60), (10_061 + BRIDGE, 1));
        assert_eq!(shown(4_294_967_296, 1), (4_294_967_296, 1));
    }

    #[test]
    fn one_second_that_is_ahead_does_not_stop_time() {
        let mut state = State::default();
        let uptime = Duration::from_secs;
        state.read(Timestamp(10_000), uptime(0));
        assert_eq!(state.read(Timestamp(50_000_000), uptime(1)), Timestamp(50_000_000));
        assert_eq!(state.read(Timestamp(10_002), uptime(2)), Timestamp(10_002));
        assert_eq!(state.read(Timestamp(10_003), uptime(3)), Timestamp(10_003));
        assert_eq!(state.steps.len(), 2);
    }

    #[test]
    fn time_stands_still_for_no_longer_than_the_bridge() {
        let mut state = State::default();
        state.read(Timestamp(10_000), Duration::ZERO);
        for second in 0..=BRIDGE {
            let shown = state.read(Timestamp(10_000 - BRIDGE + second), Duration::from_secs(second));
            assert_eq!(shown, Timestamp(10_000), "second {second}");
        }
        assert_eq!(state.read(Timestamp(10_001), Duration::from_secs(BRIDGE + 1)), Timestamp(10_001));
    }

    #[test]
    fn the_reading_of_an_earlier_process_is_bridged_to_as_well() {
        let clock = SystemClock::default();
        let now = machine();
        clock.resume(Timestamp(now.0 + 10));
        assert!(clock.now() >= Timestamp(now.0 + 10) && clock.take_steps().is_empty());
        let clock = SystemClock::default();
        clock.resume(Timestamp(now.0 + 400 * 86_400));
        assert!(clock.now() < Timestamp(now.0 + 100), "the clock follows the machine again");
        assert_eq!(clock.take_steps().len(), 1);
    }

    #[test]
    fn a_start_long_after_the_last_reading_is_not_a_step() {
        let clock = SystemClock::default();
        clock.resume(Timestamp(1));
        assert!(clock.now() > Timestamp(1_000_000) && clock.take_steps().is_empty());
    }
}
