//! The rows of organizations, projects and keys, which are also in memory.

use crate::batch::Batch;
use crate::fault::TransactionError;
use crate::records;
use crate::retired::retire;
use crate::schema::{ORGANIZATIONS, PROJECTS, SET_ASIDE, SIGNING_KEYS, TOKEN_KEYS};
use jeton_domain::id::{OrganizationId, SigningKeyId, TokenKeyId};
use jeton_domain::organization::Organization;
use jeton_domain::project::Project;
use jeton_domain::refusal::OperationError;
use jeton_domain::retired_name::Name;
use jeton_domain::signing::SigningKeys;
use jeton_domain::token_key::TokenKeys;
use std::sync::Arc;

/// The approximate cost of writing a project, in rows: its record has all its roles and grants.
const ROWS_PER_PROJECT: usize = 20;

impl Batch<'_> {
    /// Writes an organization. A domain that it gives up is retired, and a new one is in use again.
    pub(super) fn put_organization(
        &mut self,
        organization: Arc<Organization>,
        record: &[u8],
    ) -> Result<(), TransactionError> {
        let id = organization.id;
        self.transaction.open_table(ORGANIZATIONS)?.insert(id.0, record)?;
        let before = self.state.instance.organization(id);
        let before = before.filter(|before| before.primary_domain != organization.primary_domain);
        if let Some(before) = before {
            self.take_name(Name::Domain(&organization.primary_domain))?;
            retire(self.transaction, Name::Domain(&before.primary_domain), id.0, id, self.now)?;
        }
        Arc::make_mut(&mut self.state.instance).organizations.insert(id, organization);
        Ok(())
    }

    pub(super) fn put_project(
        &mut self,
        project: Arc<Project>,
        record: &[u8],
    ) -> Result<(), TransactionError> {
        self.transaction.open_table(PROJECTS)?.insert(project.id.0, record)?;
        Arc::make_mut(&mut self.state.instance).projects.insert(project.id, project);
        Ok(())
    }

    /// Sets the record of an organization or project aside that can't be read: it counts as absent.
    pub(super) fn set_aside(&mut self, id: u64) -> Result<(), TransactionError> {
        self.transaction.open_table(SET_ASIDE)?.insert(id, ())?;
        self.forget_unreadable(id);
        Ok(())
    }

    /// Ends that, for a record that was deleted or written anew.
    pub(super) fn end_set_aside(&mut self, id: u64) -> Result<(), TransactionError> {
        self.transaction.open_table(SET_ASIDE)?.remove(id)?;
        self.forget_unreadable(id);
        Ok(())
    }

    fn forget_unreadable(&mut self, id: u64) {
        Arc::make_mut(&mut self.state.instance).unreadable.remove(&id);
        self.state.changes.mark_all();
    }

    /// There are few keys, so all readable rows are written anew.
    pub(super) fn put_signing_keys(
        &mut self,
        keys: Arc<SigningKeys>,
        records: &[(SigningKeyId, Vec<u8>)],
    ) -> Result<(), TransactionError> {
        let before = &self.state.signing_keys;
        let gone =
            before.keys.iter().map(|key| &key.id).chain(before.unreadable.difference(&keys.unreadable));
        let mut table = self.transaction.open_table(SIGNING_KEYS)?;
        for id in gone {
            table.remove(id.0)?;
        }
        for (id, record) in records {
            table.insert(id.0, record.as_slice())?;
        }
        drop(table);
        self.state.signing_keys = keys;
        Ok(())
    }

    /// Writes the rows of the keys that changed.
    pub(super) fn put_token_keys(
        &mut self,
        keys: Arc<TokenKeys>,
        records: &[(TokenKeyId, Vec<u8>)],
    ) -> Result<(), TransactionError> {
        let before = &self.state.token_keys;
        let is_kept = |id| keys.keys.iter().any(|key| key.id == id);
        let gone = before.keys.iter().map(|key| &key.id).filter(|id| !is_kept(**id));
        let mut table = self.transaction.open_table(TOKEN_KEYS)?;
        for id in gone.chain(before.unreadable.difference(&keys.unreadable)) {
            table.remove(id.0)?;
        }
        for (id, record) in records {
            table.insert(id.0, record.as_slice())?;
        }
        drop(table);
        self.state.token_keys = keys;
        Ok(())
    }

    /// Removes the grants to a deleted organization from projects that cost about this many rows
    /// together. Returns the cost, or None if no grants are left.
    pub(crate) fn remove_grants_to(
        &mut self,
        to: OrganizationId,
        rows_max: usize,
    ) -> Result<Option<usize>, TransactionError> {
        let all = self.state.instance.projects.values();
        let granted = all.filter(|project| project.grants.contains_key(&to));
        let some: Vec<_> = granted.take(rows_max.div_ceil(ROWS_PER_PROJECT)).cloned().collect();
        for project in &some {
            let mut project = Project::clone(project);
            project.grants.remove(&to);
            let record = records::write_project(&project).map_err(|_| OperationError::TooLarge)?;
            self.put_project(Arc::new(project), &record)?;
        }
        Ok((!some.is_empty()).then_some(some.len() * ROWS_PER_PROJECT))
    }
}
