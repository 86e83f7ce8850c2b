//! Administration: the commands, and what each of them does, as pure functions.
//!
//! A command is *decided* on facts that the store has loaded: [`Decide::decide`] checks the actor's
//! rights and the rules, and returns a [`Decision`], which has the outcome, the changes of the store, and
//! the events of the audit trail, or an [`OperationError`]. The store writes what a decision says and
//! decides nothing.

#![deny(clippy::wildcard_enum_match_arm)]

mod again;
mod authorizations;
mod client_events;
mod client_update;
mod clients;
mod command;
mod context;
mod decision;
mod facts;
mod keys;
mod names;
mod new_clients;
mod organizations;
mod outcome;
mod project_grants;
mod projects;
mod right;
mod tokens;
mod unreadable;

pub use again::AskAgain;
pub use client_update::{ClientUpdate, PastNeeded};
pub use clients::{DeleteClient, DeleteFacts, UpdateAsks, UpdateClient, UpdateFacts};
pub use command::*;
pub use context::{BearerFacts, CommandContext, Situation};
pub use decision::{Change, Decision, DecisionParts, NewEvent, PastFacts};
pub use facts::Record;
pub use names::{FreeName, NameFacts};
pub use new_clients::{
    Bootstrap, BootstrapFacts, CreateApi, CreateApiFacts, CreateServiceUsers, NewUserFacts,
};
pub use organizations::{ChangeOrganization, CreateOrganization, CreateOrganizationFacts, OrganizationFacts};
pub use outcome::Outcome;
pub use project_grants::ChangeProjectGrant;
pub use projects::{ChangeProject, ProjectFacts};
pub use right::Right;
pub use tokens::{
    CredentialFacts, LeakFacts, RevokeOwnPersonalAccessToken, RevokeOwnToken, RevokeToken, RevokedRows,
    TokenFacts,
};
pub use unreadable::{Home, HomeFacts};

use crate::refusal::OperationError;

/// A command that can be decided.
pub trait Decide {
    /// The facts on which it is decided: all that it needs to know of the store.
    type Facts;

    /// Decides the command.
    ///
    /// # Errors
    /// The first [`OperationError`], by which nothing changes.
    fn decide(self, facts: &Self::Facts, context: &CommandContext) -> Result<Decision, OperationError>;
}

#[cfg(test)]
mod tests;
