//! Access tokens.

use super::Scopes;
use crate::codec::{self, Corrupt};
use jeton_oauth::id::ClientId;
use jeton_oauth::time::{Careful, Moment, Timestamp};
use jeton_oauth::token::{AccessTokenFacts, StoredToken};
use jeton_secret::{CredentialId, TokenDigest};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct TokenRecord {
    client: u64,
    credential: u64,
    issued: (u64, u64),
    scopes: Scopes,
    resources: Vec<u64>,
    digest: [u8; 32],
}

/// The record of a token.
pub(crate) fn write_token(token: &StoredToken) -> Result<Vec<u8>, Corrupt> {
    let StoredToken { facts, digest } = token;
    let record = TokenRecord {
        client: facts.client.0,
        credential: facts.credential.0,
        issued: (facts.issued.wall.0, facts.issued.careful.0),
        scopes: Scopes::from(&facts.scopes),
        resources: facts.resources.iter().map(|api| api.0).collect(),
        digest: digest.0,
    };
    codec::encode(&record)
}

/// Reads a token's record.
pub(crate) fn read_token(bytes: &[u8]) -> Result<StoredToken, Corrupt> {
    let token: TokenRecord = codec::decode(bytes)?;
    let facts = AccessTokenFacts {
        client: ClientId(token.client),
        credential: CredentialId(token.credential),
        issued: Moment { wall: Timestamp(token.issued.0), careful: Careful(token.issued.1) },
        scopes: token.scopes.into_set()?,
        resources: token.resources.into_iter().map(ClientId).collect(),
    };
    Ok(StoredToken { facts, digest: TokenDigest(token.digest) })
}
