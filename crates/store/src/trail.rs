//! The end of the audit trail, and the time for which its events are kept.

use crate::codec::Corrupt;
use jeton_domain::id::EventId;
use jeton_domain::time::Careful;
use jeton_secret::{AuditKey, Link};
use std::sync::Arc;

/// Times after which events are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Seconds for which administrators' commands are kept; None for ever.
    pub commands: Option<u64>,
    /// Seconds for which summaries of failures, and events that clients cause by themselves, are kept;
    /// None for ever.
    pub failures: Option<u64>,
}

impl Default for Retention {
    /// Administrators' commands for ever; failures, console sessions and steps of the clock for 90 days.
    fn default() -> Self {
        Self { commands: None, failures: Some(90 * 24 * 60 * 60) }
    }
}

/// The end of the trail.
#[derive(Debug, Clone)]
pub(crate) struct Trail {
    pub(crate) key: Arc<AuditKey>,
    pub(crate) next: EventId,
    pub(crate) last: Link,
    /// The time for which its events are kept.
    pub(crate) retention: Retention,
    /// The point on the careful clock at which the next event may expire.
    pub(crate) due: Careful,
}

impl Trail {
    /// The value in `metadata` for a trail without a record.
    pub(crate) fn beginning() -> [u8; 8 + Link::BYTES] {
        head(EventId(1), Link::ORIGIN)
    }

    /// The value in `metadata`: the next number and the last link.
    pub(crate) fn head(&self) -> [u8; 8 + Link::BYTES] {
        head(self.next, self.last)
    }

    /// Reads a value of [`Trail::head`].
    pub(crate) fn read(key: Arc<AuditKey>, retention: Retention, head: &[u8]) -> Result<Self, Corrupt> {
        let (number, link) = head.split_at_checked(8).ok_or(Corrupt)?;
        Ok(Self {
            key,
            retention,
            // The next batch looks for expired events.
            due: Careful(0),
            next: EventId(u64::from_le_bytes(number.try_into().map_err(|_| Corrupt)?)),
            last: Link(link.try_into().map_err(|_| Corrupt)?),
        })
    }
}

fn head(next: EventId, last: Link) -> [u8; 8 + Link::BYTES] {
    let mut head = [0; 8 + Link::BYTES];
    let (number, link) = head.split_at_mut(8);
    number.copy_from_slice(&next.0.to_le_bytes());
    link.copy_from_slice(&last.0);
    head
}
