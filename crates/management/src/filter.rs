//! The filters of `ListUsers`.

use super::ApiError;
use super::text_match::read_each;
use super::text_match::wanting;
use crate::limits::FILTER_DEPTH_MAX;
use jeton_api::user_filter::{DisplayNameQuery, LoginNameQuery, NameQuery, Query, State, Type};
use jeton_domain::client::ClientState;
use jeton_domain::id::{ClientId, OrganizationId};
use jeton_store::query::UserFilter;

/// The conjunction of all these filters.
pub(super) fn read(queries: &[Query]) -> Result<UserFilter, ApiError> {
    read_each("queries", queries, |query| read_query(query, 1)).map(UserFilter::All)
}

/// The filter at this depth of nesting.
fn read_query(query: &Query, depth: usize) -> Result<UserFilter, ApiError> {
    let deeper = |member: &str| match depth < FILTER_DEPTH_MAX {
        true => Ok(depth.saturating_add(1)),
        false => Err(ApiError::invalid(format!(
            "{member}: filters must be nested at most {FILTER_DEPTH_MAX} deep"
        ))),
    };
    let all = |member: &str, queries: &[Query]| {
        let depth = if queries.is_empty() { depth } else { deeper(member)? };
        read_each(&format!("{member}.queries"), queries, |query| read_query(query, depth))
    };
    let is = |matches: bool| if matches { UserFilter::EVERYTHING } else { UserFilter::NOTHING };
    Ok(match query {
        Query::UserName(NameQuery { user_name, method }) => {
            UserFilter::Username(wanting(*method, "userNameQuery.userName", user_name)?)
        }
        Query::LoginName(LoginNameQuery { login_name, method }) => {
            UserFilter::Username(wanting(*method, "loginNameQuery.loginName", login_name)?)
        }
        Query::DisplayName(DisplayNameQuery { display_name, method }) => {
            UserFilter::DisplayName(wanting(*method, "displayNameQuery.displayName", display_name)?)
        }
        Query::Type { r#type } => is(*r#type == Type::Machine),
        Query::State { state } => match state {
            State::Active => UserFilter::State(ClientState::Active),
            State::Inactive => UserFilter::State(ClientState::Inactive),
            State::Locked => UserFilter::State(ClientState::Locked),
            State::Other => UserFilter::NOTHING,
        },
        // Text that is no id matches nothing.
        Query::InUserIds { user_ids } => {
            UserFilter::Ids(user_ids.iter().filter_map(|id| ClientId::parse(id).ok()).collect())
        }
        Query::OrganizationId { organization_id } => {
            OrganizationId::parse(organization_id).map_or(UserFilter::NOTHING, UserFilter::Organization)
        }
        Query::Or { queries } => UserFilter::Any(all("orQuery", queries)?),
        Query::And { queries } => UserFilter::All(all("andQuery", queries)?),
        Query::Not { query } => {
            let inner =
                read_query(query, deeper("notQuery")?).map_err(|error| error.inside("notQuery.query"))?;
            UserFilter::Not(Box::new(inner))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_api::text::Method;

    #[test]
    fn the_depth_of_filters_is_bounded() {
        let nested = |depth: usize| {
            let innermost = Query::State { state: State::Active };
            let query = (1..depth).fold(innermost, |query, _| Query::Not { query: Box::new(query) });
            read(&[query]).map(|_| ()).map_err(|error| error.message)
        };
        assert_eq!(nested(FILTER_DEPTH_MAX), Ok(()));
        let innermost =
            "queries[0].".to_owned() + &"notQuery.query.".repeat(FILTER_DEPTH_MAX - 1) + "notQuery";
        let refused = Err(format!("{innermost}: filters must be nested at most 8 deep"));
        assert_eq!(nested(FILTER_DEPTH_MAX + 1), refused);
    }

    /// Regression: the path lacked the name of the query, and its place was that of the outermost one.
    #[test]
    fn a_text_that_is_too_long_is_named_by_its_path_however_deep_it_is() {
        let long = || "x".repeat(crate::limits::FILTER_TEXT_BYTES_MAX + 1);
        let state = || Query::State { state: State::Active };
        let name = || Query::UserName(NameQuery { user_name: long(), method: Method::Equals });
        let login = Query::LoginName(LoginNameQuery { login_name: long(), method: Method::Equals });
        let display = Query::DisplayName(DisplayNameQuery { display_name: long(), method: Method::Equals });
        for (query, path) in [
            (name(), "queries[1].userNameQuery.userName"),
            (login, "queries[1].loginNameQuery.loginName"),
            (display, "queries[1].displayNameQuery.displayName"),
            (
                Query::Or { queries: vec![state(), Query::Not { query: Box::new(name()) }] },
                "queries[1].orQuery.queries[1].notQuery.query.userNameQuery.userName",
            ),
            (Query::And { queries: vec![name()] }, "queries[1].andQuery.queries[0].userNameQuery.userName"),
        ] {
            let refused = read(&[state(), query]).map(|_| ()).map_err(|error| error.message);
            assert_eq!(refused, Err(format!("{path}: must have at most 1000 bytes")));
        }
    }
}
