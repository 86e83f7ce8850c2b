//! Points in time and lengths of time, in whole seconds as on the wire (RFC 7519 §2 NumericDate,
//! RFC 6749 §5.1 `expires_in`).

use std::fmt;

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// This point plus a lifetime; stays at the end of time instead of overflowing.
    #[must_use]
    pub const fn after(self, lifetime: Lifetime) -> Self {
        Self(self.0.saturating_add(lifetime.0 as u64))
    }

    /// Seconds from `now` until this point, zero when it has passed.
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
