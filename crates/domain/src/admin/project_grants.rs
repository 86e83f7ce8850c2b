//! Grants of projects to other organizations.

use super::decision::{Decision, Draft};
use super::{CommandContext, Decide, Outcome, ProjectGrantOperation};
use crate::event::{Entry, EventKind};
use crate::id::{OrganizationId, ProjectId};
use crate::permission::{Permission, ResourcePath};
use crate::record::{RecordKind, UnreadableRecord};
use crate::refusal::OperationError;
use crate::role::RoleKey;

/// Create or change the grant of a project to another organization.
#[derive(Debug)]
pub struct ChangeProjectGrant {
    /// The project.
    pub id: ProjectId,
    /// The other organization.
    pub to: OrganizationId,
    /// The change.
    pub operation: ProjectGrantOperation,
}

impl Decide for ChangeProjectGrant {
    type Facts = ();

    /// A grant has a version of its own: `If-Match` compares the number of the grant's last event, not
    /// the project's.
    fn decide(self, (): &(), context: &CommandContext) -> Result<Decision, OperationError> {
        let Self { id, to, operation } = self;
        let instance = context.instance();
        if instance.unreadable.contains(&id.0) {
            return Err(OperationError::Unreadable(UnreadableRecord { kind: RecordKind::Project, id: id.0 }));
        }
        let project = instance.project(id).cloned().ok_or(OperationError::UnknownProject)?;
        let organization = project.organization;
        let permission = match &operation {
            ProjectGrantOperation::Create(_)
            | ProjectGrantOperation::Change(_)
            | ProjectGrantOperation::SetActive(_) => Permission::ProjectGrantWrite,
            ProjectGrantOperation::Delete => Permission::ProjectGrantDelete,
        };
        context.permit(permission, ResourcePath::Project(organization, id))?;
        // A grant to a deleted organization stays until the rows of that organization are removed.
        let grant = project.grants.get(&to).filter(|_| !instance.removed.contains(&to.0));
        match grant {
            Some(grant) => context.check_fresh(grant.event_id)?,
            None if instance.organization(to).is_none() => return Err(OperationError::UnknownOrganization),
            None => {}
        }
        if matches!(operation, ProjectGrantOperation::Create(_)) {
            instance.check_room_for_grant()?;
        }
        let mut draft = Draft::new(context);
        draft.tell(organization, entry(id, to, &operation));
        let (now, event_id) = (draft.now(), context.event_id());
        let project = draft.put_project(match operation {
            ProjectGrantOperation::Create(roles) => project.grant_to(to, roles, now, event_id)?,
            ProjectGrantOperation::Change(roles) => project.change_grant(to, roles, now, event_id)?,
            ProjectGrantOperation::SetActive(active) => {
                project.set_grant_active(to, active, now, event_id)?
            }
            ProjectGrantOperation::Delete => project.revoke_grant(to)?,
        });
        Ok(draft.done(Outcome::Project(project)))
    }
}

fn entry(id: ProjectId, to: OrganizationId, operation: &ProjectGrantOperation) -> Entry {
    let keys = |roles: &[RoleKey]| roles.iter().map(RoleKey::as_str).collect::<Vec<_>>().join(", ");
    let (kind, note) = match operation {
        ProjectGrantOperation::Create(roles) => (EventKind::ProjectGrantAdded, keys(roles)),
        ProjectGrantOperation::Change(roles) => (EventKind::ProjectGrantChanged, keys(roles)),
        ProjectGrantOperation::SetActive(true) => (EventKind::ProjectGrantReactivated, String::new()),
        ProjectGrantOperation::SetActive(false) => (EventKind::ProjectGrantDeactivated, String::new()),
        ProjectGrantOperation::Delete => (EventKind::ProjectGrantRemoved, String::new()),
    };
    Entry::new(kind, id.0, to.0, note)
}
