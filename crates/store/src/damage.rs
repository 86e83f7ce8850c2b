//! Damaged pages: found at the bottom, reported at the top.
//!
//! A page is damaged when it can't be read, or when it does not match the page above it. It never reaches
//! the engine. `Damaged` remembers every such place, so that each is logged once and operators are told
//! how many there are and in which tables. A place is forgotten once it has recovered: when a request
//! reads it, when it is written, and by `recheck.rs`.

use crate::disk_file::DiskFile;
use crate::limits::READ_FAULTS_OF_LATE;
use crate::pages::Described;
use crate::tables::Part;
use crate::walk;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Places remembered at most.
const PAGES_MAX: usize = 4096;

/// Places logged one by one; after that only each doubling of their number.
const PAGES_LOGGED: usize = 8;

/// A damaged page of the database file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "page {} of the database (bytes {offset} to {}, in {part}) {defect}",
    .offset / 4096,
    .offset.saturating_add(*.bytes)
)]
pub struct Damage {
    /// Offset in the file.
    pub offset: u64,
    /// Length of the page.
    pub bytes: u64,
    /// The part of the file that it belongs to.
    pub part: Part,
    /// The kind of damage.
    pub defect: Defect,
}

/// The kind of damage of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// The disk can't read it.
    #[error("can't be read: {0}")]
    Unreadable(std::io::ErrorKind),
    /// Its bytes differ from those that were written there.
    #[error("is not what was written there")]
    Altered,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    damage: Damage,
    /// The expected page; None for one that was written since the store was opened.
    described: Option<Described>,
    /// The time of the last request that needed it.
    met: Instant,
}

/// All damage that was found since this process opened the store.
#[derive(Debug, Default)]
pub(crate) struct Damaged {
    places: Mutex<BTreeMap<u64, Place>>,
    /// Number of places, for the common case that there are none.
    len: AtomicUsize,
}

impl Damaged {
    /// Remembers a place.
    pub(crate) fn note(&self, damage: Damage, described: Option<Described>) {
        let mut places = self.lock();
        let place = Place { damage, described, met: Instant::now() };
        let is_known = places.contains_key(&damage.offset);
        if is_known || places.len() < PAGES_MAX {
            places.insert(damage.offset, place);
        }
        if is_known || places.len() == self.len() {
            return;
        }
        let pages = places.len();
        self.len.store(pages, Ordering::Relaxed);
        drop(places);
        if pages <= PAGES_LOGGED || pages.is_power_of_two() {
            tracing::error!(
                error = %damage, pages,
                "the store is damaged; requests that need this page are refused. \
                 Stop the server and run jeton verify"
            );
        }
    }

    /// Forgets places that were read without an error, or written anew.
    pub(crate) fn forget(&self, offset: u64, bytes: u64) {
        self.retain(|place| !(offset..offset.saturating_add(bytes)).contains(&place.damage.offset));
    }

    /// Forgets places behind the end of the file.
    pub(crate) fn cut(&self, len: u64) {
        self.retain(|place| place.damage.offset < len);
    }

    /// Forgets places that were written since the store was opened: it is opened anew, and may have none
    /// of these writes.
    pub(crate) fn forget_written(&self) {
        self.retain(|place| place.described.is_some());
    }

    /// Reads every place once more, until it has to stop, and forgets those that have recovered.
    pub(crate) fn recheck(&self, disk: &dyn DiskFile, stop: &AtomicBool) {
        if self.len() == 0 {
            return;
        }
        let described: Vec<_> = self.lock().values().filter_map(|place| place.described).collect();
        for page in described.into_iter().take_while(|_| !stop.load(Ordering::Relaxed)) {
            if walk::read(disk, page).is_ok() {
                self.forget(page.offset, page.bytes);
            }
        }
    }

    fn retain(&self, is_kept: impl Fn(&Place) -> bool) {
        if self.len() == 0 {
            return;
        }
        let mut places = self.lock();
        places.retain(|_, place| is_kept(place));
        let pages = places.len();
        self.len.store(pages, Ordering::Relaxed);
        drop(places);
        if pages == 0 {
            tracing::info!("all damaged pages of the store have recovered");
        }
    }

    /// Number of places.
    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// True if the disk withholds pages that requests need. An altered page does not count: the disk
    /// answers, and only the requests that need this page are refused.
    pub(crate) fn is_withheld(&self, now: Instant) -> bool {
        let is_of_late = |place: &Place| now.saturating_duration_since(place.met) < READ_FAULTS_OF_LATE;
        let is_unreadable = |place: &Place| matches!(place.damage.defect, Defect::Unreadable(_));
        self.len() > 0 && self.lock().values().any(|place| is_unreadable(place) && is_of_late(place))
    }

    /// The parts of the file that have such places.
    pub(crate) fn parts(&self) -> BTreeSet<Part> {
        if self.len() == 0 {
            return BTreeSet::new();
        }
        self.lock().values().map(|place| place.damage.part).collect()
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
        Damage { offset, bytes: 4096, part: Part::Table("clients"), defect }
    }

    #[test]
    fn a_page_is_withheld_after_recent_failed_reads_until_it_can_be_read() {
        let (damaged, unreadable) = (Damaged::default(), Defect::Unreadable(std::io::ErrorKind::Other));
        assert!(!damaged.is_withheld(Instant::now()));
        damaged.note(place(4096, unreadable), None);
        let met = Instant::now();
        assert!(damaged.is_withheld(met));
        assert!(!damaged.is_withheld(met + READ_FAULTS_OF_LATE), "no request has asked for it since");
        damaged.note(place(4096, unreadable), None);
        assert!(damaged.is_withheld(met));
        damaged.forget(4096, 4096);
        assert!(!damaged.is_withheld(met));
    }

    #[test]
    fn an_altered_page_is_damaged_but_not_withheld() {
        let damaged = Damaged::default();
        damaged.note(place(8192, Defect::Altered), None);
        assert!(!damaged.is_withheld(Instant::now()));
        assert_eq!(damaged.len(), 1);
    }
}
