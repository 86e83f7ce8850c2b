//! The indexes of clients, kept up to date in one place: each change of a client gives its state before
//! and after, and the rows that differ are removed and added.

mod expected;

pub(crate) use expected::Expected;

use crate::batch::Batch;
use crate::counts::{Counted, adjust, scope_key};
use crate::fault::{EngineError, TransactionError};
use crate::schema::{
    ADMINISTRATORS, APPLICATIONS, AUTHORIZATIONS, AdminScopeKey, CLIENT_NAMES, COUNTS, CREDENTIAL_OWNERS,
    CountKey, HOME_ADMINISTRATORS, PROJECT_AUTHORIZATIONS, RESOURCES, USERS, USERS_BY_NAME, UserKey,
};
use crate::writing::Writing;
use jeton_domain::admin::Home;
use jeton_domain::client::Client;
use jeton_domain::id::{ClientId, OrganizationId, ProjectId};
use jeton_domain::permission::AdminScope;
use jeton_domain::service_user::ServiceUser;
use redb::{Key, ReadableTable, Table, TableDefinition, Value};
use std::borrow::Borrow;
use std::collections::BTreeMap;

/// The key of the administrator roles of a user for a realm. The keys sort as realms do.
pub(crate) const fn administrator_key(realm: AdminScope, user: ClientId) -> AdminScopeKey {
    let (kind, id) = scope_key(realm);
    (kind, id, user.0)
}

/// The realm and the user of such a key.
pub(crate) const fn scope_of_key((kind, id, user): AdminScopeKey) -> Option<(AdminScope, ClientId)> {
    let realm = match kind {
        0 => AdminScope::Instance,
        1 => AdminScope::Organization(OrganizationId(id)),
        2 => AdminScope::Project(ProjectId(id)),
        _ => return None,
    };
    Some((realm, ClientId(user)))
}

impl Batch<'_> {
    /// Updates all indexes from `before` to `after`. None stands for a client that does not exist.
    pub(crate) fn reindex(
        &self,
        before: Option<&Client>,
        after: Option<&Client>,
    ) -> Result<(), TransactionError> {
        reindex(self.transaction, before, after)
    }

    /// The stored number.
    pub(crate) fn count(&self, counted: Counted) -> Result<u64, EngineError> {
        let counts = self.transaction.open_table(COUNTS)?;
        Ok(counts.get(counted.key())?.map_or(0, |count| count.value()))
    }
}

pub(crate) fn reindex(
    write: &Writing<'_>,
    before: Option<&Client>,
    after: Option<&Client>,
) -> Result<(), TransactionError> {
    let Some(id) = after.or(before).map(|client| client.id.0) else { return Ok(()) };
    rename(write, id, before.and_then(username), after.and_then(username))?;
    let (old, new) = (before.and_then(resource), after.and_then(resource));
    if old != new {
        let mut resources = write.open_table(RESOURCES)?;
        old.map(|uri| resources.remove(uri)).transpose()?;
        new.map(|uri| resources.insert(uri, id)).transpose()?;
    }
    let differ_in = |keys: fn(&Client) -> Vec<u64>, table| differ(write, table, id, before, after, keys);
    differ_in(authorizations, AUTHORIZATIONS)?;
    differ_in(credentials, CREDENTIAL_OWNERS)?;
    differ(write, PROJECT_AUTHORIZATIONS, id, before, after, project_authorizations)?;
    differ(write, USERS, (), before, after, users)?;
    differ(write, APPLICATIONS, (), before, after, applications)?;
    differ(write, ADMINISTRATORS, (), before, after, administrators)?;
    differ(write, HOME_ADMINISTRATORS, (), before, after, home_administrators)?;
    count(write, before, after)
}

/// The keys of a username: its organization, and the folded name.
type Username<'c> = (OrganizationId, &'c str);

