//! Administrators' commands. Each is decided, applied and recorded in one transaction.
//!
//! Every [`Operation`] needs a permission in a place. The writer checks the actor's own record when it
//! applies the operation, so a right or a token that was taken away meanwhile counts for nothing.

use crate::client::{Changed, Client};
use crate::credential::{Credential, CredentialKind, ExistingCredentials, PastCredential};
use crate::generation::Generation;
use crate::id::{
    AuthorizationId, ClientId, ClientName, EventId, OrganizationId, ProjectId, SigningKeyId, TokenKeyId,
};
use crate::permission::{AdminRole, AdminScope};
use crate::project::Project;
use crate::refusal::OperationError;
use crate::resource::Resource;
use crate::retired_name::Name;
use crate::role::RoleKey;
use crate::service_user::{Authorization, Edit, ServiceUser};
use crate::signing::KeyChange;
use crate::text::Text;
use crate::time::{Moment, Timestamp};
use crate::token::Life;
use crate::token_key::TokenKeyChange;
use jeton_secret::{CredentialId, TokenName};

/// An administrator's command.
#[derive(Debug)]
pub struct AdminCommand {
    /// The authority of its actor.
    pub by: Principal,
    /// The operation.
    pub operation: Operation,
    /// The number of the last event that changed its subject, as far as the caller knows. If there is a
    /// later one, the command is refused with [`OperationError::Stale`].
    pub expected: Option<EventId>,
    /// The wall clock at the command.
    pub now: Timestamp,
}

/// The authority of an actor.
#[derive(Debug, Clone, Copy)]
pub enum Principal {
    /// An operator, who may use the operator's socket or the data directory: all operations are allowed.
    Operator,
    /// The server itself.
    System,
    /// The bearer of a token: the operations that its client's administrator roles allow.
    Bearer(Bearer),
}

/// The client that presents an access token.
#[derive(Debug, Clone, Copy)]
pub struct Bearer {
    /// The owning client of the token.
    pub client: ClientId,
    /// The credential that obtained the token. A personal access token is itself this credential.
    pub credential: CredentialId,
    /// The token.
    pub token: BearerToken,
}

/// The token that a bearer presents.
#[derive(Debug, Clone, Copy)]
pub enum BearerToken {
    /// An opaque access token, and the key that sealed it.
    Opaque(Life, TokenKeyId),
    /// A JWT, and the key that signed it.
    Jwt(Life, SigningKeyId),
    /// A personal access token.
    Personal,
}

/// The operations.
#[derive(Debug)]
pub enum Operation {
    /// Create service users, all or none.
    CreateServiceUsers(Vec<NewServiceUser>),
    /// Create or change a client. For creation the id is that of the new client.
    Client(ClientId, ClientOperation),
    /// Create the first administrator of the instance, optionally with a personal access token.
    Bootstrap(Box<NewServiceUser>, Option<Credential>),
    /// Create or change a project.
    Project(ProjectId, ProjectOperation),
    /// Create or change the grant of a project to another organization.
    ProjectGrant(ProjectId, OrganizationId, ProjectGrantOperation),
    /// Create or change an organization.
    Organization(OrganizationId, OrganizationOperation),
    /// Change the signing keys.
    SigningKeys(KeyChange),
    /// Change the token keys.
    TokenKeys(TokenKeyChange),
    /// Revoke one token.
    RevokeToken(RevokedToken),
    /// Stop a leaked credential or token of any client.
    Leak(Leak),
    /// Free the name of a deleted or renamed object.
    FreeName(RetiredName),
}

/// A retired name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetiredName {
    /// The username of a service user.
    Username(ClientName),
    /// The resource URI of an API.
    Resource(Resource),
    /// The primary domain of an organization.
    Domain(Box<str>),
}

impl RetiredName {
    /// The name alone.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Username(name) => name.as_str(),
            Self::Resource(resource) => resource.as_str(),
            Self::Domain(domain) => domain,
        }
    }
}

impl<'n> From<&'n RetiredName> for Name<'n> {
    fn from(name: &'n RetiredName) -> Self {
        match name {
            RetiredName::Username(name) => Self::Username(name.folded()),
            RetiredName::Resource(resource) => Self::Resource(resource.as_str()),
            RetiredName::Domain(domain) => Self::Domain(domain),
        }
    }
}

