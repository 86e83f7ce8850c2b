//! Authorizations of users for projects: permission to give them, and their bounds.
//!
//! In a project that is granted to the user's organization, an authorization is given by that grant: it
//! has roles of the grant alone, and administrators who may give roles in the user's organization may
//! give it too.

use super::CommandContext;
use crate::batch::{Batch, TransactionError};
use jeton_domain::admin::ClientUpdate;
use jeton_domain::client::{Client, Profile};
use jeton_domain::id::{AuthorizationId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::permission::{AdminScope, Permission, ResourcePath};
use jeton_domain::refusal::OperationError;
use jeton_domain::role::RoleKey;
use jeton_domain::service_user::Authorization;

impl Batch<'_> {
    /// The update with a fact that the writer alone knows: true if an authorization is given by a grant.
    pub(super) fn completed(&self, client: &Client, update: ClientUpdate) -> ClientUpdate {
        match update {
            ClientUpdate::Authorize(new) => {
                let project = self.state.instance.project(new.project);
                let granted =
                    project.is_some_and(|project| project.grants.contains_key(&client.organization));
                ClientUpdate::Authorize(Authorization { by_grant: new.by_grant || granted, ..new })
            }
            other => other,
        }
    }

    /// Checks that the actor may give an authorization, to a user that it may see.
    pub(super) fn permit_authorize(
        &self,
        context: &CommandContext,
        client: &Client,
        new: &Authorization,
    ) -> Result<(), TransactionError> {
        let place = self.place_of(AdminScope::Project(new.project))?;
        let place = permit_giving(context, client, new, place)?;
        permit_sight(context, client, place)
    }

    /// Checks that the actor may change or remove an authorization.
    pub(super) fn permit_reauthorize(
        &self,
        context: &CommandContext,
        client: &Client,
        id: AuthorizationId,
    ) -> Result<(), TransactionError> {
        let old = self.authorization_of(client, id)?;
        // An authorization for a deleted project belongs to the user's own organization.
        let place = self.place_of(AdminScope::Project(old.project));
        let place = place.unwrap_or(ResourcePath::Organization(client.organization));
        permit_giving(context, client, old, place).map(|_| ())
    }

    /// Checks that the roles exist, and are in the grant by which they are given.
    pub(super) fn check_roles(
        &self,
        client: &Client,
        given: &Authorization,
        roles: &[RoleKey],
    ) -> Result<(), TransactionError> {
        let project = self.state.instance.project(given.project).ok_or(OperationError::UnknownProject)?;
        if !roles.iter().all(|role| project.role(role).is_some()) {
            return Err(OperationError::UnknownRole.into());
        }
        if given.by_grant {
            let grant =
                project.grants.get(&client.organization).ok_or(OperationError::UnknownProjectGrant)?;
            if !roles.iter().all(|key| grant.roles.iter().any(|role| role.key == *key)) {
                return Err(OperationError::RoleNotGranted.into());
            }
        }
        Ok(())
    }

    /// An authorization of a client. One whose grant was removed is absent.
    pub(super) fn authorization_of<'c>(
        &self,
        client: &'c Client,
        id: AuthorizationId,
    ) -> Result<&'c Authorization, TransactionError> {
        let user = client.service_user().ok_or(OperationError::NotAServiceUser)?;
        let found = user.authorization(id).filter(|found| !self.is_revoked(client, found));
        Ok(found.ok_or(OperationError::UnknownAuthorization)?)
    }

    /// A client without the authorizations and administrations whose grant, project, roles or
    /// organization are gone, to which new ones are added: these don't count against the limits.
    pub(super) fn without_gone(&self, mut client: Client) -> Client {
        let (instance, home) = (&self.state.instance, client.organization);
        let Profile::ServiceUser(user) = &mut client.profile else { return client };
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
        client
    }

    fn is_revoked(&self, client: &Client, authorization: &Authorization) -> bool {
        authorization.is_revoked(&self.state.instance, client.organization)
    }
}

/// True of a project that exists, or may exist and can't be read.
fn exists(instance: &Instance, id: ProjectId) -> bool {
    instance.project(id).is_some() || instance.is_unknown_project(id)
}

/// The place in which the actor may give this authorization: the project, or the organization that it is
/// granted to.
fn permit_giving(
    context: &CommandContext,
    client: &Client,
    given: &Authorization,
    project: ResourcePath,
) -> Result<ResourcePath, TransactionError> {
    let home = ResourcePath::Organization(client.organization);
    let may = |place| context.may(Permission::GrantWrite, place);
    let place = if given.by_grant && !may(project) && may(home) { home } else { project };
    context.permit(Permission::GrantWrite, place)?;
    Ok(place)
}

/// Checks that the actor may see the user. Otherwise it can't give anything to users of other
/// organizations.
pub(super) fn permit_sight(
    context: &CommandContext,
    client: &Client,
    place: ResourcePath,
) -> Result<(), TransactionError> {
    match place {
        ResourcePath::Organization(own) | ResourcePath::Project(own, _) if own == client.organization => {
            Ok(())
        }
        _ => context.permit(Permission::UserRead, ResourcePath::Organization(client.organization)),
    }
}
