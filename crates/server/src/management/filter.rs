//! The filters of `ListUsers`.

use super::ApiError;
use jeton_oauth::client::{Client, ClientState};
use serde::Deserialize;

/// Filters inside each other at most.
const DEPTH_MAX: usize = 8;
/// Filters or ids beside each other at most.
const WIDTH_MAX: usize = 1000;

/// One filter; exactly one member is set. Unknown filters are refused, because ignoring one would
/// show more than was asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Query {
    UserNameQuery(NameQuery),
    DisplayNameQuery(DisplayNameQuery),
    TypeQuery { r#type: String },
    StateQuery { state: String },
    #[serde(rename_all = "camelCase")]
    InUserIdsQuery { user_ids: Vec<String> },
    #[serde(rename_all = "camelCase")]
    OrganizationIdQuery { organization_id: String },
    OrQuery { queries: Vec<Query> },
    AndQuery { queries: Vec<Query> },
    NotQuery { query: Box<Query> },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NameQuery {
    user_name: String,
    #[serde(default)]
    method: Method,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DisplayNameQuery {
    display_name: String,
    #[serde(default)]
    method: Method,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
enum Method {
    #[default]
    #[serde(rename = "TEXT_QUERY_METHOD_EQUALS")]
    Equals,
    #[serde(rename = "TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE")]
    EqualsIgnoreCase,
    #[serde(rename = "TEXT_QUERY_METHOD_STARTS_WITH")]
    StartsWith,
    #[serde(rename = "TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE")]
    StartsWithIgnoreCase,
    #[serde(rename = "TEXT_QUERY_METHOD_CONTAINS")]
    Contains,
    #[serde(rename = "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE")]
    ContainsIgnoreCase,
    #[serde(rename = "TEXT_QUERY_METHOD_ENDS_WITH")]
    EndsWith,
    #[serde(rename = "TEXT_QUERY_METHOD_ENDS_WITH_IGNORE_CASE")]
    EndsWithIgnoreCase,
}

impl Method {
    fn matches(self, text: &str, wanted: &str) -> bool {
        let folded = || (text.to_lowercase(), wanted.to_lowercase());
        match self {
            Self::Equals => text == wanted,
            Self::StartsWith => text.starts_with(wanted),
            Self::Contains => text.contains(wanted),
            Self::EndsWith => text.ends_with(wanted),
            Self::EqualsIgnoreCase => {
                let (text, wanted) = folded();
                text == wanted
            }
            Self::StartsWithIgnoreCase => {
                let (text, wanted) = folded();
                text.starts_with(&wanted)
            }
            Self::ContainsIgnoreCase => {
                let (text, wanted) = folded();
                text.contains(&wanted)
            }
            Self::EndsWithIgnoreCase => {
                let (text, wanted) = folded();
                text.ends_with(&wanted)
            }
        }
    }
}

impl Query {
    /// Whether it is small enough to be evaluated for every user, and means something.
    pub(super) fn check(&self, depth: usize) -> Result<(), ApiError> {
        if depth >= DEPTH_MAX {
            return Err(ApiError::invalid("queries are nested too deeply"));
        }
        let deeper = depth.saturating_add(1);
        let width = match self {
            Self::OrQuery { queries } | Self::AndQuery { queries } => {
                queries.iter().try_for_each(|query| query.check(deeper))?;
                queries.len()
            }
            Self::NotQuery { query } => {
                query.check(deeper)?;
                1
            }
            Self::InUserIdsQuery { user_ids } => user_ids.len(),
            Self::TypeQuery { r#type } => known(r#type, &["TYPE_MACHINE", "TYPE_HUMAN"], "typeQuery.type")?,
            Self::StateQuery { state } => known(
                state,
                &["USER_STATE_ACTIVE", "USER_STATE_INACTIVE", "USER_STATE_LOCKED", "USER_STATE_DELETED", "USER_STATE_INITIAL"],
                "stateQuery.state",
            )?,
            Self::UserNameQuery(_) | Self::DisplayNameQuery(_) | Self::OrganizationIdQuery { .. } => 1,
        };
        if width > WIDTH_MAX {
            return Err(ApiError::invalid("a query has too many members"));
        }
        Ok(())
    }

    pub(super) fn matches(&self, client: &Client, organization: u64) -> bool {
        match self {
            Self::UserNameQuery(query) => query.method.matches(client.name.as_str(), &query.user_name),
            Self::DisplayNameQuery(query) => client
                .service_user()
                .is_some_and(|user| query.method.matches(user.name.as_str(), &query.display_name)),
            Self::TypeQuery { r#type } => r#type == "TYPE_MACHINE",
            Self::StateQuery { state } => match client.state {
                ClientState::Active => state == "USER_STATE_ACTIVE",
                ClientState::Inactive => state == "USER_STATE_INACTIVE",
            },
            Self::InUserIdsQuery { user_ids } => {
                let id = client.id.to_string();
                user_ids.contains(&id)
            }
            Self::OrganizationIdQuery { organization_id } => *organization_id == organization.to_string(),
            Self::OrQuery { queries } => queries.iter().any(|query| query.matches(client, organization)),
            Self::AndQuery { queries } => queries.iter().all(|query| query.matches(client, organization)),
            Self::NotQuery { query } => !query.matches(client, organization),
        }
    }
}

fn known(value: &str, values: &[&str], member: &str) -> Result<usize, ApiError> {
    if values.contains(&value) { Ok(1) } else { Err(ApiError::invalid(format!("{member} has an unknown value"))) }
}
