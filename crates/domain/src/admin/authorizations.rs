//! Authorizations of users for projects: permission to give them, and their bounds.
//!
//! In a project that is granted to the user's organization, an authorization is given by that grant: it
//! has roles of the grant alone, and administrators who may give roles in the user's organization may
//! give it too.

use super::{ClientUpdate, CommandContext};
use crate::client::{Client, Profile};
use crate::id::{AuthorizationId, ProjectId};
use crate::instance::Instance;
use crate::permission::{AdminScope, Permission, ResourcePath};
use crate::refusal::OperationError;
use crate::role::RoleKey;
use crate::service_user::Authorization;

impl ClientUpdate {
    /// The update with a fact that the instance alone knows: true if an authorization is given by a
    /// grant.
    pub(super) fn completed(self, client: &Client, instance: &Instance) -> Self {
        if let Self::Authorize(new) = self {
            let project = instance.project(new.project);
            let granted = project.is_some_and(|project| project.grants.contains_key(&client.organization));
            return Self::Authorize(Authorization { by_grant: new.by_grant || granted, ..new });
        }
        self
    }
}

impl Client {
    /// The client without the authorizations and administrations whose grant, project, roles or
    /// organization are gone, to which new ones are added: these don't count against the limits.
    #[must_use]
    pub(super) fn without_gone(mut self, instance: &Instance) -> Self {
        let home = self.organization;
        let Profile::ServiceUser(user) = &mut self.profile else { return self };
        user.authorizations.retain(|own| !own.is_revoked(instance, home) && exists(instance, own.project));
        for own in &mut user.authorizations {
            if let Some(project) = instance.project(own.project) {
                own.roles = own.roles_left(project, home).cloned().collect();
            }
        }
        user.administrations.retain(|own| match own.realm {
            AdminScope::Instance => true,
            AdminScope::Organization(id) => {
                instance.organization(id).is_some() || instance.is_unknown_organization(id)
            }
            AdminScope::Project(id) => exists(instance, id),
        });
        self
    }
}

/// True of a project that exists, or may exist and can't be read.
fn exists(instance: &Instance, id: ProjectId) -> bool {
    instance.project(id).is_some() || instance.is_unknown_project(id)
}

/// An authorization of a client. One whose grant was removed is absent.
fn authorization_of<'c>(
    instance: &Instance,
    client: &'c Client,
    id: AuthorizationId,
) -> Result<&'c Authorization, OperationError> {
    let user = client.service_user().ok_or(OperationError::NotAServiceUser)?;
    let found = user.authorization(id).filter(|found| !found.is_revoked(instance, client.organization));
    found.ok_or(OperationError::UnknownAuthorization)
}

impl CommandContext {
    /// Checks that the actor may give an authorization, to a user that it may see.
    pub(super) fn permit_authorize(
        &self,
        client: &Client,
        new: &Authorization,
    ) -> Result<(), OperationError> {
        let place = self.place_of(AdminScope::Project(new.project))?;
        let place = self.permit_giving(client, new, place)?;
        self.permit_sight(client, place)
    }

    /// Checks that the actor may change or remove an authorization.
    pub(super) fn permit_reauthorize(
        &self,
        client: &Client,
        id: AuthorizationId,
    ) -> Result<(), OperationError> {
        let old = authorization_of(self.instance(), client, id)?;
        // An authorization for a deleted project belongs to the user's own organization.
        let place = self.place_of(AdminScope::Project(old.project));
        let place = place.unwrap_or(ResourcePath::Organization(client.organization));
        self.permit_giving(client, old, place).map(|_| ())
    }

    /// Checks that the roles of a new authorization exist, and are in the grant by which it is given.
    pub(super) fn check_roles(
        &self,
        client: &Client,
        given: &Authorization,
        roles: &[RoleKey],
    ) -> Result<(), OperationError> {
        let project = self.instance().project(given.project).ok_or(OperationError::UnknownProject)?;
        if !roles.iter().all(|role| project.role(role).is_some()) {
            return Err(OperationError::UnknownRole);
        }
        if given.by_grant {
            let grant =
                project.grants.get(&client.organization).ok_or(OperationError::UnknownProjectGrant)?;
            if !roles.iter().all(|key| grant.roles.iter().any(|role| role.key == *key)) {
                return Err(OperationError::RoleNotGranted);
            }
        }
        Ok(())
    }

    /// The same for the new roles of an authorization that the client has.
    pub(super) fn check_new_roles(
        &self,
        client: &Client,
        id: AuthorizationId,
        roles: &[RoleKey],
    ) -> Result<(), OperationError> {
        self.check_roles(client, authorization_of(self.instance(), client, id)?, roles)
    }

    /// The place in which the actor may give this authorization: the project, or the organization that it
    /// is granted to.
    fn permit_giving(
        &self,
        client: &Client,
        given: &Authorization,
        project: ResourcePath,
    ) -> Result<ResourcePath, OperationError> {
        let home = ResourcePath::Organization(client.organization);
        let may = |place| self.may(Permission::GrantWrite, place);
        let place = if given.by_grant && !may(project) && may(home) { home } else { project };
        self.permit(Permission::GrantWrite, place)?;
        Ok(place)
    }

    /// Checks that the actor may see the user. Otherwise it can't give anything to users of other
    /// organizations.
    pub(super) fn permit_sight(&self, client: &Client, place: ResourcePath) -> Result<(), OperationError> {
        match place {
            ResourcePath::Organization(own) | ResourcePath::Project(own, _) if own == client.organization => {
                Ok(())
            }
            ResourcePath::Instance | ResourcePath::Organization(_) | ResourcePath::Project(..) => {
                self.permit(Permission::UserRead, ResourcePath::Organization(client.organization))
            }
        }
    }
}
