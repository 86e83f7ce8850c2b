//! Deletion and deactivation of clients, projects and organizations whose record can't be read. Neither
//! needs the record.

use super::{Doing, Done, organizations, projects};
use crate::act::{OrganizationAction, ProjectAction};
use crate::batch::{Batch, Trouble};
use crate::command::Outcome;
use crate::index::{self, Home};
use crate::open::{first_organization, first_project};
use crate::schema::{CLIENTS, HOME_ADMINISTRATORS, ORGANIZATIONS, PROJECTS, RETIRED_IDS, SET_ASIDE};
use crate::unreadable::{RecordKind, UnreadableRecord};
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::{ClientId, OrganizationId, ProjectId};
use jeton_domain::permission::{Permission, Place, Realm};
use jeton_domain::refusal::Refusal;
use redb::ReadableTable;
use std::sync::Arc;

impl Batch<'_> {
    pub(crate) fn remove_unreadable(&mut self, id: ClientId) -> Result<(), Trouble> {
        self.transaction.open_table(CLIENTS)?.remove(id.0)?;
        self.transaction.open_table(SET_ASIDE)?.remove(id.0)?;
        self.transaction.open_table(RETIRED_IDS)?.insert(id.0, ())?;
        index::sweep(self.transaction, id, self.counters.instance.as_ref(), self.now)?;
        self.remove_past(id)?;
        self.counters.changes.mark(id);
        Ok(())
    }

    /// Deletes or sets aside a client whose record can't be read.
    pub(super) fn end_unreadable(
        &mut self,
        doing: &Doing,
        id: ClientId,
        permission: Permission,
    ) -> Result<Done, Trouble> {
        let home = index::home_of(self.transaction, id)?;
        let place = match home {
            Some(Home::Organization(id)) => Place::Organization(id),
            Some(Home::Project(id)) => self.place_of(Realm::Project(id)).unwrap_or(Place::Instance),
            None => Place::Instance,
        };
        let is_api = matches!(home, Some(Home::Project(_)));
        doing.permit(if is_api { Permission::ProjectWrite } else { permission }, place)?;
        if let Some(Home::Organization(home)) = home
            && self.transaction.open_table(HOME_ADMINISTRATORS)?.get((home.0, id.0))?.is_some()
        {
            doing.permit(Permission::AdministratorWrite, Place::Instance)?;
        }
        let deletes = permission == Permission::UserDelete;
        if deletes {
            self.remove_unreadable(id)?;
        } else {
            self.transaction.open_table(SET_ASIDE)?.insert(id.0, ())?;
            self.counters.changes.mark(id);
        }
        let kind = match (deletes, is_api) {
            (true, false) => EventKind::UserRemoved,
            (true, true) => EventKind::ApplicationRemoved,
            (false, false) => EventKind::UserDeactivated,
            (false, true) => EventKind::ApplicationDeactivated,
        };
        let organization = match place {
            Place::Organization(id) | Place::Project(id, _) => Some(id),
            Place::Instance => None,
        };
        let entry = Entry::new(kind, id.0, 0, "its record could not be read");
        Ok(Done { outcome: Outcome::Noted, organization, entries: vec![entry] })
    }

    /// Deletes or deactivates a project whose record can't be read. One that the instance needs is
    /// created anew, without roles.
    pub(super) fn end_unreadable_project(
        &mut self,
        doing: &Doing,
        id: ProjectId,
        action: &ProjectAction,
    ) -> Result<Done, Trouble> {
        if self.transaction.open_table(PROJECTS)?.get(id.0)?.is_none() {
            return Err(Refusal::UnknownProject.into());
        }
        let unreadable = UnreadableRecord { kind: RecordKind::Project, id: id.0 };
        let entry = Entry { note: "its record could not be read".into(), ..projects::entry(id, action) };
        match action {
            ProjectAction::Delete => {
                doing.permit(Permission::ProjectDelete, Place::Instance)?;
                if self.check_not_needed(id).is_err() {
                    let home = self.counters.instance.default_organization;
                    let name = if id == self.counters.instance.default_project { "Default" } else { "Jeton" };
                    self.write_project(first_project(id, name, home, doing.now))?;
                } else {
                    self.remove_project(id)?;
                }
                self.transaction.open_table(SET_ASIDE)?.remove(id.0)?;
            }
            ProjectAction::Switch(false) => {
                doing.permit(Permission::ProjectWrite, Place::Instance)?;
                self.check_not_needed(id)?;
                self.transaction.open_table(SET_ASIDE)?.insert(id.0, ())?;
            }
            _ => return Err(unreadable.into()),
        }
        Arc::make_mut(&mut self.counters.instance).unreadable.remove(&id.0);
        self.counters.changes.mark_all();
        Ok(Done::of_instance(Outcome::Noted, entry))
    }

    /// Deletes or deactivates an organization whose record can't be read. The default one is created
    /// anew, and keeps its users and projects.
    pub(super) fn end_unreadable_organization(
        &mut self,
        doing: &Doing,
        id: OrganizationId,
        action: &OrganizationAction,
    ) -> Result<Done, Trouble> {
        if self.transaction.open_table(ORGANIZATIONS)?.get(id.0)?.is_none() {
            return Err(Refusal::UnknownOrganization.into());
        }
        let unreadable = UnreadableRecord { kind: RecordKind::Organization, id: id.0 };
        let entry = Entry { note: "its record could not be read".into(), ..organizations::entry(id, action) };
        match action {
            OrganizationAction::Delete => {
                doing.permit(Permission::OrganizationDelete, Place::Instance)?;
                if id == self.counters.instance.default_organization {
                    self.write_organization(first_organization(id, doing.now))?;
                } else {
                    self.check_power_over_all(doing, id)?;
                    self.remove_organization(id)?;
                }
                self.transaction.open_table(SET_ASIDE)?.remove(id.0)?;
            }
            OrganizationAction::Switch(false) => {
                doing.permit(Permission::OrganizationWrite, Place::Instance)?;
                self.check_not_default(id)?;
                self.check_power_over_all(doing, id)?;
                self.transaction.open_table(SET_ASIDE)?.insert(id.0, ())?;
            }
            _ => return Err(unreadable.into()),
        }
        Arc::make_mut(&mut self.counters.instance).unreadable.remove(&id.0);
        self.counters.changes.mark_all();
        Ok(Done::of_instance(Outcome::Noted, entry))
    }
}
