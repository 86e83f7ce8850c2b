//! The outcome of a command.

use crate::client::Client;
use crate::organization::Organization;
use crate::project::Project;
use crate::signing::SigningKeys;
use crate::token_key::TokenKeys;
use std::sync::Arc;

/// The result of a durable command.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// True if the token was not revoked before.
    TokenRevoked(bool),
    /// The client after the command, or before it if the command deletes the client.
    Client(Arc<Client>),
    /// The service users that were created.
    Clients(Vec<Arc<Client>>),
    /// The organization after the command, or before it if the command deletes the organization.
    Organization(Arc<Organization>),
    /// The project after the command.
    Project(Arc<Project>),
    /// The token keys after the command.
    TokenKeys(Arc<TokenKeys>),
    /// The signing keys after the command.
    SigningKeys(Arc<SigningKeys>),
    /// Applied, with nothing to return.
    Noted,
}
