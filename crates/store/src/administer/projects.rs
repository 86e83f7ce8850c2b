//! Projects and their roles.

use super::{CommandContext, Done};
use crate::batch::{Batch, TransactionError};
use crate::records;
use crate::schema::PROJECTS;
use jeton_domain::admin::Outcome;
use jeton_domain::admin::{ProjectEdit, ProjectOperation};
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::{OrganizationId, ProjectId};
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::project::{PROJECTS_MAX, Project, ROLES_MAX};
use jeton_domain::refusal::OperationError;
use jeton_domain::role::{Role, RoleKey};
use jeton_domain::text::Text;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Batch<'_> {
    pub(super) fn act_on_project(
        &mut self,
        context: &CommandContext,
        id: ProjectId,
        action: ProjectOperation,
    ) -> Result<Done, TransactionError> {
        if let ProjectOperation::Create { organization, name, edit } = action {
            return self.create_project(context, id, organization, name, edit);
        }
        let Some(project) = self.state.instance.project(id).cloned() else {
            return self.end_unreadable_project(context, id, &action);
        };
        let place = ResourcePath::Project(project.organization, id);
        let permission = match &action {
            ProjectOperation::Delete => Permission::ProjectDelete,
            _ => Permission::ProjectWrite,
        };
        context.permit(permission, place)?;
        context.check_fresh(project.act)?;
        let entry = entry(id, &action);
        let switched = match action {
            ProjectOperation::Delete => return self.delete_project(&project, entry),
            ProjectOperation::SetActive(active) => {
                self.check_switch(&project, active)?;
                true
            }
            _ => false,
        };
        let organization = project.organization;
        let project = changed(context, project, action)?;
        let project = self.write_project(Project { changed: context.now, act: context.act, ..project })?;
        if switched {
            // Cached facts about its APIs no longer hold.
            self.state.changes.mark_all();
        }
        Ok(Done::new(Outcome::Project(project), organization, entry))
    }

    fn create_project(
        &mut self,
        context: &CommandContext,
        id: ProjectId,
        organization: OrganizationId,
        name: Text,
        edit: ProjectEdit,
    ) -> Result<Done, TransactionError> {
        if self.state.instance.organization(organization).is_none() {
            return Err(OperationError::UnknownOrganization.into());
        }
        context.permit(Permission::ProjectCreate, ResourcePath::Organization(organization))?;
        self.check_new_id(id.0)?;
        if self.state.instance.projects.len() >= PROJECTS_MAX {
            return Err(OperationError::TooMany(PROJECTS_MAX).into());
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
            created: context.now,
            changed: context.now,
            act: context.act,
        });
        Ok(Done::new(Outcome::Project(self.write_project(project)?), organization, entry))
    }

    fn check_switch(&self, project: &Project, active: bool) -> Result<(), TransactionError> {
        if project.active == active {
            return Err(OperationError::AlreadySo(if active { "active" } else { "inactive" }).into());
        }
        self.check_not_needed(project.id)
    }

    /// Tokens that name no project are for the default project, and the management project stands for the
    /// server itself.
    pub(super) fn check_not_needed(&self, id: ProjectId) -> Result<(), TransactionError> {
        let instance = &self.state.instance;
        if id == instance.default_project {
            return Err(OperationError::Needed("the default project").into());
        }
        if id == instance.management_project {
            return Err(OperationError::Needed("the project of the management API").into());
        }
        Ok(())
    }

    fn delete_project(&mut self, project: &Project, entry: Entry) -> Result<Done, TransactionError> {
        self.check_not_needed(project.id)?;
        self.remove_project(project.id)?;
        let outcome = Outcome::Project(Arc::new(project.clone()));
        Ok(Done::new(outcome, project.organization, entry))
    }

    pub(super) fn write_project(&mut self, project: Project) -> Result<Arc<Project>, TransactionError> {
        let record = records::write_project(&project).map_err(|_| OperationError::TooLarge)?;
        self.transaction.open_table(PROJECTS)?.insert(project.id.0, record.as_slice())?;
        let project = Arc::new(project);
        Arc::make_mut(&mut self.state.instance).projects.insert(project.id, Arc::clone(&project));
        Ok(project)
    }
}

/// The project after an action that does not delete it.
fn changed(
    context: &CommandContext,
    mut project: Project,
    action: ProjectOperation,
) -> Result<Project, OperationError> {
    match action {
        ProjectOperation::Edit(edit) => return Ok(edit.applied(project)),
        ProjectOperation::SetActive(active) => project.active = active,
        ProjectOperation::AddRole { key, name, group } => {
            if project.role(&key).is_some() {
                return Err(OperationError::RoleTaken);
            }
            if project.roles.len() >= ROLES_MAX {
                return Err(OperationError::TooMany(ROLES_MAX));
            }
            let (created, changed, since) = (context.now, context.now, context.act);
            project.roles.push(Role { key, name, group, created, changed, since });
        }
        ProjectOperation::EditRole { key, name, group } => {
            let role = role_mut(&mut project, &key)?;
            role.name = name.unwrap_or_else(|| role.name.clone());
            role.group = group.unwrap_or_else(|| role.group.clone());
            role.changed = context.now;
        }
        ProjectOperation::RemoveRole(key) => return project.remove_role(&key),
        ProjectOperation::Create { .. } | ProjectOperation::Delete => {}
    }
    Ok(project)
}

fn role_mut<'p>(project: &'p mut Project, key: &RoleKey) -> Result<&'p mut Role, OperationError> {
    project.roles.iter_mut().find(|role| role.key == *key).ok_or(OperationError::UnknownRole)
}

pub(super) fn entry(id: ProjectId, action: &ProjectOperation) -> Entry {
    let (kind, note) = match action {
        ProjectOperation::Create { name, .. } => (EventKind::ProjectAdded, name.to_string()),
        ProjectOperation::Edit(edit) => {
            let name = edit.name.as_ref().map(|name| format!("name {name}"));
            (EventKind::ProjectChanged, name.unwrap_or_default())
        }
        ProjectOperation::SetActive(true) => (EventKind::ProjectReactivated, String::new()),
        ProjectOperation::SetActive(false) => (EventKind::ProjectDeactivated, String::new()),
        ProjectOperation::Delete => (EventKind::ProjectRemoved, String::new()),
        ProjectOperation::AddRole { key, .. } => (EventKind::RoleAdded, key.to_string()),
        ProjectOperation::EditRole { key, .. } => (EventKind::RoleChanged, key.to_string()),
        ProjectOperation::RemoveRole(key) => (EventKind::RoleRemoved, key.to_string()),
    };
    Entry::new(kind, id.0, 0, note)
}
