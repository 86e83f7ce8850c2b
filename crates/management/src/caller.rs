//! Callers: their permissions, and the party that their calls are done for.

use crate::pool::Party;
use jeton_domain::admin::{Bearer, Principal};
use jeton_domain::client::Client;
use jeton_domain::id::ClientId;
use jeton_domain::permission::{AdminScope, Permission, ResourcePath};
use std::sync::Arc;

/// The caller.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A user of the operator's socket or of the data directory: owner of the instance.
    Operator,
    /// The bearer of an access token for the management API.
    Bearer(Arc<Client>, Bearer),
}

impl Caller {
    /// True if it has this right there.
    pub fn may(&self, permission: Permission, place: ResourcePath) -> bool {
        match self {
            Self::Operator => true,
            Self::Bearer(client, _) => client.may(permission, place),
        }
    }

    /// True if it has this right anywhere.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        match self {
            Self::Operator => true,
            Self::Bearer(client, _) => client.may_somewhere(permission),
        }
    }

    /// The realms that it administers.
    pub(super) fn realms(&self) -> impl Iterator<Item = AdminScope> {
        let user = match self {
            Self::Operator => None,
            Self::Bearer(client, _) => client.service_user(),
        };
        user.into_iter().flat_map(|user| &user.administrations).map(|administration| administration.realm)
    }

    /// True if it has any right at all.
    pub fn is_administrator(&self) -> bool {
        Permission::ALL.iter().any(|permission| self.may_somewhere(*permission))
    }

    /// Its id; the operator has none.
    pub fn client(&self) -> Option<ClientId> {
        match self {
            Self::Operator => None,
            Self::Bearer(client, _) => Some(client.id),
        }
    }

    /// The party that its calls are done for.
    pub fn party(&self) -> Party {
        match self {
            Self::Operator => Party::default(),
            Self::Bearer(client, _) => {
                Party { organization: Some(client.organization), client: Some(client.id) }
            }
        }
    }

    pub(super) const fn principal(&self) -> Principal {
        match self {
            Self::Operator => Principal::Operator,
            Self::Bearer(_, bearer) => Principal::Bearer(*bearer),
        }
    }
}
