//! Administration inside a transaction: the facts of a command are loaded, [`jeton_domain::admin`] decides,
//! and the decision is written.
//!
//! Nothing here has a rule: [`load`] reads what a decision asks for, [`apply`] writes what it says. A
//! command is either refused before anything is written, or applied and recorded.

mod apply;
mod clients;
mod facts;
mod load;
mod objects;
mod past;
pub(crate) mod revocations;

use crate::batch::Batch;
use crate::command::Applied;
use crate::fault::{EngineError, TransactionError};
use jeton_domain::admin::{
    AdminCommand, AskAgain, Bootstrap, ChangeOrganization, ChangeProject, ChangeProjectGrant,
    ClientOperation, CommandContext, CreateApi, CreateOrganization, CreateServiceUsers, Decide, DeleteClient,
    FreeName, Operation, OrganizationOperation, Principal, RevokeOwnPersonalAccessToken, RevokeOwnToken,
    RevokeToken, RevokedToken, Right, Situation, UpdateClient,
};
use jeton_domain::client::Api;
use jeton_domain::event::Actor;
use jeton_domain::id::{ClientId, EventId};
use jeton_domain::time::{Moment, Timestamp};
use jeton_secret::CredentialId;
use std::sync::Arc;

/// A command whose facts can be loaded.
trait Load: Decide {
    /// Reads the facts that the command asks for.
    fn load(&self, batch: &Batch<'_>, context: &CommandContext) -> Result<Self::Facts, EngineError>;
}

impl Batch<'_> {
    /// Executes an administrator's command.
    pub(crate) fn administer(&mut self, command: AdminCommand) -> Result<Applied, TransactionError> {
        let AdminCommand { by, operation, expected, now } = command;
        let context = self.context(by, expected, now)?;
        match operation {
            Operation::CreateServiceUsers(users) => self.perform(context, CreateServiceUsers(users)),
            Operation::Client(id, ClientOperation::CreateApi { name, project, resource, credential }) => {
                self.perform(context, CreateApi { id, api: Api { name, project, resource }, credential })
            }
            Operation::Client(id, ClientOperation::Update(update)) => {
                self.perform(context, UpdateClient { id, update })
            }
            Operation::Client(id, ClientOperation::Delete) => self.perform(context, DeleteClient(id)),
            Operation::Bootstrap(user, token) => self.perform(context, Bootstrap { user: *user, token }),
            Operation::Project(id, operation) => self.perform(context, ChangeProject { id, operation }),
            Operation::ProjectGrant(id, to, operation) => {
                self.perform(context, ChangeProjectGrant { id, to, operation })
            }
            Operation::Organization(id, OrganizationOperation::Create(name, administrators)) => {
                self.perform(context, CreateOrganization { id, name, administrators })
            }
            Operation::Organization(id, operation) => {
                self.perform(context, ChangeOrganization { id, operation })
            }
            Operation::SigningKeys(change) => self.perform(context, change),
            Operation::TokenKeys(change) => self.perform(context, change),
            Operation::RevokeToken(token) => self.perform(context, RevokeToken(token)),
            Operation::Leak(leak) => self.perform(context, leak),
            Operation::FreeName(name) => self.perform(context, FreeName(name)),
        }
    }

    /// Revokes a token for its owning client.
    pub(crate) fn revoke_own(&mut self, token: RevokedToken) -> Result<Applied, TransactionError> {
        let actor = Actor::Client(token.client, token.credential);
        let context = CommandContext::of_itself(actor, self.situation(self.now.wall));
        self.perform(context, RevokeOwnToken(token))
    }

    /// Revokes the personal access token that its bearer presented.
    pub(crate) fn revoke_own_token(
        &mut self,
        client: ClientId,
        credential: CredentialId,
        now: Timestamp,
    ) -> Result<Applied, TransactionError> {
        let context = CommandContext::of_itself(Actor::Client(client, credential), self.situation(now));
        self.perform(context, RevokeOwnPersonalAccessToken { client, credential })
    }

    /// Checks again that an actor has these rights, and that its token is still valid.
    pub(crate) fn ask_again(&mut self, by: Principal, rights: &[Right]) -> Result<Applied, TransactionError> {
        let context = self.context(by, None, self.now.wall)?;
        self.perform(context, AskAgain(rights))
    }

    /// Loads, decides, writes.
    fn perform(&mut self, context: CommandContext, command: impl Load) -> Result<Applied, TransactionError> {
        let facts = command.load(self, &context)?;
        let decision = command.decide(&facts, &context)?;
        // Otherwise the instance would be copied to be changed.
        drop(context);
        self.commit_decision(decision)
    }

    /// The context of a command by this authority, if its token is still valid.
    fn context(
        &self,
        by: Principal,
        expected: Option<EventId>,
        now: Timestamp,
    ) -> Result<CommandContext, TransactionError> {
        let facts = match &by {
            Principal::Operator | Principal::System => None,
            Principal::Bearer(bearer) => Some(self.bearer_facts(bearer)?),
        };
        Ok(by.context(facts, expected, self.situation(now))?)
    }

    fn situation(&self, now: Timestamp) -> Situation {
        Situation {
            now: Moment { wall: now, careful: self.now.careful },
            committed: self.now,
            event_id: self.state.trail.next,
            newest: self.state.newest,
            instance: Arc::clone(&self.state.instance),
        }
    }
}