/// A new service user.
#[derive(Debug, Clone)]
pub struct NewServiceUser {
    /// Its id, drawn by the caller.
    pub id: ClientId,
    /// Its organization.
    pub organization: OrganizationId,
    /// Its username.
    pub name: ClientName,
    /// Its other properties.
    pub user: ServiceUser,
}

/// A leaked credential or token.
#[derive(Debug, Clone, Copy)]
pub enum Leak {
    /// A client's credential. The tokens that it obtained are revoked with it.
    Credential(ClientId, CredentialId),
    /// A token.
    Token(RevokedToken),
}

/// An access token to be revoked alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevokedToken {
    /// The owning client.
    pub client: ClientId,
    /// The credential that obtained it.
    pub credential: CredentialId,
    /// The name of the token.
    pub name: TokenName,
    /// The time of issue.
    pub issued: Moment,
    /// The end of its life.
    pub expires: Timestamp,
}

/// An operation on a client.
#[derive(Debug)]
pub enum ClientOperation {
    /// Create an API with its first credential.
    CreateApi {
        /// Its display name.
        name: Text,
        /// Its project.
        project: ProjectId,
        /// The URI by which requests name it.
        resource: Option<Resource>,
        /// Its credential, if that is known already.
        credential: Option<Credential>,
    },
    /// Change an existing client.
    Update(ClientUpdate),
    /// Delete it. Its tokens are no longer valid.
    Delete,
}

/// A change of an existing client.
#[derive(Debug)]
pub enum ClientUpdate {
    /// Active to inactive.
    Deactivate,
    /// Inactive to active.
    Reactivate,
    /// Active to locked.
    Lock,
    /// Locked to active.
    Unlock,
    /// Add a credential.
    AddCredential {
        /// The new credential.
        credential: Credential,
        /// The treatment of the live ones.
        others: ExistingCredentials,
    },
    /// Revoke one credential and the tokens that it obtained.
    RevokeCredential(CredentialId),
    /// Revoke all client secrets and the tokens that they obtained.
    RevokeSecrets,
    /// Revoke all tokens that one credential obtained.
    RevokeTokensOf(CredentialId),
    /// Revoke all tokens.
    RevokeTokens,
    /// Change the properties of a service user.
    Edit {
        /// Its new username.
        username: Option<ClientName>,
        /// Its other properties.
        edit: Box<Edit>,
    },
    /// Rename an API.
    EditApi(Text),
    /// Add an authorization for a project.
    Authorize(Authorization),
    /// Change the roles of an authorization.
    Reauthorize(AuthorizationId, Vec<RoleKey>),
    /// Reactivate (true) or deactivate (false) an authorization.
    SetAuthorizationActive(AuthorizationId, bool),
    /// Remove an authorization.
    Unauthorize(AuthorizationId),
    /// Add administrator roles for a realm.
    AddAdminRoles(AdminScope, Vec<AdminRole>),
    /// Change the administrator roles for a realm.
    UpdateAdminRoles(AdminScope, Vec<AdminRole>),
    /// Remove the administrator roles for a realm.
    RemoveAdminRoles(AdminScope),
    /// Set metadata of a service user, all or none.
    SetMetadata(Vec<(Text, Box<[u8]>)>),
    /// Delete metadata of a service user, all or none.
    DeleteMetadata(Vec<Text>),
}

/// An operation on a project.
#[derive(Debug)]
pub enum ProjectOperation {
    /// Create it.
    Create {
        /// Its organization.
        organization: OrganizationId,
        /// The display name.
        name: Text,
        /// Its other properties.
        edit: ProjectEdit,
    },
    /// Change it.
    Edit(ProjectEdit),
    /// Reactivate (true) or deactivate (false) it, and with it its APIs.
    SetActive(bool),
    /// Delete it with its roles and APIs.
    Delete,
    /// Add a role.
    AddRole {
        /// The key of the role, as programs use it.
        key: RoleKey,
        /// The display name of the role.
        name: Text,
        /// The group of the role.
        group: Text,
    },
    /// Rename a role.
    EditRole {
        /// The key of the role.
        key: RoleKey,
        /// The new display name.
        name: Option<Text>,
        /// The new group.
        group: Option<Text>,
    },
    /// Remove a role, also from all authorizations.
    RemoveRole(RoleKey),
}

