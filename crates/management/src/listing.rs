//! `ListUsers`.

use super::ApiError;
use super::call::Call;
use super::filter;
use super::handle::Handle;
use jeton_api::calls::user;
use jeton_api::user_listing::{Column, ListUsers, Users};
use jeton_api::users::User;
use jeton_api::values::{Date, ListDetails};
use jeton_domain::id::ClientId;
use jeton_domain::permission::Permission;
use jeton_domain::time::Timestamp;
use jeton_store::query::{CreationPlace, UserOrder, UserPlace, UserQuery};

/// The order, with its name in page tokens.
fn order_of(column: Column) -> Result<(UserOrder, &'static str), ApiError> {
    match column {
        Column::Creation => Ok((UserOrder::Creation, "users")),
        Column::UserName => Ok((UserOrder::Username, "users by name")),
        Column::DisplayName => Ok((UserOrder::DisplayName, "users by display name")),
        Column::State => Ok((UserOrder::State, "users by state")),
        Column::People => Err(ApiError::invalid(
            "sortingColumn: machine users have no such column; must be one of USER_FIELD_NAME_USER_NAME, \
                 USER_FIELD_NAME_DISPLAY_NAME, USER_FIELD_NAME_STATE, USER_FIELD_NAME_TYPE, \
                 USER_FIELD_NAME_CREATION_DATE",
        )),
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

impl Handle for user::ListUsers {
    async fn handle(call: &Call, request: ListUsers) -> Result<Users, ApiError> {
        let (order, name) = order_of(request.sorting_column)?;
        let tokens = call.page_tokens().of("query");
        let query = UserQuery {
            within: call.organizations_with(Permission::UserRead),
            filter: filter::read(&request.queries)?,
            order,
            page: tokens.of_query(&request.query, name, |place| of_token(order, place))?,
        };
        let listed = call.snapshot()?.list_users(&query).map_err(|error| tokens.refused(error))?;
        let now = call.moment();
        Ok(Users {
            details: ListDetails {
                total_result: listed.total.number().to_string(),
                timestamp: Date(now.wall),
            },
            sorting_column: request.sorting_column,
            next_page_token: listed.next.map(|place| tokens.seal(name, &to_token(&place))),
            result: listed.found.iter().filter_map(|client| User::of(client, now)).collect(),
            unreadable: listed.unreadable.iter().map(ToString::to_string).collect(),
        })
    }
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
