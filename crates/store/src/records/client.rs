//! Clients with their credentials.

use super::{Scopes, algorithm, algorithm_number, role};
use crate::codec::{self, Corrupt};
use jeton_domain::client::{Api, Client, ClientState, Profile};
use jeton_domain::credential::{Credential, CredentialKind};
use jeton_domain::generation::Generation;
use jeton_domain::id::{AuthorizationId, ClientId, ClientName, EventId, OrganizationId, ProjectId};
use jeton_domain::key::PublicKey;
use jeton_domain::permission::{AdminRole, AdminScope, Administration};
use jeton_domain::resource::Resource;
use jeton_domain::service_user::{AccessTokenType, Authorization, JwtType, ServiceUser, TokenLimits};
use jeton_domain::text::Text;
use jeton_domain::time::{Careful, Lifetime, Moment, Timestamp};
use jeton_secret::{ClientSecretDigest, CredentialId, PersonalAccessTokenDigest};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct ClientRecord {
    organization: u64,
    /// 0 active, 1 inactive, 2 locked.
    state: u8,
    profile: ProfileRecord,
    credentials: Vec<CredentialRecord>,
    mark: u64,
    created: u64,
    changed: u64,
    event_id: u64,
}

#[derive(Serialize, Deserialize)]
enum ProfileRecord {
    ServiceUser(Box<UserRecord>),
    Api { name: String, project: u64, resource: Option<String> },
}

#[derive(Serialize, Deserialize)]
struct UserRecord {
    username: String,
    name: String,
    description: String,
    default_scopes: Scopes,
    jwt: bool,
    allowed_scopes: Option<Scopes>,
    allowed_audiences: Option<Vec<u64>>,
    token_lifetime: Option<u32>,
    authorizations: Vec<AuthorizationRecord>,
    administrations: Vec<AdministrationRecord>,
    metadata: Vec<(String, Vec<u8>)>,
    /// True if the `typ` of its JWTs is that of RFC 9068. None if the user has no setting of its own.
    at_jwt: Option<bool>,
}

#[derive(Serialize, Deserialize)]
struct AuthorizationRecord {
    id: u64,
    project: u64,
    roles: Vec<String>,
    active: bool,
    by_grant: bool,
    created: u64,
    changed: u64,
    event_id: u64,
}

#[derive(Serialize, Deserialize)]
struct AdministrationRecord {
    realm: RealmRecord,
    /// Positions in the list of all roles.
    roles: Vec<u8>,
    created: u64,
    changed: u64,
}

#[derive(Serialize, Deserialize)]
enum RealmRecord {
    Instance,
    Organization(u64),
    Project(u64),
}

#[derive(Serialize, Deserialize)]
pub(super) struct CredentialRecord {
    id: u64,
    label: String,
    created: (u64, u64),
    not_after: Option<(u64, u64)>,
    mark: u64,
    kind: CredentialKindRecord,
}

#[derive(Serialize, Deserialize)]
pub(super) enum CredentialKindRecord {
    Secret { digest: [u8; 32] },
    Key { algorithm: u8, spki: Vec<u8> },
    PersonalAccessToken { digest: [u8; 32] },
}

/// The record of a client; its id is the row's key.
pub(crate) fn write_client(client: &Client) -> Result<Vec<u8>, Corrupt> {
    let read =
        |bytes: &[u8]| Ok(Client { home_active: client.home_active, ..read_client(client.id, bytes)? });
    super::read_back(client, &ClientRecord::from(client), read)
}

/// Reads the record of the client with this id. The activity of its home is known to the instance; here
/// it is taken to be active.
pub(crate) fn read_client(id: ClientId, bytes: &[u8]) -> Result<Client, Corrupt> {
    let client: ClientRecord = codec::decode(bytes)?;
    let (name, profile) = client.profile.into_domain(id)?;
    let credentials = client.credentials.into_iter().map(CredentialRecord::into_domain);
    Ok(Client {
        id,
        name,
        organization: OrganizationId(client.organization),
        state: match client.state {
            0 => ClientState::Active,
            1 => ClientState::Inactive,
            2 => ClientState::Locked,
            _ => return Err(Corrupt),
        },
        home_active: true,
        profile,
        credentials: credentials.collect::<Result<_, _>>()?,
        mark: Generation(client.mark),
        created: Timestamp(client.created),
        changed: Timestamp(client.changed),
        event_id: EventId(client.event_id),
    })
}

