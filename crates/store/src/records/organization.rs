//! Organizations.

use crate::codec::{self, Corrupt};
use jeton_domain::id::{EventId, OrganizationId};
use jeton_domain::organization::Organization;
use jeton_domain::text::Text;
use jeton_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct OrganizationRecord {
    name: String,
    primary_domain: String,
    active: bool,
    metadata: Vec<(String, Vec<u8>)>,
    created: u64,
    changed: u64,
    event_id: u64,
}

/// The record of an organization; its id is the row's key.
pub(crate) fn write_organization(organization: &Organization) -> Result<Vec<u8>, Corrupt> {
    let metadata = organization.metadata.iter();
    let record = OrganizationRecord {
        name: organization.name.as_str().into(),
        primary_domain: organization.primary_domain.as_ref().into(),
        active: organization.active,
        metadata: metadata.map(|(key, value)| (key.as_str().into(), value.to_vec())).collect(),
        created: organization.created.0,
        changed: organization.changed.0,
        event_id: organization.event_id.0,
    };
    super::read_back(organization, &record, |bytes| read_organization(organization.id, bytes))
}

/// Reads the record of the organization with this id.
pub(crate) fn read_organization(id: OrganizationId, bytes: &[u8]) -> Result<Organization, Corrupt> {
    let record: OrganizationRecord = codec::decode(bytes)?;
    let metadata = record.metadata.into_iter().map(|(key, value)| (Text::stored(&key), value.into()));
    Ok(Organization {
        id,
        name: Text::stored(&record.name),
        primary_domain: record.primary_domain.into(),
        active: record.active,
        metadata: metadata.collect(),
        created: Timestamp(record.created),
        changed: Timestamp(record.changed),
        event_id: EventId(record.event_id),
    })
}
