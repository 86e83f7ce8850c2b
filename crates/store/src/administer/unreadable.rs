//! Deletion and deactivation of clients, projects and organizations whose record can't be read. Neither
//! needs the record.

use super::{CommandContext, Done, organizations, projects};
use crate::batch::{Batch, TransactionError};
use crate::index::{self, Home};
use crate::open::{first_organization, first_project};
use crate::schema::{CLIENTS, HOME_ADMINISTRATORS, ORGANIZATIONS, PROJECTS, RETIRED_IDS, SET_ASIDE};
use jeton_domain::admin::Outcome;
use jeton_domain::admin::{OrganizationOperation, ProjectOperation};
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::{ClientId, OrganizationId, ProjectId};
use jeton_domain::permission::{AdminScope, Permission, ResourcePath};
use jeton_domain::record::{RecordKind, UnreadableRecord};
use jeton_domain::refusal::OperationError;
use redb::ReadableTable;
use std::sync::Arc;

impl Batch<'_> {
    pub(crate) fn remove_unreadable(&mut self, id: ClientId) -> Result<(), TransactionError> {
        self.transaction.open_table(CLIENTS)?.remove(id.0)?;
        self.transaction.open_table(SET_ASIDE)?.remove(id.0)?;
        self.transaction.open_table(RETIRED_IDS)?.insert(id.0, ())?;
        index::sweep(self.transaction, id, self.state.instance.as_ref(), self.now)?;
        self.remove_past(id)?;
        self.state.changes.mark(id);
        Ok(())
    }

    /// Deletes or sets aside a client whose record can't be read.
    pub(super) fn end_unreadable(
        &mut self,
        context: &CommandContext,
        id: ClientId,
        permission: Permission,
    ) -> Result<Done, TransactionError> {
        let home = index::home_of(self.transaction, id)?;
        let place = match home {
            Some(Home::Organization(id)) => ResourcePath::Organization(id),
            Some(Home::Project(id)) => {
                self.place_of(AdminScope::Project(id)).unwrap_or(ResourcePath::Instance)
            }
            None => ResourcePath::Instance,
        };
        let is_api = matches!(home, Some(Home::Project(_)));
        context.permit(if is_api { Permission::ProjectWrite } else { permission }, place)?;
        if let Some(Home::Organization(home)) = home
            && self.transaction.open_table(HOME_ADMINISTRATORS)?.get((home.0, id.0))?.is_some()
        {
            context.permit(Permission::AdministratorWrite, ResourcePath::Instance)?;
        }
        let deletes = permission == Permission::UserDelete;
        if deletes {
            self.remove_unreadable(id)?;
        } else {
            self.transaction.open_table(SET_ASIDE)?.insert(id.0, ())?;
            self.state.changes.mark(id);
        }
        let kind = match (deletes, is_api) {
            (true, false) => EventKind::UserRemoved,
            (true, true) => EventKind::ApplicationRemoved,
            (false, false) => EventKind::UserDeactivated,
            (false, true) => EventKind::ApplicationDeactivated,
        };
        let organization = match place {
            ResourcePath::Organization(id) | ResourcePath::Project(id, _) => Some(id),
            ResourcePath::Instance => None,
        };
        let entry = Entry::new(kind, id.0, 0, "its record could not be read");
        Ok(Done { outcome: Outcome::Noted, organization, entries: vec![entry] })
    }

    /// Deletes or deactivates a project whose record can't be read. One that the instance needs is
    /// created anew, without roles.
    pub(super) fn end_unreadable_project(
        &mut self,
        context: &CommandContext,
        id: ProjectId,
        action: &ProjectOperation,
    ) -> Result<Done, TransactionError> {
        if self.transaction.open_table(PROJECTS)?.get(id.0)?.is_none() {
            return Err(OperationError::UnknownProject.into());
        }
        let unreadable = UnreadableRecord { kind: RecordKind::Project, id: id.0 };
        let entry = Entry { note: "its record could not be read".into(), ..projects::entry(id, action) };
        match action {
            ProjectOperation::Delete => {
                context.permit(Permission::ProjectDelete, ResourcePath::Instance)?;
                if self.check_not_needed(id).is_err() {
                    let home = self.state.instance.default_organization;
                    let name = if id == self.state.instance.default_project { "Default" } else { "Jeton" };
                    self.write_project(first_project(id, name, home, context.now))?;
                } else {
                    self.remove_project(id)?;
                }
                self.transaction.open_table(SET_ASIDE)?.remove(id.0)?;
            }
            ProjectOperation::SetActive(false) => {
                context.permit(Permission::ProjectWrite, ResourcePath::Instance)?;
                self.check_not_needed(id)?;
                self.transaction.open_table(SET_ASIDE)?.insert(id.0, ())?;
            }
            _ => return Err(unreadable.into()),
        }
        Arc::make_mut(&mut self.state.instance).unreadable.remove(&id.0);
        self.state.changes.mark_all();
        Ok(Done::of_instance(Outcome::Noted, entry))
    }

    /// Deletes or deactivates an organization whose record can't be read. The default one is created
    /// anew, and keeps its users and projects.
    pub(super) fn end_unreadable_organization(
        &mut self,
        context: &CommandContext,
        id: OrganizationId,
        action: &OrganizationOperation,
    ) -> Result<Done, TransactionError> {
        if self.transaction.open_table(ORGANIZATIONS)?.get(id.0)?.is_none() {
            return Err(OperationError::UnknownOrganization.into());
        }
        let unreadable = UnreadableRecord { kind: RecordKind::Organization, id: id.0 };
        let entry = Entry { note: "its record could not be read".into(), ..organizations::entry(id, action) };
        match action {
            OrganizationOperation::Delete => {
                context.permit(Permission::OrganizationDelete, ResourcePath::Instance)?;
                if id == self.state.instance.default_organization {
                    self.write_organization(first_organization(id, context.now))?;
                } else {
                    self.check_power_over_all(context, id)?;
                    self.remove_organization(id)?;
                }
                self.transaction.open_table(SET_ASIDE)?.remove(id.0)?;
            }
            OrganizationOperation::SetActive(false) => {
                context.permit(Permission::OrganizationWrite, ResourcePath::Instance)?;
                self.check_not_default(id)?;
                self.check_power_over_all(context, id)?;
                self.transaction.open_table(SET_ASIDE)?.insert(id.0, ())?;
            }
            _ => return Err(unreadable.into()),
        }
        Arc::make_mut(&mut self.state.instance).unreadable.remove(&id.0);
        self.state.changes.mark_all();
        Ok(Done::of_instance(Outcome::Noted, entry))
    }
}
