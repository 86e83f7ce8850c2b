//! Names of the objects in audit events: the trail has ids, which never change, and people know names.
//!
//! The same id may be chosen for a user and a project, so names are kept by kind.

use super::ApiError;
use super::call::Call;
use jeton_api::event_names::Names;
use jeton_domain::event::{Actor, Event};
use jeton_domain::id::{ClientId, OrganizationId, ProjectId};
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_store::Snapshot;
use std::collections::BTreeSet;

/// The ids in an event, at most four.
pub(super) fn mentioned(event: &Event) -> impl Iterator<Item = u64> {
    let actor = match event.by {
        Actor::Client(client, _) => client.0,
        Actor::Operator | Actor::System => 0,
    };
    let in_note = place_of(&event.entry.note).unwrap_or_default();
    [actor, event.entry.subject, event.entry.object, in_note].into_iter().filter(|id| *id > 0)
}

/// The id in the note of a grant or an assignment: `project 12: orders.read`.
fn place_of(note: &str) -> Option<u64> {
    let rest = note.strip_prefix("project ").or_else(|| note.strip_prefix("organization "))?;
    rest.split_once(':')?.0.parse().ok()
}

impl Call {
    /// Names of all objects that have one of these ids and that the caller may see.
    pub(super) fn names_of(&self, snapshot: &Snapshot, ids: &BTreeSet<u64>) -> Result<Names, ApiError> {
        let instance = snapshot.instance();
        let mut names = Names::default();
        for &id in ids {
            if let Ok(known) = snapshot.listed(ClientId(id))? {
                let client = &known.client;
                let home = client.organization;
                match client.api() {
                    Some(api)
                        if self
                            .caller
                            .may(Permission::ProjectRead, ResourcePath::Project(home, api.project)) =>
                    {
                        names.applications.insert(id.to_string(), api.name.to_string());
                    }
                    None if self.caller.may(Permission::UserRead, ResourcePath::Organization(home)) => {
                        names.users.insert(id.to_string(), client.name.to_string());
                    }
                    Some(_) | None => {}
                }
            }
            if let Some(project) = instance.project(ProjectId(id))
                && self
                    .caller
                    .may(Permission::ProjectRead, ResourcePath::Project(project.organization, project.id))
            {
                names.projects.insert(id.to_string(), project.name.to_string());
            }
            if let Some(organization) = instance.organization(OrganizationId(id))
                && self.caller.may(Permission::OrganizationRead, ResourcePath::Organization(organization.id))
            {
                names.organizations.insert(id.to_string(), organization.name.to_string());
            }
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_in_a_note_counts_where_grants_and_assignments_have_it() {
        assert_eq!(place_of("project 12: orders.read, orders.write"), Some(12));
        assert_eq!(place_of("organization 7: ORG_OWNER"), Some(7));
        for other in ["12: x", "instance: IAM_OWNER", "project x: y", "project 12", "my project 12: x", ""] {
            assert_eq!(place_of(other), None, "{other}");
        }
    }
}
