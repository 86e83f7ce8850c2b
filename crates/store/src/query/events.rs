//! Events of the audit trail.

use super::Within;
use super::merge::{Directed, behind};
use crate::fault::Unavailable;
use crate::limits::EVENTS_LOOKED_AT_MAX;
use crate::records;
use crate::snapshot::Snapshot;
use jeton_domain::event::{Actor, Event, EventKind};
use jeton_domain::id::{EventId, OrganizationId};
use jeton_domain::time::Timestamp;
use std::ops::RangeInclusive;

/// A listing of events, in the order of the trail.
#[derive(Debug, Clone)]
pub struct EventQuery {
    /// The organizations of the listed events. Events that concern no organization are listed only within
    /// everything.
    pub within: Within<OrganizationId>,
    /// The filter.
    pub filter: EventFilter,
    /// The last event that the previous page looked at; None for the first page.
    pub after: Option<EventId>,
    /// True for the newest first.
    pub backwards: bool,
    /// Events on the page at most.
    pub limit: usize,
}

/// A filter of events; all parts must match.
#[derive(Debug, Clone)]
pub struct EventFilter {
    /// The kinds; empty for all.
    pub kinds: Vec<EventKind>,
    /// The id of the subject.
    pub subject: Option<u64>,
    /// The id of the client that acted.
    pub actor: Option<u64>,
    /// The time.
    pub at: RangeInclusive<Timestamp>,
}

/// A page of events.
#[derive(Debug)]
pub struct ListedEvents {
    /// The events on the page.
    pub found: Vec<Event>,
    /// Events whose record can't be read, left out of the page; at most as many as the page may have.
    pub unreadable: Vec<EventId>,
    /// The event behind which the next page begins; None on the last page.
    pub next: Option<EventId>,
}

impl EventFilter {
    fn matches(&self, event: &Event) -> bool {
        let actor = match event.by {
            Actor::Client(client, _) => Some(client.0),
            Actor::Operator | Actor::System => None,
        };
        (self.kinds.is_empty() || self.kinds.contains(&event.entry.kind))
            && self.subject.is_none_or(|subject| subject == event.entry.subject)
            && self.actor.is_none_or(|wanted| Some(wanted) == actor)
            && self.at.contains(&event.at)
    }
}

impl EventQuery {
    fn lists(&self, event: &Event) -> bool {
        let is_within = match event.organization {
            Some(organization) => self.within.contains(organization),
            None => self.within == Within::Everything,
        };
        is_within && self.filter.matches(event)
    }
}

impl Snapshot {
    /// A page of events. It looks at [`EVENTS_LOOKED_AT_MAX`] events at most, so it may be short, even empty,
    /// and not be the last one.
    ///
    /// # Errors
    /// [`Unavailable`] if the trail can't be read.
    pub fn list_events(&self, query: &EventQuery) -> Result<ListedEvents, Unavailable> {
        let mut listed = ListedEvents { found: Vec::new(), unreadable: Vec::new(), next: None };
        let (mut looked_at, mut last) = (0, None);
        for row in self.events(query.after, query.backwards)? {
            let (number, event) = row?;
            if listed.found.len() >= query.limit || looked_at >= EVENTS_LOOKED_AT_MAX {
                listed.next = last;
                break;
            }
            looked_at += 1;
            last = Some(number);
            match event {
                Some(event) if query.lists(&event) => listed.found.push(event),
                None if query.within == Within::Everything && listed.unreadable.len() < query.limit => {
                    listed.unreadable.push(number);
                }
                Some(_) | None => {}
            }
        }
        Ok(listed)
    }

    /// The events behind a number, or all; None for those whose record can't be read.
    fn events(
        &self,
        after: Option<EventId>,
        backwards: bool,
    ) -> Result<impl Iterator<Item = Result<(EventId, Option<Event>), Unavailable>>, Unavailable> {
        let end = self.event_next().0.saturating_sub(1);
        let range = behind(0, end, after.map(|after| after.0), backwards);
        Ok(Directed::new(self.audit.range(range)?, backwards).map(|row| {
            let (number, row) = row?;
            let number = EventId(number.value());
            Ok((number, records::read_event(number, row.value()).ok()))
        }))
    }
}
