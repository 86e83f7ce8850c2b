//! Grants of projects to other organizations.

use super::{CommandContext, Done};
use crate::batch::{Batch, TransactionError};
use jeton_domain::admin::Outcome;
use jeton_domain::admin::ProjectGrantOperation;
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::{OrganizationId, ProjectId};
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::project::Project;
use jeton_domain::record::{RecordKind, UnreadableRecord};
use jeton_domain::refusal::OperationError;
use jeton_domain::role::RoleKey;

impl Batch<'_> {
    /// A grant has a version of its own: `If-Match` compares the number of the grant's last event, not
    /// the project's.
    pub(super) fn act_on_project_grant(
        &mut self,
        context: &CommandContext,
        id: ProjectId,
        to: OrganizationId,
        action: ProjectGrantOperation,
    ) -> Result<Done, TransactionError> {
        let instance = &self.state.instance;
        if instance.unreadable.contains(&id.0) {
            return Err(UnreadableRecord { kind: RecordKind::Project, id: id.0 }.into());
        }
        let project = instance.project(id).cloned().ok_or(OperationError::UnknownProject)?;
        let organization = project.organization;
        let permission = match &action {
            ProjectGrantOperation::Create(_)
            | ProjectGrantOperation::Change(_)
            | ProjectGrantOperation::SetActive(_) => Permission::ProjectGrantWrite,
            ProjectGrantOperation::Delete => Permission::ProjectGrantDelete,
        };
        context.permit(permission, ResourcePath::Project(organization, id))?;
        // A grant to a deleted organization stays until the rows of that organization are removed.
        let grant = project.grants.get(&to).filter(|_| !instance.removed.contains(&to.0));
        match grant {
            Some(grant) => context.check_fresh(grant.act)?,
            None if instance.organization(to).is_none() => {
                return Err(OperationError::UnknownOrganization.into());
            }
            None => {}
        }
        if matches!(action, ProjectGrantOperation::Create(_)) {
            instance.check_room_for_grant()?;
        }
        let entry = entry(id, to, &action);
        let project = self.write_project(changed(context, project, to, action)?)?;
        Ok(Done::new(Outcome::Project(project), organization, entry))
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
        let some: Vec<_> = granted.take(rows_max.div_ceil(ROWS_PER_PROJECT)).map(|one| one.id).collect();
        for id in &some {
            let mut project =
                self.state.instance.project(*id).cloned().ok_or(OperationError::UnknownProject)?;
            project.grants.remove(&to);
            self.write_project(project)?;
        }
        Ok((!some.is_empty()).then_some(some.len() * ROWS_PER_PROJECT))
    }
}

/// The approximate cost of writing a project, in rows: its record has all its roles and grants.
const ROWS_PER_PROJECT: usize = 20;

fn changed(
    context: &CommandContext,
    project: Project,
    to: OrganizationId,
    action: ProjectGrantOperation,
) -> Result<Project, OperationError> {
    let (now, act) = (context.now, context.act);
    match action {
        ProjectGrantOperation::Create(roles) => project.grant_to(to, roles, now, act),
        ProjectGrantOperation::Change(roles) => project.change_grant(to, roles, now, act),
        ProjectGrantOperation::SetActive(active) => project.switch_grant(to, active, now, act),
        ProjectGrantOperation::Delete => project.revoke_grant(to),
    }
}

fn entry(id: ProjectId, to: OrganizationId, action: &ProjectGrantOperation) -> Entry {
    let keys = |roles: &[RoleKey]| roles.iter().map(RoleKey::as_str).collect::<Vec<_>>().join(", ");
    let (kind, note) = match action {
        ProjectGrantOperation::Create(roles) => (EventKind::ProjectGrantAdded, keys(roles)),
        ProjectGrantOperation::Change(roles) => (EventKind::ProjectGrantChanged, keys(roles)),
        ProjectGrantOperation::SetActive(true) => (EventKind::ProjectGrantReactivated, String::new()),
        ProjectGrantOperation::SetActive(false) => (EventKind::ProjectGrantDeactivated, String::new()),
        ProjectGrantOperation::Delete => (EventKind::ProjectGrantRemoved, String::new()),
    };
    Entry::new(kind, id.0, to.0, note)
}
