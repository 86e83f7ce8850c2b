//! The filters of `ListUsers`.

use super::ApiError;
use super::text_match::Method;
use jeton_oauth::client::{Client, ClientState};
use serde::Deserialize;

/// Filters inside each other at most.
const DEPTH_MAX: usize = 8;
/// Filters or ids beside each other at most.
const WIDTH_MAX: usize = 1000;

/// One filter; exactly one member is set. Unknown filters are refused, because ignoring one would
/// show more than was asked for.
#[derive(Debug, Deserialize)]
pub(super) enum Query {
    #[serde(rename = "userNameQuery")]
    UserName(NameQuery),
    #[serde(rename = "loginNameQuery")]
    LoginName(LoginNameQuery),
    #[serde(rename = "displayNameQuery")]
    DisplayName(DisplayNameQuery),
    #[serde(rename = "typeQuery")]
    Type { r#type: Type },
    #[serde(rename = "stateQuery")]
    State { state: State },
    #[serde(rename = "inUserIdsQuery", rename_all = "camelCase")]
    InUserIds {
        #[serde(default)]
        user_ids: Vec<String>,
    },
    #[serde(rename = "organizationIdQuery", rename_all = "camelCase")]
    OrganizationId { organization_id: String },
    #[serde(rename = "orQuery")]
    Or {
        #[serde(default)]
        queries: Vec<Query>,
    },
    #[serde(rename = "andQuery")]
    And {
        #[serde(default)]
        queries: Vec<Query>,
    },
    #[serde(rename = "notQuery")]
    Not { query: Box<Query> },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NameQuery {
    #[serde(default)]
    user_name: String,
    #[serde(default)]
    method: Method,
}

/// The login name of a machine user is its username.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoginNameQuery {
    #[serde(default)]
    login_name: String,
    #[serde(default)]
    method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Type {
    #[serde(rename = "TYPE_HUMAN")]
    Human,
    #[serde(rename = "TYPE_MACHINE")]
    Machine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum State {
    #[serde(rename = "USER_STATE_ACTIVE")]
    Active,
    #[serde(rename = "USER_STATE_INACTIVE")]
    Inactive,
    #[serde(rename = "USER_STATE_LOCKED")]
    Locked,
    /// A state that no user is in that is listed.
    #[serde(rename = "USER_STATE_DELETED", alias = "USER_STATE_INITIAL")]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DisplayNameQuery {
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    method: Method,
}

impl Query {
    /// The only usernames or ids that can match, when it says so by itself.
    pub(super) fn names_exactly(&self) -> Option<Vec<&str>> {
        match self {
            Self::InUserIds { user_ids } => Some(user_ids.iter().map(String::as_str).collect()),
            Self::UserName(NameQuery {
                user_name: name,
                method: Method::Equals | Method::EqualsIgnoreCase,
            })
            | Self::LoginName(LoginNameQuery {
                login_name: name,
                method: Method::Equals | Method::EqualsIgnoreCase,
            }) => Some(vec![name]),
            _ => None,
        }
    }

    /// Whether it is small enough to be evaluated for every user, and means something.
    pub(super) fn check(&self, place: &str, depth: usize) -> Result<(), ApiError> {
        if depth >= DEPTH_MAX {
            return Err(ApiError::invalid(format!(
                "{place}: filters must be nested at most {DEPTH_MAX} deep"
            )));
        }
        let deeper = depth.saturating_add(1);
        let width = match self {
            Self::Or { queries } | Self::And { queries } => {
                queries.iter().try_for_each(|query| query.check(place, deeper))?;
                queries.len()
            }
            Self::Not { query } => {
                query.check(place, deeper)?;
                1
            }
            Self::InUserIds { user_ids } => user_ids.len(),
            Self::UserName(_)
            | Self::LoginName(_)
            | Self::DisplayName(_)
            | Self::Type { .. }
            | Self::State { .. }
            | Self::OrganizationId { .. } => 1,
        };
        if width > WIDTH_MAX {
            return Err(ApiError::invalid(format!("{place}: must have at most {WIDTH_MAX} members")));
        }
        Ok(())
    }

    pub(super) fn matches(&self, client: &Client) -> bool {
        match self {
            Self::LoginName(query) => query.method.matches(client.name.as_str(), &query.login_name),
            Self::UserName(query) => query.method.matches(client.name.as_str(), &query.user_name),
            Self::DisplayName(query) => client
                .service_user()
                .is_some_and(|user| query.method.matches(user.name.as_str(), &query.display_name)),
            Self::Type { r#type } => *r#type == Type::Machine,
            Self::State { state } => match client.state {
                ClientState::Active => *state == State::Active,
                ClientState::Inactive => *state == State::Inactive,
                ClientState::Locked => *state == State::Locked,
            },
            Self::InUserIds { user_ids } => {
                let id = client.id.to_string();
                user_ids.contains(&id)
            }
            Self::OrganizationId { organization_id } => *organization_id == client.organization.to_string(),
            Self::Or { queries } => queries.iter().any(|query| query.matches(client)),
            Self::And { queries } => queries.iter().all(|query| query.matches(client)),
            Self::Not { query } => !query.matches(client),
        }
    }
}
