//! Generations of tokens, by which all tokens of a client or of a credential are revoked together.

use crate::time::Timestamp;

/// A generation of tokens: 56 bits, strictly rising, also over restores and failovers.
///
/// "Revoke all tokens" of a client or of a credential draws the next generation and stores it there as a
/// *mark*; creating a client does the same. A token carries the larger of both marks in the facts that
/// decided it, and is dead as soon as one of them is larger. So a token decided on stale facts is dead
/// too, in any order of reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Generation(pub u64);

impl Generation {
    /// The largest generation.
    pub const MAX: Self = Self((1 << 56) - 1);

    /// Generations that can be drawn in a second without running ahead of the clock: 2^20.
    const PER_SECOND_BITS: u32 = 20;

    /// The bound up to which the clock counts: a clock that was far ahead for a moment must leave
    /// generations to draw.
    const BY_CLOCK_MAX: u64 = Self::MAX.0 >> 1;

    /// The generation after this one, at a time: larger than all that were drawn a second before on any
    /// copy of the store. So generations drawn after an older backup was restored end the tokens issued
    /// since.
    #[must_use]
    pub const fn next(self, now: Timestamp) -> Self {
        let by_clock = now.0.saturating_mul(1 << Self::PER_SECOND_BITS);
        let by_clock = if by_clock > Self::BY_CLOCK_MAX { Self::BY_CLOCK_MAX } else { by_clock };
        let by_count = self.0.saturating_add(1);
        let next = if by_clock > by_count { by_clock } else { by_count };
        if next > Self::MAX.0 { Self::MAX } else { Self(next) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::NOW;

    #[test]
    fn generations_rise_over_restores_and_do_not_run_ahead_of_the_clock() {
        let first = Generation::default().next(NOW);
        assert!(first < first.next(NOW) && first < first.next(Timestamp(NOW.0 - 1_000)));
        // An older backup knows an older generation; a second later no earlier generation is larger.
        let busy = (0..1_000_000).fold(first, |last, _| last.next(NOW));
        assert!(busy < Generation::default().next(Timestamp(NOW.0 + 1)));
        assert_eq!(Generation::MAX.next(NOW), Generation::MAX);
        let after_a_wild_clock = Generation(5).next(Timestamp(u64::MAX));
        assert!(
            after_a_wild_clock < after_a_wild_clock.next(NOW)
                && after_a_wild_clock.next(NOW) < Generation::MAX
        );
    }
}
