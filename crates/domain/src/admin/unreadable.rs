//! Deletion and deactivation of clients, projects and organizations whose record can't be read. Neither
//! needs the record.

use super::decision::{Change, Decision, Draft};
use super::{CommandContext, Outcome};
use crate::event::{Entry, EventKind};
use crate::id::{ClientId, OrganizationId, ProjectId};
use crate::permission::{AdminScope, Permission, ResourcePath};
use crate::refusal::OperationError;

/// The note of the events.
pub(super) const NOTE: &str = "its record could not be read";

/// The facts about a client whose record can't be read.
#[derive(Debug, Clone, Copy)]
pub struct HomeFacts {
    /// Its home as the indexes know it.
    pub home: Option<Home>,
    /// True if it has administrator roles.
    pub administers: bool,
}

/// The home of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// The organization of a service user.
    Organization(OrganizationId),
    /// The project of an API.
    Project(ProjectId),
}

/// Deletes or sets aside a client whose record can't be read.
pub(super) fn end_unreadable(
    id: ClientId,
    permission: Permission,
    facts: &HomeFacts,
    context: &CommandContext,
) -> Result<Decision, OperationError> {
    let place = match facts.home {
        Some(Home::Organization(id)) => ResourcePath::Organization(id),
        Some(Home::Project(id)) => {
            context.place_of(AdminScope::Project(id)).unwrap_or(ResourcePath::Instance)
        }
        None => ResourcePath::Instance,
    };
    let is_api = matches!(facts.home, Some(Home::Project(_)));
    context.permit(if is_api { Permission::ProjectWrite } else { permission }, place)?;
    if facts.administers {
        context.permit(Permission::AdministratorWrite, ResourcePath::Instance)?;
    }
    let mut draft = Draft::new(context);
    let deletes = permission == Permission::UserDelete;
    draft.change(match deletes {
        true => Change::RemoveUnreadableClient(id),
        false => Change::SetClientAside(id),
    });
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
    draft.tell(organization, Entry::new(kind, id.0, 0, NOTE));
    Ok(draft.done(Outcome::Noted))
}
