//! Refused changes, by reason. The administrator must act.

use crate::limits::{CREDENTIALS_MAX, TOKEN_LIFETIME_MAX};
use crate::permission::Permission;
use crate::record::UnreadableRecord;

/// A command that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// The actor has no right to do this.
    #[error("no permission")]
    NotPermitted(Permission),
    /// The actor's token has ended, or its client has.
    #[error("the access token is no longer valid")]
    TokenEnded,
    /// A record that the command needs can't be read.
    #[error(transparent)]
    Unreadable(UnreadableRecord),
    /// Facts that the command needs are in a part of the store that can't be read.
    #[error("the store is unavailable")]
    FactsUnavailable,
    /// No client has this id or name.
    #[error("there is no such user or application")]
    UnknownClient,
    /// The client has no credential with this id.
    #[error("it has no secret with this id")]
    UnknownCredential,
    /// Another client has this name.
    #[error("this username is taken")]
    NameTaken,
    /// A deleted or renamed object had this name, and tokens that name it may still live.
    #[error(
        "something that was deleted or renamed had this name, and tokens that name it may still live; it can be used \
         again after {} days in the same organization, or when an owner of the instance frees it (jeton name free)",
        TOKEN_LIFETIME_MAX.0 / 86_400
    )]
    NameRetired,
    /// No name of this kind was retired.
    #[error("no such name was retired; nothing needs to be freed")]
    UnknownName,
    /// Another client or project has, or had, this id.
    #[error("this id is taken")]
    IdTaken,
    /// No project has this id.
    #[error("there is no such project")]
    UnknownProject,
    /// The user is already inactive.
    #[error("the user is already inactive")]
    AlreadyInactive,
    /// The user is inactive or locked, and this needs an active one.
    #[error("the user is inactive or locked; reactivate or unlock it first")]
    Inactive,
    /// The user is not active, so it cannot be locked.
    #[error("the user is not active, so it can't be locked")]
    NotLockable,
    /// The user is not locked, so it cannot be unlocked.
    #[error("the user is not locked")]
    NotLocked,
    /// The user is locked, and must be unlocked first.
    #[error("the user is locked; unlock it first")]
    Locked,
    /// The facts have changed since the caller read them.
    #[error("it was changed since you read it; read it again and repeat your change")]
    Stale,
    /// No organization has this id.
    #[error("there is no such organization")]
    UnknownOrganization,
    /// Another organization has this name or domain.
    #[error("another organization has this name")]
    OrganizationTaken,
    /// The default organization, or one of the first two projects, which the instance needs.
    #[error("{0} can't be deleted or deactivated: the instance needs it")]
    Needed(&'static str),
    /// The object already has this state.
    #[error("it is already {0}")]
    AlreadySo(&'static str),
    /// The user already has administrator roles for this part of the instance.
    #[error("the user has administrator roles for this already; change those")]
    AdministratorTaken,
    /// The user has no administrator roles for this part of the instance.
    #[error("the user has no administrator roles for this")]
    UnknownAdministrator,
    /// The instance already has an administrator.
    #[error(
        "there is an administrator already; if none of them has access, run jeton admin recover on the server"
    )]
    AlreadyBootstrapped,
    /// The last `IAM_OWNER` would be lost, and no API call could restore it.
    #[error("this would leave the instance without an administrator; assign IAM_OWNER to another user first")]
    LastOwner,
    /// The user is already active.
    #[error("the user is already active")]
    AlreadyActive,
    /// More than [`CREDENTIALS_MAX`].
    #[error("it has {CREDENTIALS_MAX} live credentials of this kind; revoke one that is no longer used")]
    TooManyCredentials,
    /// The expiry has passed.
    #[error("the expiration date lies in the past")]
    ExpiryInThePast,
    /// The credential is already revoked.
    #[error("the secret is already revoked")]
    AlreadyRevoked,
    /// The user has no client secret that could be revoked.
    #[error("the user has no client secret")]
    NoCredential,
    /// Another API is named by this URI.
    #[error("another API has this resource URI")]
    ResourceTaken,
    /// The operation is for service users only.
    #[error("this is an application, not a user")]
    NotAServiceUser,
    /// The project has no role with this key.
    #[error("the project has no such role; add it to the project first")]
    UnknownRole,
    /// The project already has a role with this key.
    #[error("the project has a role with this key")]
    RoleTaken,
    /// The grantee is the project's own organization.
    #[error("the project belongs to this organization, so it can't be granted to it")]
    OwnOrganization,
    /// The project is already granted to this organization.
    #[error("the project is granted to this organization; change that grant")]
    ProjectGrantTaken,
    /// The project is not granted to this organization.
    #[error("the project is not granted to this organization")]
    UnknownProjectGrant,
    /// The project's grant to the user's organization lacks a role.
    #[error(
        "the project's grant to the user's organization does not have this role; add it to the grant first"
    )]
    RoleNotGranted,
    /// The user already has an authorization for this project.
    #[error("the user has an authorization for this project; change that one")]
    AuthorizationTaken,
    /// The user has no authorization with this id.
    #[error("there is no such authorization")]
    UnknownAuthorization,
    /// The maximal number of entries of an object is reached.
    #[error("too many: at most {0}")]
    TooMany(usize),
    /// The maximal size of an object with all its entries is reached.
    #[error(
        "too much: one user with its credentials, roles and metadata, or one project with its roles, may have 1 MiB"
    )]
    TooLarge,
    /// The user has no metadata under this key.
    #[error("the user has no metadata with this key")]
    UnknownMetadata,
    /// No signing key has this id.
    #[error("there is no such signing key")]
    UnknownSigningKey,
    /// The state of the signing key forbids the operation.
    #[error("the signing key is {0}, so this is not possible")]
    SigningKeyState(&'static str),
    /// No token key has this id.
    #[error("there is no such token key")]
    UnknownTokenKey,
    /// The state of the token key forbids the operation.
    #[error("the token key is {0}, so this is not possible")]
    TokenKeyState(&'static str),
    /// The active key cannot be removed without a successor.
    #[error("no other key is ready to take its place; create one first")]
    NoNextSigningKey,
}