fn rename(
    write: &Writing<'_>,
    id: u64,
    old: Option<Username<'_>>,
    new: Option<Username<'_>>,
) -> Result<(), TransactionError> {
    if old == new {
        return Ok(());
    }
    let mut names = write.open_table(CLIENT_NAMES)?;
    let mut by_name = write.open_table(USERS_BY_NAME)?;
    if let Some((home, name)) = old {
        names.remove(name)?;
        by_name.remove((home.0, name))?;
    }
    if let Some((home, name)) = new {
        names.insert(name, id)?;
        by_name.insert((home.0, name), id)?;
    }
    Ok(())
}

/// The names of a client that was swept out of the indexes.
#[derive(Debug)]
pub(crate) struct Swept {
    /// Its home, as far as the indexes knew it.
    pub(crate) home: Option<Home>,
    /// Its usernames, folded.
    pub(crate) usernames: Vec<String>,
    /// Its resource URIs.
    pub(crate) resources: Vec<String>,
}

/// Removes every row that leads to a client whose record can't be read. It reads all rows of the indexes,
/// which suits a rare case: some seconds for a million users.
pub(crate) fn sweep(write: &Writing<'_>, id: ClientId) -> Result<Swept, EngineError> {
    let home = home_of(write, id)?;
    let usernames = swept(write.open_table(CLIENT_NAMES)?, id)?;
    let resources = swept(write.open_table(RESOURCES)?, id)?;
    let mut gone = Vec::new();
    let mut is_kept = |client: u64, counted: Option<Counted>| {
        if client == id.0 {
            gone.extend(counted);
        }
        client != id.0
    };
    write.open_table(AUTHORIZATIONS)?.retain(|_, client| is_kept(client, None))?;
    write.open_table(CREDENTIAL_OWNERS)?.retain(|_, client| is_kept(client, None))?;
    write.open_table(USERS_BY_NAME)?.retain(|_, client| is_kept(client, None))?;
    write.open_table(PROJECT_AUTHORIZATIONS)?.retain(|(project, _), client| {
        is_kept(client, Some(Counted::AuthorizationsOf(ProjectId(project))))
    })?;
    write
        .open_table(APPLICATIONS)?
        .retain(|(project, client), ()| is_kept(client, Some(Counted::ApplicationsOf(ProjectId(project)))))?;
    write.open_table(ADMINISTRATORS)?.retain(|key, ()| {
        is_kept(key.2, scope_of_key(key).map(|(realm, _)| Counted::AdministratorsOf(realm)))
    })?;
    write.open_table(HOME_ADMINISTRATORS)?.retain(|(home, client), ()| {
        is_kept(client, Some(Counted::AdministratorsFrom(OrganizationId(home))))
    })?;
    write
        .open_table(USERS)?
        .retain(|(home, _, client), ()| is_kept(client, Some(Counted::UsersOf(OrganizationId(home)))))?;
    let mut counts = write.open_table(COUNTS)?;
    gone.into_iter().try_for_each(|counted| adjust(&mut counts, counted.key(), -1))?;
    Ok(Swept { home, usernames, resources })
}

/// Removes the names that lead to a client, and returns them.
fn swept(mut names: Table<'_, &'static str, u64>, id: ClientId) -> Result<Vec<String>, EngineError> {
    let mut gone = Vec::new();
    names.retain(|name, client| {
        gone.extend((client == id.0).then(|| name.to_owned()));
        client != id.0
    })?;
    Ok(gone)
}

/// The home of a client as the indexes know it: the organization of a service user, the project of an
/// API.
pub(crate) fn home_of(write: &Writing<'_>, id: ClientId) -> Result<Option<Home>, EngineError> {
    for row in write.open_table(USERS)?.iter()? {
        let (home, _, client) = row?.0.value();
        if client == id.0 {
            return Ok(Some(Home::Organization(OrganizationId(home))));
        }
    }
    for row in write.open_table(APPLICATIONS)?.iter()? {
        let (project, client) = row?.0.value();
        if client == id.0 {
            return Ok(Some(Home::Project(ProjectId(project))));
        }
    }
    Ok(None)
}

