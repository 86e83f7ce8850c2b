//! Reading the audit trail: `jeton.audit.v1.AuditService`.

use super::ApiError;
use super::call::Call;
use super::event_names::Names;
use super::json::{Date, DateInput};
use super::pages::Page;
use crate::limits::EVENTS_LOOKED_AT_MAX;
use jeton_domain::event::{Actor, Event, EventKind};
use jeton_domain::id::{EventId, OrganizationId};
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::time::Timestamp;
use jeton_store::audit::Verified;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListEvents {
    pagination: Page,
    /// Only events of these types.
    types: Vec<String>,
    /// Only events about this user, application, project, organization or signing key.
    subject_id: Option<String>,
    /// Only events caused by this user.
    actor_id: Option<String>,
    /// Only from this date on.
    from: Option<DateInput>,
    /// Only until this date.
    until: Option<DateInput>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Events {
    events: Vec<ListedEvent>,
    /// Names of the objects in the events and filters, as far as they exist and the caller may see them.
    names: Names,
    /// Token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// Numbers of events whose record can't be read, left out of the page.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListedEvent {
    /// The number of the event in the trail.
    sequence: String,
    date: Date,
    r#type: &'static str,
    actor: ListedActor,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_id: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    #[schemars(default)]
    note: Box<str>,
    /// The chain value after this event.
    link: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListedActor {
    /// `ACTOR_TYPE_OPERATOR`, `ACTOR_TYPE_SYSTEM` or `ACTOR_TYPE_USER`.
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_id: Option<String>,
}

impl ListedEvent {
    fn of(event: Event) -> Self {
        let id = |id: u64| (id > 0).then(|| id.to_string());
        let actor = match event.by {
            Actor::Operator => {
                ListedActor { r#type: "ACTOR_TYPE_OPERATOR", user_id: None, credential_id: None }
            }
            Actor::System => ListedActor { r#type: "ACTOR_TYPE_SYSTEM", user_id: None, credential_id: None },
            Actor::Client(client, credential) => ListedActor {
                r#type: "ACTOR_TYPE_USER",
                user_id: Some(client.to_string()),
                credential_id: Some(credential.to_string()),
            },
        };
        Self {
            sequence: event.number.to_string(),
            date: Date(event.at),
            r#type: event.entry.kind.name(),
            actor,
            organization_id: event.organization.map(|id| id.to_string()),
            subject_id: id(event.entry.subject),
            object_id: id(event.entry.object),
            note: event.entry.note,
            link: event.link.to_string(),
        }
    }
}

/// The checked filters.
struct Wanted {
    kinds: Vec<EventKind>,
    subject: Option<u64>,
    actor: Option<u64>,
    from: Timestamp,
    until: Timestamp,
}

impl ListEvents {
    fn wanted(&self) -> Result<Wanted, ApiError> {
        let kind = |(place, name): (usize, &String)| {
            let unknown = || ApiError::invalid(format!("types[{place}]: must be a type of events"));
            EventKind::parse(name).ok_or_else(unknown)
        };
        let id = |member: &str, id: &Option<String>| match id.as_deref() {
            None => Ok(None),
            Some(id) => {
                id.parse().map(Some).map_err(|_| ApiError::invalid(format!("{member}: must be an id")))
            }
        };
        Ok(Wanted {
            kinds: self.types.iter().enumerate().map(kind).collect::<Result<_, _>>()?,
            subject: id("subjectId", &self.subject_id)?,
            actor: id("actorId", &self.actor_id)?,
            from: self.from.map_or(Timestamp(0), |from| from.0),
            until: self.until.map_or(Timestamp(u64::MAX), |until| until.0),
        })
    }
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
pub(super) async fn list(call: &Call, request: ListEvents) -> Result<Events, ApiError> {
    let wanted = request.wanted()?;
    let page = request.pagination.of_query(call.page_tokens(), EVENTS, EventId)?;
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
                mentioned.extend(Names::mentioned(&event));
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

impl Call {
    /// Events that concern no organization are for the instance's administrators.
    fn sees_event(&self, organization: Option<OrganizationId>) -> bool {
        self.caller.may(
            Permission::EventRead,
            organization.map_or(ResourcePath::Instance, ResourcePath::Organization),
        )
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct VerifyEvents {}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct VerifiedEvents {
    /// True if every record is as it was written.
    intact: bool,
    records: String,
    /// Number of records that were deleted after their retention.
    forgotten: String,
    /// The chain value of the last administrative event; keep it elsewhere to detect that an older database
    /// was restored.
    last_link: String,
    /// The detected faults, at most a hundred.
    faults: Vec<String>,
}

/// Computes the chain of the whole trail anew.
pub(super) async fn verify(call: &Call, _: VerifyEvents) -> Result<VerifiedEvents, ApiError> {
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
