//! Removal in slices: a deleted object counts as absent at once, and its rows are removed in slices, so
//! that no command waits long for the writer.
//!
//! Deleting an organization or a project removes its own record and adds it to `removals`. From then on
//! all that belonged to it is absent ([`Instance::removed`]); users, APIs and projects are removed along
//! with the following batches, or while no command waits, also over a restart. Until then their usernames
//! and resource URIs are taken. The past credentials of a deleted client are removed in the same way.
//!
//! [`Instance::removed`]: jeton_domain::instance::Instance::removed

use crate::batch::Batch;
use crate::fault::TransactionError;
use crate::removals::Removal;
use crate::retired::retire;
use crate::schema::{
    APPLICATIONS, LAST_USES, ORGANIZATIONS, PAST_CREDENTIALS, PROJECTS, REMOVALS, RETIRED_IDS, USERS,
};
use jeton_domain::admin::Record;
use jeton_domain::client::Client;
use jeton_domain::id::{ClientId, OrganizationId, ProjectId};
use jeton_domain::retired_name::Name;
use jeton_secret::CredentialId;
use redb::{Key, ReadableTable, TableDefinition, Value};
use std::ops::RangeInclusive;
use std::sync::Arc;

impl Batch<'_> {
    /// Deletes an organization: everything that belongs to it is absent from now on.
    pub(crate) fn remove_organization(&mut self, id: OrganizationId) -> Result<(), TransactionError> {
        if let Some(old) = self.state.instance.organization(id) {
            retire(self.transaction, Name::Domain(&old.primary_domain), id.0, id, self.now)?;
        }
        self.transaction.open_table(ORGANIZATIONS)?.remove(id.0)?;
        self.begin_removal(id.0, Removal::Organization(id))?;
        let instance = Arc::make_mut(&mut self.state.instance);
        instance.organizations.remove(&id);
        let removals = Arc::make_mut(&mut self.state.removals);
        instance.projects.retain(|_, project| {
            let goes = project.organization == id;
            if goes {
                instance.removed.insert(project.id.0);
                removals.insert(Removal::Project(project.id));
            }
            !goes
        });
        Ok(())
    }

    /// Deletes a project: its APIs are absent from now on.
    pub(crate) fn remove_project(&mut self, id: ProjectId) -> Result<(), TransactionError> {
        self.transaction.open_table(PROJECTS)?.remove(id.0)?;
        self.begin_removal(id.0, Removal::Project(id))?;
        Arc::make_mut(&mut self.state.instance).projects.remove(&id);
        Ok(())
    }

    fn begin_removal(&mut self, id: u64, removal: Removal) -> Result<(), TransactionError> {
        self.transaction.open_table(RETIRED_IDS)?.insert(id, ())?;
        self.note_removal(removal)?;
        Arc::make_mut(&mut self.state.instance).removed.insert(id);
        // Cached facts about its users and APIs no longer hold.
        self.state.changes.mark_all();
        Ok(())
    }

    /// Removes the past credentials of a deleted client.
    pub(crate) fn remove_past(&mut self, client: ClientId) -> Result<(), TransactionError> {
        let past = self.transaction.open_table(PAST_CREDENTIALS)?;
        let has_some = past.range((client.0, 0)..=(client.0, u64::MAX))?.next().transpose()?.is_some();
        drop(past);
        if has_some { self.note_removal(Removal::PastOf(client)) } else { Ok(()) }
    }

    fn note_removal(&mut self, removal: Removal) -> Result<(), TransactionError> {
        self.transaction.open_table(REMOVALS)?.insert(removal.key(), ())?;
        Arc::make_mut(&mut self.state.removals).insert(removal);
        Ok(())
    }

    /// Removes about this many rows of deleted objects.
    pub(crate) fn remove_slice(&mut self, rows_max: usize) -> Result<(), TransactionError> {
        let mut left = rows_max;
        while left > 0
            && let Some(removal) = self.state.removals.last().copied()
        {
            let removed = match removal {
                Removal::Organization(id) => match self.remove_user_of(id)? {
                    Some(rows) => Some(rows),
                    None => self.remove_grants_to(id, left)?,
                },
                Removal::Project(id) => self.remove_api_of(id)?,
                Removal::PastOf(client) => self.remove_past_of(client, left)?,
            };
            match removed {
                Some(rows) => left = left.saturating_sub(rows),
                None => self.finish_removal(removal)?,
            }
        }
        Ok(())
    }

    fn finish_removal(&mut self, removal: Removal) -> Result<(), TransactionError> {
        if let Removal::Project(id) = removal {
            // A project that is removed with its organization still has its record.
            self.transaction.open_table(PROJECTS)?.remove(id.0)?;
            self.transaction.open_table(RETIRED_IDS)?.insert(id.0, ())?;
        }
        self.transaction.open_table(REMOVALS)?.remove(removal.key())?;
        let removals = Arc::make_mut(&mut self.state.removals);
        removals.remove(&removal);
        let is_rest_past = removals.iter().all(|removal| matches!(removal, Removal::PastOf(_)));
        if is_rest_past && !self.state.instance.removed.is_empty() {
            Arc::make_mut(&mut self.state.instance).removed.clear();
        }
        Ok(())
    }

    /// Removes a user of an organization. Returns the number of its rows, or None if no user is left.
    fn remove_user_of(&mut self, id: OrganizationId) -> Result<Option<usize>, TransactionError> {
        let all = (id.0, 0, 0)..=(id.0, u64::MAX, u64::MAX);
        self.remove_first(USERS, all, |(_, _, user)| ClientId(user))
    }

    /// Removes an API of a project in the same way.
    fn remove_api_of(&mut self, id: ProjectId) -> Result<Option<usize>, TransactionError> {
        self.remove_first(APPLICATIONS, (id.0, 0)..=(id.0, u64::MAX), |(_, api)| ClientId(api))
    }

    /// Removes the first client that an index leads to, or the row of one that no longer exists.
    fn remove_first<K>(
        &mut self,
        index: TableDefinition<'static, K, ()>,
        all: RangeInclusive<K>,
        client: fn(K) -> ClientId,
    ) -> Result<Option<usize>, TransactionError>
    where
        K: Key + for<'a> Value<SelfType<'a> = K> + Copy,
    {
        let first = {
            let rows = self.transaction.open_table(index)?;
            let first = rows.range(all)?.next().transpose()?;
            first.map(|(key, _)| key.value())
        };
        let Some(key) = first else { return Ok(None) };
        let rows = self.remove_row_of(client(key))?;
        if rows.is_none() {
            self.transaction.open_table(index)?.remove(key)?;
        }
        Ok(Some(rows.unwrap_or(1)))
    }

    /// Removes a client. Returns the number of its rows, or None if there is no such client.
    fn remove_row_of(&mut self, id: ClientId) -> Result<Option<usize>, TransactionError> {
        match self.client_row(id)? {
            Record::Is(client) => {
                self.remove_client(&client)?;
                Ok(Some(rows_of(&client)))
            }
            Record::Unreadable(_) => {
                self.remove_unreadable(id)?;
                Ok(Some(usize::MAX))
            }
            Record::Absent => Ok(None),
        }
    }

    fn remove_past_of(
        &mut self,
        client: ClientId,
        rows_max: usize,
    ) -> Result<Option<usize>, TransactionError> {
        let mut past = self.transaction.open_table(PAST_CREDENTIALS)?;
        let keys: Vec<(u64, u64)> = {
            let rows = past.range((client.0, 0)..=(client.0, u64::MAX))?.take(rows_max.div_ceil(2));
            rows.map(|row| row.map(|(key, _)| key.value())).collect::<Result<_, _>>()?
        };
        let mut uses = self.transaction.open_table(LAST_USES)?;
        for key in &keys {
            past.remove(*key)?;
            self.uses.forget(CredentialId(key.1));
            uses.remove(key.1)?;
        }
        Ok((!keys.is_empty()).then_some(keys.len() * 2))
    }
}

/// The approximate number of rows of a client.
fn rows_of(client: &Client) -> usize {
    let user = client.service_user();
    let granted = user.map_or(0, |user| user.authorizations.len() * 3 + user.administrations.len() * 2);
    8 + granted + client.credentials.len() * 2
}
