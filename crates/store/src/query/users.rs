//! Service users.

use super::merge::{Directed, behind, merged};
use super::{Glance, Listed, Look, Page, QueryError, Rows, TextMatch, Walk, Within, sorted};
use crate::counts::Counted;
use crate::fault::Unavailable;
use crate::limits::SORTED_MAX;
use crate::snapshot::Snapshot;
use jeton_domain::caseless::folded;
use jeton_domain::client::{Client, ClientState};
use jeton_domain::id::{ClientId, OrganizationId};
use jeton_domain::time::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A listing of service users.
#[derive(Debug)]
pub struct UserQuery {
    /// The organizations of the listed users.
    pub within: Within<OrganizationId>,
    /// The filter that they match.
    pub filter: UserFilter,
    /// Their order.
    pub order: UserOrder,
    /// The requested part.
    pub page: Page<UserPlace>,
}

/// An order of service users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserOrder {
    /// By the time of creation.
    Creation,
    /// By folded username.
    Username,
    /// By folded display name.
    DisplayName,
    /// Active ones, inactive ones, locked ones.
    State,
}

/// The place of a service user in the order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CreationPlace {
    /// The time of its creation.
    pub created: Timestamp,
    /// Its id.
    pub id: ClientId,
}

/// The place of a service user in one of the orders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserPlace {
    /// In the order of creation.
    Creation(CreationPlace),
    /// In the order of usernames.
    Username(Box<str>),
    /// In the order of display names.
    DisplayName(Box<str>, ClientId),
    /// In the order of states.
    State(u8, CreationPlace),
}

impl UserPlace {
    /// The place of a user in an order.
    pub fn of(order: UserOrder, client: &Client) -> Self {
        let creation = CreationPlace { created: client.created, id: client.id };
        match order {
            UserOrder::Creation => Self::Creation(creation),
            UserOrder::Username => Self::Username(client.name.folded().into()),
            UserOrder::DisplayName => {
                let name = client.service_user().map(|user| folded(user.name.as_str()).into());
                Self::DisplayName(name.unwrap_or_default(), client.id)
            }
            UserOrder::State => Self::State(
                match client.state {
                    ClientState::Active => 0,
                    ClientState::Inactive => 1,
                    ClientState::Locked => 2,
                },
                creation,
            ),
        }
    }
}

/// A filter of service users.
#[derive(Debug, Clone)]
pub enum UserFilter {
    /// The username.
    Username(TextMatch),
    /// The display name.
    DisplayName(TextMatch),
    /// The state.
    State(ClientState),
    /// The id is one of these.
    Ids(BTreeSet<ClientId>),
    /// The organization.
    Organization(OrganizationId),
    /// Users that match all of these; every user if there are none.
    All(Vec<UserFilter>),
    /// Users that match one of these; no user if there are none.
    Any(Vec<UserFilter>),
    /// Users that do not match this.
    Not(Box<UserFilter>),
}

impl UserFilter {
    /// The filter that every user matches.
    pub const EVERYTHING: Self = Self::All(Vec::new());
    /// The filter that no user matches.
    pub const NOTHING: Self = Self::Any(Vec::new());

    /// True if a user matches.
    pub fn matches(&self, client: &Client) -> bool {
        match self {
            Self::Username(wanted) => wanted.matches(client.name.as_str()),
            Self::DisplayName(wanted) => {
                client.service_user().is_some_and(|user| wanted.matches(user.name.as_str()))
            }
            Self::State(state) => client.state == *state,
            Self::Ids(ids) => ids.contains(&client.id),
            Self::Organization(organization) => client.organization == *organization,
            Self::All(filters) => filters.iter().all(|filter| filter.matches(client)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(client)),
            Self::Not(filter) => !filter.matches(client),
        }
    }

    /// True if every user matches.
    fn is_everything(&self) -> bool {
        matches!(self, Self::All(filters) if filters.iter().all(Self::is_everything))
    }

    /// The only users that can match, if the filter names them.
    fn named(&self) -> Option<Vec<Named>> {
        match self {
            Self::Ids(ids) => Some(ids.iter().map(|id| Named::Id(*id)).collect()),
            Self::Username(wanted) => wanted.exactly().map(|name| vec![Named::Folded(name)]),
            Self::All(filters) => filters.iter().find_map(Self::named),
            Self::Any(filters) => {
                let named: Option<Vec<_>> = filters.iter().map(Self::named).collect();
                named.map(|named| named.into_iter().flatten().collect())
            }
            Self::DisplayName(_) | Self::State(_) | Self::Organization(_) | Self::Not(_) => None,
        }
    }

