//! The server's signing keys; the private half is encrypted before it comes here.

use super::{algorithm, algorithm_number};
use crate::codec::{self, Corrupt};
use jeton_oauth::id::SigningKeyId;
use jeton_oauth::key::PublicKey;
use jeton_oauth::signing::{SigningKey, SigningKeyState};
use jeton_oauth::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum SigningKeyRecord {
    V1(SigningKeyV1),
}

#[derive(Serialize, Deserialize)]
struct SigningKeyV1 {
    algorithm: u8,
    spki: Vec<u8>,
    sealed: Option<Vec<u8>>,
    state: StateV1,
    created: u64,
}

#[derive(Serialize, Deserialize)]
enum StateV1 {
    Next,
    Active { since: u64 },
    Retiring { until: u64 },
    Removed { at: u64 },
}

/// The record of a signing key; its id is the row's key.
pub(crate) fn write_signing_key(key: &SigningKey) -> Result<Vec<u8>, Corrupt> {
    let record = SigningKeyRecord::V1(SigningKeyV1 {
        algorithm: algorithm_number(key.public.algorithm),
        spki: key.public.spki.to_vec(),
        sealed: key.sealed.as_deref().map(<[u8]>::to_vec),
        state: match key.state {
            SigningKeyState::Next => StateV1::Next,
            SigningKeyState::Active { since } => StateV1::Active { since: since.0 },
            SigningKeyState::Retiring { until } => StateV1::Retiring { until: until.0 },
            SigningKeyState::Removed { at } => StateV1::Removed { at: at.0 },
        },
        created: key.created.0,
    });
    let mut out = Vec::new();
    codec::encode(&record, &mut out)?;
    Ok(out)
}

/// Reads the record of the signing key with this id.
pub(crate) fn read_signing_key(id: SigningKeyId, bytes: &[u8]) -> Result<SigningKey, Corrupt> {
    let SigningKeyRecord::V1(key) = codec::decode(bytes)?;
    Ok(SigningKey {
        id,
        public: PublicKey { algorithm: algorithm(key.algorithm)?, spki: key.spki.into() },
        sealed: key.sealed.map(Into::into),
        state: match key.state {
            StateV1::Next => SigningKeyState::Next,
            StateV1::Active { since } => SigningKeyState::Active { since: Timestamp(since) },
            StateV1::Retiring { until } => SigningKeyState::Retiring { until: Timestamp(until) },
            StateV1::Removed { at } => SigningKeyState::Removed { at: Timestamp(at) },
        },
        created: Timestamp(key.created),
    })
}
