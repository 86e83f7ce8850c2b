//! The filters of `ListUsers`.

use super::ApiError;
use super::text_match::Method;
use jeton_oauth::client::{Client, ClientState};
use schemars::JsonSchema;
use serde::Deserialize;

/// Filters inside each other at most.
const DEPTH_MAX: usize = 8;
/// Filters or ids beside each other at most.
const WIDTH_MAX: usize = 1000;

/// One filter; exactly one member is set. Unknown filters are refused, because ignoring one would
/// show more than was asked for.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) enum Query {
    #[serde(rename = "userNameQuery")]
    UserName(NameQuery),
    #[serde(rename = "displayNameQuery")]
    DisplayName(DisplayNameQuery),
    #[serde(rename = "typeQuery")]
    Type { r#type: String },
    #[serde(rename = "stateQuery")]
    State { state: String },
    #[serde(rename = "inUserIdsQuery", rename_all = "camelCase")]
    InUserIds { user_ids: Vec<String> },
    #[serde(rename = "organizationIdQuery", rename_all = "camelCase")]
    OrganizationId { organization_id: String },
    #[serde(rename = "orQuery")]
    Or { queries: Vec<Query> },
    #[serde(rename = "andQuery")]
    And { queries: Vec<Query> },
    #[serde(rename = "notQuery")]
    Not { query: Box<Query> },
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NameQuery {
    user_name: String,
    #[serde(default)]
    method: Method,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DisplayNameQuery {
    display_name: String,
    #[serde(default)]
    method: Method,
}

impl Query {
    /// The only usernames or ids that can match, when it says so by itself.
    pub(super) fn names_exactly(&self) -> Option<Vec<&str>> {
        match self {
            Self::InUserIds { user_ids } => Some(user_ids.iter().map(String::as_str).collect()),
            Self::UserName(NameQuery { user_name, method: Method::Equals | Method::EqualsIgnoreCase }) => {
                Some(vec![user_name])
            }
            _ => None,
        }
    }

    /// Whether it is small enough to be evaluated for every user, and means something.
    pub(super) fn check(&self, depth: usize) -> Result<(), ApiError> {
        if depth >= DEPTH_MAX {
            return Err(ApiError::invalid("queries are nested too deeply"));
        }
        let deeper = depth.saturating_add(1);
        let width = match self {
            Self::Or { queries } | Self::And { queries } => {
                queries.iter().try_for_each(|query| query.check(deeper))?;
                queries.len()
            }
            Self::Not { query } => {
                query.check(deeper)?;
                1
            }
            Self::InUserIds { user_ids } => user_ids.len(),
            Self::Type { r#type } => known(r#type, &["TYPE_MACHINE", "TYPE_HUMAN"], "typeQuery.type")?,
            Self::State { state } => known(
                state,
                &[
                    "USER_STATE_ACTIVE",
                    "USER_STATE_INACTIVE",
                    "USER_STATE_LOCKED",
                    "USER_STATE_DELETED",
                    "USER_STATE_INITIAL",
                ],
                "stateQuery.state",
            )?,
            Self::UserName(_) | Self::DisplayName(_) | Self::OrganizationId { .. } => 1,
        };
        if width > WIDTH_MAX {
            return Err(ApiError::invalid("a query has too many members"));
        }
        Ok(())
    }

    pub(super) fn matches(&self, client: &Client) -> bool {
        match self {
            Self::UserName(query) => query.method.matches(client.name.as_str(), &query.user_name),
            Self::DisplayName(query) => client
                .service_user()
                .is_some_and(|user| query.method.matches(user.name.as_str(), &query.display_name)),
            Self::Type { r#type } => r#type == "TYPE_MACHINE",
            Self::State { state } => match client.state {
                ClientState::Active => state == "USER_STATE_ACTIVE",
                ClientState::Inactive => state == "USER_STATE_INACTIVE",
                ClientState::Locked => state == "USER_STATE_LOCKED",
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

fn known(value: &str, values: &[&str], member: &str) -> Result<usize, ApiError> {
    if values.contains(&value) {
        Ok(1)
    } else {
        Err(ApiError::invalid(format!("{member} has an unknown value")))
    }
}
