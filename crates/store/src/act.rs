//! Administrative acts: who does what. Each is decided, applied and recorded in one transaction.
//!
//! Every [`Deed`] needs a permission somewhere; the writer looks at the actor's own record when it applies the
//! deed, so a right or a token that was taken away meanwhile counts for nothing. See `administer.rs`.

use crate::command::RevokedToken;
use crate::retired::Name;
use crate::rights::Needed;
use jeton_domain::client::{Changed, Client};
use jeton_domain::credential::{Credential, CredentialKind, Others, PastCredential};
use jeton_domain::generation::Generation;
use jeton_domain::id::{
    ActNumber, AuthorizationId, ClientId, ClientName, OrganizationId, ProjectId, SigningKeyId, TokenKeyId,
};
use jeton_domain::permission::{AdminRole, Realm};
use jeton_domain::refusal::Refusal;
use jeton_domain::resource::Resource;
use jeton_domain::role::RoleKey;
use jeton_domain::service_user::{Authorization, Edit, ServiceUser};
use jeton_domain::signing::KeyChange;
use jeton_domain::text::Text;
use jeton_domain::time::{Moment, Timestamp};
use jeton_domain::token::Life;
use jeton_domain::token_key::TokenKeyChange;
use jeton_secret::CredentialId;

/// An administrative act.
#[derive(Debug)]
pub struct Act {
    /// By whose authority.
    pub by: Authority,
    /// What.
    pub deed: Deed,
    /// The act that changed its subject last, as far as the caller knows: another one is refused with
    /// [`Refusal::Stale`].
    pub expected: Option<ActNumber>,
    /// When.
    pub now: Timestamp,
    /// The rights that the writer asked for, as it notes them.
    pub needed: Needed,
}

/// By whose authority something is done.
#[derive(Debug, Clone, Copy)]
pub enum Authority {
    /// Whoever may use the operator's socket or the data directory: may everything.
    Operator,
    /// The server itself.
    System,
    /// The bearer of a token: may what its client's administrator roles allow.
    Bearer(Bearer),
}

/// Who presents an access token.
#[derive(Debug, Clone, Copy)]
pub struct Bearer {
    /// Whose token it is.
    pub client: ClientId,
    /// The credential that obtained it; the one that it is, of a personal access token.
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

/// What can be done.
#[derive(Debug)]
pub enum Deed {
    /// Create service users, all or none.
    CreateServiceUsers(Vec<NewServiceUser>),
    /// Do something to a client; for creation its id is the one that it shall have.
    Client(ClientId, Action),
    /// Create the first administrator of the instance, maybe with a personal access token.
    Bootstrap(Box<NewServiceUser>, Option<Credential>),
    /// Do something to a project.
    Project(ProjectId, ProjectAction),
    /// Do something to the grant of a project to another organization.
    ProjectGrant(ProjectId, OrganizationId, GrantAction),
    /// Do something to an organization.
    Organization(OrganizationId, OrganizationAction),
    /// Change the signing keys.
    SigningKeys(KeyChange),
    /// Change the token keys.
    TokenKeys(TokenKeyChange),
    /// Revoke one token.
    RevokeToken(RevokedToken),
    /// Stop what leaked, whoever it belongs to.
    Leak(Leak),
    /// Free the name of something that was deleted or renamed.
    FreeName(RetiredName),
}

/// A name that was retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetiredName {
    /// Of a service user.
    Username(ClientName),
    /// Of an API.
    Resource(Resource),
    /// Of an organization.
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

/// A service user to be created.
#[derive(Debug, Clone)]
pub struct NewServiceUser {
    /// The id that it shall have.
    pub id: ClientId,
    /// Who it belongs to.
    pub organization: OrganizationId,
    /// Its username.
    pub name: ClientName,
    /// The rest of it.
    pub user: ServiceUser,
}

/// What leaked.
#[derive(Debug, Clone, Copy)]
pub enum Leak {
    /// A client's credential; the tokens that it obtained go with it.
    Credential(ClientId, CredentialId),
    /// A token.
    Token(RevokedToken),
}

/// What to do to a client.
#[derive(Debug)]
pub enum Action {
    /// Create an API with its first credential.
    CreateApi {
        /// Its display name.
        name: Text,
        /// The project it belongs to.
        project: ProjectId,
        /// The URI by which requests name it.
        resource: Option<Resource>,
        /// What it authenticates with, if that is known already.
        credential: Option<Credential>,
    },
    /// Change one that exists.
    Update(Update),
    /// Delete it; its tokens are dead.
    Delete,
}

/// How a client that exists can change.
#[derive(Debug)]
pub enum Update {
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
        /// The new one.
        credential: Credential,
        /// What happens to the live ones.
        others: Others,
    },
    /// Revoke one credential and the tokens that it obtained.
    RevokeCredential(CredentialId),
    /// Revoke all client secrets and the tokens that they obtained.
    RevokeSecrets,
    /// Revoke all tokens that one credential obtained.
    RevokeTokensOf(CredentialId),
    /// Revoke all tokens.
    RevokeTokens,
    /// Change what a service user is.
    Edit {
        /// Its new username.
        username: Option<ClientName>,
        /// The rest.
        edit: Box<Edit>,
    },
    /// Rename an API.
    EditApi(Text),
    /// Grant roles.
    Authorize(Authorization),
    /// Change which.
    Reauthorize(AuthorizationId, Vec<RoleKey>),
    /// Have them count, or not.
    SwitchAuthorization(AuthorizationId, bool),
    /// Take them away.
    Unauthorize(AuthorizationId),
    /// Assign administrator roles.
    Appoint(Realm, Vec<AdminRole>),
    /// Change which.
    Reappoint(Realm, Vec<AdminRole>),
    /// Take them away.
    Dismiss(Realm),
    /// Note things about a service user, all or none.
    Note(Vec<(Text, Box<[u8]>)>),
    /// Remove notes, all or none.
    Forget(Vec<Text>),
}

