//! What can be asked of the store, and what it answers: domain commands, never keys and values.
//!
//! This is the seam to the storage engine. Everything above it would work on another one.

use jeton_oauth::client::{Client, Credential, Others, Refusal, Revision, ServiceUser, Text};
use jeton_oauth::id::{ClientId, ClientName, ProjectId};
use jeton_oauth::scope::ScopeSet;
use jeton_oauth::time::{Lifetime, Timestamp};
use jeton_oauth::token::{Sequence, TokenKey};
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
}

/// An access token to be issued: the decision was made on facts read at `as_of`, and the writer
/// makes it again if they have changed since.
#[derive(Debug)]
pub struct IssueToken {
    /// Whose token.
    pub client: ClientId,
    /// What authenticated.
    pub credential: CredentialId,
    /// When.
    pub issued: Timestamp,
    /// Until when.
    pub expires: Timestamp,
    /// What it allows.
    pub scopes: ScopeSet,
    /// Digest of its secret.
    pub digest: TokenDigest,
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
        /// What it authenticates with.
        credential: Credential,
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
        /// Credentials that ended longer ago are forgotten.
        token_lifetime_max: Lifetime,
    },
    /// Revoke one credential and the tokens that it obtained.
    RevokeCredential(CredentialId),
    /// Revoke all credentials and the tokens that they obtained.
    RevokeCredentials,
    /// Revoke all tokens that one credential obtained.
    RevokeTokensOf(CredentialId),
    /// Revoke all tokens.
    RevokeTokens,
}

impl Update {
    /// The client's new facts. `next` is the sequence of the next token.
    ///
    /// # Errors
    /// The transition's [`Refusal`].
    pub(crate) fn decide(self, client: Client, next: Sequence, now: Timestamp) -> Result<Client, Refusal> {
        match self {
            Self::Deactivate => client.deactivate(now),
            Self::Reactivate => client.reactivate(now),
            Self::AddCredential { credential, others, token_lifetime_max } => {
                client.add_credential(credential, others, token_lifetime_max, now)
            }
            Self::RevokeCredential(id) => client.revoke_credential(id, now),
            Self::RevokeCredentials => client.revoke_credentials(now),
            Self::RevokeTokensOf(id) => client.revoke_tokens_of(id, next, now),
            Self::RevokeTokens => Ok(client.revoke_tokens(next, now)),
        }
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
