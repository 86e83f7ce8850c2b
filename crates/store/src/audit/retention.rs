//! Deletion of events of the audit trail after their retention, such that the chain can still be
//! verified.
//!
//! Each event has its age in `audit_ages`, by class. An event that has expired by both clocks is deleted,
//! and a gap takes its place in `audit_gaps`: the numbers from first to last, the link of the last one,
//! and a seal over these that can't be made without the server's key. Gaps that meet become one. The
//! chain continues behind a gap from its link, so each remaining record is verified as before.
//!
//! Only authentic events are deleted: an event whose link does not follow from the one before, whose
//! class differs from that of its age, or that is younger stays, and is reported when the trail is
//! verified.

use crate::batch::Batch;
use crate::codec::Corrupt;
use crate::fault::{EngineError, Unavailable};
use crate::records;
use crate::schema::{AUDIT, AUDIT_AGES, AUDIT_GAPS, AgeKey};
use crate::snapshot::Snapshot;
use crate::trail::{Retention, Trail};
use crate::writing::Recorded;
use jeton_domain::event::EventKind;
use jeton_domain::id::EventId;
use jeton_domain::time::{Careful, Moment, Timestamp};
use jeton_secret::{AuditKey, Link};
use redb::ReadableTable;

/// A class of events with the same retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    AdminCommand,
    Failure,
}

impl Class {
    const ALL: [Self; 2] = [Self::AdminCommand, Self::Failure];

    pub(super) const fn of(kind: EventKind) -> Self {
        match kind {
            EventKind::AuthenticationFailed
            | EventKind::PermissionDenied
            | EventKind::ImplausibleToken
            | EventKind::CredentialTokensRevoked
            | EventKind::SessionBegan
            | EventKind::SessionEnded
            | EventKind::ClockStepped => Self::Failure,
            _ => Self::AdminCommand,
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::AdminCommand => 0,
            Self::Failure => 1,
        }
    }

    const fn seconds(self, retention: Retention) -> Option<u64> {
        match self {
            Self::AdminCommand => retention.commands,
            Self::Failure => retention.failures,
        }
    }

    pub(super) const fn key(self, since: Careful, number: EventId) -> AgeKey {
        (self.number(), since.0, number.0)
    }

    const fn ages(self) -> std::ops::RangeInclusive<AgeKey> {
        (self.number(), 0, 0)..=(self.number(), u64::MAX, u64::MAX)
    }
}

/// The point on the careful clock at which this many seconds have passed since `since`.
const fn due_at(since: Careful, seconds: u64) -> Careful {
    // Readings are truncated to seconds, so one more must pass.
    since.after(seconds).after(1)
}

/// A range of deleted events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) last: u64,
    pub(super) link: Link,
    seal: Link,
}

impl Gap {
    fn sealed(key: &AuditKey, first: u64, last: u64, link: Link) -> Self {
        Self { last, link, seal: key.seal(first, last, link) }
    }

    /// True if the server made it.
    pub(super) fn is_authentic(&self, key: &AuditKey, first: u64) -> bool {
        self.last >= first && self.seal == key.seal(first, self.last, self.link)
    }

    fn write(&self) -> Vec<u8> {
        [self.last.to_le_bytes().as_slice(), &self.link.0, &self.seal.0].concat()
    }

    pub(super) fn read(row: &[u8]) -> Result<Self, Corrupt> {
        let (last, links) = row.split_first_chunk::<8>().ok_or(Corrupt)?;
        let (link, seal) = links.split_first_chunk::<{ Link::BYTES }>().ok_or(Corrupt)?;
        let seal = seal.try_into().map_err(|_| Corrupt)?;
        Ok(Self { last: u64::from_le_bytes(*last), link: Link(*link), seal: Link(seal) })
    }
}

impl Batch<'_> {
    /// Deletes up to this many expired events.
    pub(crate) fn forget_events(&mut self, mut rows_max: usize) -> Result<(), EngineError> {
        let (trail, now) = (&mut self.state.trail, self.now);
        if !trail.has_due(now) {
            return Ok(());
        }
        let mut tables = Tables {
            key: &trail.key,
            ages: self.transaction.open_table(AUDIT_AGES)?,
            events: self.transaction.open_table(AUDIT)?,
            gaps: self.transaction.open_table(AUDIT_GAPS)?,
        };
        let mut due = Careful(u64::MAX);
        for class in Class::ALL {
            let Some(seconds) = class.seconds(trail.retention) else { continue };
            while rows_max > 0
                && let Some((since, number)) = tables.oldest(class)?
                && due_at(since, seconds) <= now.careful
            {
                rows_max = rows_max.saturating_sub(1);
                tables.forget_or_wait(class, since, number, seconds, now)?;
            }
            // Events that are recorded from now on expire later than this.
            let since = tables.oldest(class)?.map_or(now.careful, |(since, _)| since);
            due = due.min(due_at(since, seconds));
        }
        trail.due = due;
        Ok(())
    }
}

