//! Pages that can't be believed: found at the bottom, told at the top.
//!
//! A page is damaged when it can't be read, or when it is not what the page above it says. It never
//! reaches the engine. `Damaged` remembers every such place, so that each is logged once and
//! operators are told how many there are.

use crate::limits::READ_FAULTS_OF_LATE;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Places remembered at most.
const PAGES_MAX: usize = 4096;

/// Places logged one by one; after that only each doubling of their number.
const PAGES_LOGGED: usize = 8;

/// A page of the database file that can't be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("page {} of the database (bytes {offset} to {}) {defect}", .offset / 4096, .offset.saturating_add(*.bytes))]
pub struct Damage {
    /// Offset in the file.
    pub offset: u64,
    /// Length of the page.
    pub bytes: u64,
    /// Reason not to believe it.
    pub defect: Defect,
}

/// Reason not to believe a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// The disk does not give it.
    #[error("can't be read: {0}")]
    Unreadable(std::io::ErrorKind),
    /// Its bytes are not those that were written there.
    #[error("is not what was written there")]
    Altered,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    damage: Damage,
    /// When a request needed it last.
    met: Instant,
}

/// All damage that was met since the store was opened by this process.
#[derive(Debug, Default)]
pub(crate) struct Damaged {
    places: Mutex<BTreeMap<u64, Place>>,
    /// Number of places, for the many who find none.
    len: AtomicUsize,
}

impl Damaged {
    /// Remembers a place.
    pub(crate) fn note(&self, damage: Damage) {
        let mut places = self.lock();
        let place = Place { damage, met: Instant::now() };
        if places.len() >= PAGES_MAX || places.insert(damage.offset, place).is_some() {
            return;
        }
        let pages = places.len();
        self.len.store(pages, Ordering::Relaxed);
        drop(places);
        if pages <= PAGES_LOGGED || pages.is_power_of_two() {
            tracing::error!(
                error = %damage, pages,
                "the store is damaged; requests that need this page are refused. Stop the server and run jeton verify"
            );
        }
    }

    /// Forgets a place that was read well, or written anew.
    pub(crate) fn forget(&self, offset: u64) {
        if self.len() == 0 {
            return;
        }
        let mut places = self.lock();
        let was_damaged = places.remove(&offset).is_some();
        let pages = places.len();
        self.len.store(pages, Ordering::Relaxed);
        drop(places);
        if was_damaged && pages == 0 {
            tracing::info!("all pages of the store that could not be read can be read again");
        }
    }

    /// Number of places.
    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Whether the disk withholds pages that are asked for. A page that it gives, but altered, is not meant: the disk
    /// answers, and only those are refused that need this page.
    pub(crate) fn is_withheld(&self, now: Instant) -> bool {
        let is_of_late = |place: &Place| now.saturating_duration_since(place.met) < READ_FAULTS_OF_LATE;
        let is_unreadable = |place: &Place| matches!(place.damage.defect, Defect::Unreadable(_));
        self.len() > 0 && self.lock().values().any(|place| is_unreadable(place) && is_of_late(place))
    }

    /// All places, in the order of the file.
    pub(crate) fn list(&self) -> Vec<Damage> {
        self.lock().values().map(|place| place.damage).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(offset: u64, defect: Defect) -> Damage {
        Damage { offset, bytes: 4096, defect }
    }

    #[test]
    fn a_disk_withholds_what_it_did_not_give_of_late_and_has_not_given_since() {
        let (damaged, unreadable) = (Damaged::default(), Defect::Unreadable(std::io::ErrorKind::Other));
        assert!(!damaged.is_withheld(Instant::now()));
        damaged.note(place(4096, unreadable));
        let met = Instant::now();
        assert!(damaged.is_withheld(met));
        assert!(!damaged.is_withheld(met + READ_FAULTS_OF_LATE), "nobody has asked for it since");
        damaged.note(place(4096, unreadable));
        assert!(damaged.is_withheld(met));
        damaged.forget(4096);
        assert!(!damaged.is_withheld(met));
    }

    #[test]
    fn an_altered_page_is_damage_but_nothing_that_the_disk_withholds() {
        let damaged = Damaged::default();
        damaged.note(place(8192, Defect::Altered));
        assert!(!damaged.is_withheld(Instant::now()));
        assert_eq!(damaged.len(), 1);
    }
}
