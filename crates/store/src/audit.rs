//! The audit trail: appended in the transaction of the command, chained, and verified on demand.
//!
//! Each row holds the link of the chain and the record. The last link and the next number are in
//! `metadata`, so a trail that was cut short is detected as well. Only replacing the whole database with
//! an older one is not: against that, keep the link that `jeton audit verify` prints in another place.

mod retention;

pub use crate::trail::Retention;

use crate::batch::Batch;
use crate::fault::{TransactionError, Unavailable};
use crate::records;
use crate::schema::{AUDIT, AUDIT_AGES};
use crate::snapshot::Snapshot;
use jeton_domain::event::{Actor, Entry, EventKind};
use jeton_domain::id::{EventId, OrganizationId};
use jeton_domain::refusal::OperationError;
use jeton_domain::time::Timestamp;
use jeton_secret::{AuditKey, Link};
use retention::{Class, Gap};

impl Batch<'_> {
    /// Appends one event.
    pub(crate) fn record_event(
        &mut self,
        at: Timestamp,
        by: Actor,
        organization: Option<OrganizationId>,
        entry: &Entry,
    ) -> Result<(), TransactionError> {
        let record =
            records::write_event(at, by, organization, entry).map_err(|_| OperationError::TooLarge)?;
        self.append_event(entry.kind, &record)
    }

    /// Appends the record of an event of this kind.
    pub(crate) fn append_event(&mut self, kind: EventKind, record: &[u8]) -> Result<(), TransactionError> {
        let age = Class::of(kind).key(self.now.careful, self.state.trail.next);
        self.transaction.open_table(AUDIT_AGES)?.insert(age, ())?;
        let trail = &mut self.state.trail;
        let link = trail.key.link(trail.last, trail.next.0, record);
        let row = [link.0.as_slice(), record].concat();
        self.transaction.open_table(AUDIT)?.insert(trail.next.0, row.as_slice())?;
        trail.next = EventId(trail.next.0.saturating_add(1));
        trail.last = link;
        Ok(())
    }
}

/// The result of verifying the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The number of records that there should be.
    pub records: u64,
    /// The number of records that were deleted at the end of their retention.
    pub forgotten: u64,
    /// The link of the last administrator's command. It stays, unlike that of a summary of failures.
    pub last: Link,
    /// The faults of the trail, at most [`FAULTS_MAX`].
    pub faults: Vec<TrailFault>,
}

/// Faults that are listed at most.
pub const FAULTS_MAX: usize = 100;

/// A fault of the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrailFault {
    /// The record or its link differs from the one that was written.
    #[error("record {0} was changed")]
    Changed(EventId),
    /// There is no record of this number.
    #[error("record {0} is missing")]
    Missing(EventId),
    /// There is a record behind the end.
    #[error("record {0} was added")]
    Added(EventId),
    /// The end differs from the one in `metadata`.
    #[error("the end of the trail was changed")]
    End,
}

impl Snapshot {
    /// The number of the next event.
    pub const fn event_next(&self) -> EventId {
        self.trail.next
    }

    /// Computes the chain anew. Takes about a microsecond per record.
    ///
    /// # Errors
    /// [`Unavailable`] if the trail can't be read.
    pub fn verify_trail(&self) -> Result<Verified, Unavailable> {
        let (key, before) = (&self.trail.key, [Link::ORIGIN; 2]);
        let mut walk = Walk { key, number: 1, before, forgotten: 0, faults: Vec::new() };
        for row in self.audit.iter()? {
            let (number, row) = row?;
            self.pass_gaps(&mut walk, number.value())?;
            walk.step(number.value(), row.value(), self.trail.next.0);
            if walk.faults.len() >= FAULTS_MAX {
                break;
            }
        }
        self.pass_gaps(&mut walk, self.trail.next.0)?;
        walk.skip_to(self.trail.next.0);
        if !walk.before.contains(&self.trail.last) {
            walk.note(TrailFault::End);
        }
        let records = self.trail.next.0.saturating_sub(1).saturating_sub(walk.forgotten);
        let last = self.last_act_link()?;
        Ok(Verified { records, forgotten: walk.forgotten, last, faults: walk.faults })
    }

    /// Continues behind the events that were deleted before a number.
    fn pass_gaps(&self, walk: &mut Walk<'_>, number: u64) -> Result<(), Unavailable> {
        while walk.number < number
            && let Some(row) = self.audit_gaps.get(walk.number)?
            && let Ok(gap) = Gap::read(row.value())
            && gap.is_authentic(walk.key, walk.number)
            && gap.last < number
        {
            let next = gap.last.saturating_add(1);
            walk.forgotten = walk.forgotten.saturating_add(next.saturating_sub(walk.number));
            (walk.number, walk.before) = (next, [gap.link; 2]);
        }
        Ok(())
    }
}

/// A walk along the chain. After a fault it continues from the stored link and from the computed one, so
/// that one fault is reported once.
struct Walk<'a> {
    key: &'a AuditKey,
    number: u64,
    before: [Link; 2],
    forgotten: u64,
    faults: Vec<TrailFault>,
}

impl Walk<'_> {
    fn note(&mut self, fault: TrailFault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }

    fn step(&mut self, number: u64, row: &[u8], next: u64) {
        if number < self.number || number >= next {
            return self.note(TrailFault::Added(EventId(number)));
        }
        let gap = number > self.number;
        self.skip_to(number);
        self.number = number.saturating_add(1);
        let Ok((stored, record)) = records::split_event(row) else {
            return self.note(TrailFault::Changed(EventId(number)));
        };
        let computed = self.before.map(|before| self.key.link(before, number, record));
        // The link before a gap is not known, so the first record behind it is accepted as it is.
        if !gap && !computed.contains(&stored) {
            self.note(TrailFault::Changed(EventId(number)));
        }
        self.before = [stored, computed[0]];
    }

    fn skip_to(&mut self, number: u64) {
        while self.number < number && self.faults.len() < FAULTS_MAX {
            self.note(TrailFault::Missing(EventId(self.number)));
            self.number = self.number.saturating_add(1);
        }
        self.number = number;
    }
}