impl From<&Client> for ClientRecord {
    fn from(client: &Client) -> Self {
        let profile = match &client.profile {
            Profile::ServiceUser(user) => ProfileRecord::ServiceUser(Box::new(UserRecord::new(client, user))),
            Profile::Api(api) => ProfileRecord::Api {
                name: api.name.as_str().into(),
                project: api.project.0,
                resource: api.resource.as_ref().map(ToString::to_string),
            },
        };
        Self {
            organization: client.organization.0,
            state: match client.state {
                ClientState::Active => 0,
                ClientState::Inactive => 1,
                ClientState::Locked => 2,
            },
            profile,
            credentials: client.credentials.iter().map(CredentialRecord::from).collect(),
            mark: client.mark.0,
            created: client.created.0,
            changed: client.changed.0,
            event_id: client.event_id.0,
        }
    }
}

impl ProfileRecord {
    fn into_domain(self, id: ClientId) -> Result<(ClientName, Profile), Corrupt> {
        match self {
            Self::ServiceUser(user) => {
                let (username, user) = user.into_domain()?;
                Ok((username, Profile::ServiceUser(user)))
            }
            Self::Api { name, project, resource } => {
                let resource = resource.as_deref().map(Resource::parse).transpose().map_err(|_| Corrupt)?;
                let api = Api { name: Text::stored(&name), project: ProjectId(project), resource };
                Ok((ClientName::of_api(id), Profile::Api(api)))
            }
        }
    }
}

impl UserRecord {
    fn new(client: &Client, user: &ServiceUser) -> Self {
        let TokenLimits { scopes, audiences, lifetime } = &user.limits;
        Self {
            username: client.name.as_str().into(),
            name: user.name.as_str().into(),
            description: user.description.as_str().into(),
            default_scopes: Scopes::from(&user.default_scopes),
            jwt: user.token_type == AccessTokenType::Jwt,
            allowed_scopes: scopes.as_ref().map(Scopes::from),
            allowed_audiences: audiences.as_ref().map(|all| all.iter().map(|project| project.0).collect()),
            token_lifetime: lifetime.map(|lifetime| lifetime.0),
            authorizations: user.authorizations.iter().map(AuthorizationRecord::from).collect(),
            administrations: user.administrations.iter().map(AdministrationRecord::from).collect(),
            metadata: user
                .metadata
                .iter()
                .map(|(key, value)| (key.as_str().into(), value.to_vec()))
                .collect(),
            at_jwt: user.jwt_type.map(|kind| kind == JwtType::AtJwt),
        }
    }

    fn into_domain(self) -> Result<(ClientName, ServiceUser), Corrupt> {
        let authorizations = self.authorizations.into_iter().map(AuthorizationRecord::into_domain);
        let administrations = self.administrations.into_iter().map(AdministrationRecord::into_domain);
        let metadata = self.metadata.into_iter().map(|(key, value)| (Text::stored(&key), value.into()));
        let user = ServiceUser {
            name: Text::stored(&self.name),
            description: Text::stored(&self.description),
            default_scopes: self.default_scopes.into_set()?,
            token_type: if self.jwt { AccessTokenType::Jwt } else { AccessTokenType::Opaque },
            jwt_type: self.at_jwt.map(|at_jwt| if at_jwt { JwtType::AtJwt } else { JwtType::Jwt }),
            limits: TokenLimits {
                scopes: self.allowed_scopes.map(Scopes::into_set).transpose()?,
                audiences: self.allowed_audiences.map(|all| all.into_iter().map(ProjectId).collect()),
                lifetime: self.token_lifetime.map(Lifetime),
            },
            authorizations: authorizations.collect::<Result<_, _>>()?,
            administrations: administrations.collect::<Result<_, _>>()?,
            metadata: metadata.collect(),
        };
        Ok((ClientName::stored(&self.username), user))
    }
}

