//! Rows that the indexes should have, compared with those that they have.

use super::{
    administrators, applications, authorizations, counts, credentials, home_administrators,
    project_authorizations, resource, username, users,
};
use crate::counts::Counted;
use crate::fault::Unavailable;
use crate::schema::CountKey;
use crate::snapshot::Snapshot;
use crate::view::View;
use jeton_domain::client::Client;
use jeton_domain::id::ClientId;
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// Rows that the indexes should have, by the clients that were read.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    rows: BTreeMap<&'static str, u64>,
    counts: BTreeMap<CountKey, u64>,
}

impl Expected {
    /// The index rows of this client that are missing or lead elsewhere.
    pub(crate) fn missing(&mut self, snapshot: &Snapshot, client: &Client) -> Vec<String> {
        for counted in counts(client) {
            let count = self.counts.entry(counted.key()).or_default();
            *count = count.saturating_add(1);
        }
        let mut ways = Ways { expected: self, id: client.id.0, missing: Vec::new() };
        let id = client.id.0;
        if let Some((home, name)) = username(client) {
            let leads = |row: Option<u64>| row == Some(id);
            ways.expect(
                "client_names",
                &name,
                snapshot.client_names.get(name).map(|row| leads(row.map(|row| row.value()))),
            );
            let row = snapshot.users_by_name.get((home.0, name));
            ways.expect("users_by_name", &(home.0, name), row.map(|row| leads(row.map(|row| row.value()))));
        }
        if let Some(uri) = resource(client) {
            let row = snapshot.resources.get(uri);
            ways.expect("resources", &uri, row.map(|row| row.is_some_and(|row| row.value() == id)));
        }
        ways.lead("authorizations", &snapshot.authorizations, authorizations(client));
        ways.lead("project_authorizations", &snapshot.project_authorizations, project_authorizations(client));
        ways.lead("credential_owners", &snapshot.credential_owners, credentials(client));
        ways.hold("users", &snapshot.users, users(client));
        ways.hold("applications", &snapshot.applications, applications(client));
        ways.hold("administrators", &snapshot.administrators, administrators(client));
        ways.hold("home_administrators", &snapshot.home_administrators, home_administrators(client));
        ways.missing
    }

    /// Indexes with rows that lead to no client, once all clients were read.
    pub(crate) fn beyond(&self, snapshot: &Snapshot) -> Vec<String> {
        let tables = [
            ("client_names", snapshot.client_names.len()),
            ("users_by_name", snapshot.users_by_name.len()),
            ("resources", snapshot.resources.len()),
            ("authorizations", snapshot.authorizations.len()),
            ("project_authorizations", snapshot.project_authorizations.len()),
            ("credential_owners", snapshot.credential_owners.len()),
            ("users", snapshot.users.len()),
            ("applications", snapshot.applications.len()),
            ("administrators", snapshot.administrators.len()),
            ("home_administrators", snapshot.home_administrators.len()),
        ];
        let differing = tables.into_iter().filter_map(|(table, rows)| {
            let expected = self.rows.get(table).copied().unwrap_or_default();
            let rows = rows.ok().filter(|rows| *rows != expected)?;
            Some(format!("{table} has {rows} rows, and clients account for {expected}"))
        });
        differing.chain(self.miscounted(snapshot)).collect()
    }

    /// Stored numbers that differ from the counted ones.
    fn miscounted(&self, snapshot: &Snapshot) -> Vec<String> {
        // An unreadable table is reported elsewhere.
        let Ok(rows) = snapshot.counts.iter() else { return Vec::new() };
        let stored: BTreeMap<CountKey, u64> =
            rows.filter_map(Result::ok).map(|(key, count)| (key.value(), count.value())).collect();
        let Ok(revoked) = snapshot.revoked_tokens.iter() else { return Vec::new() };
        let mut counts = self.counts.clone();
        for (client, by_others) in revoked.filter_map(Result::ok).map(|(_, row)| row.value()) {
            let counted =
                [Counted::revoked(ClientId(client), by_others), Counted::RevokedInAll { by_others }];
            for key in counted.map(Counted::key) {
                let count = counts.entry(key).or_default();
                *count = count.saturating_add(1);
            }
        }
        let keys = counts.keys().chain(stored.keys()).collect::<BTreeSet<_>>();
        let differing = keys.into_iter().filter_map(|key| {
            let of = |counts: &BTreeMap<CountKey, u64>| counts.get(key).copied().unwrap_or_default();
            let (stored, expected) = (of(&stored), of(&counts));
            (stored != expected).then(|| format!("counts {key:?} says {stored}, and there are {expected}"))
        });
        differing.collect()
    }
}

/// The index rows of one client.
struct Ways<'e> {
    expected: &'e mut Expected,
    id: u64,
    missing: Vec<String>,
}

impl Ways<'_> {
    fn expect(&mut self, table: &'static str, key: &impl Debug, leads: Result<bool, Unavailable>) {
        let rows = self.expected.rows.entry(table).or_default();
        *rows = rows.saturating_add(1);
        // An unreadable row is reported elsewhere.
        if leads == Ok(false) {
            self.missing.push(format!("{table} {key:?} does not lead to client {}", self.id));
        }
    }

    /// Checks rows that hold the client's id.
    fn lead<K>(&mut self, table: &'static str, view: &View<K, u64>, keys: Vec<K>)
    where
        K: redb::Key + Copy + Debug + 'static + for<'k> Borrow<K::SelfType<'k>>,
    {
        for key in keys {
            let row = view.get(key);
            let leads = row.map(|row| row.is_some_and(|row| row.value() == self.id));
            self.expect(table, &key, leads);
        }
    }

    /// Checks rows without a value.
    fn hold<K>(&mut self, table: &'static str, view: &View<K, ()>, keys: Vec<K>)
    where
        K: redb::Key + Copy + Debug + 'static + for<'k> Borrow<K::SelfType<'k>>,
    {
        for key in keys {
            let holds = view.get(key).map(|row| row.is_some());
            self.expect(table, &key, holds);
        }
    }
}
