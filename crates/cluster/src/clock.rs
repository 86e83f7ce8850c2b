//! The clock that counts from the start of the machine, also while it sleeps.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// The time since the machine started.
pub(crate) fn uptime() -> Duration {
    let now = clock_gettime(ClockId::Boottime);
    let part = |number: i64| u64::try_from(number).unwrap_or_default();
    Duration::from_secs(part(now.tv_sec)).saturating_add(Duration::from_nanos(part(now.tv_nsec)))
}