    /// The organizations to which all matching users belong.
    fn within(&self) -> Within<OrganizationId> {
        match self {
            Self::Organization(id) => Within::These(BTreeSet::from([*id])),
            Self::All(filters) => {
                filters.iter().fold(Within::Everything, |within, filter| within.and(&filter.within()))
            }
            Self::Any(filters) => {
                let mut all = BTreeSet::new();
                for filter in filters {
                    match filter.within() {
                        Within::Everything => return Within::Everything,
                        Within::These(these) => all.extend(these),
                    }
                }
                Within::These(all)
            }
            Self::Username(_) | Self::DisplayName(_) | Self::State(_) | Self::Ids(_) | Self::Not(_) => {
                Within::Everything
            }
        }
    }

    /// The beginning of the folded usernames of all matching users, if the filter determines one.
    fn prefix(&self) -> Option<String> {
        match self {
            Self::Username(wanted) => wanted.prefix(),
            Self::All(filters) => filters.iter().find_map(Self::prefix),
            _ => None,
        }
    }
}

/// A user that a filter names.
enum Named {
    Id(ClientId),
    Folded(String),
}

/// Rows that lead to users.
type UserRows<'t> = Rows<'t, UserPlace, ClientId>;

impl Snapshot {
    /// A page of service users.
    ///
    /// # Errors
    /// [`QueryError`] if the page can't be made.
    pub fn list_users(&self, query: &UserQuery) -> Result<Listed<Arc<Client>, UserPlace>, QueryError> {
        let within = query.within.clone().and(&query.filter.within());
        if let Some(named) = query.filter.named() {
            return self.list_named_users(query, &within, named);
        }
        let organizations = self.organizations_with_users(&within)?;
        if let Some(ids) = query.filter.prefix().map(|prefix| self.users_with_prefix(&organizations, &prefix))
        {
            let ids = ids?;
            if ids.len() <= SORTED_MAX {
                return self.sort_users(query, ids);
            }
        }
        let most = organizations.iter().map(|(_, users)| users).sum();
        let organizations: Vec<_> = organizations.into_iter().map(|(id, _)| id).collect();
        let shows_all = query.filter.is_everything();
        let walk = Walk { page: &query.page, most, shows_all, hides_rows: !shows_all };
        let backwards = query.page.backwards;
        match query.order {
            UserOrder::Creation => walk.run(
                |after| self.users_by_creation(&organizations, after, backwards),
                |id| self.look(query, id),
            ),
            UserOrder::Username => walk
                .run(|after| self.users_by_name(&organizations, after, backwards), |id| self.look(query, id)),
            UserOrder::DisplayName | UserOrder::State if most > SORTED_MAX as u64 => {
                Err(QueryError::TooManyToSort)
            }
            UserOrder::DisplayName | UserOrder::State => {
                let rows = self.users_by_creation(&organizations, None, false)?;
                self.sort_users(query, rows.map(|row| row.map(|(_, id)| id)).collect::<Result<_, _>>()?)
            }
        }
    }

    /// The number of service users of these organizations.
    ///
    /// # Errors
    /// [`Unavailable`] if the counts can't be read.
    pub fn users_len(&self, within: &Within<OrganizationId>) -> Result<u64, Unavailable> {
        Ok(self.organizations_with_users(within)?.iter().map(|(_, users)| users).sum())
    }

    fn look(&self, query: &UserQuery, id: ClientId) -> Result<Look<Arc<Client>>, Unavailable> {
        Ok(match self.glance(id)? {
            Glance::Client(client) if query.filter.matches(&client) => Look::Shown(client),
            Glance::Client(_) | Glance::Gone => Look::Hidden,
            Glance::Unreadable(id) => Look::Unreadable(id),
        })
    }

