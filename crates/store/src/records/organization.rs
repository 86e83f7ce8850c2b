//! The organization.

use super::text;
use crate::codec::{self, Corrupt};
use jeton_oauth::id::OrganizationId;
use jeton_oauth::project::Organization;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum OrganizationRecord {
    V1 { name: String, primary_domain: String },
}

/// The record of an organization; its id is the row's key.
pub(crate) fn write_organization(organization: &Organization) -> Result<Vec<u8>, Corrupt> {
    let record = OrganizationRecord::V1 {
        name: organization.name.as_str().into(),
        primary_domain: organization.primary_domain.as_ref().into(),
    };
    let mut out = Vec::new();
    codec::encode(&record, &mut out)?;
    Ok(out)
}

/// Reads the record of the organization with this id.
pub(crate) fn read_organization(id: OrganizationId, bytes: &[u8]) -> Result<Organization, Corrupt> {
    let OrganizationRecord::V1 { name, primary_domain } = codec::decode(bytes)?;
    Ok(Organization { id, name: text(&name)?, primary_domain: primary_domain.into() })
}
