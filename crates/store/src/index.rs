//! The ways to a client other than by its id, kept in one place: whatever changes a client says how it was and
//! how it is, and the rows that differ are removed and added.

use crate::batch::{Batch, Trouble};
use crate::open::Fault;
use crate::retired::{Name, retire};
use crate::schema::{
    ADMINISTRATORS, APPLICATIONS, AUTHORIZATIONS, CLIENT_NAMES, EVERYONE, RESOURCES, USER_COUNTS, USERS,
    UserKey,
};
use crate::snapshot::{Snapshot, Unavailable};
use jeton_oauth::client::{Client, Profile};
use jeton_oauth::id::{AuthorizationId, ClientId, OrganizationId, ProjectId};
use jeton_oauth::project::Instance;
use jeton_oauth::time::Moment;
use redb::{Key, ReadableTable, Table, TableDefinition, Value, WriteTransaction};
use std::borrow::Borrow;

impl Batch<'_> {
    /// Brings all indexes from `before` to `after`; none of either means that there is no such client.
    pub(crate) fn reindex(&self, before: Option<&Client>, after: Option<&Client>) -> Result<(), Trouble> {
        reindex(self.transaction, before, after)
    }
}

fn reindex(write: &WriteTransaction, before: Option<&Client>, after: Option<&Client>) -> Result<(), Trouble> {
    let Some(id) = after.or(before).map(|client| client.id.0) else { return Ok(()) };
    let move_to = |before: Vec<_>, after: Vec<_>| differ(write, AUTHORIZATIONS, id, &before, &after);
    move_to(authorizations(before), authorizations(after))?;
    let (old, new) = (before.and_then(username), after.and_then(username));
    if old != new {
        let mut names = write.open_table(CLIENT_NAMES)?;
        old.map(|name| names.remove(name)).transpose()?;
        new.map(|name| names.insert(name, id)).transpose()?;
    }
    let (old, new) = (before.and_then(resource), after.and_then(resource));
    if old != new {
        let mut resources = write.open_table(RESOURCES)?;
        old.map(|uri| resources.remove(uri)).transpose()?;
        new.map(|uri| resources.insert(uri, id)).transpose()?;
    }
    differ(write, USERS, (), &users(before), &users(after))?;
    count_users(write, before, after)?;
    differ(write, APPLICATIONS, (), &applications(before), &applications(after))?;
    differ(write, ADMINISTRATORS, (), &administrators(before), &administrators(after))
}

/// Removes every row that leads to a client whose record can't be read. All rows of the indexes are looked at,
/// which is for the rare case: about a second for a million users. Its names are retired.
pub(crate) fn sweep(
    write: &WriteTransaction,
    id: ClientId,
    instance: &Instance,
    now: Moment,
) -> Result<(), Fault> {
    let home = match home_of(write, id)? {
        Some(Home::Organization(id)) => Some(id),
        Some(Home::Project(id)) => instance.project(id).map(|project| project.organization),
        None => None,
    };
    let home = home.unwrap_or(instance.default_organization);
    write.open_table(AUTHORIZATIONS)?.retain(|_, client| client != id.0)?;
    for name in swept(write.open_table(CLIENT_NAMES)?, id)? {
        retire(write, Name::Username(&name), id.0, home, now)?;
    }
    for uri in swept(write.open_table(RESOURCES)?, id)? {
        retire(write, Name::Resource(&uri), id.0, home, now)?;
    }
    write.open_table(APPLICATIONS)?.retain(|(_, client), ()| client != id.0)?;
    write.open_table(ADMINISTRATORS)?.remove(id.0)?;
    let mut homes = Vec::new();
    write.open_table(USERS)?.retain(|(home, _, client), ()| {
        let gone = client == id.0;
        homes.extend(gone.then_some(home));
        !gone
    })?;
    let mut counts = write.open_table(USER_COUNTS)?;
    for home in homes {
        let count = counts.get(home)?.map_or(0, |count| count.value());
        counts.insert(home, count.saturating_sub(1))?;
    }
    Ok(())
}

/// Removes the names that lead to a client; returns them.
fn swept(mut names: Table<'_, &'static str, u64>, id: ClientId) -> Result<Vec<String>, Fault> {
    let mut gone = Vec::new();
    names.retain(|name, client| {
        gone.extend((client == id.0).then(|| name.to_owned()));
        client != id.0
    })?;
    Ok(gone)
}

