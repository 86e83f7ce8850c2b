//! What can be asked of the store, and what it answers: domain commands, never keys and values.
//!
//! This is the seam to the storage engine. Everything above it would work on another one.

use jeton_oauth::client::{Client, Refusal, Revision, Text};
use jeton_oauth::credential::{Credential, Others};
use jeton_oauth::id::{AuthorizationId, ClientId, ClientName, ProjectId};
use jeton_oauth::project::{Project, Role, RoleKey};
use jeton_oauth::resource::Resource;
use jeton_oauth::service_user::{Authorization, Edit, ServiceUser};
use jeton_oauth::signing::{KeyChange, SigningKeys};
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::{AccessTokenFacts, Sequence, TokenKey};
use jeton_secret::{CredentialId, TokenDigest};
use std::sync::Arc;

/// A change to the store.
#[derive(Debug)]
pub enum Command {
    /// Issue an opaque access token.
    IssueToken(IssueToken),
    /// Revoke one token, if its digest is the one at this key.
    RevokeToken {
        /// Where the token should be.
        key: TokenKey,
        /// Digest of what was presented.
        digest: TokenDigest,
    },
    /// Revoke one JWT until it expires.
    RevokeJwt {
        /// When it expires.
        expires: Timestamp,
        /// The random part of its `jti`.
        name: [u8; 16],
    },
    /// Use an assertion up, without issuing anything.
    UseAssertion(UsedAssertion),
    /// Remember that a credential was used.
    NoteUse {
        /// Which.
        credential: CredentialId,
        /// When.
        at: Timestamp,
    },
    /// Write remembered uses now, so that a listing shows them.
    FlushUses,
    /// Administration: change a client.
    Administer(Change),
    /// Administration: give a service user a personal access token, which is a credential and the one
    /// token that it stands for.
    AddPersonalAccessToken {
        /// The credential.
        credential: Credential,
        /// The token.
        token: Box<IssueToken>,
    },
    /// Administration: change a project.
    ChangeProject(ProjectChange),
    /// Change the signing keys.
    ChangeSigningKeys {
        /// How.
        change: KeyChange,
        /// When.
        now: Timestamp,
    },
}

/// An assertion that works once, and is used now.
#[derive(Debug, Clone, Copy)]
pub struct UsedAssertion {
    /// Whose it is.
    pub client: ClientId,
    /// Digest of the client and the `jti`.
    pub digest: [u8; 16],
    /// Until when it would be valid.
    pub until: Timestamp,
}

/// An access token to be issued: the decision was made on facts read at `as_of`, and the writer
/// makes it again if they have changed since.
#[derive(Debug)]
pub struct IssueToken {
    /// What the token says.
    pub facts: AccessTokenFacts,
    /// Until when it lives.
    pub expires: Timestamp,
    /// Digest of its secret.
    pub digest: TokenDigest,
    /// The assertion that is used up by this.
    pub assertion: Option<UsedAssertion>,
    /// The revision of the facts that this was decided on.
    pub as_of: Revision,
}

/// A change to a client, made at `now`.
#[derive(Debug)]
pub struct Change {
    /// Which client; for creation the id it shall have.
    pub client: ClientId,
    /// What to do.
    pub action: Action,
    /// When.
    pub now: Timestamp,
}

