//! Administrator roles of users.

use super::merge::{Directed, behind};
use super::{Glance, Listed, Look, Page, QueryError, Rows, Shown, TextMatch, Walk, Within, sorted};
use crate::counts::Counted;
use crate::fault::Unavailable;
use crate::index::{administrator_key, scope_of_key};
use crate::snapshot::Snapshot;
use jeton_domain::client::Client;
use jeton_domain::id::{ClientId, OrganizationId};
use jeton_domain::instance::Instance;
use jeton_domain::permission::{AdminRole, AdminScope, Administration};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A listing of administrator roles, in the order of their realms.
#[derive(Debug)]
pub struct AdministratorQuery {
    /// The realms of the listed roles.
    pub within: Within<AdminScope>,
    /// Filters, all of which must match.
    pub filters: Vec<AdministratorFilter>,
    /// The requested part.
    pub page: Page<AdministratorPlace>,
}

/// The place of administrator roles: their realm, and the user that has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AdministratorPlace {
    /// The realm.
    pub realm: AdminScope,
    /// The user.
    pub user: ClientId,
}

/// A filter of administrator roles.
#[derive(Debug, Clone)]
pub enum AdministratorFilter {
    /// The user is one of these.
    Users(BTreeSet<ClientId>),
    /// The user's organization.
    UserOrganization(OrganizationId),
    /// The user's username.
    Username(TextMatch),
    /// The user's display name.
    DisplayName(TextMatch),
    /// The realm.
    AdminScope(AdminScope),
    /// One of the roles.
    Role(AdminRole),
    /// Nothing matches.
    Nothing,
}

impl AdministratorFilter {
    fn matches(&self, client: &Client, administration: &Administration) -> bool {
        match self {
            Self::Users(users) => users.contains(&client.id),
            Self::UserOrganization(organization) => client.organization == *organization,
            Self::Username(wanted) => wanted.matches(client.name.as_str()),
            Self::DisplayName(wanted) => {
                client.service_user().is_some_and(|user| wanted.matches(user.name.as_str()))
            }
            Self::AdminScope(realm) => administration.realm == *realm,
            Self::Role(role) => administration.roles.contains(role),
            Self::Nothing => false,
        }
    }
}

/// Listed administrator roles, and their user.
pub type FoundAdministrator = (Arc<Client>, Administration);

impl Snapshot {
    /// True if a user has administrator roles, also if its record can't be read.
    ///
    /// # Errors
    /// [`Unavailable`] if the index can't be read.
    pub fn has_administrators(&self) -> Result<bool, Unavailable> {
        Ok(self.administrators.first()?.is_some())
    }

    /// A page of administrator roles. Roles for a realm that was deleted are not listed: they give no
    /// power.
    ///
    /// # Errors
    /// [`QueryError`] if the page can't be made.
    pub fn list_administrators(
        &self,
        query: &AdministratorQuery,
    ) -> Result<Listed<FoundAdministrator, AdministratorPlace>, QueryError> {
        let users = query.filters.iter().find_map(|filter| match filter {
            AdministratorFilter::Users(users) => Some(users),
            _ => None,
        });
        if let Some(users) = users {
            return self.list_administrators_among(query, users);
        }
        let mut within = query.within.clone();
        for filter in &query.filters {
            if let AdministratorFilter::AdminScope(realm) = filter {
                within = within.and(&Within::These(BTreeSet::from([*realm])));
            }
        }
        let most = self.count_administrators(&within)?;
        let shows_all = query.filters.is_empty();
        let walk = Walk { page: &query.page, most, shows_all, hides_rows: true };
        let rows = |after: Option<&AdministratorPlace>| {
            self.administrator_rows(&within, after.copied(), query.page.backwards)
        };
        let mut shown = Shown::new();
        walk.run(rows, |place| self.look_at_administrator(query, place, &mut shown))
    }

