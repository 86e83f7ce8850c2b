//! Token keys. They are encrypted before they come here.

use super::signing_key::{moment, pair};
use crate::codec::{self, Corrupt};
use jeton_domain::id::TokenKeyId;
use jeton_domain::time::Timestamp;
use jeton_domain::token_key::{TokenKey, TokenKeyState};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct TokenKeyRecord {
    sealed: Option<Vec<u8>>,
    state: StateRecord,
    created: (u64, u64),
}

#[derive(Serialize, Deserialize)]
enum StateRecord {
    Active,
    Retiring { until: (u64, u64) },
    Removed { at: u64 },
}

/// The record of a token key; its id is the row's key.
pub(crate) fn write_token_key(key: &TokenKey) -> Result<Vec<u8>, Corrupt> {
    let record = TokenKeyRecord {
        sealed: key.sealed.as_deref().map(<[u8]>::to_vec),
        state: match key.state {
            TokenKeyState::Active => StateRecord::Active,
            TokenKeyState::Retiring { until } => StateRecord::Retiring { until: pair(until) },
            TokenKeyState::Removed { at } => StateRecord::Removed { at: at.0 },
        },
        created: pair(key.created),
    };
    super::read_back(key, &record, |bytes| read_token_key(key.id, bytes))
}

/// Reads the record of the token key with this id.
pub(crate) fn read_token_key(id: TokenKeyId, bytes: &[u8]) -> Result<TokenKey, Corrupt> {
    let key: TokenKeyRecord = codec::decode(bytes)?;
    Ok(TokenKey {
        id,
        sealed: key.sealed.map(Into::into),
        state: match key.state {
            StateRecord::Active => TokenKeyState::Active,
            StateRecord::Retiring { until } => TokenKeyState::Retiring { until: moment(until) },
            StateRecord::Removed { at } => TokenKeyState::Removed { at: Timestamp(at) },
        },
        created: moment(key.created),
    })
}
