//! Clients with their credentials.

use super::{ScopesV1, ScopesV2, algorithm, algorithm_number, role, text};
use crate::codec::{self, Corrupt};
use jeton_oauth::client::{Api, Client, ClientState, Profile};
use jeton_oauth::credential::{Credential, CredentialKind};
use jeton_oauth::id::{AuthorizationId, ClientId, ClientName, ProjectId};
use jeton_oauth::key::PublicKey;
use jeton_oauth::resource::Resource;
use jeton_oauth::service_user::{AccessTokenType, Authorization, ServiceUser, TokenLimits};
use jeton_oauth::time::{Lifetime, Timestamp};
use jeton_oauth::token::Sequence;
use jeton_secret::{ClientSecretDigest, CredentialId};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum ClientRecord {
    V1(ClientV1),
    V2(ClientV2),
}

/// Before keys, token types, limits, roles and metadata.
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
struct ClientV2 {
    active: bool,
    profile: ProfileV2,
    credentials: Vec<CredentialV1>,
    tokens_valid_from: u64,
    created: u64,
    changed: u64,
}

#[derive(Serialize, Deserialize)]
enum ProfileV2 {
    ServiceUser(Box<UserV2>),
    Api { name: String, project: u64, resource: Option<String> },
}

#[derive(Serialize, Deserialize)]
struct UserV2 {
    username: String,
    name: String,
    description: String,
    default_scopes: ScopesV2,
    jwt: bool,
    allowed_scopes: Option<ScopesV2>,
    allowed_audiences: Option<Vec<u64>>,
    token_lifetime: Option<u32>,
    authorizations: Vec<AuthorizationV2>,
    metadata: Vec<(String, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
struct AuthorizationV2 {
    id: u64,
    project: u64,
    roles: Vec<String>,
    created: u64,
    changed: u64,
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

/// The later variants came with the second version of clients.
#[derive(Serialize, Deserialize)]
enum CredentialKindV1 {
    Secret { digest: [u8; 32] },
    Key { algorithm: u8, spki: Vec<u8> },
    PersonalAccessToken,
}

/// Appends a client's record to `out`; its id is the row's key.
pub(crate) fn write_client(client: &Client, out: &mut Vec<u8>) -> Result<(), Corrupt> {
    let profile = match &client.profile {
        Profile::ServiceUser(user) => {
            ProfileV2::ServiceUser(Box::new(UserV2::new(client.name.as_str(), user)))
        }
        Profile::Api(api) => ProfileV2::Api {
            name: api.name.as_str().into(),
            project: api.project.0,
            resource: api.resource.as_ref().map(ToString::to_string),
        },
    };
    let record = ClientRecord::V2(ClientV2 {
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
    let client = match codec::decode(bytes)? {
        ClientRecord::V1(client) => ClientV2::from(client),
        ClientRecord::V2(client) => client,
    };
    let (name, profile) = client.profile.into_domain(id)?;
    let credentials = client.credentials.into_iter().map(CredentialV1::into_domain);
    Ok(Client {
        id,
        name,
        state: if client.active { ClientState::Active } else { ClientState::Inactive },
        profile,
        credentials: credentials.collect::<Result<_, _>>()?,
        tokens_valid_from: Sequence(client.tokens_valid_from),
        created: Timestamp(client.created),
        changed: Timestamp(client.changed),
    })
}

impl From<ClientV1> for ClientV2 {
    fn from(client: ClientV1) -> Self {
        let ClientV1 { active, profile, credentials, tokens_valid_from, created, changed } = client;
        let profile = match profile {
            ProfileV1::ServiceUser { username, name, description, default_scopes } => {
                ProfileV2::ServiceUser(Box::new(UserV2 {
                    username,
                    name,
                    description,
                    default_scopes: default_scopes.into(),
                    jwt: false,
                    allowed_scopes: None,
                    allowed_audiences: None,
                    token_lifetime: None,
                    authorizations: Vec::new(),
                    metadata: Vec::new(),
                }))
            }
            ProfileV1::Api { name, project } => ProfileV2::Api { name, project, resource: None },
        };
        Self { active, profile, credentials, tokens_valid_from, created, changed }
    }
}

impl ProfileV2 {
    fn into_domain(self, id: ClientId) -> Result<(ClientName, Profile), Corrupt> {
        match self {
            Self::ServiceUser(user) => {
                let (username, user) = user.into_domain()?;
                Ok((username, Profile::ServiceUser(user)))
            }
            Self::Api { name, project, resource } => {
                let resource = resource.as_deref().map(Resource::parse).transpose().map_err(|_| Corrupt)?;
                let api = Api { name: text(&name)?, project: ProjectId(project), resource };
                Ok((ClientName::of_api(id), Profile::Api(api)))
            }
        }
    }
}

impl UserV2 {
    fn new(username: &str, user: &ServiceUser) -> Self {
        let TokenLimits { scopes, audiences, lifetime } = &user.limits;
        Self {
            username: username.into(),
            name: user.name.as_str().into(),
            description: user.description.as_str().into(),
            default_scopes: ScopesV2::from(&user.default_scopes),
            jwt: user.token_type == AccessTokenType::Jwt,
            allowed_scopes: scopes.as_ref().map(ScopesV2::from),
            allowed_audiences: audiences.as_ref().map(|all| all.iter().map(|project| project.0).collect()),
            token_lifetime: lifetime.map(|lifetime| lifetime.0),
            authorizations: user.authorizations.iter().map(AuthorizationV2::from).collect(),
            metadata: user
                .metadata
                .iter()
                .map(|(key, value)| (key.as_str().into(), value.to_vec()))
                .collect(),
        }
    }

    fn into_domain(self) -> Result<(ClientName, ServiceUser), Corrupt> {
        let authorizations = self.authorizations.into_iter().map(AuthorizationV2::into_domain);
        let metadata = self.metadata.into_iter().map(|(key, value)| Ok((text(&key)?, value.into())));
        let user = ServiceUser {
            name: text(&self.name)?,
            description: text(&self.description)?,
            default_scopes: self.default_scopes.into_set()?,
            token_type: if self.jwt { AccessTokenType::Jwt } else { AccessTokenType::Opaque },
            limits: TokenLimits {
                scopes: self.allowed_scopes.map(ScopesV2::into_set).transpose()?,
                audiences: self.allowed_audiences.map(|all| all.into_iter().map(ProjectId).collect()),
                lifetime: self.token_lifetime.map(Lifetime),
            },
            authorizations: authorizations.collect::<Result<_, _>>()?,
            metadata: metadata.collect::<Result<_, Corrupt>>()?,
        };
        Ok((ClientName::username(&self.username).map_err(|_| Corrupt)?, user))
    }
}

impl From<&Authorization> for AuthorizationV2 {
    fn from(authorization: &Authorization) -> Self {
        Self {
            id: authorization.id.0,
            project: authorization.project.0,
            roles: authorization.roles.iter().map(ToString::to_string).collect(),
            created: authorization.created.0,
            changed: authorization.changed.0,
        }
    }
}

impl AuthorizationV2 {
    fn into_domain(self) -> Result<Authorization, Corrupt> {
        Ok(Authorization {
            id: AuthorizationId(self.id),
            project: ProjectId(self.project),
            roles: self.roles.iter().map(|key| role(key)).collect::<Result<_, _>>()?,
            created: Timestamp(self.created),
            changed: Timestamp(self.changed),
        })
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
            kind: match &credential.kind {
                CredentialKind::Secret(digest) => CredentialKindV1::Secret { digest: digest.0 },
                CredentialKind::Key(key) => CredentialKindV1::Key {
                    algorithm: algorithm_number(key.algorithm),
                    spki: key.spki.to_vec(),
                },
                CredentialKind::PersonalAccessToken => CredentialKindV1::PersonalAccessToken,
            },
        }
    }
}

impl CredentialV1 {
    fn into_domain(self) -> Result<Credential, Corrupt> {
        let kind = match self.kind {
            CredentialKindV1::Secret { digest } => CredentialKind::Secret(ClientSecretDigest(digest)),
            CredentialKindV1::Key { algorithm: number, spki } => {
                CredentialKind::Key(PublicKey { algorithm: algorithm(number)?, spki: spki.into() })
            }
            CredentialKindV1::PersonalAccessToken => CredentialKind::PersonalAccessToken,
        };
        Ok(Credential {
            id: CredentialId(self.id),
            label: text(&self.label)?,
            created: Timestamp(self.created),
            not_after: self.not_after.map(Timestamp),
            revoked: self.revoked.map(Timestamp),
            tokens_valid_from: Sequence(self.tokens_valid_from),
            kind,
        })
    }
}
