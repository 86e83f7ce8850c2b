//! Access tokens.

use super::{ScopesV1, ScopesV2};
use crate::codec::{self, Corrupt};
use jeton_oauth::id::ClientId;
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::{AccessTokenFacts, StoredToken};
use jeton_secret::{CredentialId, TokenDigest};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) enum TokenRecord {
    V1(TokenV1),
    V2(TokenV2),
}

/// A token without resources and with simple scopes: nearly all, so it is still written.
#[derive(Serialize, Deserialize)]
pub(super) struct TokenV1 {
    pub(super) client: u64,
    pub(super) credential: u64,
    pub(super) issued: u64,
    pub(super) scopes: ScopesV1,
    pub(super) digest: [u8; 32],
}

/// Any token.
#[derive(Serialize, Deserialize)]
pub(super) struct TokenV2 {
    client: u64,
    credential: u64,
    issued: u64,
    scopes: ScopesV2,
    resources: Vec<u64>,
    digest: [u8; 32],
}

/// Appends a token's record to `out`, in the shortest version that holds it.
pub(crate) fn write_token(token: &StoredToken, out: &mut Vec<u8>) -> Result<(), Corrupt> {
    let StoredToken { facts, digest } = token;
    let (client, credential, issued) = (facts.client.0, facts.credential.0, facts.issued.0);
    let is_simple = facts.resources.is_empty() && facts.scopes.parameters().is_empty();
    let record = if is_simple {
        let scopes = ScopesV1::from(&facts.scopes);
        TokenRecord::V1(TokenV1 { client, credential, issued, scopes, digest: digest.0 })
    } else {
        let scopes = ScopesV2::from(&facts.scopes);
        let resources = facts.resources.iter().map(|api| api.0).collect();
        TokenRecord::V2(TokenV2 { client, credential, issued, scopes, resources, digest: digest.0 })
    };
    codec::encode(&record, out)
}

/// Reads a token's record.
pub(crate) fn read_token(bytes: &[u8]) -> Result<StoredToken, Corrupt> {
    let token = match codec::decode(bytes)? {
        TokenRecord::V1(TokenV1 { client, credential, issued, scopes, digest }) => {
            TokenV2 { client, credential, issued, scopes: scopes.into(), resources: Vec::new(), digest }
        }
        TokenRecord::V2(token) => token,
    };
    let facts = AccessTokenFacts {
        client: ClientId(token.client),
        credential: CredentialId(token.credential),
        issued: Timestamp(token.issued),
        scopes: token.scopes.into_set()?,
        resources: token.resources.into_iter().map(ClientId).collect(),
    };
    Ok(StoredToken { facts, digest: TokenDigest(token.digest) })
}