/// The place of a client as far as the indexes tell it: the organization of a service user, the project of an API.
pub(crate) fn home_of(write: &WriteTransaction, id: ClientId) -> Result<Option<Home>, Fault> {
    for row in write.open_table(USERS)?.iter()? {
        let (home, _, client) = row?.0.value();
        if client == id.0 && home != EVERYONE {
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

/// Rows that the indexes should have, by the clients that were looked at.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    names: u64,
    resources: u64,
    authorizations: u64,
    users: u64,
    applications: u64,
    administrators: u64,
}

impl Expected {
    /// The ways to this client that do not lead to it.
    pub(crate) fn missing(&mut self, snapshot: &Snapshot, client: &Client) -> Vec<String> {
        let id = client.id.0;
        let mut missing = Vec::new();
        let mut expect = |table: &str, key: String, leads: Result<bool, Unavailable>| {
            // What can't be read is named as that.
            if leads == Ok(false) {
                missing.push(format!("{table} {key} does not lead to client {id}"));
            }
        };
        let some = Some(client);
        if let Some(name) = username(client) {
            self.names = self.names.saturating_add(1);
            let row = snapshot.client_names.get(name).map(|row| row.is_some_and(|row| row.value() == id));
            expect("client_names", name.to_owned(), row);
        }
        if let Some(uri) = resource(client) {
            self.resources = self.resources.saturating_add(1);
            let row = snapshot.resources.get(uri).map(|row| row.is_some_and(|row| row.value() == id));
            expect("resources", uri.to_owned(), row);
        }
        for key in authorizations(some) {
            self.authorizations = self.authorizations.saturating_add(1);
            let row = snapshot.authorizations.get(key).map(|row| row.is_some_and(|row| row.value() == id));
            expect("authorizations", key.to_string(), row);
        }
        for key in users(some) {
            self.users = self.users.saturating_add(1);
            expect("users", format!("{key:?}"), snapshot.users.get(key).map(|row| row.is_some()));
        }
        for key in applications(some) {
            self.applications = self.applications.saturating_add(1);
            expect(
                "applications",
                format!("{key:?}"),
                snapshot.applications.get(key).map(|row| row.is_some()),
            );
        }
        for key in administrators(some) {
            self.administrators = self.administrators.saturating_add(1);
            expect(
                "administrators",
                key.to_string(),
                snapshot.administrators.get(key).map(|row| row.is_some()),
            );
        }
        missing
    }

    /// Indexes with rows that lead to no client, when all of these were looked at.
    pub(crate) fn beyond(&self, snapshot: &Snapshot) -> Vec<String> {
        let tables = [
            ("client_names", self.names, snapshot.client_names.len()),
            ("resources", self.resources, snapshot.resources.len()),
            ("authorizations", self.authorizations, snapshot.authorizations.len()),
            ("users", self.users, snapshot.users.len()),
            ("applications", self.applications, snapshot.applications.len()),
            ("administrators", self.administrators, snapshot.administrators.len()),
        ];
        let differing = tables.into_iter().filter_map(|(table, expected, rows)| {
            let rows = rows.ok().filter(|rows| *rows != expected)?;
            Some(format!("{table} has {rows} rows, and clients account for {expected}"))
        });
        differing.collect()
    }
}

/// A client's place in the indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// Of a service user.
    Organization(OrganizationId),
    /// Of an API.
    Project(ProjectId),
}

/// Removes the keys that are gone and inserts those that are new, all with one value.
fn differ<K, V>(
    write: &WriteTransaction,
    definition: TableDefinition<'_, K, V>,
    value: V,
    before: &[K],
    after: &[K],
) -> Result<(), Trouble>
where
    K: Key + Copy + PartialEq + 'static + for<'k> Borrow<K::SelfType<'k>>,
    V: Value + Copy + 'static + for<'v> Borrow<V::SelfType<'v>>,
{
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

fn count_users(
    write: &WriteTransaction,
    before: Option<&Client>,
    after: Option<&Client>,
) -> Result<(), Trouble> {
    let homes = |client: Option<&Client>| {
        users(client).into_iter().map(|(organization, ..)| organization).collect::<Vec<_>>()
    };
    let (before, after) = (homes(before), homes(after));
    if before == after {
        return Ok(());
    }
    let mut counts = write.open_table(USER_COUNTS)?;
    for (homes, step) in [(before, -1), (after, 1)] {
        for home in homes {
            let count = counts.get(home)?.map_or(0, |count| count.value());
            counts.insert(home, count.saturating_add_signed(step))?;
        }
    }
    Ok(())
}

fn username(client: &Client) -> Option<&str> {
    client.service_user().map(|_| client.name.folded())
}

fn resource(client: &Client) -> Option<&str> {
    client.api().and_then(|api| api.resource.as_ref()).map(|resource| resource.as_str())
}

fn authorizations(client: Option<&Client>) -> Vec<u64> {
    let user = client.and_then(Client::service_user);
    let ids = user.map(|user| user.authorizations.iter().map(|a| a.id));
    ids.into_iter().flatten().map(|AuthorizationId(id)| id).collect()
}

fn users(client: Option<&Client>) -> Vec<UserKey> {
    let user = client.filter(|client| matches!(client.profile, Profile::ServiceUser(_)));
    let key =
        |client: &Client| [EVERYONE, client.organization.0].map(|home| (home, client.created.0, client.id.0));
    user.map(key).into_iter().flatten().collect()
}

fn applications(client: Option<&Client>) -> Vec<(u64, u64)> {
    let key = |client: &Client| client.api().map(|api| (api.project.0, client.id.0));
    client.and_then(key).into_iter().collect()
}

fn administrators(client: Option<&Client>) -> Vec<u64> {
    let administers =
        |client: &&Client| client.service_user().is_some_and(|user| !user.administrations.is_empty());
    client.filter(administers).map(|client| client.id.0).into_iter().collect()
}