/// A change of a project's grant to another organization. Role keys are sorted, each once.
#[derive(Debug)]
pub enum ProjectGrantOperation {
    /// Grant the project, with these roles.
    Create(Vec<RoleKey>),
    /// Replace the roles.
    Change(Vec<RoleKey>),
    /// Reactivate (true) or deactivate (false) the grant.
    SetActive(bool),
    /// Remove the grant, with the authorizations that were given by it.
    Delete,
}

/// A change of a project's properties. A property that is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ProjectEdit {
    /// The display name.
    pub name: Option<Text>,
    /// See [`crate::project::Project::asserts_roles`].
    pub asserts_roles: Option<bool>,
    /// See [`crate::project::Project::authorization_required`].
    pub authorization_required: Option<bool>,
    /// See [`crate::project::Project::access_required`].
    pub access_required: Option<bool>,
}

impl ProjectEdit {
    /// The project with this change.
    #[must_use]
    pub(super) fn applied(self, project: Project) -> Project {
        Project {
            name: self.name.unwrap_or(project.name),
            asserts_roles: self.asserts_roles.unwrap_or(project.asserts_roles),
            authorization_required: self.authorization_required.unwrap_or(project.authorization_required),
            access_required: self.access_required.unwrap_or(project.access_required),
            ..project
        }
    }
}

/// An operation on an organization.
#[derive(Debug)]
pub enum OrganizationOperation {
    /// Create it, with existing users as its administrators.
    Create(Text, Vec<(ClientId, Vec<AdminRole>)>),
    /// Rename it; its domain changes with it.
    Rename(Text),
    /// Reactivate (true) or deactivate (false) it, and with it its users and APIs.
    SetActive(bool),
    /// Delete it with everything that belongs to it.
    Delete,
    /// Set its metadata, all or none.
    SetMetadata(Vec<(Text, Box<[u8]>)>),
    /// Delete its metadata, all or none.
    DeleteMetadata(Vec<Text>),
}

impl ClientUpdate {
    /// The changed client, and the changes of its past credentials, of which `past` is the part that
    /// [`ClientUpdate::past`] names. `mark` ends the tokens issued so far, where the update requires it;
    /// `act` is the number of this command's event.
    ///
    /// # Errors
    /// The transition's [`OperationError`].
    pub(super) fn decide(
        self,
        client: Client,
        past: Vec<PastCredential>,
        mark: Generation,
        act: EventId,
        now: Moment,
    ) -> Result<Changed, OperationError> {
        let wall = now.wall;
        let changed = match self {
            Self::AddCredential { credential, others } => {
                return client.add_credential(credential, others, now);
            }
            Self::RevokeCredential(id) => return client.revoke_credential(id, past, wall),
            Self::RevokeSecrets => return client.revoke_secrets(past, wall),
            Self::RevokeTokensOf(id) => return client.revoke_tokens_of(id, past, mark, wall),
            Self::RevokeTokens => return Ok(client.revoke_tokens(mark, wall)),
            Self::Deactivate => client.deactivate(wall),
            Self::Reactivate => client.reactivate(wall),
            Self::Lock => client.lock(wall),
            Self::Unlock => client.unlock(wall),
            Self::Edit { username, edit } => {
                let client = client.change_service_user(wall, |user| Ok(user.edited(*edit)))?;
                Ok(Client { name: username.unwrap_or(client.name), ..client })
            }
            Self::EditApi(name) => client.rename_api(name, wall),
            Self::Authorize(new) => {
                client.change_service_user(wall, |user| user.authorize(Authorization { act, ..new }))
            }
            Self::Reauthorize(id, roles) => {
                client.change_service_user(wall, |user| user.reauthorize(id, roles, wall, act))
            }
            Self::SetAuthorizationActive(id, active) => {
                client.change_service_user(wall, |user| user.set_authorization_active(id, active, wall))
            }
            Self::Unauthorize(id) => client.change_service_user(wall, |user| user.unauthorize(id)),
            Self::AddAdminRoles(realm, roles) => {
                client.change_service_user(wall, |user| user.add_admin_roles(realm, roles, wall))
            }
            Self::UpdateAdminRoles(realm, roles) => {
                client.change_service_user(wall, |user| user.update_admin_roles(realm, roles, wall))
            }
            Self::RemoveAdminRoles(realm) => {
                client.change_service_user(wall, |user| user.remove_admin_roles(realm))
            }
            Self::SetMetadata(notes) => client.change_service_user(wall, |user| {
                notes.into_iter().try_fold(user, |user, (key, value)| user.set_metadata(key, value))
            }),
            Self::DeleteMetadata(keys) => client.change_service_user(wall, |user| {
                keys.iter().try_fold(user, |user, key| user.delete_metadata(key))
            }),
        };
        changed.map(Changed::from)
    }

