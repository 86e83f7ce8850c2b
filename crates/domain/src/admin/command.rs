//! Administrators' commands. Each is decided, applied and recorded in one transaction.
//!
//! Every [`Operation`] needs a permission in a place. The writer checks the actor's own record when it
//! applies the operation, so a right or a token that was taken away meanwhile counts for nothing.

use super::client_update::ClientUpdate;
use crate::credential::Credential;
use crate::id::{ClientId, ClientName, EventId, OrganizationId, ProjectId, SigningKeyId, TokenKeyId};
use crate::permission::AdminRole;
use crate::project::Project;
use crate::resource::Resource;
use crate::retired_name::Name;
use crate::role::RoleKey;
use crate::service_user::ServiceUser;
use crate::signing::KeyChange;
use crate::text::Text;
use crate::time::{Moment, Timestamp};
use crate::token::Life;
use crate::token_key::TokenKeyChange;
use jeton_secret::{CredentialId, TokenName};

/// An administrator's command.
#[derive(Debug, Clone)]
pub struct AdminCommand {
    /// The authority of its actor.
    pub by: Principal,
    /// The operation.
    pub operation: Operation,
    /// The number of the last event that changed its subject, as far as the caller knows. If there is a
    /// later one, the command is refused with [`Stale`](crate::refusal::OperationError::Stale).
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
#[derive(Debug, Clone)]
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

impl<'n> From<&'n RetiredName> for Name<&'n str> {
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
#[derive(Debug, Clone)]
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

/// An operation on a project.
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
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
