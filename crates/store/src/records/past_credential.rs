//! Past credentials of clients.

use super::client::CredentialRecord;
use crate::codec::{self, Corrupt};
use jeton_domain::credential::PastCredential;
use jeton_domain::time::Timestamp;
use jeton_secret::CredentialId;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct PastCredentialRecord {
    credential: CredentialRecord,
    revoked: Option<u64>,
}

/// The record of a past credential; client and credential id are the row's key.
pub(crate) fn write_past_credential(past: &PastCredential) -> Result<Vec<u8>, Corrupt> {
    let record = PastCredentialRecord {
        credential: CredentialRecord::from(&past.credential),
        revoked: past.revoked.map(|at| at.0),
    };
    super::read_back(past, &record, |bytes| read_past_credential(past.credential.id, bytes))
}

/// Reads the record of the past credential with this id.
pub(crate) fn read_past_credential(id: CredentialId, bytes: &[u8]) -> Result<PastCredential, Corrupt> {
    let record: PastCredentialRecord = codec::decode(bytes)?;
    let credential = record.credential.into_domain()?;
    if credential.id != id {
        return Err(Corrupt);
    }
    Ok(PastCredential { credential, revoked: record.revoked.map(Timestamp) })
}
