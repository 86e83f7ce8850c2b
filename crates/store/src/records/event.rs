//! Events of the audit trail: the link of the chain, then the record.

use crate::codec::{self, Corrupt};
use jeton_domain::event::{Actor, Entry, Event, EventKind};
use jeton_domain::id::{ClientId, EventId, OrganizationId};
use jeton_domain::time::Timestamp;
use jeton_secret::{CredentialId, Link};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct EventRecord {
    at: u64,
    by: ActorRecord,
    organization: Option<u64>,
    kind: u16,
    subject: u64,
    object: u64,
    note: String,
}

#[derive(Serialize, Deserialize)]
enum ActorRecord {
    Operator,
    System,
    Client { client: u64, credential: u64 },
}

/// The record of an event. Its number is the row's key, its link stands before the record in the row.
pub(crate) fn write_event(
    at: Timestamp,
    by: Actor,
    organization: Option<OrganizationId>,
    entry: &Entry,
) -> Result<Vec<u8>, Corrupt> {
    let record = EventRecord {
        at: at.0,
        by: match by {
            Actor::Operator => ActorRecord::Operator,
            Actor::System => ActorRecord::System,
            Actor::Client(client, credential) => {
                ActorRecord::Client { client: client.0, credential: credential.0 }
            }
        },
        organization: organization.map(|id| id.0),
        kind: entry.kind.number(),
        subject: entry.subject,
        object: entry.object,
        note: entry.note.as_ref().into(),
    };
    codec::encode(&record)
}

/// A row split in two: the link, and the record behind it.
pub(crate) fn split_event(row: &[u8]) -> Result<(Link, &[u8]), Corrupt> {
    let (link, record) = row.split_at_checked(Link::BYTES).ok_or(Corrupt)?;
    Ok((Link(link.try_into().map_err(|_| Corrupt)?), record))
}

/// Reads the event with this number.
pub(crate) fn read_event(number: EventId, row: &[u8]) -> Result<Event, Corrupt> {
    let (link, record) = split_event(row)?;
    let event: EventRecord = codec::decode(record)?;
    Ok(Event {
        number,
        at: Timestamp(event.at),
        by: match event.by {
            ActorRecord::Operator => Actor::Operator,
            ActorRecord::System => Actor::System,
            ActorRecord::Client { client, credential } => {
                Actor::Client(ClientId(client), CredentialId(credential))
            }
        },
        organization: event.organization.map(OrganizationId),
        entry: Entry {
            kind: EventKind::of_number(event.kind).ok_or(Corrupt)?,
            subject: event.subject,
            object: event.object,
            note: event.note.into(),
        },
        link,
    })
}
