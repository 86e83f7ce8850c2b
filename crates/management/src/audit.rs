//! Reading the audit trail: `jeton.audit.v1.AuditService`.

use super::ApiError;
use super::call::Call;
use super::event_names;
use super::handle::Handle;
use jeton_api::audit::{Events, ListEvents, ListedEvent, VerifiedEvents, VerifyEvents};
use jeton_api::calls::audit;
use jeton_domain::event::EventKind;
use jeton_domain::id::EventId;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::time::Timestamp;
use jeton_store::audit::Verified;
use jeton_store::query::{EventFilter, EventQuery};
use std::collections::BTreeSet;

fn filter(request: &ListEvents) -> Result<EventFilter, ApiError> {
    let kind = |(place, name): (usize, &String)| {
        let unknown = || ApiError::invalid(format!("types[{place}]: must be a type of events"));
        EventKind::parse(name).ok_or_else(unknown)
    };
    let id = |member: &str, id: &Option<String>| match id.as_deref() {
        None => Ok(None),
        Some(id) => id.parse().map(Some).map_err(|_| ApiError::invalid(format!("{member}: must be an id"))),
    };
    let from = request.from.map_or(Timestamp(0), |from| from.0);
    let until = request.until.map_or(Timestamp(u64::MAX), |until| until.0);
    Ok(EventFilter {
        kinds: request.types.iter().enumerate().map(kind).collect::<Result<_, _>>()?,
        subject: id("subjectId", &request.subject_id)?,
        actor: id("actorId", &request.actor_id)?,
        at: from..=until,
    })
}

/// The name of the trail in page tokens.
const EVENTS: &str = "events";

/// Newest first by default. A page looks at a bounded number of events, so with filters it may be short, even
/// empty, and still have a next one.
impl Handle for audit::ListEvents {
    async fn handle(call: &Call, request: ListEvents) -> Result<Events, ApiError> {
        let filter = filter(&request)?;
        let page = call.page_tokens().of_query(&request.pagination, EVENTS, EventId)?;
        if page.offset > 0 {
            return Err(ApiError::invalid("pagination.offset: the audit trail is paged by pageToken"));
        }
        let mut mentioned: BTreeSet<u64> = filter.subject.into_iter().chain(filter.actor).collect();
        let within = call.organizations_with(Permission::EventRead);
        let (after, backwards, limit) = (page.after, page.backwards, page.limit);
        let query = EventQuery { within, filter, after, backwards, limit };
        let snapshot = call.snapshot()?;
        let listed = snapshot.list_events(&query)?;
        mentioned.extend(listed.found.iter().flat_map(event_names::mentioned));
        let names = call.names_of(&snapshot, &mentioned)?;
        Ok(Events {
            events: listed.found.into_iter().map(ListedEvent::of).collect(),
            names,
            next_page_token: listed.next.map(|number| call.page_tokens().seal(EVENTS, &number.0)),
            unreadable: listed.unreadable.iter().map(ToString::to_string).collect(),
        })
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
