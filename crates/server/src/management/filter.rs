//! The filters of `ListUsers`.

use super::ApiError;
use super::text_match::Method;
use crate::limits::FILTER_DEPTH_MAX;
use jeton_domain::client::ClientState;
use jeton_domain::id::{ClientId, OrganizationId};
use jeton_store::query::UserFilter;
use serde::Deserialize;

/// One filter; exactly one member is set. Unknown filters are refused, because ignoring one would widen the
/// result.
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
    /// A state that no listed user has.
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

/// The conjunction of all these filters.
pub(super) fn read(queries: &[Query]) -> Result<UserFilter, ApiError> {
    let read = |(place, query): (usize, &Query)| query.read(&format!("queries[{place}]"), 0);
    queries.iter().enumerate().map(read).collect::<Result<_, _>>().map(UserFilter::All)
}

impl Query {
    fn read(&self, place: &str, depth: usize) -> Result<UserFilter, ApiError> {
        if depth >= FILTER_DEPTH_MAX {
            return Err(ApiError::invalid(format!(
                "{place}: filters must be nested at most {FILTER_DEPTH_MAX} deep"
            )));
        }
        let all = |queries: &[Self]| {
            let inner = queries.iter().map(|query| query.read(place, depth.saturating_add(1)));
            inner.collect::<Result<Vec<_>, _>>()
        };
        let is = |matches: bool| if matches { UserFilter::EVERYTHING } else { UserFilter::NOTHING };
        Ok(match self {
            Self::UserName(NameQuery { user_name, method }) => {
                UserFilter::Username(method.wanting(&format!("{place}.userName"), user_name)?)
            }
            Self::LoginName(LoginNameQuery { login_name, method }) => {
                UserFilter::Username(method.wanting(&format!("{place}.loginName"), login_name)?)
            }
            Self::DisplayName(DisplayNameQuery { display_name, method }) => {
                UserFilter::DisplayName(method.wanting(&format!("{place}.displayName"), display_name)?)
            }
            Self::Type { r#type } => is(*r#type == Type::Machine),
            Self::State { state } => match state {
                State::Active => UserFilter::State(ClientState::Active),
                State::Inactive => UserFilter::State(ClientState::Inactive),
                State::Locked => UserFilter::State(ClientState::Locked),
                State::Other => UserFilter::NOTHING,
            },
            // Text that is no id matches nothing.
            Self::InUserIds { user_ids } => {
                UserFilter::Ids(user_ids.iter().filter_map(|id| ClientId::parse(id).ok()).collect())
            }
            Self::OrganizationId { organization_id } => {
                OrganizationId::parse(organization_id).map_or(UserFilter::NOTHING, UserFilter::Organization)
            }
            Self::Or { queries } => UserFilter::Any(all(queries)?),
            Self::And { queries } => UserFilter::All(all(queries)?),
            Self::Not { query } => UserFilter::Not(Box::new(query.read(place, depth.saturating_add(1))?)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_depth_of_filters_is_bounded() {
        let nested = |depth: usize| {
            let innermost = Query::State { state: State::Active };
            let query = (1..depth).fold(innermost, |query, _| Query::Not { query: Box::new(query) });
            read(&[query]).map(|_| ()).map_err(|error| error.message)
        };
        assert_eq!(nested(FILTER_DEPTH_MAX), Ok(()));
        let refused = Err("queries[0]: filters must be nested at most 8 deep".into());
        assert_eq!(nested(FILTER_DEPTH_MAX + 1), refused);
    }
}