    fn look_at_administrator(
        &self,
        query: &AdministratorQuery,
        place: AdministratorPlace,
        shown: &mut Shown,
    ) -> Result<Look<FoundAdministrator>, Unavailable> {
        let client = match self.glance_once(place.user, shown)? {
            Glance::Client(client) => client,
            Glance::Gone => return Ok(Look::Hidden),
            Glance::Unreadable(id) => return Ok(Look::Unreadable(id)),
        };
        let own = client.service_user().map(|user| user.administrations.as_slice()).unwrap_or_default();
        let administration = own.iter().find(|administration| administration.realm == place.realm).cloned();
        let listed = administration.filter(|administration| self.is_shown(query, &client, administration));
        let Some(administration) = listed else { return Ok(Look::Hidden) };
        shown.insert(client.id, Arc::clone(&client));
        Ok(Look::Shown((client, administration)))
    }

    fn is_shown(&self, query: &AdministratorQuery, client: &Client, administration: &Administration) -> bool {
        is_there(self.instance(), administration.realm)
            && query.within.contains(administration.realm)
            && query.filters.iter().all(|filter| filter.matches(client, administration))
    }

    fn list_administrators_among(
        &self,
        query: &AdministratorQuery,
        users: &BTreeSet<ClientId>,
    ) -> Result<Listed<FoundAdministrator, AdministratorPlace>, QueryError> {
        let mut all = Vec::new();
        for id in users {
            let Glance::Client(client) = self.glance(*id)? else { continue };
            let own = client.service_user().map(|user| user.administrations.as_slice()).unwrap_or_default();
            for administration in own {
                if self.is_shown(query, &client, administration) {
                    let place = AdministratorPlace { realm: administration.realm, user: *id };
                    all.push((place, (Arc::clone(&client), administration.clone())));
                }
            }
        }
        Ok(sorted(all, &query.page, Vec::new()))
    }

    /// The number of administrator roles in the scope.
    fn count_administrators(&self, within: &Within<AdminScope>) -> Result<u64, Unavailable> {
        let Within::These(realms) = within else { return self.administrators.len() };
        realms.iter().map(|realm| self.count(Counted::AdministratorsOf(*realm))).sum()
    }

    fn administrator_rows(
        &self,
        within: &Within<AdminScope>,
        after: Option<AdministratorPlace>,
        backwards: bool,
    ) -> Result<Rows<'_, AdministratorPlace, AdministratorPlace>, Unavailable> {
        let ranges: Vec<_> = match within {
            Within::Everything => vec![((0, 0, 0), (u8::MAX, u64::MAX, u64::MAX))],
            Within::These(realms) => {
                let range = |realm: &AdminScope| {
                    let key = |user| administrator_key(*realm, ClientId(user));
                    (key(0), key(u64::MAX))
                };
                realms.iter().map(range).collect()
            }
        };
        let at = after.map(|place| administrator_key(place.realm, place.user));
        let source = |(first, last)| {
            let is_passed = at.is_some_and(|at| if backwards { at < first } else { at > last });
            if is_passed {
                return Ok(None);
            }
            let within = at.filter(|at| (first..=last).contains(at));
            let range = behind(first, last, within, backwards);
            let rows = Directed::new(self.administrators.range(range)?, backwards);
            Ok(Some(rows.filter_map(|row| match row {
                Ok((key, _)) => {
                    let (realm, user) = scope_of_key(key.value())?;
                    let place = AdministratorPlace { realm, user };
                    Some(Ok((place, place)))
                }
                Err(unavailable) => Some(Err(unavailable)),
            })))
        };
        let sources = ranges.into_iter().map(source).filter_map(Result::transpose);
        let mut sources = sources.collect::<Result<Vec<_>, Unavailable>>()?;
        if backwards {
            sources.reverse();
        }
        Ok(Box::new(sources.into_iter().flatten()))
    }
}

/// True if the realm exists.
fn is_there(instance: &Instance, realm: AdminScope) -> bool {
    match realm {
        AdminScope::Instance => true,
        AdminScope::Organization(id) => instance.organization(id).is_some(),
        AdminScope::Project(id) => instance.project(id).is_some(),
    }
}
