//! The commands that the store takes and their answers, in terms of the domain and never as keys and
//! values.
//!
//! This is the boundary to the storage engine. Everything above it would work on another one.

use jeton_domain::admin::{AdminCommand, Outcome, Principal, RevokedToken, Right};
use jeton_domain::event::Entry;
use jeton_domain::id::{ClientId, OrganizationId};
use jeton_domain::refusal::OperationError;
use jeton_domain::time::Timestamp;
use jeton_secret::CredentialId;

/// A change to the store. One that another server overtook is decided again.
#[derive(Debug, Clone)]
pub enum Command {
    /// Revoke one token, for its owning client.
    RevokeToken(RevokedToken),
    /// Revoke the personal access token that its bearer presented.
    RevokePersonalAccessToken {
        /// The owning client.
        client: ClientId,
        /// The credential of the token.
        credential: CredentialId,
        /// The time of the revocation.
        now: Timestamp,
    },
    /// Use an assertion up, without issuing a token.
    UseAssertion(UsedAssertion),
    /// Remember the use of a credential.
    NoteUse {
        /// The used credential.
        credential: CredentialId,
        /// The time of the use.
        at: Timestamp,
    },
    /// Write remembered uses now, so that a listing shows them.
    FlushUses,
    /// An administrator's command.
    Administer(Box<AdminCommand>),
    /// Ask if an actor has these rights now. Nothing changes.
    AskAgain {
        /// The actor.
        by: Principal,
        /// The rights that it needs.
        rights: Vec<Right>,
    },
    /// Record security events in the audit trail.
    Observe {
        /// The events, each with the organization that it concerns.
        entries: Vec<(Option<OrganizationId>, Entry)>,
        /// The time of the recording.
        now: Timestamp,
    },
}

/// An assertion that may be used only once, and is used now.
#[derive(Debug, Clone, Copy)]
pub struct UsedAssertion {
    /// The client that it authenticates.
    pub client: ClientId,
    /// Digest of the client and the `jti`.
    pub digest: [u8; 16],
    /// The end of its validity.
    pub until: Timestamp,
}

/// The reason for which a command had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The command is refused by a rule, or for lack of a right.
    #[error(transparent)]
    Refused(OperationError),
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

impl From<OperationError> for CommandError {
    fn from(refusal: OperationError) -> Self {
        match refusal {
            OperationError::FactsUnavailable => Self::Unavailable,
            refusal => Self::Refused(refusal),
        }
    }
}

/// A command that was applied.
#[derive(Debug, Clone)]
pub struct Applied {
    /// Its outcome.
    pub outcome: Outcome,
    /// The rights of the actor that were checked.
    pub rights: Vec<Right>,
}

impl From<Outcome> for Applied {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, rights: Vec::new() }
    }
}

/// The answer to one command.
pub type CommandResult = Result<Applied, CommandError>;

/// Commands that are answered together: one message to the writer, one message back.
pub struct CommandBatch {
    pub(crate) commands: Vec<Command>,
    pub(crate) reply: Box<dyn FnOnce(Vec<CommandResult>) + Send>,
}

impl CommandBatch {
    /// A batch of commands, and the function that takes their answers. It is called after the commands
    /// are durable, with the answers in the order of the commands. `reply` runs on the writer's thread
    /// and must not block.
    pub fn new(commands: Vec<Command>, reply: impl FnOnce(Vec<CommandResult>) + Send + 'static) -> Self {
        Self { commands, reply: Box::new(reply) }
    }

    /// True if no command in it has to be durable when it is answered.
    pub(crate) fn only_notes_uses(&self) -> bool {
        self.commands.iter().all(|command| matches!(command, Command::NoteUse { .. }))
    }

    /// Gives all commands the same rejection.
    pub(crate) fn reject(self, rejection: CommandError) {
        let answers = self.commands.iter().map(|_| Err(rejection)).collect();
        (self.reply)(answers);
    }
}

impl std::fmt::Debug for CommandBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommandBatch").field("commands", &self.commands).finish_non_exhaustive()
    }
}
