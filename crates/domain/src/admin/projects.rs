//! Projects and their roles.

use super::decision::{Change, Decision, Draft};
use super::facts::asked;
use super::unreadable::NOTE;
use super::{CommandContext, Decide, Outcome, ProjectEdit, ProjectOperation};
use crate::event::{Entry, EventKind};
use crate::id::{EventId, OrganizationId, ProjectId};
use crate::instance::Instance;
use crate::permission::{Permission, ResourcePath};
use crate::project::{PROJECTS_MAX, Project, ROLES_MAX};
use crate::record::{RecordKind, UnreadableRecord};
use crate::refusal::OperationError;
use crate::role::{Role, RoleKey};
use crate::text::Text;
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Create or change a project.
#[derive(Debug)]
pub struct ChangeProject {
    /// Its id.
    pub id: ProjectId,
    /// The change.
    pub operation: ProjectOperation,
}

/// The facts about a project beside those in memory. Those that an operation does not ask for are `None`.
#[derive(Debug, Default)]
pub struct ProjectFacts {
    /// True if an object has, or had, the id of a new project.
    pub is_id_taken: Option<bool>,
    /// True if a project that is not in memory has a record.
    pub has_record: Option<bool>,
}

impl ChangeProject {
    /// True if the operation makes a project.
    pub const fn creates(&self) -> bool {
        matches!(self.operation, ProjectOperation::Create { .. })
    }
}

impl Decide for ChangeProject {
    type Facts = ProjectFacts;

    fn decide(self, facts: &ProjectFacts, context: &CommandContext) -> Result<Decision, OperationError> {
        let Self { id, operation } = self;
        if let ProjectOperation::Create { organization, name, edit } = operation {
            return create(context, id, organization, name, edit, facts);
        }
        match context.instance().project(id) {
            Some(project) => change(context, project, operation),
            None => end_unreadable(context, id, &operation, facts),
        }
    }
}

fn create(
    context: &CommandContext,
    id: ProjectId,
    organization: OrganizationId,
    name: Text,
    edit: ProjectEdit,
    facts: &ProjectFacts,
) -> Result<Decision, OperationError> {
    if context.instance().organization(organization).is_none() {
        return Err(OperationError::UnknownOrganization);
    }
    context.permit(Permission::ProjectCreate, ResourcePath::Organization(organization))?;
    context.check_new_id(asked(facts.is_id_taken)?)?;
    if context.instance().projects.len() >= PROJECTS_MAX {
        return Err(OperationError::TooMany(PROJECTS_MAX));
    }
    let mut draft = Draft::new(context);
    draft.tell(organization, Entry::new(EventKind::ProjectAdded, id.0, 0, name.as_str()));
    let project =
        Project { event_id: context.event_id(), ..Project::new(id, name, organization, draft.now()) };
    let project = draft.put_project(edit.applied(project));
    Ok(draft.done(Outcome::Project(project)))
}

fn change(
    context: &CommandContext,
    old: &Project,
    operation: ProjectOperation,
) -> Result<Decision, OperationError> {
    let (id, organization) = (old.id, old.organization);
    let deletes = matches!(operation, ProjectOperation::Delete);
    let permission = if deletes { Permission::ProjectDelete } else { Permission::ProjectWrite };
    context.permit(permission, ResourcePath::Project(organization, id))?;
    context.check_fresh(old.event_id)?;
    let mut draft = Draft::new(context);
    draft.tell(organization, entry(id, &operation));
    if deletes {
        context.instance().check_not_needed(id)?;
        draft.change(Change::RemoveProject(id));
        return Ok(draft.done(Outcome::Project(Arc::new(old.clone()))));
    }
    let new = changed(context, old.clone(), operation)?;
    let switched = new.active != old.active;
    let project = draft.put_project(Project { changed: draft.now(), event_id: context.event_id(), ..new });
    if switched {
        // Cached facts about its APIs no longer hold.
        draft.change(Change::InvalidateAll);
    }
    Ok(draft.done(Outcome::Project(project)))
}

