//! `ListUsers`: pages of users that cost what is on them.
//!
//! Without filters a page in the order of creation or of names is a walk along an index from where the last page
//! ended. With filters every user has to be looked at.

use super::ApiError;
use super::call::{Call, Caller};
use super::filter::Query;
use super::json::{Date, ListDetails, Page};
use super::pages;
use super::users::User;
use jeton_oauth::caseless::folded;
use jeton_oauth::client::{Client, ClientState};
use jeton_oauth::id::{ClientId, OrganizationId};
use jeton_oauth::permission::{Permission, Place};
use jeton_oauth::time::Timestamp;
use jeton_store::{Snapshot, listing};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::Arc;

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
    /// Ours: the next page begins here; missing on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// Ours: ids of users whose record can't be read, left out of the listing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
}

/// In which order; newest first unless asked otherwise, as in ZITADEL. Columns that only people have are not these.
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
    /// The name of a listing in this order, which its page tokens are for.
    const fn listing(self) -> &'static str {
        match self {
            Self::Creation => "users by creation",
            Self::UserName => "users by username",
            Self::DisplayName => "users by display name",
            Self::State => "users by state",
            Self::People => "users by what only people have",
        }
    }
}

/// Where a page begins: behind this user.
#[derive(Debug, Clone, PartialEq, Eq)]
enum After {
    Creation(listing::Place),
    UserName(Box<str>),
}

impl After {
    fn of(column: Column, client: &Client) -> Option<Self> {
        match column {
            Column::Creation => {
                Some(Self::Creation(listing::Place { created: client.created, id: client.id }))
            }
            Column::UserName => Some(Self::UserName(client.name.folded().into())),
            Column::DisplayName | Column::State | Column::People => None,
        }
    }

    fn write(&self) -> Vec<u8> {
        match self {
            Self::Creation(place) => pages::place([place.created.0, place.id.0]),
            Self::UserName(name) => name.as_bytes().to_vec(),
        }
    }

    fn read(column: Column, place: &[u8]) -> Option<Self> {
        match column {
            Column::Creation => {
                let [created, id] = pages::numbers(place)?;
                Some(Self::Creation(listing::Place { created: Timestamp(created), id: ClientId(id) }))
            }
            Column::UserName => std::str::from_utf8(place).ok().map(|name| Self::UserName(name.into())),
            Column::DisplayName | Column::State | Column::People => None,
        }
    }
}

/// What is to be listed, checked.
struct Selection {
    caller: Caller,
    column: Column,
    ascending: bool,
    after: Option<After>,
    offset: u64,
    limit: usize,
    queries: Vec<Query>,
    /// The one organization that the caller sees, if it is not all of them.
    home: Option<OrganizationId>,
}

/// A page that was found.
struct Found {
    total: u64,
    page: Vec<Arc<Client>>,
    unreadable: Vec<ClientId>,
    more: bool,
}

pub(super) async fn list(call: &Call, request: ListUsers) -> Result<Users, ApiError> {
    let column = request.sorting_column;
    if column == Column::People {
        return Err(ApiError::invalid("sortingColumn: must be a column of machine users"));
    }
    let check = |(place, query): (usize, &Query)| query.check(&format!("queries[{place}]"), 0);
    request.queries.iter().enumerate().try_for_each(check)?;
    let place = call.page_place(column.listing(), "query", &request.query)?;
    let selection = Selection {
        caller: call.caller.clone(),
        column,
        ascending: request.query.asc,
        after: place.as_deref().and_then(|place| After::read(column, place)),
        offset: request.query.offset,
        limit: request.query.limit(),
        queries: request.queries,
        home: call.home(),
    };
    let found = selection.find(call)?;
    let now = call.moment();
    let last = found.page.last().filter(|_| found.more);
    Ok(Users {
        details: ListDetails { total_result: found.total.to_string(), timestamp: Date(now.wall) },
        sorting_column: column,
        next_page_token: last
            .and_then(|last| After::of(column, last))
            .map(|after| call.page_token(column.listing(), &after.write())),
        result: found.page.iter().filter_map(|client| User::of(client, now)).collect(),
        unreadable: found.unreadable.iter().map(ToString::to_string).collect(),
    })
}

impl Call {
    /// The only organization whose users the caller may see; none when it may see all, or several.
    fn home(&self) -> Option<OrganizationId> {
        let Caller::Bearer(client, _) = &self.caller else { return None };
        if client.may(Permission::UserRead, Place::Instance) {
            return None;
        }
        let user = client.service_user()?;
        let mut seen = user.administrations.iter().filter_map(|administration| match administration.realm {
            jeton_oauth::permission::Realm::Organization(id)
                if client.may(Permission::UserRead, Place::Organization(id)) =>
            {
                Some(id)
            }
            _ => None,
        });
        seen.next().filter(|_| seen.next().is_none())
    }
}