/// What to do to a client.
#[derive(Debug)]
pub enum Action {
    /// Create a service user.
    CreateServiceUser {
        /// Its username.
        name: ClientName,
        /// The rest of it.
        user: ServiceUser,
    },
    /// Create an API with its first credential.
    CreateApi {
        /// Its display name.
        name: Text,
        /// The project it belongs to; the default project when there is none given.
        project: Option<ProjectId>,
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
    /// Grant roles.
    Authorize(Authorization),
    /// Change which.
    Reauthorize(AuthorizationId, Vec<RoleKey>),
    /// Take them away.
    Unauthorize(AuthorizationId),
    /// Note things about a service user, all or none.
    Note(Vec<(Text, Box<[u8]>)>),
    /// Remove notes, all or none.
    Forget(Vec<Text>),
}

/// A change to a project, made at `now`.
#[derive(Debug)]
pub struct ProjectChange {
    /// Which project; for creation the id it shall have.
    pub project: ProjectId,
    /// What to do.
    pub action: ProjectAction,
    /// When.
    pub now: Timestamp,
}

/// What to do to a project.
#[derive(Debug)]
pub enum ProjectAction {
    /// Create it.
    Create {
        /// The display name.
        name: Text,
        /// Whether roles are in tokens that don't ask for them.
        asserts_roles: bool,
    },
    /// Add a role.
    AddRole(Role),
    /// Take a role away, from everybody who has it.
    RemoveRole(RoleKey),
}

impl Update {
    /// The client's new facts. Tokens before `next` are those issued so far.
    ///
    /// # Errors
    /// The transition's [`Refusal`].
    pub(crate) fn decide(self, client: Client, next: Sequence, now: Timestamp) -> Result<Client, Refusal> {
        match self {
            Self::Deactivate => client.deactivate(now),
            Self::Reactivate => client.reactivate(now),
            Self::AddCredential { credential, others } => client.add_credential(credential, others, now),
            Self::RevokeCredential(id) => client.revoke_credential(id, now),
            Self::RevokeSecrets => client.revoke_secrets(now),
            Self::RevokeTokensOf(id) => client.revoke_tokens_of(id, next, now),
            Self::RevokeTokens => Ok(client.revoke_tokens(next, now)),
            Self::Edit { username, edit } => {
                let client = client.change_service_user(now, |user| Ok(user.edited(*edit)))?;
                Ok(Client { name: username.unwrap_or(client.name), ..client })
            }
            Self::Authorize(new) => client.change_service_user(now, |user| user.authorize(new)),
            Self::Reauthorize(id, roles) => {
                client.change_service_user(now, |user| user.reauthorize(id, roles, now))
            }
            Self::Unauthorize(id) => client.change_service_user(now, |user| user.unauthorize(id)),
            Self::Note(notes) => client.change_service_user(now, |user| {
                notes.into_iter().try_fold(user, |user, (key, value)| user.note(key, value))
            }),
            Self::Forget(keys) => client
                .change_service_user(now, |user| keys.iter().try_fold(user, |user, key| user.forget(key))),
        }
    }

    /// Whether it revokes tokens by their place in the order of issue.
    pub(crate) const fn draws_a_line(&self) -> bool {
        matches!(self, Self::RevokeTokens | Self::RevokeTokensOf(_))
    }
}

/// What a durable command answers.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The token's key: expiry and sequence.
    Issued(TokenKey),
    /// Whether there was a token to revoke.
    TokenRevoked(bool),
    /// The client as it is now; as it was when it is deleted.
    Client(Arc<Client>),
    /// The project as it is now.
    Project(Arc<Project>),
    /// The signing keys as they are now.
    SigningKeys(Arc<SigningKeys>),
    /// Done.
    Noted,
}

/// Why a command had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The operator's mistake.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The client or its credential is no longer what it was when the request authenticated.
    #[error("the client may no longer have a token")]
    NoLongerHolds,
    /// The assertion was used before.
    #[error("the assertion was used before")]
    AssertionUsed,
    /// No further assertion can be remembered, so none is accepted.
    #[error("too many assertions are remembered")]
    TooManyAssertions,
    /// Too many commands wait.
    #[error("too many requests wait for the store")]
    QueueFull,
    /// The store can't be written at the moment.
    #[error("the store is unavailable")]
    Unavailable,
}

/// What one command came to.
pub type Answer = Result<Outcome, Rejection>;

/// Commands that are answered together: one message to the writer, one message back.
pub struct Parcel {
    pub(crate) commands: Vec<Command>,
    pub(crate) reply: Box<dyn FnOnce(Vec<Answer>) + Send>,
}

impl Parcel {
    /// Commands and what to do with their answers, which come in the same order, after they are
    /// durable. `reply` runs on the writer's thread and must not block.
    pub fn new(commands: Vec<Command>, reply: impl FnOnce(Vec<Answer>) + Send + 'static) -> Self {
        Self { commands, reply: Box::new(reply) }
    }

    /// Answers all commands alike.
    pub(crate) fn reject(self, rejection: Rejection) {
        let answers = self.commands.iter().map(|_| Err(rejection)).collect();
        (self.reply)(answers);
    }
}

impl std::fmt::Debug for Parcel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parcel").field("commands", &self.commands).finish_non_exhaustive()
    }
}
