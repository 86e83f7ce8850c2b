//! The relation of a client to the instance: the projects that admit it, and the state of its home.

use crate::client::Client;
use crate::id::{OrganizationId, ProjectId};
use crate::instance::Instance;
pub use crate::record::UnknownHome;

impl Instance {
    /// True if tokens of this client may be for a project, as the project asks for it. The management API
    /// decides by administrator roles instead. An id that no project has joins the audience, as with
    /// ZITADEL: there are no APIs for it here, but other verifiers may know it.
    pub fn admits(&self, client: &Client, id: ProjectId) -> bool {
        let Some(project) = self.project(id).filter(|_| id != self.management_project) else { return true };
        let home = client.organization;
        let authorized = !project.authorization_required || client.has_roles_in(id, self);
        let has_access =
            !project.access_required || project.organization == home || project.is_granted_to(home);
        authorized && has_access
    }

    /// True if a client's organization is active, and for an API its project.
    ///
    /// # Errors
    /// [`UnknownHome`] if that is unknown because a record cannot be read.
    pub fn is_home_active(&self, client: &Client) -> Result<bool, UnknownHome> {
        let Some(api) = client.api() else { return self.is_known_active(client.organization) };
        if self.is_unknown_project(api.project) {
            return Err(UnknownHome::Project(api.project));
        }
        match self.project(api.project) {
            Some(project) if project.active => self.is_known_active(project.organization),
            Some(_) | None => Ok(false),
        }
    }

    /// True if a client's organization or project was deleted, so that the client counts as absent.
    pub fn is_removed(&self, client: &Client) -> bool {
        let project = client.api().map(|api| api.project.0);
        !self.removed.is_empty()
            && (self.removed.contains(&client.organization.0)
                || project.is_some_and(|project| self.removed.contains(&project)))
    }

    fn is_known_active(&self, id: OrganizationId) -> Result<bool, UnknownHome> {
        if self.is_unknown_organization(id) {
            return Err(UnknownHome::Organization(id));
        }
        Ok(self.is_active(id))
    }
}
