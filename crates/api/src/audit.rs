//! Reading the audit trail: `jeton.audit.v1.AuditService`.

use crate::event_names::Names;
use crate::page::Page;
use crate::values::{Date, DateInput};
use jeton_domain::event::{Actor, Event};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListEvents {
    pub pagination: Page,
    /// Only events of these types.
    pub types: Vec<String>,
    /// Only events about this user, application, project, organization or signing key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_id: Option<String>,
    /// Only events caused by this user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
    /// Only from this date on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateInput>,
    /// Only until this date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateInput>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Events {
    pub events: Vec<ListedEvent>,
    /// Names of the objects in the events and filters, as far as they exist and the caller may see them.
    pub names: Names,
    /// Token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// Numbers of events whose record can't be read, left out of the page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedEvent {
    /// The number of the event in the trail.
    pub sequence: String,
    pub date: Date,
    pub r#type: Cow<'static, str>,
    pub actor: ListedActor,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub note: Box<str>,
    /// The chain value after this event.
    pub link: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedActor {
    /// `ACTOR_TYPE_OPERATOR`, `ACTOR_TYPE_SYSTEM` or `ACTOR_TYPE_USER`.
    pub r#type: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<String>,
}

impl ListedEvent {
    pub fn of(event: Event) -> Self {
        let id = |id: u64| (id > 0).then(|| id.to_string());
        let actor = match event.by {
            Actor::Operator => {
                ListedActor { r#type: "ACTOR_TYPE_OPERATOR".into(), user_id: None, credential_id: None }
            }
            Actor::System => {
                ListedActor { r#type: "ACTOR_TYPE_SYSTEM".into(), user_id: None, credential_id: None }
            }
            Actor::Client(client, credential) => ListedActor {
                r#type: "ACTOR_TYPE_USER".into(),
                user_id: Some(client.to_string()),
                credential_id: Some(credential.to_string()),
            },
        };
        Self {
            sequence: event.number.to_string(),
            date: Date(event.at),
            r#type: event.entry.kind.name().into(),
            actor,
            organization_id: event.organization.map(|id| id.to_string()),
            subject_id: id(event.entry.subject),
            object_id: id(event.entry.object),
            note: event.entry.note,
            link: event.link.to_string(),
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct VerifyEvents {}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedEvents {
    /// True if every record is as it was written.
    pub intact: bool,
    pub records: String,
    /// Number of records that were deleted after their retention.
    pub forgotten: String,
    /// The chain value of the last administrative event; keep it elsewhere to detect that an older database
    /// was restored.
    pub last_link: String,
    /// The detected faults, at most a hundred.
    pub faults: Vec<String>,
}
