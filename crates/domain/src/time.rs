//! Points in time and lengths of time, in whole seconds as on the wire (RFC 7519 §2 NumericDate,
//! RFC 6749 §5.1 `expires_in`).

use std::fmt;

/// The tolerated lead of a token's time of issue over the clock, in seconds: the clock was corrected
/// since, or another node's differs. A token from further ahead is refused.
pub const CLOCK_TOLERANCE_SECONDS: u64 = 60;

/// A point in time on both clocks.
///
/// The wall clock can be wrong and be corrected later. So a length of time has passed if either clock
/// says so: nothing that has ended comes back if the wall clock goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The reading of the wall clock.
    pub wall: Timestamp,
    /// The reading of the careful clock.
    pub careful: Careful,
}

impl Moment {
    /// True if the time from `begun` to `end` has passed, on either clock.
    pub const fn is_past(self, begun: Self, end: Timestamp) -> bool {
        self.is_over(begun.until(end))
    }

    /// True if a point has come on either clock.
    pub const fn is_over(self, end: Self) -> bool {
        end.wall.0 <= self.wall.0 || end.careful.0 <= self.careful.0
    }

    /// A point on the wall clock that is counted from here, on both clocks.
    #[must_use]
    pub const fn until(self, end: Timestamp) -> Self {
        // Both readings were rounded down to seconds, so one more second must have passed.
        Self { wall: end, careful: self.careful.after(end.seconds_after(self.wall).saturating_add(1)) }
    }

    /// The earlier of two points, on each clock.
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        Self { wall: self.wall.min(other.wall), careful: self.careful.min(other.careful) }
    }

    /// True if a point has passed on both clocks: nothing that lasted until then is needed again, even if
    /// the wall clock goes back.
    pub const fn is_surely_past(self, until: Self) -> bool {
        until.wall.0 <= self.wall.0 && until.careful.0 <= self.careful.0
    }

    /// This point plus a length of time, on both clocks.
    #[must_use]
    pub const fn after(self, lifetime: Lifetime) -> Self {
        self.until(self.wall.after(lifetime))
    }

    /// True if `begun` can be a past point in time: it is ahead of this one by at most
    /// [`CLOCK_TOLERANCE_SECONDS`] on the wall clock.
    pub const fn is_plausible(self, begun: Self) -> bool {
        begun.wall.0 <= self.wall.0.saturating_add(CLOCK_TOLERANCE_SECONDS)
    }
}

/// Seconds on the careful clock: the time for which the store was open, over all its processes. It
/// advances with the machine's boot-time clock and never jumps, so time on it has really passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Careful(pub u64);

impl Careful {
    /// This point plus a length of time.
    #[must_use]
    pub const fn after(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

/// The last representable time: RFC 3339 has four digits for the year.
pub const TIMESTAMP_MAX: Timestamp = Timestamp(253_402_300_799);

impl Timestamp {
    /// This point plus a lifetime, at most the largest timestamp.
    #[must_use]
    pub const fn after(self, lifetime: Lifetime) -> Self {
        Self(self.0.saturating_add(lifetime.0 as u64))
    }

    /// The seconds from `now` until this point; zero if it has passed.
    pub const fn seconds_after(self, now: Self) -> u64 {
        self.0.saturating_sub(now.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A length of time in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lifetime(pub u32);

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(wall: u64, careful: u64) -> Moment {
        Moment { wall: Timestamp(wall), careful: Careful(careful) }
    }

    #[test]
    fn a_length_of_time_is_over_when_either_clock_says_so() {
        let begun = moment(1000, 50);
        let end = Timestamp(1060);
        for (now, past) in [
            (moment(1059, 109), false),
            (moment(1060, 60), true),
            (moment(1001, 110), false),
            (moment(1001, 111), true),
            (moment(0, 111), true),
            (moment(u64::MAX, 50), true),
            // After a crash the careful clock may be behind its last reading.
            (moment(1059, 0), false),
        ] {
            assert_eq!(now.is_past(begun, end), past, "{now:?}");
        }
        assert!(!moment(999, u64::MAX - 1).is_past(moment(0, 1), Timestamp(u64::MAX)), "no overflow");
    }

    #[test]
    fn a_beginning_in_the_future_is_not_plausible() {
        let now = moment(1000, 0);
        assert!(now.is_plausible(moment(1000 + CLOCK_TOLERANCE_SECONDS, 9)));
        assert!(!now.is_plausible(moment(1001 + CLOCK_TOLERANCE_SECONDS, 9)));
    }
}
