//! The server's signing keys. The private half is encrypted before it comes here.

use super::{algorithm, algorithm_number};
use crate::codec::{self, Corrupt};
use jeton_domain::id::SigningKeyId;
use jeton_domain::key::PublicKey;
use jeton_domain::signing::{SigningKey, SigningKeyState};
use jeton_domain::time::{Careful, Moment, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct SigningKeyRecord {
    algorithm: u8,
    spki: Vec<u8>,
    sealed: Option<Vec<u8>>,
    state: StateRecord,
    created: (u64, u64),
}

#[derive(Serialize, Deserialize)]
enum StateRecord {
    Next { scheduled: bool },
    Active { since: (u64, u64) },
    Retiring { until: (u64, u64) },
    Removed { at: u64 },
}

/// The record of a signing key; its id is the row's key.
pub(crate) fn write_signing_key(key: &SigningKey) -> Result<Vec<u8>, Corrupt> {
    let record = SigningKeyRecord {
        algorithm: algorithm_number(key.public.algorithm),
        spki: key.public.spki.to_vec(),
        sealed: key.sealed.as_deref().map(<[u8]>::to_vec),
        state: match key.state {
            SigningKeyState::Next { scheduled } => StateRecord::Next { scheduled },
            SigningKeyState::Active { since } => StateRecord::Active { since: pair(since) },
            SigningKeyState::Retiring { until } => StateRecord::Retiring { until: pair(until) },
            SigningKeyState::Removed { at } => StateRecord::Removed { at: at.0 },
        },
        created: pair(key.created),
    };
    super::read_back(key, &record, |bytes| read_signing_key(key.id, bytes))
}

/// Reads the record of the signing key with this id.
pub(crate) fn read_signing_key(id: SigningKeyId, bytes: &[u8]) -> Result<SigningKey, Corrupt> {
    let key: SigningKeyRecord = codec::decode(bytes)?;
    Ok(SigningKey {
        id,
        public: PublicKey { algorithm: algorithm(key.algorithm)?, spki: key.spki.into() },
        sealed: key.sealed.map(Into::into),
        state: match key.state {
            StateRecord::Next { scheduled } => SigningKeyState::Next { scheduled },
            StateRecord::Active { since } => SigningKeyState::Active { since: moment(since) },
            StateRecord::Retiring { until } => SigningKeyState::Retiring { until: moment(until) },
            StateRecord::Removed { at } => SigningKeyState::Removed { at: Timestamp(at) },
        },
        created: moment(key.created),
    })
}

pub(super) const fn pair(moment: Moment) -> (u64, u64) {
    (moment.wall.0, moment.careful.0)
}

pub(super) const fn moment((wall, careful): (u64, u64)) -> Moment {
    Moment { wall: Timestamp(wall), careful: Careful(careful) }
}