    fn list_named_users(
        &self,
        query: &UserQuery,
        within: &Within<OrganizationId>,
        named: Vec<Named>,
    ) -> Result<Listed<Arc<Client>, UserPlace>, QueryError> {
        let mut ids = BTreeSet::new();
        for user in named {
            ids.extend(match user {
                Named::Id(id) => Some(id),
                Named::Folded(name) => self.client_with_folded_name(&name)?,
            });
        }
        let mut all = Vec::new();
        for id in ids {
            let Glance::Client(client) = self.glance(id)? else { continue };
            let is_listed = client.service_user().is_some()
                && within.contains(client.organization)
                && query.filter.matches(&client);
            if is_listed {
                all.push((UserPlace::of(query.order, &client), client));
            }
        }
        // The home of an unreadable user is not known, so it is not reported to the caller here.
        Ok(sorted(all, &query.page, Vec::new()))
    }

    fn sort_users(
        &self,
        query: &UserQuery,
        ids: Vec<ClientId>,
    ) -> Result<Listed<Arc<Client>, UserPlace>, QueryError> {
        let (mut all, mut unreadable) = (Vec::new(), Vec::new());
        for id in ids {
            match self.look(query, id)? {
                Look::Shown(client) => all.push((UserPlace::of(query.order, &client), client)),
                Look::Hidden => {}
                Look::Unreadable(id) => unreadable.push(id),
            }
        }
        unreadable.truncate(query.page.limit);
        Ok(sorted(all, &query.page, unreadable))
    }

    /// Organizations in the scope, with the number of their users.
    pub(super) fn organizations_with_users(
        &self,
        within: &Within<OrganizationId>,
    ) -> Result<Vec<(OrganizationId, u64)>, Unavailable> {
        let is_there = |id: &OrganizationId| !self.instance().removed.contains(&id.0);
        let counts = self.counts_of(Counted::UsersOf, OrganizationId, within)?;
        Ok(counts.into_iter().filter(|(id, _)| is_there(id)).collect())
    }

    /// Users in the order of creation.
    pub(super) fn users_by_creation(
        &self,
        organizations: &[OrganizationId],
        after: Option<&UserPlace>,
        backwards: bool,
    ) -> Result<UserRows<'_>, Unavailable> {
        let after = match after {
            Some(UserPlace::Creation(place)) => Some((place.created.0, place.id.0)),
            _ => None,
        };
        merged(organizations, backwards, |organization| {
            let key = |(created, id)| (organization.0, created, id);
            let last = (u64::MAX, u64::MAX);
            let range = behind(key((0, 0)), key(last), after.map(key), backwards);
            let rows = self.users.range(range)?;
            Ok(Directed::new(rows, backwards).map(|row| {
                let (_, created, id) = row?.0.value();
                let place = CreationPlace { created: Timestamp(created), id: ClientId(id) };
                Ok((UserPlace::Creation(place), place.id))
            }))
        })
    }

    /// Users in the order of folded usernames.
    fn users_by_name(
        &self,
        organizations: &[OrganizationId],
        after: Option<&UserPlace>,
        backwards: bool,
    ) -> Result<UserRows<'_>, Unavailable> {
        let after = match after {
            Some(UserPlace::Username(name)) => Some(&**name),
            _ => None,
        };
        merged(organizations, backwards, |organization| {
            // No name begins with the last of all characters.
            let key = |name| (organization.0, name);
            let range = behind(key(""), key("\u{10ffff}"), after.map(key), backwards);
            let rows = self.users_by_name.range::<(u64, &str)>(range)?;
            Ok(Directed::new(rows, backwards).map(|row| {
                let (key, id) = row?;
                Ok((UserPlace::Username(key.value().1.into()), ClientId(id.value())))
            }))
        })
    }

    /// Users whose folded usernames begin with this prefix; one more than can be sorted, if there are
    /// more.
    fn users_with_prefix(
        &self,
        organizations: &[(OrganizationId, u64)],
        prefix: &str,
    ) -> Result<Vec<ClientId>, Unavailable> {
        let mut ids = Vec::new();
        for (organization, _) in organizations {
            let first = (organization.0, prefix);
            for row in self.users_by_name.range::<(u64, &str)>(first..)? {
                let (key, id) = row?;
                let (home, name) = key.value();
                if home != organization.0 || !name.starts_with(prefix) || ids.len() > SORTED_MAX {
                    break;
                }
                ids.push(ClientId(id.value()));
            }
        }
        Ok(ids)
    }
}
