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

/// Reads a NumericDate (RFC 7519 §2): seconds since 1970, fractions cut off. `None` for what is
/// negative, larger than 2^53 or no number.
pub(crate) fn numeric_date(value: &serde_json::Value) -> Option<u64> {
    const EXACT_MAX: u64 = 1 << 53;
    let seconds = match value.as_u64() {
        Some(whole) => whole,
        None => {
            let seconds = value.as_f64().filter(|seconds| (0.0..=9e15).contains(seconds))?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to be in range"
            )]
            let whole = seconds as u64;
            whole
        }
    };
    (seconds <= EXACT_MAX).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numeric_date_may_have_a_fraction_and_is_never_guessed() {
        let read = |text: &str| numeric_date(&serde_json::from_str(text).unwrap());
        for (good, seconds) in [
            ("0", 0),
            ("1700000000", 1_700_000_000),
            ("1.7e9", 1_700_000_000),
            ("1700000000.9", 1_700_000_000),
            ("9007199254740992", 1 << 53),
        ] {
            assert_eq!(read(good), Some(seconds), "{good}");
        }
        for bad in [
            "-1",
            "-0.5",
            "9007199254740993",
            "9223372036854775807",
            "1e308",
            "\"123\"",
            "null",
            "true",
            "[1]",
            "{}",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
