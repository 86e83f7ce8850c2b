//! Ids for clients, projects, organizations and credentials: unique without coordination.
//!
//! ```text
//! id = second of its creation, since 2026   32 bits
//!    | random, then counted up              31 bits      63 in all, so that it fits a signed number
//! ```
//! The random part keeps two instances, and two nodes of one, from giving out the same id in the same
//! second. It is no secret. The writer refuses an id that is or was in use, so uniqueness does not depend
//! on chance.

use jeton_domain::time::Timestamp;
use std::sync::{Mutex, PoisonError};

const EPOCH_2026: u64 = 1_767_225_600;
const RANDOM_BITS: u32 = 31;

#[derive(Debug)]
pub(crate) struct Ids(Mutex<State>);

#[derive(Debug)]
struct State {
    seed: u64,
    last: u64,
}

impl Ids {
    /// A generator whose random parts come from this seed.
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(Mutex::new(State { seed, last: 0 }))
    }

    pub(crate) fn next(&self, now: Timestamp) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let second = now.0.saturating_sub(EPOCH_2026) & u64::from(u32::MAX);
        let counted = state.last.wrapping_add(1);
        // Half of the range is left to count up in.
        let id = match counted >> RANDOM_BITS == second && state.last != 0 {
            true => counted,
            false => second << RANDOM_BITS | state.random() >> (65 - RANDOM_BITS),
        };
        state.last = id.max(1);
        state.last
    }
}

impl State {
    /// SplitMix64: every seed and every step gives another number.
    const fn random(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.seed ^ self.seed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const NOW: Timestamp = Timestamp(EPOCH_2026 + 1000);

    #[test]
    fn ids_of_one_second_are_counted_up_and_fit_a_signed_number() {
        let ids = Ids::seeded(7);
        let first = ids.next(NOW);
        assert!((1..1000).all(|step| ids.next(NOW) == first + step));
        assert_eq!(first >> RANDOM_BITS, 1000);
        assert!(ids.next(Timestamp(u64::MAX)) <= i64::MAX as u64);
    }

    #[test]
    fn a_later_second_has_higher_ids() {
        let ids = Ids::seeded(7);
        let first = ids.next(NOW);
        assert!(ids.next(Timestamp(NOW.0 + 1)) > first);
    }

    #[test]
    fn two_instances_that_begin_in_the_same_second_give_out_different_ids() {
        let mut seen = HashSet::new();
        for seed in 0..1000 {
            let ids = Ids::seeded(seed);
            assert!((0..10).all(|_| seen.insert(ids.next(NOW))), "seed {seed}");
        }
    }

    #[test]
    fn a_clock_that_comes_back_to_a_second_begins_at_random_again() {
        let ids = Ids::seeded(7);
        let first = ids.next(NOW);
        ids.next(Timestamp(NOW.0 + 9));
        assert_ne!(ids.next(NOW), first);
    }

    #[test]
    fn no_id_is_zero() {
        assert!((0..100).all(|seed| Ids::seeded(seed).next(Timestamp(0)) > 0));
    }
}
