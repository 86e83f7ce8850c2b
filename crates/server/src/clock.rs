//! The one place that reads the wall clock.

use jeton_oauth::time::Timestamp;
use jeton_store::Clock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The machine's clock, held still while it is behind what was already seen: time inside the
/// process never goes backwards, whatever an operator or NTP does.
#[derive(Debug, Default)]
pub struct SystemClock {
    highest: AtomicU64,
}

impl SystemClock {
    /// What the machine's clock shows, without the floor.
    pub fn machine() -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the one place")]
        let now = SystemTime::now();
        Timestamp(now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Self::machine();
        let highest = self.highest.load(Ordering::Relaxed);
        if now.0 > highest {
            self.highest.fetch_max(now.0, Ordering::Relaxed);
            return now;
        }
        Timestamp(highest)
    }

    fn not_before(&self, floor: Timestamp) {
        self.highest.fetch_max(floor.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_goes_below_what_was_seen() {
        let clock = SystemClock::default();
        let now = clock.now();
        assert!(now >= SystemClock::machine().min(now));
        clock.not_before(Timestamp(now.0 + 1000));
        assert_eq!(clock.now(), Timestamp(now.0 + 1000));
        clock.not_before(Timestamp(0));
        assert_eq!(clock.now(), Timestamp(now.0 + 1000));
    }
}
