//! `ListUsers`.

use super::ApiError;
use super::call::Call;
use super::filter::{self, Query};
use super::json::{Date, ListDetails};
use super::pages::Page;
use super::users::User;
use jeton_domain::id::ClientId;
use jeton_domain::permission::Permission;
use jeton_domain::time::Timestamp;
use jeton_store::query::{CreationPlace, UserOrder, UserPlace, UserQuery};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListUsers {
    query: Page,
    sorting_column: Column,
    queries: Vec<Query>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Users {
    details: ListDetails,
    sorting_column: Column,
    result: Vec<User>,
    /// Jeton extension: token of the next page; absent on the last one. With filters a page looks at a
    /// bounded number of users, so it may be short, even empty, and still have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// Jeton extension: ids of users whose record can't be read, left out of the listing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
}

/// The order; newest first by default, as in ZITADEL. Columns that only people have are not included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "UserSorting")]
enum Column {
    #[default]
    #[serde(rename = "USER_FIELD_NAME_CREATION_DATE", alias = "USER_FIELD_NAME_TYPE")]
    Creation,
    #[serde(rename = "USER_FIELD_NAME_USER_NAME")]
    UserName,
    #[serde(rename = "USER_FIELD_NAME_DISPLAY_NAME")]
    DisplayName,
    #[serde(rename = "USER_FIELD_NAME_STATE")]
    State,
    #[serde(
        rename = "USER_FIELD_NAME_EMAIL",
        alias = "USER_FIELD_NAME_FIRST_NAME",
        alias = "USER_FIELD_NAME_LAST_NAME",
        alias = "USER_FIELD_NAME_NICK_NAME"
    )]
    People,
}

impl Column {
    /// The order, with its name in page tokens.
    fn order(self) -> Result<(UserOrder, &'static str), ApiError> {
        match self {
            Self::Creation => Ok((UserOrder::Creation, "users")),
            Self::UserName => Ok((UserOrder::Username, "users by name")),
            Self::DisplayName => Ok((UserOrder::DisplayName, "users by display name")),
            Self::State => Ok((UserOrder::State, "users by state")),
            Self::People => Err(ApiError::invalid(
                "sortingColumn: machine users have no such column; must be one of USER_FIELD_NAME_USER_NAME, \
                 USER_FIELD_NAME_DISPLAY_NAME, USER_FIELD_NAME_STATE, USER_FIELD_NAME_TYPE, \
                 USER_FIELD_NAME_CREATION_DATE",
            )),
        }
    }
}

/// A place in a page token: its number, its text, and the user's id.
type InToken = (u64, Box<str>, u64);

fn to_token(place: &UserPlace) -> InToken {
    match place {
        UserPlace::Creation(place) => (place.created.0, "".into(), place.id.0),
        UserPlace::Username(name) => (0, name.clone(), 0),
        UserPlace::DisplayName(name, id) => (0, name.clone(), id.0),
        UserPlace::State(state, place) => (place.created.0, state.to_string().into(), place.id.0),
    }
}

fn of_token(order: UserOrder, (number, text, id): InToken) -> UserPlace {
    let creation = CreationPlace { created: Timestamp(number), id: ClientId(id) };
    match order {
        UserOrder::Creation => UserPlace::Creation(creation),
        UserOrder::Username => UserPlace::Username(text),
        UserOrder::DisplayName => UserPlace::DisplayName(text, ClientId(id)),
        UserOrder::State => UserPlace::State(text.parse().unwrap_or_default(), creation),
    }
}

pub(super) async fn list(call: &Call, request: ListUsers) -> Result<Users, ApiError> {
    let (order, name) = request.sorting_column.order()?;
    let tokens = call.page_tokens().of("query");
    let query = UserQuery {
        within: call.organizations_with(Permission::UserRead),
        filter: filter::read(&request.queries)?,
        order,
        page: request.query.of_query(tokens, name, |place| of_token(order, place))?,
    };
    let listed = call.snapshot()?.list_users(&query).map_err(|error| tokens.refused(error))?;
    let now = call.moment();
    Ok(Users {
        details: ListDetails { total_result: listed.total.number().to_string(), timestamp: Date(now.wall) },
        sorting_column: request.sorting_column,
        next_page_token: listed.next.map(|place| tokens.seal(name, &to_token(&place))),
        result: listed.found.iter().filter_map(|client| User::of(client, now)).collect(),
        unreadable: listed.unreadable.iter().map(ToString::to_string).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_from_its_token() {
        let creation = CreationPlace { created: Timestamp(7), id: ClientId(9) };
        for (order, place) in [
            (UserOrder::Creation, UserPlace::Creation(creation)),
            (UserOrder::Username, UserPlace::Username("billing worker".into())),
            (UserOrder::DisplayName, UserPlace::DisplayName("Straße 7".into(), ClientId(9))),
            (UserOrder::State, UserPlace::State(2, creation)),
        ] {
            assert_eq!(of_token(order, to_token(&place)), place);
        }
    }
}
