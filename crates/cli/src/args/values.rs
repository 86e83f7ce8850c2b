//! Values of arguments, parsed.

use jeton_domain::key::{Algorithm, RsaBits};
use std::ops::RangeInclusive;
use std::time::Duration;

/// The longest time that the management API takes.
const LIFETIME_MAX: Duration = Duration::from_secs(u32::MAX as u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// A plain line of text.
    Text,
    /// A JSON object per line.
    Json,
}

/// Parses seconds, or a duration such as 12h, within bounds.
pub(super) fn duration(
    text: &str,
    bounds: RangeInclusive<Duration>,
    otherwise: &str,
) -> Result<Duration, String> {
    let parsed = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => humantime::parse_duration(text).map_err(|error| error.to_string())?,
    };
    if bounds.contains(&parsed) { Ok(parsed) } else { Err(otherwise.into()) }
}

/// The time after which a credential ends.
pub(super) fn lifetime(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_secs(1)..=LIFETIME_MAX, "must be between 1 second and 136 years")
}

/// A length of time that may be zero.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    duration(text, Duration::ZERO..=LIFETIME_MAX, "must be at most 136 years")
}

pub(super) fn rsa_bits(text: &str) -> Result<RsaBits, String> {
    text.parse().ok().and_then(RsaBits::of).ok_or_else(|| "must be 2048, 3072 or 4096".into())
}

pub(super) fn algorithm(text: &str) -> Result<Algorithm, String> {
    let found = Algorithm::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| format!("must be one of {}", Algorithm::NAMES.join(", ")))
}