/// Removes old keys and inserts new ones, all with one value.
fn differ<K, V>(
    write: &Writing<'_>,
    definition: TableDefinition<'static, K, V>,
    value: V,
    before: Option<&Client>,
    after: Option<&Client>,
    keys: fn(&Client) -> Vec<K>,
) -> Result<(), TransactionError>
where
    K: Key + Copy + PartialEq + 'static + for<'k> Borrow<K::SelfType<'k>>,
    V: Value + Copy + 'static + for<'v> Borrow<V::SelfType<'v>>,
{
    let (before, after) = (before.map(keys).unwrap_or_default(), after.map(keys).unwrap_or_default());
    if before == after {
        return Ok(());
    }
    let mut table = write.open_table(definition)?;
    for gone in before.iter().filter(|key| !after.contains(key)) {
        table.remove(*gone)?;
    }
    for new in after.iter().filter(|key| !before.contains(key)) {
        table.insert(*new, value)?;
    }
    Ok(())
}

fn count(
    write: &Writing<'_>,
    before: Option<&Client>,
    after: Option<&Client>,
) -> Result<(), TransactionError> {
    let mut steps: BTreeMap<CountKey, i64> = BTreeMap::new();
    for (client, step) in [(before, -1), (after, 1)] {
        for counted in client.map(counts).unwrap_or_default() {
            *steps.entry(counted.key()).or_default() += step;
        }
    }
    steps.retain(|_, step| *step != 0);
    if steps.is_empty() {
        return Ok(());
    }
    let mut counts = write.open_table(COUNTS)?;
    Ok(steps.into_iter().try_for_each(|(key, step)| adjust(&mut counts, key, step))?)
}

fn username(client: &Client) -> Option<Username<'_>> {
    client.service_user().map(|_| (client.organization, client.name.folded()))
}

fn resource(client: &Client) -> Option<&str> {
    client.api().and_then(|api| api.resource.as_ref()).map(|resource| resource.as_str())
}

fn credentials(client: &Client) -> Vec<u64> {
    client.credentials.iter().map(|credential| credential.id.0).collect()
}

/// A list of properties of a service user; empty for an API.
fn of_user<T>(client: &Client, of: impl FnOnce(&ServiceUser) -> Vec<T>) -> Vec<T> {
    client.service_user().map(of).unwrap_or_default()
}

fn authorizations(client: &Client) -> Vec<u64> {
    of_user(client, |user| user.authorizations.iter().map(|own| own.id.0).collect())
}

fn project_authorizations(client: &Client) -> Vec<(u64, u64)> {
    of_user(client, |user| user.authorizations.iter().map(|own| (own.project.0, own.id.0)).collect())
}

fn users(client: &Client) -> Vec<UserKey> {
    of_user(client, |_| vec![(client.organization.0, client.created.0, client.id.0)])
}

fn applications(client: &Client) -> Vec<(u64, u64)> {
    client.api().map(|api| (api.project.0, client.id.0)).into_iter().collect()
}

fn administrators(client: &Client) -> Vec<AdminScopeKey> {
    let key = |realm| administrator_key(realm, client.id);
    of_user(client, |user| user.administrations.iter().map(|own| key(own.realm)).collect())
}

fn home_administrators(client: &Client) -> Vec<(u64, u64)> {
    let administers = |user: &ServiceUser| !user.administrations.is_empty();
    let user = client.service_user().filter(|user| administers(user));
    user.map(|_| (client.organization.0, client.id.0)).into_iter().collect()
}

fn counts(client: &Client) -> Vec<Counted> {
    let home = client.organization;
    let mut all: Vec<_> = client.api().map(|api| Counted::ApplicationsOf(api.project)).into_iter().collect();
    if let Some(user) = client.service_user() {
        all.push(Counted::UsersOf(home));
        all.extend(user.authorizations.iter().map(|own| Counted::AuthorizationsOf(own.project)));
        all.extend(user.administrations.iter().map(|own| Counted::AdministratorsOf(own.realm)));
        all.extend((!user.administrations.is_empty()).then_some(Counted::AdministratorsFrom(home)));
    }
    all
}