/// The tables of the trail, open for writing.
struct Tables<'t> {
    key: &'t AuditKey,
    ages: Recorded<'t, AgeKey, ()>,
    events: Recorded<'t, u64, &'static [u8]>,
    gaps: Recorded<'t, u64, &'static [u8]>,
}

impl Tables<'_> {
    /// The oldest event of a class: the careful clock from which its age counts, and its number.
    fn oldest(&self, class: Class) -> Result<Option<(Careful, EventId)>, EngineError> {
        let first = self.ages.range(class.ages())?.next().transpose()?;
        Ok(first.map(|(key, _)| {
            let (_, since, number) = key.value();
            (Careful(since), EventId(number))
        }))
    }

    /// Deletes an event, or gives it a later age.
    fn forget_or_wait(
        &mut self,
        class: Class,
        since: Careful,
        number: EventId,
        seconds: u64,
        now: Moment,
    ) -> Result<(), EngineError> {
        self.ages.remove(class.key(since, number))?;
        let Some((at, link)) = self.authentic(class, number)? else { return Ok(()) };
        let wait = at.0.saturating_add(seconds).saturating_sub(now.wall.0);
        if wait == 0 {
            return self.forget(number.0, link);
        }
        // The clock was ahead when the event was written, or is behind now: treat it as if it had been
        // written later.
        let since = Careful(now.careful.0.saturating_add(wait).saturating_sub(seconds));
        self.ages.insert(class.key(since, number), ())?;
        Ok(())
    }

    /// The time of an event and its link, if it is unaltered and of this class.
    fn authentic(&self, class: Class, number: EventId) -> Result<Option<(Timestamp, Link)>, EngineError> {
        let Some(row) = self.events.get(number.0)? else { return Ok(None) };
        let (Ok(event), Ok((link, record))) =
            (records::read_event(number, row.value()), records::split_event(row.value()))
        else {
            return Ok(None);
        };
        let is_as_written = Class::of(event.entry.kind) == class
            && self.link_before(number.0)?.map(|before| self.key.link(before, number.0, record))
                == Some(link);
        Ok(is_as_written.then_some((event.at, link)))
    }

    /// The link that the chain has before a number.
    fn link_before(&self, number: u64) -> Result<Option<Link>, EngineError> {
        let before = number.saturating_sub(1);
        if before == 0 {
            return Ok(Some(Link::ORIGIN));
        }
        match self.events.get(before)? {
            Some(row) => Ok(records::split_event(row.value()).ok().map(|(link, _)| link)),
            None => Ok(self.gap_before(number)?.map(|(_, gap)| gap.link)),
        }
    }

    /// The gap that ends before a number, and its first number.
    fn gap_before(&self, number: u64) -> Result<Option<(u64, Gap)>, EngineError> {
        let Some(row) = self.gaps.range(..number)?.next_back() else { return Ok(None) };
        let (first, row) = row?;
        let first = first.value();
        let gap = Gap::read(row.value()).ok().filter(|gap| gap.last.checked_add(1) == Some(number));
        Ok(gap.filter(|gap| gap.is_authentic(self.key, first)).map(|gap| (first, gap)))
    }

    /// The gap that begins with a number.
    fn gap_at(&self, first: u64) -> Result<Option<Gap>, EngineError> {
        let gap = self.gaps.get(first)?.and_then(|row| Gap::read(row.value()).ok());
        Ok(gap.filter(|gap| gap.is_authentic(self.key, first)))
    }

    /// Replaces an event and the gaps around it by one gap.
    fn forget(&mut self, number: u64, link: Link) -> Result<(), EngineError> {
        let first = self.gap_before(number)?.map_or(number, |(first, _)| first);
        let behind = self.gap_at(number.saturating_add(1))?;
        let (last, link) = behind.map_or((number, link), |gap| (gap.last, gap.link));
        if behind.is_some() {
            self.gaps.remove(number.saturating_add(1))?;
        }
        self.gaps.insert(first, Gap::sealed(self.key, first, last, link).write().as_slice())?;
        self.events.remove(number)?;
        Ok(())
    }
}

impl Trail {
    /// True if an event may have expired.
    pub(crate) fn has_due(&self, now: Moment) -> bool {
        self.due <= now.careful
    }
}

impl Snapshot {
    /// The link of the last administrator's command.
    pub(super) fn last_act_link(&self) -> Result<Link, Unavailable> {
        let Some(row) = self.audit_ages.range(Class::AdminCommand.ages())?.next_back() else {
            return Ok(Link::ORIGIN);
        };
        let (_, _, number) = row?.0.value();
        let row = self.audit.get(number)?;
        let link = row.and_then(|row| records::split_event(row.value()).ok().map(|(link, _)| link));
        Ok(link.unwrap_or(Link::ORIGIN))
    }
}
