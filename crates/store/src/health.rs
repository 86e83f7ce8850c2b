//! The health of the store, for health checks and for people.

use crate::journal::JournalError;
use crate::limits::WRITER_HANGS_AFTER;
use crate::tables::Part;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The state of reads, writes and pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// True if all requests that only read are answered; false while the disk withholds pages that they
    /// need.
    pub reads: bool,
    /// The state of requests that write.
    pub writes: Writes,
    /// The number of damaged pages. Requests that need one of them are refused.
    pub damaged_pages: usize,
    /// The parts of the file that have damaged pages.
    pub damaged_parts: BTreeSet<Part>,
    /// The journal that several servers share; `None` for a server alone.
    pub journal: Option<Result<(), JournalError>>,
}

/// The state of requests that write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Writes {
    /// Requests that write are answered.
    Work = 0,
    /// Requests that write are refused: the disk is full.
    NoRoom = 1,
    /// Requests that write are refused: the disk takes no writes.
    Fail = 2,
    /// Requests that write wait: the disk neither completes nor refuses a write.
    Hang = 3,
}

impl Writes {
    /// The state after a fault.
    pub(crate) const fn refused(for_lack_of_room: bool) -> Self {
        if for_lack_of_room { Self::NoRoom } else { Self::Fail }
    }

    /// The name in machine-readable output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Work => "ok",
            Self::NoRoom => "disk full",
            Self::Fail => "disk failing",
            Self::Hang => "disk not answering",
        }
    }
}

/// The state of writes as the writer last set it, for all threads.
#[derive(Debug, Default)]
pub(crate) struct SharedWrites {
    word: AtomicU8,
    /// The start of the writer's current work, if it is busy.
    busy_since: Mutex<Option<Instant>>,
}

impl SharedWrites {
    pub(crate) fn set(&self, writes: Writes) {
        self.word.store(writes as u8, Ordering::Relaxed);
    }

    /// Marks the writer as busy with work that may need the disk, or as idle.
    pub(crate) fn set_busy(&self, since: Option<Instant>) {
        *self.busy_since() = since;
    }

    pub(crate) fn get(&self, now: Instant) -> Writes {
        let is_over = |since: Instant| now.saturating_duration_since(since) >= WRITER_HANGS_AFTER;
        if self.busy_since().is_some_and(is_over) {
            return Writes::Hang;
        }
        match self.word.load(Ordering::Relaxed) {
            0 => Writes::Work,
            1 => Writes::NoRoom,
            _ => Writes::Fail,
        }
    }

    fn busy_since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.busy_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_that_is_busy_for_too_long_hangs_until_it_is_done() {
        let (writes, begin) = (SharedWrites::default(), Instant::now());
        writes.set_busy(Some(begin));
        let (before, then) = (begin, begin + WRITER_HANGS_AFTER);
        assert_eq!((writes.get(before), writes.get(then)), (Writes::Work, Writes::Hang));
        writes.set(Writes::Fail);
        writes.set_busy(None);
        assert_eq!(writes.get(then), Writes::Fail);
    }
}
