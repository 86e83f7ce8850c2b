//! Refused changes, by reason. The operator must act.

use crate::limits::{CREDENTIALS_MAX, TOKEN_LIFETIME_MAX};

/// A change that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No client has this id or name.
    #[error("there is no such user or application")]
    UnknownClient,
    /// The client has no credential with this id.
    #[error("it has no secret with this id")]
    UnknownCredential,
    /// Another client has this name.
    #[error("this username is taken")]
    NameTaken,
    /// Something that was deleted or renamed had this name, and tokens that name it may live.
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
    /// Deactivating twice.
    #[error("the user is already inactive")]
    AlreadyInactive,
    /// Only an active client can be given this.
    #[error("the user is inactive or locked; reactivate or unlock it first")]
    Inactive,
    /// Locking one that is not active.
    #[error("the user is not active, so it can't be locked")]
    NotLockable,
    /// Unlocking one that is not locked.
    #[error("the user is not locked")]
    NotLocked,
    /// Locked is left by unlocking.
    #[error("the user is locked; unlock it first")]
    Locked,
    /// The facts have changed since the caller read them.
    #[error("somebody else changed it since you read it; read it again and repeat your change")]
    Stale,
    /// No organization has this id.
    #[error("there is no such organization")]
    UnknownOrganization,
    /// Another organization has this name or domain.
    #[error("another organization has this name")]
    OrganizationTaken,
    /// The default organization and the two first projects are needed.
    #[error("{0} can't be deleted or deactivated: the instance needs it")]
    Needed(&'static str),
    /// Deactivating or activating what is so already.
    #[error("it is already {0}")]
    AlreadySo(&'static str),
    /// The user administers this already.
    #[error("the user has administrator roles for this already; change those")]
    AdministratorTaken,
    /// The user does not administer this.
    #[error("the user has no administrator roles for this")]
    UnknownAdministrator,
    /// There is an administrator of the instance.
    #[error(
        "there is an administrator already; if nobody can act as one, run jeton admin recover on the machine"
    )]
    AlreadyBootstrapped,
    /// Nobody could undo it.
    #[error("this would leave the instance without an administrator; appoint another IAM_OWNER first")]
    LastOwner,
    /// Reactivating an active client.
    #[error("the user is already active")]
    AlreadyActive,
    /// More than [`CREDENTIALS_MAX`].
    #[error("it has {CREDENTIALS_MAX} live credentials of this kind; revoke one that is no longer used")]
    TooManyCredentials,
    /// An expiry that has passed.
    #[error("the expiration date lies in the past")]
    ExpiryInThePast,
    /// Revoking twice.
    #[error("the secret is already revoked")]
    AlreadyRevoked,
    /// No credential left to take away.
    #[error("the user has no client secret")]
    NoCredential,
    /// Another API is named by this URI.
    #[error("another API has this resource URI")]
    ResourceTaken,
    /// Only service users have this.
    #[error("this is an application, not a user")]
    NotAServiceUser,
    /// The project has no role of this name.
    #[error("the project has no such role; add it to the project first")]
    UnknownRole,
    /// The project has a role of this name already.
    #[error("the project has a role with this key")]
    RoleTaken,
    /// A project's own organization needs no grant.
    #[error("the project belongs to this organization, so it can't be granted to it")]
    OwnOrganization,
    /// The project is granted to this organization already.
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
    /// The user is authorized for this project already.
    #[error("the user has an authorization for this project; change that one")]
    AuthorizationTaken,
    /// The user has no authorization with this id.
    #[error("there is no such authorization")]
    UnknownAuthorization,
    /// A bound on what one thing can have.
    #[error("too many: at most {0}")]
    TooMany(usize),
    /// All that one thing has together.
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
    /// The signing key is not in a state for this.
    #[error("the signing key is {0}, so this can't be done to it")]
    SigningKeyState(&'static str),
    /// No token key has this id.
    #[error("there is no such token key")]
    UnknownTokenKey,
    /// The token key is not in a state for this.
    #[error("the token key is {0}, so this can't be done to it")]
    TokenKeyState(&'static str),
    /// Removing the active key needs one that takes its place.
    #[error("no other key is ready to take its place; create one first")]
    NoNextSigningKey,
}