impl From<&Authorization> for AuthorizationRecord {
    fn from(authorization: &Authorization) -> Self {
        Self {
            id: authorization.id.0,
            project: authorization.project.0,
            roles: authorization.roles.iter().map(ToString::to_string).collect(),
            active: authorization.active,
            by_grant: authorization.by_grant,
            created: authorization.created.0,
            changed: authorization.changed.0,
            event_id: authorization.event_id.0,
        }
    }
}

impl AuthorizationRecord {
    fn into_domain(self) -> Result<Authorization, Corrupt> {
        Ok(Authorization {
            id: AuthorizationId(self.id),
            project: ProjectId(self.project),
            roles: self.roles.iter().map(|key| role(key)).collect::<Result<_, _>>()?,
            active: self.active,
            by_grant: self.by_grant,
            created: Timestamp(self.created),
            changed: Timestamp(self.changed),
            event_id: EventId(self.event_id),
        })
    }
}

impl From<&Administration> for AdministrationRecord {
    fn from(administration: &Administration) -> Self {
        let number = |role: &AdminRole| AdminRole::ALL.iter().position(|known| known == role);
        Self {
            realm: match administration.realm {
                AdminScope::Instance => RealmRecord::Instance,
                AdminScope::Organization(id) => RealmRecord::Organization(id.0),
                AdminScope::Project(id) => RealmRecord::Project(id.0),
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

impl AdministrationRecord {
    fn into_domain(self) -> Result<Administration, Corrupt> {
        let role = |number: u8| AdminRole::ALL.get(usize::from(number)).copied().ok_or(Corrupt);
        Ok(Administration {
            realm: match self.realm {
                RealmRecord::Instance => AdminScope::Instance,
                RealmRecord::Organization(id) => AdminScope::Organization(OrganizationId(id)),
                RealmRecord::Project(id) => AdminScope::Project(ProjectId(id)),
            },
            roles: self.roles.into_iter().map(role).collect::<Result<_, _>>()?,
            created: Timestamp(self.created),
            changed: Timestamp(self.changed),
        })
    }
}

impl From<&Credential> for CredentialRecord {
    fn from(credential: &Credential) -> Self {
        Self {
            id: credential.id.0,
            label: credential.label.as_str().into(),
            created: (credential.created.wall.0, credential.created.careful.0),
            not_after: credential.not_after.map(|end| (end.wall.0, end.careful.0)),
            mark: credential.mark.0,
            kind: match &credential.kind {
                CredentialKind::Secret(digest) => CredentialKindRecord::Secret { digest: digest.0 },
                CredentialKind::Key(key) => CredentialKindRecord::Key {
                    algorithm: algorithm_number(key.algorithm),
                    spki: key.spki.to_vec(),
                },
                CredentialKind::PersonalAccessToken(digest) => {
                    CredentialKindRecord::PersonalAccessToken { digest: digest.0 }
                }
            },
        }
    }
}

impl CredentialRecord {
    pub(super) fn into_domain(self) -> Result<Credential, Corrupt> {
        let kind = match self.kind {
            CredentialKindRecord::Secret { digest } => CredentialKind::Secret(ClientSecretDigest(digest)),
            CredentialKindRecord::Key { algorithm: number, spki } => {
                CredentialKind::Key(PublicKey { algorithm: algorithm(number)?, spki: spki.into() })
            }
            CredentialKindRecord::PersonalAccessToken { digest } => {
                CredentialKind::PersonalAccessToken(PersonalAccessTokenDigest(digest))
            }
        };
        Ok(Credential {
            id: CredentialId(self.id),
            label: Text::stored(&self.label),
            created: Moment { wall: Timestamp(self.created.0), careful: Careful(self.created.1) },
            not_after: self
                .not_after
                .map(|(wall, careful)| Moment { wall: Timestamp(wall), careful: Careful(careful) }),
            mark: Generation(self.mark),
            kind,
        })
    }
}
