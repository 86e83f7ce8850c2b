//! What is on disk: records of their own, with a version each, converted to and from the domain.
//!
//! A record is an enum of versions. A new version is a new variant at the end; old variants stay as
//! long as stores with them exist, and `tests/golden` holds bytes of every one.

use crate::codec::{self, Corrupt};
use jeton_oauth::client::{Api, Client, ClientState, Credential, Profile, ServiceUser, Text};
use jeton_oauth::id::{ClientId, ClientName, ProjectId};
use jeton_oauth::scope::ScopeSet;
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::{AccessTokenFacts, Sequence};
use jeton_secret::{ClientSecretDigest, CredentialId, TokenDigest};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum TokenRecord {
    V1(TokenV1),
}

#[derive(Serialize, Deserialize)]
struct TokenV1 {
    client: u64,
    credential: u64,
    issued: u64,
    scopes: ScopesV1,
    digest: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct ScopesV1 {
    standard: u16,
    project_audiences: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
enum ClientRecord {
    V1(ClientV1),
}

#[derive(Serialize, Deserialize)]
struct ClientV1 {
    active: bool,
    profile: ProfileV1,
    credentials: Vec<CredentialV1>,
    tokens_valid_from: u64,
    created: u64,
    changed: u64,
}

#[derive(Serialize, Deserialize)]
enum ProfileV1 {
    ServiceUser { username: String, name: String, description: String, default_scopes: ScopesV1 },
    Api { name: String, project: u64 },
}

#[derive(Serialize, Deserialize)]
struct CredentialV1 {
    id: u64,
    label: String,
    created: u64,
    not_after: Option<u64>,
    revoked: Option<u64>,
    tokens_valid_from: u64,
    kind: CredentialKindV1,
}

#[derive(Serialize, Deserialize)]
enum CredentialKindV1 {
    Secret { digest: [u8; 32] },
}

#[derive(Serialize, Deserialize)]
enum ProjectRecord {
    V1 { name: String, created: u64 },
}

/// Appends a token's record to `out`.
pub(crate) fn write_token(token: &AccessTokenFacts, out: &mut Vec<u8>) -> Result<(), Corrupt> {
    let record = TokenRecord::V1(TokenV1 {
        client: token.client.0,
        credential: token.credential.0,
        issued: token.issued.0,
        scopes: ScopesV1::from(&token.scopes),
        digest: token.digest.0,
    });
    codec::encode(&record, out)
}

/// Reads a token's record.
pub(crate) fn read_token(bytes: &[u8]) -> Result<AccessTokenFacts, Corrupt> {
    let TokenRecord::V1(token) = codec::decode(bytes)?;
    Ok(AccessTokenFacts {
        client: ClientId(token.client),
        credential: CredentialId(token.credential),
        issued: Timestamp(token.issued),
        scopes: token.scopes.to_set()?,
        digest: TokenDigest(token.digest),
    })
}

/// Appends a client's record to `out`; its id is the row's key.
pub(crate) fn write_client(client: &Client, out: &mut Vec<u8>) -> Result<(), Corrupt> {
    let profile = match &client.profile {
        Profile::ServiceUser(user) => ProfileV1::ServiceUser {
            username: client.name.as_str().into(),
            name: user.name.as_str().into(),
            description: user.description.as_str().into(),
            default_scopes: ScopesV1::from(&user.default_scopes),
        },
        Profile::Api(api) => ProfileV1::Api { name: api.name.as_str().into(), project: api.project.0 },
    };
    let record = ClientRecord::V1(ClientV1 {
        active: client.state == ClientState::Active,
        profile,
        credentials: client.credentials.iter().map(CredentialV1::from).collect(),
        tokens_valid_from: client.tokens_valid_from.0,
        created: client.created.0,
        changed: client.changed.0,
    });
    codec::encode(&record, out)
}

/// Reads the record of the client with this id.
pub(crate) fn read_client(id: ClientId, bytes: &[u8]) -> Result<Client, Corrupt> {
    let ClientRecord::V1(client) = codec::decode(bytes)?;
    let (name, profile) = match client.profile {
        ProfileV1::ServiceUser { username, name, description, default_scopes } => {
            let user = ServiceUser {
                name: text(&name)?,
                description: text(&description)?,
                default_scopes: default_scopes.to_set()?,
            };
            (ClientName::username(&username).map_err(|_| Corrupt)?, Profile::ServiceUser(user))
        }
        ProfileV1::Api { name, project } => {
            let api = Api { name: text(&name)?, project: ProjectId(project) };
            (ClientName::of_api(id), Profile::Api(api))
        }
    };
    Ok(Client {
        id,
        name,
        state: if client.active { ClientState::Active } else { ClientState::Inactive },
        profile,
        credentials: client
            .credentials
            .into_iter()
            .map(CredentialV1::into_domain)
            .collect::<Result<_, _>>()?,
        tokens_valid_from: Sequence(client.tokens_valid_from),
        created: Timestamp(client.created),
        changed: Timestamp(client.changed),
    })
}

/// The record of a project.
pub(crate) fn write_project(name: &Text, created: Timestamp) -> Result<Vec<u8>, Corrupt> {
    let mut out = Vec::new();
    codec::encode(&ProjectRecord::V1 { name: name.as_str().into(), created: created.0 }, &mut out)?;
    Ok(out)
}

/// Reads the name of a project.
pub(crate) fn read_project(bytes: &[u8]) -> Result<Text, Corrupt> {
    let ProjectRecord::V1 { name, created: _ } = codec::decode(bytes)?;
    text(&name)
}

fn text(text: &str) -> Result<Text, Corrupt> {
    Text::new(text).map_err(|_| Corrupt)
}

impl From<&ScopeSet> for ScopesV1 {
    fn from(scopes: &ScopeSet) -> Self {
        Self {
            standard: scopes.standard_bits(),
            project_audiences: scopes.project_audiences().iter().map(|project| project.0).collect(),
        }
    }
}

impl ScopesV1 {
    fn to_set(&self) -> Result<ScopeSet, Corrupt> {
        let projects = self.project_audiences.iter().copied().map(ProjectId).collect();
        ScopeSet::from_parts(self.standard, projects).ok_or(Corrupt)
    }
}

impl From<&Credential> for CredentialV1 {
    fn from(credential: &Credential) -> Self {
        Self {
            id: credential.id.0,
            label: credential.label.as_str().into(),
            created: credential.created.0,
            not_after: credential.not_after.map(|at| at.0),
            revoked: credential.revoked.map(|at| at.0),
            tokens_valid_from: credential.tokens_valid_from.0,
            kind: CredentialKindV1::Secret { digest: credential.digest.0 },
        }
    }
}

impl CredentialV1 {
    fn into_domain(self) -> Result<Credential, Corrupt> {
        let CredentialKindV1::Secret { digest } = self.kind;
        Ok(Credential {
            id: CredentialId(self.id),
            label: text(&self.label)?,
            created: Timestamp(self.created),
            not_after: self.not_after.map(Timestamp),
            revoked: self.revoked.map(Timestamp),
            tokens_valid_from: Sequence(self.tokens_valid_from),
            digest: ClientSecretDigest(digest),
        })
    }
}

#[cfg(test)]
mod tests;
