//! Reading the audit trail: `jeton.audit.v1.AuditService`.

use super::ApiError;
use super::call::Call;
use super::event_names;
use super::handle::Handle;
use crate::limits::EVENTS_LOOKED_AT_MAX;
use jeton_api::audit::{Events, ListEvents, ListedEvent, VerifiedEvents, VerifyEvents};
use jeton_api::calls::audit;
use jeton_domain::event::{Actor, Event, EventKind};
use jeton_domain::id::{EventId, OrganizationId};
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::time::Timestamp;
use jeton_store::audit::Verified;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The checked filters.
struct Wanted {
    kinds: Vec<EventKind>,
    subject: Option<u64>,
    actor: Option<u64>,
    from: Timestamp,
    until: Timestamp,
}

fn parse(request: &ListEvents) -> Result<Wanted, ApiError> {
    let kind = |(place, name): (usize, &String)| {
        let unknown = || ApiError::invalid(format!("types[{place}]: must be a type of events"));
        EventKind::parse(name).ok_or_else(unknown)
    };
    let id = |member: &str, id: &Option<String>| match id.as_deref() {
        None => Ok(None),
        Some(id) => id.parse().map(Some).map_err(|_| ApiError::invalid(format!("{member}: must be an id"))),
    };
    Ok(Wanted {
        kinds: request.types.iter().enumerate().map(kind).collect::<Result<_, _>>()?,
        subject: id("subjectId", &request.subject_id)?,
        actor: id("actorId", &request.actor_id)?,
        from: request.from.map_or(Timestamp(0), |from| from.0),
        until: request.until.map_or(Timestamp(u64::MAX), |until| until.0),
    })
}

impl Wanted {
    fn matches(&self, event: &Event) -> bool {
        let actor = match event.by {
            Actor::Client(client, _) => Some(client.0),
            Actor::Operator | Actor::System => None,
        };
        (self.kinds.is_empty() || self.kinds.contains(&event.entry.kind))
            && self.subject.is_none_or(|subject| subject == event.entry.subject)
            && self.actor.is_none_or(|wanted| Some(wanted) == actor)
            && (self.from..=self.until).contains(&event.at)
    }
}

/// The name of the trail in page tokens.
const EVENTS: &str = "events";

/// Newest first by default. A page looks at a bounded number of events, so with filters it may be short, even
/// empty, and still have a next one.
impl Handle for audit::ListEvents {
    async fn handle(call: &Call, request: ListEvents) -> Result<Events, ApiError> {
        let wanted = parse(&request)?;
        let page = call.page_tokens().of_query(&request.pagination, EVENTS, EventId)?;
        if page.offset > 0 {
            return Err(ApiError::invalid("pagination.offset: the audit trail is paged by pageToken"));
        }
        let snapshot = call.snapshot()?;
        let (mut events, mut unreadable) = (Vec::new(), Vec::new());
        let (mut last, mut next, mut looked_at) = (None, None, 0);
        let mut mentioned: BTreeSet<u64> = wanted.subject.into_iter().chain(wanted.actor).collect();
        snapshot.for_each_event(page.after, page.backwards, |event| {
            if events.len() >= page.limit || looked_at >= EVENTS_LOOKED_AT_MAX {
                next = last;
                return ControlFlow::Break(());
            }
            looked_at += 1;
            last = Some(event.as_ref().map_or_else(|number| *number, |event| event.number));
            match event {
                Ok(event) if call.sees_event(event.organization) && wanted.matches(&event) => {
                    mentioned.extend(event_names::mentioned(&event));
                    events.push(ListedEvent::of(event));
                }
                Err(number) if call.sees_event(None) && unreadable.len() < page.limit => {
                    unreadable.push(number.to_string());
                }
                Ok(_) | Err(_) => {}
            }
            ControlFlow::Continue(())
        })?;
        let names = call.names_of(&snapshot, &mentioned)?;
        let next_page_token = next.map(|number: EventId| call.page_tokens().seal(EVENTS, &number.0));
        Ok(Events { events, names, next_page_token, unreadable })
    }
}

impl Call {
    /// Events that concern no organization are for the instance's administrators.
    fn sees_event(&self, organization: Option<OrganizationId>) -> bool {
        self.caller.may(
            Permission::EventRead,
            organization.map_or(ResourcePath::Instance, ResourcePath::Organization),
        )
    }
}

/// Computes the chain of the whole trail anew.
impl Handle for audit::VerifyEvents {
    async fn handle(call: &Call, _: VerifyEvents) -> Result<VerifiedEvents, ApiError> {
        call.permit(Permission::EventRead, ResourcePath::Instance)?;
        let Verified { records, forgotten, last, faults } = call.snapshot()?.verify_trail()?;
        Ok(VerifiedEvents {
            intact: faults.is_empty(),
            records: records.to_string(),
            forgotten: forgotten.to_string(),
            last_link: last.to_string(),
            faults: faults.iter().map(ToString::to_string).collect(),
        })
    }
}