impl Selection {
    fn find(self, call: &Call) -> Result<Found, ApiError> {
        let snapshot = call.snapshot()?;
        if let Some(names) = self.queries.iter().find_map(Query::names_exactly) {
            let mut named = Vec::new();
            for name in names {
                named.extend(call.any_user(name).ok().flatten().map(|known| known.client));
            }
            return Ok(self.cut(named));
        }
        let everything = self.home.is_some() || self.caller.may(Permission::UserRead, Place::Instance);
        let indexed = match self.column {
            Column::Creation => true,
            Column::UserName => self.home.is_none(),
            Column::DisplayName | Column::State | Column::People => false,
        };
        if self.queries.is_empty() && everything && indexed {
            return self.walk(&snapshot);
        }
        self.scan(&snapshot)
    }

    /// Along the index, without looking at anybody who is not on the page.
    fn walk(&self, snapshot: &Snapshot) -> Result<Found, ApiError> {
        let (mut ids, mut skip, mut more) = (Vec::new(), self.offset, false);
        let mut see = |id| {
            if skip > 0 {
                skip -= 1;
            } else if ids.len() < self.limit {
                ids.push(id);
            } else {
                more = true;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        match &self.after {
            Some(After::UserName(name)) => {
                snapshot.for_each_username(Some(name), !self.ascending, |_, id| see(id))?;
            }
            None if self.column == Column::UserName => {
                snapshot.for_each_username(None, !self.ascending, |_, id| see(id))?;
            }
            Some(After::Creation(place)) => {
                snapshot.for_each_user(self.home, Some(*place), !self.ascending, |place| see(place.id))?;
            }
            None => snapshot.for_each_user(self.home, None, !self.ascending, |place| see(place.id))?,
        }
        let (mut page, mut unreadable) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match snapshot.listed(id)? {
                Ok(known) => page.push(known.client),
                Err(id) => unreadable.push(id),
            }
        }
        Ok(Found { total: snapshot.users_len(self.home)?, page, unreadable, more })
    }

    /// Everybody is looked at; of those that match only the key of the order is kept.
    fn scan(&self, snapshot: &Snapshot) -> Result<Found, ApiError> {
        let (mut keys, mut unreadable) = (Vec::new(), Vec::new());
        let sees_all = self.caller.may(Permission::UserRead, Place::Instance);
        snapshot.for_each_client(ClientId(0), |client| {
            match client {
                Ok(client) if self.shows(&client) => keys.push((Key::of(self.column, &client), client.id)),
                // Their organization is not known, so only administrators of the instance are told.
                Err(id) if sees_all && unreadable.len() < self.limit => unreadable.push(id),
                Ok(_) | Err(_) => {}
            }
            ControlFlow::Continue(())
        })?;
        keys.sort_unstable();
        if !self.ascending {
            keys.reverse();
        }
        let total = keys.len() as u64;
        let begin = match &self.after {
            None => 0,
            Some(after) => {
                let passed = |key: &Key| match after {
                    After::Creation(place) => *key == Key::Creation(place.created, place.id),
                    After::UserName(name) => *key == Key::Text(name.to_string()),
                };
                let before = |key: &Key| match after {
                    After::Creation(place) => *key < Key::Creation(place.created, place.id),
                    After::UserName(name) => *key < Key::Text(name.to_string()),
                };
                keys.partition_point(|(key, _)| passed(key) || before(key) == self.ascending)
            }
        };
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let mut rest = keys.into_iter().skip(begin).skip(offset);
        let mut page = Vec::new();
        for (_, id) in rest.by_ref().take(self.limit) {
            page.extend(snapshot.listed(id)?.ok().map(|known| known.client));
        }
        Ok(Found { total, page, unreadable, more: rest.next().is_some() })
    }

    /// Of users who were named.
    fn cut(&self, mut named: Vec<Arc<Client>>) -> Found {
        named.retain(|client| self.shows(client));
        named.sort_by_cached_key(|client| (Key::of(self.column, client), client.id));
        named.dedup_by_key(|client| client.id);
        if !self.ascending {
            named.reverse();
        }
        let total = named.len() as u64;
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let mut rest = named.into_iter().skip(offset);
        let page: Vec<_> = rest.by_ref().take(self.limit).collect();
        // Whoever names users gets no page token: there are at most as many as were named.
        Found { total, page, unreadable: Vec::new(), more: false }
    }

    fn shows(&self, client: &Client) -> bool {
        client.service_user().is_some()
            && self.caller.may(Permission::UserRead, Place::Organization(client.organization))
            && self.queries.iter().all(|query| query.matches(client))
    }
}

/// What users are sorted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Creation(Timestamp, ClientId),
    Text(String),
    State(u8),
}

impl Key {
    fn of(column: Column, client: &Client) -> Self {
        match column {
            Column::Creation => Self::Creation(client.created, client.id),
            Column::UserName => Self::Text(client.name.folded().to_owned()),
            Column::DisplayName => Self::Text(
                client.service_user().map(|user| folded(user.name.as_str()).into_owned()).unwrap_or_default(),
            ),
            Column::State | Column::People => Self::State(match client.state {
                ClientState::Active => 0,
                ClientState::Inactive => 1,
                ClientState::Locked => 2,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = After::Creation(listing::Place { created: Timestamp(7), id: ClientId(9) });
        let name = After::UserName("billing worker".into());
        assert_eq!(After::read(Column::Creation, &place.write()), Some(place));
        assert_eq!(After::read(Column::UserName, &name.write()), Some(name));
        assert_eq!(After::read(Column::State, b""), None);
    }
}
