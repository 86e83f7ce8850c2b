//! Clients with their credentials.

use super::{ScopesV1, ScopesV2, algorithm, algorithm_number, role, text};
use crate::codec::{self, Corrupt};
use jeton_oauth::client::{Api, Client, ClientState, Profile};
use jeton_oauth::credential::{Credential, CredentialKind};
use jeton_oauth::id::{ActNumber, AuthorizationId, ClientId, ClientName, OrganizationId, ProjectId};
use jeton_oauth::key::PublicKey;
use jeton_oauth::permission::{AdminRole, Administration, Realm};
use jeton_oauth::project::Instance;
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
    V3(ClientV3),
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

/// Before organizations, administrators and locked users.
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
struct ClientV3 {
    /// 0 active, 1 inactive, 2 locked.
    state: u8,
    profile: ProfileV3,
    credentials: Vec<CredentialV1>,
    tokens_valid_from: u64,
    created: u64,
    changed: u64,
    act: u64,
}

#[derive(Serialize, Deserialize)]
enum ProfileV3 {
    ServiceUser(Box<UserV3>),
    Api { name: String, project: u64, resource: Option<String> },
}

#[derive(Serialize, Deserialize)]
struct UserV3 {
    organization: u64,
    username: String,
    name: String,
    description: String,
    default_scopes: ScopesV2,
    jwt: bool,
    allowed_scopes: Option<ScopesV2>,
    allowed_audiences: Option<Vec<u64>>,
    token_lifetime: Option<u32>,
    authorizations: Vec<AuthorizationV3>,
    administrations: Vec<AdministrationV3>,
    metadata: Vec<(String, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
struct AuthorizationV3 {
    id: u64,
    project: u64,
    roles: Vec<String>,
    active: bool,
    created: u64,
    changed: u64,
    act: u64,
}

#[derive(Serialize, Deserialize)]
struct AdministrationV3 {
    realm: RealmV3,
    /// Places in the list of all roles.
    roles: Vec<u8>,
    created: u64,
    changed: u64,
}

#[derive(Serialize, Deserialize)]
enum RealmV3 {
    Instance,
    Organization(u64),
    Project(u64),
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
        Profile::ServiceUser(user) => ProfileV3::ServiceUser(Box::new(UserV3::new(client, user))),
        Profile::Api(api) => ProfileV3::Api {
            name: api.name.as_str().into(),
            project: api.project.0,
            resource: api.resource.as_ref().map(ToString::to_string),
        },
    };
    let record = ClientRecord::V3(ClientV3 {
        state: match client.state {
            ClientState::Active => 0,
            ClientState::Inactive => 1,
            ClientState::Locked => 2,
        },
        profile,
        credentials: client.credentials.iter().map(CredentialV1::from).collect(),
        tokens_valid_from: client.tokens_valid_from.0,
        created: client.created.0,
        changed: client.changed.0,
        act: client.act.0,
    });
    codec::encode(&record, out)
}

/// Reads the record of the client with this id. Where it lives, and whether that is active, the instance says.
pub(crate) fn read_client(id: ClientId, bytes: &[u8], instance: &Instance) -> Result<Client, Corrupt> {
    let default = instance.default_organization;
    let client = match codec::decode(bytes)? {
        ClientRecord::V1(client) => ClientV2::from(client).into_v3(default),
        ClientRecord::V2(client) => client.into_v3(default),
        ClientRecord::V3(client) => client,
    };
    let (name, organization, profile) = client.profile.into_domain(id, instance)?;
    let credentials = client.credentials.into_iter().map(CredentialV1::into_domain);
    let home_active = match &profile {
        Profile::ServiceUser(_) => instance.is_active(organization),
        Profile::Api(api) => instance.is_project_active(api.project),
    };
    Ok(Client {
        id,
        name,
        organization,
        state: match client.state {
            0 => ClientState::Active,
            1 => ClientState::Inactive,
            2 => ClientState::Locked,
            _ => return Err(Corrupt),
        },
        home_active,
        profile,
        credentials: credentials.collect::<Result<_, _>>()?,
        tokens_valid_from: Sequence(client.tokens_valid_from),
        created: Timestamp(client.created),
        changed: Timestamp(client.changed),
        act: ActNumber(client.act),
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

impl ClientV2 {
    /// What was granted before acts were counted was granted by act 0, and so were the roles added.
    fn into_v3(self, organization: OrganizationId) -> ClientV3 {
        let profile = match self.profile {
            ProfileV2::ServiceUser(user) => ProfileV3::ServiceUser(Box::new(user.into_v3(organization.0))),
            ProfileV2::Api { name, project, resource } => ProfileV3::Api { name, project, resource },
        };
        ClientV3 {
            state: u8::from(!self.active),
            profile,
            credentials: self.credentials,
            tokens_valid_from: self.tokens_valid_from,
            created: self.created,
            changed: self.changed,
            act: 0,
        }
    }
}

impl UserV2 {
    fn into_v3(self, organization: u64) -> UserV3 {
        let authorization = |old: AuthorizationV2| AuthorizationV3 {
            id: old.id,
            project: old.project,
            roles: old.roles,
            active: true,
            created: old.created,
            changed: old.changed,
            act: 0,
        };
        UserV3 {
            organization,
            username: self.username,
            name: self.name,
            description: self.description,
            default_scopes: self.default_scopes,
            jwt: self.jwt,
            allowed_scopes: self.allowed_scopes,
            allowed_audiences: self.allowed_audiences,
            token_lifetime: self.token_lifetime,
            authorizations: self.authorizations.into_iter().map(authorization).collect(),
            administrations: Vec::new(),
            metadata: self.metadata,
        }
    }
}

impl ProfileV3 {
    fn into_domain(
        self,
        id: ClientId,
        instance: &Instance,
    ) -> Result<(ClientName, OrganizationId, Profile), Corrupt> {
        match self {
            Self::ServiceUser(user) => {
                let organization = OrganizationId(user.organization);
                let (username, user) = user.into_domain()?;
                Ok((username, organization, Profile::ServiceUser(user)))
            }
            Self::Api { name, project, resource } => {
                let resource = resource.as_deref().map(Resource::parse).transpose().map_err(|_| Corrupt)?;
                let api = Api { name: text(&name)?, project: ProjectId(project), resource };
                let project = instance.project(api.project);
                let organization = project.map_or(instance.default_organization, |p| p.organization);
                Ok((ClientName::of_api(id), organization, Profile::Api(api)))
            }
        }
    }
}

impl UserV3 {
    fn new(client: &Client, user: &ServiceUser) -> Self {
        let TokenLimits { scopes, audiences, lifetime } = &user.limits;
        Self {
            organization: client.organization.0,
            username: client.name.as_str().into(),
            name: user.name.as_str().into(),
            description: user.description.as_str().into(),
            default_scopes: ScopesV2::from(&user.default_scopes),
            jwt: user.token_type == AccessTokenType::Jwt,
            allowed_scopes: scopes.as_ref().map(ScopesV2::from),
            allowed_audiences: audiences.as_ref().map(|all| all.iter().map(|project| project.0).collect()),
            token_lifetime: lifetime.map(|lifetime| lifetime.0),
            authorizations: user.authorizations.iter().map(AuthorizationV3::from).collect(),
            administrations: user.administrations.iter().map(AdministrationV3::from).collect(),
            metadata: user
                .metadata
                .iter()
                .map(|(key, value)| (key.as_str().into(), value.to_vec()))
                .collect(),
        }
    }

    fn into_domain(self) -> Result<(ClientName, ServiceUser), Corrupt> {
        let authorizations = self.authorizations.into_iter().map(AuthorizationV3::into_domain);
        let administrations = self.administrations.into_iter().map(AdministrationV3::into_domain);
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
            administrations: administrations.collect::<Result<_, _>>()?,
            metadata: metadata.collect::<Result<_, Corrupt>>()?,
        };
        Ok((ClientName::username(&self.username).map_err(|_| Corrupt)?, user))
    }
}

impl From<&Authorization> for AuthorizationV3 {
    fn from(authorization: &Authorization) -> Self {
        Self {
            id: authorization.id.0,
            project: authorization.project.0,
            roles: authorization.roles.iter().map(ToString::to_string).collect(),
            active: authorization.active,
            created: authorization.created.0,
            changed: authorization.changed.0,
            act: authorization.act.0,
        }
    }
}

impl AuthorizationV3 {
    fn into_domain(self) -> Result<Authorization, Corrupt> {
        Ok(Authorization {
            id: AuthorizationId(self.id),
            project: ProjectId(self.project),
            roles: self.roles.iter().map(|key| role(key)).collect::<Result<_, _>>()?,
            active: self.active,
            created: Timestamp(self.created),
            changed: Timestamp(self.changed),
            act: ActNumber(self.act),
        })
    }
}

impl From<&Administration> for AdministrationV3 {
    fn from(administration: &Administration) -> Self {
        let number = |role: &AdminRole| AdminRole::ALL.iter().position(|known| known == role);
        Self {
            realm: match administration.realm {
                Realm::Instance => RealmV3::Instance,
                Realm::Organization(id) => RealmV3::Organization(id.0),
                Realm::Project(id) => RealmV3::Project(id.0),
            },
            roles: administration
                .roles
                .iter()
                .filter_map(number)
                .filter_map(|number| u8::try_from(number).ok())
                .collect(),
            created: administration.created.0,
            changed: administration.changed.0,
        }
    }
}

impl AdministrationV3 {
    fn into_domain(self) -> Result<Administration, Corrupt> {
        let role = |number: u8| AdminRole::ALL.get(usize::from(number)).copied().ok_or(Corrupt);
        Ok(Administration {
            realm: match self.realm {
                RealmV3::Instance => Realm::Instance,
                RealmV3::Organization(id) => Realm::Organization(OrganizationId(id)),
                RealmV3::Project(id) => Realm::Project(ProjectId(id)),
            },
            roles: self.roles.into_iter().map(role).collect::<Result<_, _>>()?,
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
