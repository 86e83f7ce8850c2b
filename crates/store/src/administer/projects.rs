//! Projects and their roles.

use super::{Doing, Done};
use crate::act::{ProjectAction, ProjectEdit};
use crate::batch::{Batch, Trouble};
use crate::command::Outcome;
use crate::records;
use crate::schema::PROJECTS;
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::{OrganizationId, ProjectId};
use jeton_domain::permission::{Permission, Place};
use jeton_domain::project::{PROJECTS_MAX, Project, ROLES_MAX};
use jeton_domain::refusal::Refusal;
use jeton_domain::role::{Role, RoleKey};
use jeton_domain::text::Text;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Batch<'_> {
    pub(super) fn act_on_project(
        &mut self,
        doing: &Doing,
        id: ProjectId,
        action: ProjectAction,
    ) -> Result<Done, Trouble> {
        if let ProjectAction::Create { organization, name, edit } = action {
            return self.create_project(doing, id, organization, name, edit);
        }
        let Some(project) = self.counters.instance.project(id).cloned() else {
            return self.end_unreadable_project(doing, id, &action);
        };
        let place = Place::Project(project.organization, id);
        let permission = match &action {
            ProjectAction::Delete => Permission::ProjectDelete,
            _ => Permission::ProjectWrite,
        };
        doing.permit(permission, place)?;
        doing.check_fresh(project.act)?;
        let entry = entry(id, &action);
        let switched = match action {
            ProjectAction::Delete => return self.delete_project(&project, entry),
            ProjectAction::Switch(active) => {
                self.check_switch(&project, active)?;
                true
            }
            _ => false,
        };
        let organization = project.organization;
        let project = changed(doing, project, action)?;
        let project = self.write_project(Project { changed: doing.now, act: doing.act, ..project })?;
        if switched {
            // Cached facts about its APIs no longer hold.
            self.counters.changes.mark_all();
        }
        Ok(Done::new(Outcome::Project(project), organization, entry))
    }

    fn create_project(
        &mut self,
        doing: &Doing,
        id: ProjectId,
        organization: OrganizationId,
        name: Text,
        edit: ProjectEdit,
    ) -> Result<Done, Trouble> {
        if self.counters.instance.organization(organization).is_none() {
            return Err(Refusal::UnknownOrganization.into());
        }
        doing.permit(Permission::ProjectCreate, Place::Organization(organization))?;
        self.check_new_id(id.0)?;
        if self.counters.instance.projects.len() >= PROJECTS_MAX {
            return Err(Refusal::TooMany(PROJECTS_MAX).into());
        }
        let entry = Entry::new(EventKind::ProjectAdded, id.0, 0, name.as_str());
        let project = edit.applied(Project {
            id,
            organization,
            name,
            active: true,
            asserts_roles: false,
            authorization_required: false,
            access_required: false,
            roles: Vec::new(),
            grants: BTreeMap::new(),
            has_lost_grants: false,
            created: doing.now,
            changed: doing.now,
            act: doing.act,
        });
        Ok(Done::new(Outcome::Project(self.write_project(project)?), organization, entry))
    }

    fn check_switch(&self, project: &Project, active: bool) -> Result<(), Trouble> {
        if project.active == active {
            return Err(Refusal::AlreadySo(if active { "active" } else { "inactive" }).into());
        }
        self.check_not_needed(project.id)
    }

    /// Tokens that name no project are for the default project, and the management project stands for the
    /// server itself.
    pub(super) fn check_not_needed(&self, id: ProjectId) -> Result<(), Trouble> {
        let instance = &self.counters.instance;
        if id == instance.default_project {
            return Err(Refusal::Needed("the default project").into());
        }
        if id == instance.management_project {
            return Err(Refusal::Needed("the project of the management API").into());
        }
        Ok(())
    }

    fn delete_project(&mut self, project: &Project, entry: Entry) -> Result<Done, Trouble> {
        self.check_not_needed(project.id)?;
        self.remove_project(project.id)?;
        let outcome = Outcome::Project(Arc::new(project.clone()));
        Ok(Done::new(outcome, project.organization, entry))
    }

    pub(super) fn write_project(&mut self, project: Project) -> Result<Arc<Project>, Trouble> {
        let record = records::write_project(&project).map_err(|_| Refusal::TooLarge)?;
        self.transaction.open_table(PROJECTS)?.insert(project.id.0, record.as_slice())?;
        let project = Arc::new(project);
        Arc::make_mut(&mut self.counters.instance).projects.insert(project.id, Arc::clone(&project));
        Ok(project)
    }
}

impl ProjectEdit {
    fn applied(self, project: Project) -> Project {
        Project {
            name: self.name.unwrap_or(project.name),
            asserts_roles: self.asserts_roles.unwrap_or(project.asserts_roles),
            authorization_required: self.authorization_required.unwrap_or(project.authorization_required),
            access_required: self.access_required.unwrap_or(project.access_required),
            ..project
        }
    }
}

/// The project after an action that does not delete it.
fn changed(doing: &Doing, mut project: Project, action: ProjectAction) -> Result<Project, Refusal> {
    match action {
        ProjectAction::Edit(edit) => return Ok(edit.applied(project)),
        ProjectAction::Switch(active) => project.active = active,
        ProjectAction::AddRole { key, name, group } => {
            if project.role(&key).is_some() {
                return Err(Refusal::RoleTaken);
            }
            if project.roles.len() >= ROLES_MAX {
                return Err(Refusal::TooMany(ROLES_MAX));
            }
            let (created, changed, since) = (doing.now, doing.now, doing.act);
            project.roles.push(Role { key, name, group, created, changed, since });
        }
        ProjectAction::EditRole { key, name, group } => {
            let role = role_mut(&mut project, &key)?;
            role.name = name.unwrap_or_else(|| role.name.clone());
            role.group = group.unwrap_or_else(|| role.group.clone());
            role.changed = doing.now;
        }
        ProjectAction::RemoveRole(key) => return project.remove_role(&key),
        ProjectAction::Create { .. } | ProjectAction::Delete => {}
    }
    Ok(project)
}

fn role_mut<'p>(project: &'p mut Project, key: &RoleKey) -> Result<&'p mut Role, Refusal> {
    project.roles.iter_mut().find(|role| role.key == *key).ok_or(Refusal::UnknownRole)
}

pub(super) fn entry(id: ProjectId, action: &ProjectAction) -> Entry {
    let (kind, note) = match action {
        ProjectAction::Create { name, .. } => (EventKind::ProjectAdded, name.to_string()),
        ProjectAction::Edit(edit) => {
            let name = edit.name.as_ref().map(|name| format!("name {name}"));
            (EventKind::ProjectChanged, name.unwrap_or_default())
        }
        ProjectAction::Switch(true) => (EventKind::ProjectReactivated, String::new()),
        ProjectAction::Switch(false) => (EventKind::ProjectDeactivated, String::new()),
        ProjectAction::Delete => (EventKind::ProjectRemoved, String::new()),
        ProjectAction::AddRole { key, .. } => (EventKind::RoleAdded, key.to_string()),
        ProjectAction::EditRole { key, .. } => (EventKind::RoleChanged, key.to_string()),
        ProjectAction::RemoveRole(key) => (EventKind::RoleRemoved, key.to_string()),
    };
    Entry::new(kind, id.0, 0, note)
}