/// The project after an operation that neither creates nor deletes it.
fn changed(
    context: &CommandContext,
    mut project: Project,
    operation: ProjectOperation,
) -> Result<Project, OperationError> {
    let now = context.now().wall;
    match operation {
        ProjectOperation::Edit(edit) => return Ok(edit.applied(project)),
        ProjectOperation::SetActive(active) => {
            if project.active == active {
                return Err(OperationError::AlreadySo(if active { "active" } else { "inactive" }));
            }
            context.instance().check_not_needed(project.id)?;
            project.active = active;
        }
        ProjectOperation::AddRole { key, name, group } => {
            if project.role(&key).is_some() {
                return Err(OperationError::RoleTaken);
            }
            if project.roles.len() >= ROLES_MAX {
                return Err(OperationError::TooMany(ROLES_MAX));
            }
            let since = context.event_id();
            project.roles.push(Role { key, name, group, created: now, changed: now, since });
        }
        ProjectOperation::EditRole { key, name, group } => {
            let role = role_mut(&mut project, &key)?;
            role.name = name.unwrap_or_else(|| role.name.clone());
            role.group = group.unwrap_or_else(|| role.group.clone());
            role.changed = now;
        }
        ProjectOperation::RemoveRole(key) => return project.remove_role(&key),
        ProjectOperation::Create { .. } | ProjectOperation::Delete => {}
    }
    Ok(project)
}

fn role_mut<'p>(project: &'p mut Project, key: &RoleKey) -> Result<&'p mut Role, OperationError> {
    project.roles.iter_mut().find(|role| role.key == *key).ok_or(OperationError::UnknownRole)
}

/// Deletes or deactivates a project whose record can't be read. One that the instance needs is created
/// anew, without roles.
fn end_unreadable(
    context: &CommandContext,
    id: ProjectId,
    operation: &ProjectOperation,
    facts: &ProjectFacts,
) -> Result<Decision, OperationError> {
    if !asked(facts.has_record)? {
        return Err(OperationError::UnknownProject);
    }
    let instance = context.instance();
    let mut draft = Draft::new(context);
    match operation {
        ProjectOperation::Delete => {
            context.permit(Permission::ProjectDelete, ResourcePath::Instance)?;
            if instance.check_not_needed(id).is_err() {
                let name = if id == instance.default_project { "Default" } else { "Jeton" };
                let name = Text::new(name).expect("a short name in plain letters is text for people");
                let home = instance.default_organization;
                draft.put_project(Project::new(id, name, home, draft.now()));
            } else {
                draft.change(Change::RemoveProject(id));
            }
            draft.change(Change::EndSetAside(id.0));
        }
        ProjectOperation::SetActive(false) => {
            context.permit(Permission::ProjectWrite, ResourcePath::Instance)?;
            instance.check_not_needed(id)?;
            draft.change(Change::SetAside(id.0));
        }
        ProjectOperation::SetActive(true)
        | ProjectOperation::Create { .. }
        | ProjectOperation::Edit(_)
        | ProjectOperation::AddRole { .. }
        | ProjectOperation::EditRole { .. }
        | ProjectOperation::RemoveRole(_) => {
            return Err(OperationError::Unreadable(UnreadableRecord { kind: RecordKind::Project, id: id.0 }));
        }
    }
    draft.tell(None, Entry { note: NOTE.into(), ..entry(id, operation) });
    Ok(draft.done(Outcome::Noted))
}

impl Project {
    /// A new project without roles, of which no event is known.
    pub const fn new(id: ProjectId, name: Text, organization: OrganizationId, now: Timestamp) -> Self {
        Self {
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
            created: now,
            changed: now,
            event_id: EventId(0),
        }
    }
}

impl Instance {
    /// Tokens that name no project are for the default project, and the management project stands for the
    /// server itself.
    pub(super) fn check_not_needed(&self, id: ProjectId) -> Result<(), OperationError> {
        if id == self.default_project {
            return Err(OperationError::Needed("the default project"));
        }
        if id == self.management_project {
            return Err(OperationError::Needed("the project of the management API"));
        }
        Ok(())
    }
}

fn entry(id: ProjectId, operation: &ProjectOperation) -> Entry {
    let (kind, note) = match operation {
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
