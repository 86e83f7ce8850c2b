//! The parties that work is done for, their bounds, and the refusals at these.

use jeton_domain::id::{ClientId, OrganizationId};

/// The party that work is done for; the operator has neither organization nor id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Party {
    /// The organization of the caller.
    pub organization: Option<OrganizationId>,
    /// The client id of the caller.
    pub client: Option<ClientId>,
}

/// Bounds for one party.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// Maximum amount of running work; more waits.
    pub running_max: usize,
    /// Maximum amount of waiting work; more is refused.
    pub waiting_max: usize,
}

/// A refusal to accept work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too much work of this party waits.
    #[error("too many calls of this caller wait; send fewer at the same time")]
    Share,
    /// Too much work waits in all.
    #[error("too many calls wait; try again in a second")]
    Full,
    /// The server stops.
    #[error("the server stops")]
    Stopping,
}
