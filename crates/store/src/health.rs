//! What of the store works, for health checks and for people.

use std::sync::atomic::{AtomicU8, Ordering};

/// What works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Whether requests that only read are answered.
    pub reads: bool,
    /// Whether requests that write are.
    pub writes: Writes,
    /// Pages that can't be believed; requests that need one of them are refused.
    pub damaged_pages: usize,
}

/// What becomes of requests that write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Writes {
    /// They are answered.
    Work = 0,
    /// They are refused: the disk is full.
    NoRoom = 1,
    /// They are refused: the disk takes nothing.
    Fail = 2,
}

impl Writes {
    /// A word for machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Work => "ok",
            Self::NoRoom => "disk full",
            Self::Fail => "disk failing",
        }
    }
}

/// The writer's last word, for all threads.
#[derive(Debug, Default)]
pub(crate) struct SharedWrites(AtomicU8);

impl SharedWrites {
    pub(crate) fn set(&self, writes: Writes) {
        self.0.store(writes as u8, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Writes {
        match self.0.load(Ordering::Relaxed) {
            0 => Writes::Work,
            1 => Writes::NoRoom,
            _ => Writes::Fail,
        }
    }
}