    /// The past credentials of the client that the decision needs.
    pub(super) const fn past(&self) -> PastNeeded {
        match self {
            Self::RevokeCredential(id) | Self::RevokeTokensOf(id) => PastNeeded::One(*id),
            Self::RevokeSecrets => PastNeeded::All,
            Self::Deactivate
            | Self::Reactivate
            | Self::Lock
            | Self::Unlock
            | Self::AddCredential { .. }
            | Self::RevokeTokens
            | Self::Edit { .. }
            | Self::EditApi(_)
            | Self::Authorize(_)
            | Self::Reauthorize(..)
            | Self::SetAuthorizationActive(..)
            | Self::Unauthorize(_)
            | Self::AddAdminRoles(..)
            | Self::UpdateAdminRoles(..)
            | Self::RemoveAdminRoles(_)
            | Self::SetMetadata(_)
            | Self::DeleteMetadata(_) => PastNeeded::None,
        }
    }

    /// The only past credential that it can change.
    pub(super) const fn past_credential(&self) -> Option<CredentialId> {
        match self.past() {
            PastNeeded::One(id) => Some(id),
            PastNeeded::None | PastNeeded::All => None,
        }
    }

    /// True if it adds roles, whose limits those that are gone don't count against.
    pub(super) const fn gives_rights(&self) -> bool {
        matches!(self, Self::Authorize(_) | Self::Reauthorize(..) | Self::AddAdminRoles(..))
    }

    /// True if it revokes all tokens issued so far.
    pub(super) const fn sets_a_mark(&self) -> bool {
        matches!(self, Self::RevokeTokens | Self::RevokeTokensOf(_))
    }

    /// True if it could leave the instance without an active owner.
    pub(super) const fn may_disarm(&self) -> bool {
        match self {
            Self::Deactivate
            | Self::Lock
            | Self::UpdateAdminRoles(AdminScope::Instance, _)
            | Self::RemoveAdminRoles(AdminScope::Instance) => true,
            Self::Reactivate
            | Self::Unlock
            | Self::AddCredential { .. }
            | Self::RevokeCredential(_)
            | Self::RevokeSecrets
            | Self::RevokeTokensOf(_)
            | Self::RevokeTokens
            | Self::Edit { .. }
            | Self::EditApi(_)
            | Self::Authorize(_)
            | Self::Reauthorize(..)
            | Self::SetAuthorizationActive(..)
            | Self::Unauthorize(_)
            | Self::AddAdminRoles(..)
            | Self::UpdateAdminRoles(AdminScope::Organization(_) | AdminScope::Project(_), _)
            | Self::RemoveAdminRoles(AdminScope::Organization(_) | AdminScope::Project(_))
            | Self::SetMetadata(_)
            | Self::DeleteMetadata(_) => false,
        }
    }
}

/// A selection of the past credentials of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastNeeded {
    /// None.
    None,
    /// The one with this id.
    One(CredentialId),
    /// All.
    All,
}

/// The kind of the event for a new credential.
pub(super) const fn kind_of_new(credential: &Credential) -> crate::event::EventKind {
    use crate::event::EventKind;
    match credential.kind {
        CredentialKind::Secret(_) => EventKind::SecretAdded,
        CredentialKind::Key(_) => EventKind::KeyAdded,
        CredentialKind::PersonalAccessToken(_) => EventKind::PersonalAccessTokenAdded,
    }
}