/// What to do to a project.
#[derive(Debug)]
pub enum ProjectAction {
    /// Create it.
    Create {
        /// Who it shall belong to.
        organization: OrganizationId,
        /// The display name.
        name: Text,
        /// The rest.
        edit: ProjectEdit,
    },
    /// Change it.
    Edit(ProjectEdit),
    /// Have its APIs work, or not.
    Switch(bool),
    /// Delete it with its roles and APIs.
    Delete,
    /// Add a role.
    AddRole {
        /// What programs call it.
        key: RoleKey,
        /// What people call it.
        name: Text,
        /// Roles that belong together.
        group: Text,
    },
    /// Rename a role.
    EditRole {
        /// Which.
        key: RoleKey,
        /// What people call it from now on.
        name: Option<Text>,
        /// Roles that belong together.
        group: Option<Text>,
    },
    /// Take a role away, from everybody who has it.
    RemoveRole(RoleKey),
}

/// A change of a project's grant to another organization. Role keys are sorted, each once.
#[derive(Debug)]
pub enum GrantAction {
    /// Grant the project, with these roles.
    Create(Vec<RoleKey>),
    /// Replace the roles.
    Change(Vec<RoleKey>),
    /// Have it count, or not.
    Switch(bool),
    /// Take it away, with the authorizations that were given by it.
    Delete,
}

/// What is to be changed of a project; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ProjectEdit {
    /// The display name.
    pub name: Option<Text>,
    /// See [`jeton_domain::project::Project::asserts_roles`].
    pub asserts_roles: Option<bool>,
    /// See [`jeton_domain::project::Project::authorization_required`].
    pub authorization_required: Option<bool>,
    /// See [`jeton_domain::project::Project::access_required`].
    pub access_required: Option<bool>,
}

/// What to do to an organization.
#[derive(Debug)]
pub enum OrganizationAction {
    /// Create it, with users that exist as its administrators.
    Create(Text, Vec<(ClientId, Vec<AdminRole>)>),
    /// Rename it; its domain changes with it.
    Rename(Text),
    /// Have its users and APIs work, or not.
    Switch(bool),
    /// Delete it with everything that belongs to it.
    Delete,
    /// Note things about it, all or none.
    Note(Vec<(Text, Box<[u8]>)>),
    /// Remove notes, all or none.
    Forget(Vec<Text>),
}

impl Update {
    /// The client's new facts, and what changes in its past, of which `past` is the part that [`Update::past`] names.
    /// `mark` ends the tokens issued so far, where it is asked for; `act` is the number of this act.
    ///
    /// # Errors
    /// The transition's [`Refusal`].
    pub(crate) fn decide(
        self,
        client: Client,
        past: Vec<PastCredential>,
        mark: Generation,
        act: ActNumber,
        now: Moment,
    ) -> Result<Changed, Refusal> {
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
            Self::SwitchAuthorization(id, active) => {
                client.change_service_user(wall, |user| user.switch_authorization(id, active, wall))
            }
            Self::Unauthorize(id) => client.change_service_user(wall, |user| user.unauthorize(id)),
            Self::Appoint(realm, roles) => {
                client.change_service_user(wall, |user| user.appoint(realm, roles, wall))
            }
            Self::Reappoint(realm, roles) => {
                client.change_service_user(wall, |user| user.reappoint(realm, roles, wall))
            }
            Self::Dismiss(realm) => client.change_service_user(wall, |user| user.dismiss(realm)),
            Self::Note(notes) => client.change_service_user(wall, |user| {
                notes.into_iter().try_fold(user, |user, (key, value)| user.note(key, value))
            }),
            Self::Forget(keys) => client
                .change_service_user(wall, |user| keys.iter().try_fold(user, |user, key| user.forget(key))),
        };
        changed.map(Changed::from)
    }

    /// The part of the client's past that the decision needs.
    pub(crate) const fn past(&self) -> PastNeeded {
        match self {
            Self::RevokeCredential(id) | Self::RevokeTokensOf(id) => PastNeeded::One(*id),
            Self::RevokeSecrets => PastNeeded::All,
            _ => PastNeeded::None,
        }
    }

    /// True if it revokes all tokens issued so far.
    pub(crate) const fn sets_a_mark(&self) -> bool {
        matches!(self, Self::RevokeTokens | Self::RevokeTokensOf(_))
    }

    /// Whether it could leave the instance without somebody who may everything.
    pub(crate) const fn may_disarm(&self) -> bool {
        matches!(
            self,
            Self::Deactivate
                | Self::Lock
                | Self::Reappoint(Realm::Instance, _)
                | Self::Dismiss(Realm::Instance)
        )
    }
}

/// A part of a client's past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PastNeeded {
    None,
    One(CredentialId),
    All,
}

/// How the audit trail calls the making of a credential.
pub(crate) const fn kind_of_new(credential: &Credential) -> jeton_domain::event::EventKind {
    use jeton_domain::event::EventKind;
    match credential.kind {
        CredentialKind::Secret(_) => EventKind::SecretAdded,
        CredentialKind::Key(_) => EventKind::KeyAdded,
        CredentialKind::PersonalAccessToken(_) => EventKind::PersonalAccessTokenAdded,
    }
}
