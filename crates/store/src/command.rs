//! What can be asked of the store, and what it answers: domain commands, never keys and values.
//!
//! This is the seam to the storage engine. Everything above it would work on another one.

use crate::act::{Act, Authority};
use crate::rights::Right;
use crate::unreadable::UnreadableRecord;
use jeton_domain::client::Client;
use jeton_domain::event::Entry;
use jeton_domain::id::{ClientId, OrganizationId};
use jeton_domain::organization::Organization;
use jeton_domain::permission::Permission;
use jeton_domain::project::Project;
use jeton_domain::refusal::Refusal;
use jeton_domain::signing::SigningKeys;
use jeton_domain::time::{Moment, Timestamp};
use jeton_domain::token_key::TokenKeys;
use jeton_secret::{CredentialId, TokenName};
use std::sync::Arc;

/// A change to the store.
#[derive(Debug)]
pub enum Command {
    /// Revoke one token, for the client whose it is.
    RevokeToken(RevokedToken),
    /// Revoke the personal access token with which its bearer came.
    RevokePersonalAccessToken {
        /// The owning client.
        client: ClientId,
        /// The credential that it is.
        credential: CredentialId,
        /// The time of the revocation.
        now: Timestamp,
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
    /// Administer.
    Administer(Box<Act>),
    /// Ask whether an actor has these rights now; nothing changes.
    AskAgain {
        /// The actor.
        by: Authority,
        /// The rights that it needs.
        rights: Vec<Right>,
    },
    /// Note security events in the audit trail.
    Observe {
        /// What was seen.
        entries: Vec<(Option<OrganizationId>, Entry)>,
        /// When.
        now: Timestamp,
    },
}

/// An access token that is to be revoked alone.
#[derive(Debug, Clone, Copy)]
pub struct RevokedToken {
    /// Its client.
    pub client: ClientId,
    /// The credential that obtained it.
    pub credential: CredentialId,
    /// Its name.
    pub name: TokenName,
    /// The time of issue.
    pub issued: Moment,
    /// When it expires.
    pub expires: Timestamp,
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

/// What a durable command answers.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// True if the token was not revoked before.
    TokenRevoked(bool),
    /// The client as it is now; as it was when it is deleted.
    Client(Arc<Client>),
    /// The service users that were created.
    Clients(Vec<Arc<Client>>),
    /// The organization as it is now; as it was when it is deleted.
    Organization(Arc<Organization>),
    /// The project as it is now.
    Project(Arc<Project>),
    /// The token keys as they are now.
    TokenKeys(Arc<TokenKeys>),
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
    /// The actor has no right to do this.
    #[error("no permission")]
    NotPermitted(Permission),
    /// The actor's token is over, or its client is.
    #[error("the access token is no longer valid")]
    TokenEnded,
    /// The assertion was used before.
    #[error("the assertion was used before")]
    AssertionUsed,
    /// No further assertion can be remembered, so none is accepted.
    #[error("too many assertions are remembered")]
    TooManyAssertions,
    /// A record that the command needs can't be read.
    #[error(transparent)]
    Unreadable(UnreadableRecord),
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

    /// Whether nothing in it has to be durable when it is answered.
    pub(crate) fn only_notes_uses(&self) -> bool {
        self.commands.iter().all(|command| matches!(command, Command::NoteUse { .. }))
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
