//! Changes of existing clients.

use crate::client::{Changed, Client};
use crate::credential::{Credential, CredentialKind, ExistingCredentials, PastCredential};
use crate::generation::Generation;
use crate::id::{AuthorizationId, ClientName, EventId};
use crate::permission::{AdminRole, AdminScope};
use crate::refusal::OperationError;
use crate::role::RoleKey;
use crate::service_user::{Authorization, Edit};
use crate::text::Text;
use crate::time::Moment;
use jeton_secret::CredentialId;

/// A change of an existing client.
#[derive(Debug, Clone)]
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

impl ClientUpdate {
    /// The changed client, and the changes of its past credentials, of which `past` is the part that
    /// [`ClientUpdate::past`] names. `mark` ends the tokens issued so far, where the update requires it;
    /// `event_id` is that of this command.
    ///
    /// # Errors
    /// The transition's [`OperationError`].
    pub(super) fn decide(
        self,
        client: Client,
        past: Vec<PastCredential>,
        mark: Generation,
        event_id: EventId,
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
                client.change_service_user(wall, |user| user.authorize(Authorization { event_id, ..new }))
            }
            Self::Reauthorize(id, roles) => {
                client.change_service_user(wall, |user| user.reauthorize(id, roles, wall, event_id))
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
