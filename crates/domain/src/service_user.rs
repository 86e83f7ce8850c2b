//! The data of a service user: names, limits on its tokens, roles, metadata, administrator roles.

use crate::id::{AuthorizationId, EventId, OrganizationId, ProjectId};
use crate::instance::Instance;
use crate::permission::{ADMINISTRATIONS_MAX, AdminRole, AdminScope, Administration};
use crate::project::Project;
use crate::project_grant::ProjectGrant;
use crate::refusal::OperationError;
use crate::role::RoleKey;
use crate::scope::ScopeSet;
use crate::text::Text;
use crate::time::{Lifetime, Timestamp};
use std::collections::BTreeMap;

/// The maximal number of authorizations of one user.
pub const AUTHORIZATIONS_MAX: usize = 100;
/// The maximal number of roles in all authorizations of one user.
pub const ROLES_OF_USER_MAX: usize = 1_000;
/// The maximal number of metadata entries of one user.
pub const METADATA_MAX: usize = 50;
/// The maximal size of one metadata value in bytes.
pub const METADATA_VALUE_BYTES_MAX: usize = 500;

/// The data of a service user beside that of every client.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServiceUser {
    /// The display name.
    pub name: Text,
    /// A description for people.
    pub description: Text,
    /// The scopes for token requests that name none (RFC 6749 §3.3); if empty, the request must name
    /// some.
    pub default_scopes: ScopeSet,
    /// The kind of its access tokens.
    pub token_type: AccessTokenType,
    /// The `typ` of its JWTs, instead of the instance's.
    pub jwt_type: Option<JwtType>,
    /// The limits of its tokens.
    pub limits: TokenLimits,
    /// The roles granted to it, at most one authorization per project.
    pub authorizations: Vec<Authorization>,
    /// The administrator roles assigned to it.
    pub administrations: Vec<Administration>,
    /// Entries that administrators attached to it, told to those who request them by scope.
    pub metadata: BTreeMap<Text, Box<[u8]>>,
}

/// The kind of access tokens that a service user gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccessTokenType {
    /// Opaque: a random text for introspection.
    #[default]
    Opaque,
    /// JWT: signed claims (RFC 9068); introspection works too.
    Jwt,
}

/// The `typ` of JWT access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JwtType {
    /// `JWT`, as in ZITADEL: verifiers made for it, and older libraries, accept nothing else.
    #[default]
    Jwt,
    /// `at+jwt` (RFC 9068 §2.1): verifiers that follow the RFC accept nothing else.
    AtJwt,
}

impl JwtType {
    /// Both types.
    pub const ALL: [Self; 2] = [Self::Jwt, Self::AtJwt];

    /// The value of `typ`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::AtJwt => "at+jwt",
        }
    }
}

/// Bounds on the tokens of one service user; `None` stands for the instance's rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenLimits {
    /// The only scopes that its tokens may have.
    pub scopes: Option<ScopeSet>,
    /// The only projects that its tokens' audience may contain.
    pub audiences: Option<Vec<ProjectId>>,
    /// The lifetime of its tokens, instead of the instance's.
    pub lifetime: Option<Lifetime>,
}

impl TokenLimits {
    /// True if tokens may be for this project.
    pub fn allow(&self, project: ProjectId) -> bool {
        self.audiences.as_ref().is_none_or(|allowed| allowed.contains(&project))
    }
}

/// The roles that a user was granted in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The id.
    pub id: AuthorizationId,
    /// The project that the roles belong to.
    pub project: ProjectId,
    /// The granted roles; one that the project has lost since has no effect.
    pub roles: Vec<RoleKey>,
    /// True if it has an effect.
    pub active: bool,
    /// True if the project's grant to the user's organization gave it; otherwise the project's own
    /// organization did.
    pub by_grant: bool,
    /// The time of creation.
    pub created: Timestamp,
    /// The time of the last change.
    pub changed: Timestamp,
    /// The event that granted these roles: a role of the same key added later is another one.
    pub event_id: EventId,
}

impl Authorization {
    /// The roles in effect now, for a user of the organization `home`.
    pub fn roles_in_effect<'a>(
        &'a self,
        project: &'a Project,
        home: OrganizationId,
    ) -> impl Iterator<Item = &'a RoleKey> {
        let counts = self.counts_in(project, home);
        self.roles_left(project, home).filter(move |_| counts)
    }

    /// The roles that the project, and the grant that it is given by, have had since it was granted; they
    /// are in effect while it and the grant are active.
    pub fn roles_left<'a>(
        &'a self,
        project: &'a Project,
        home: OrganizationId,
    ) -> impl Iterator<Item = &'a RoleKey> {
        let grant = self.grant(project, home);
        let is_granted =
            move |key| !self.by_grant || grant.is_some_and(|grant| grant.has_role(key, self.event_id));
        let is_left = |key: &RoleKey| project.role(key).is_some_and(|role| role.since <= self.event_id);
        self.roles.iter().filter(move |key| project.id == self.project && is_left(key) && is_granted(key))
    }

    /// True if it is in effect: it is active, and so is the grant that it is given by, and the project
    /// still exists. Even without roles it authorizes the user for the project.
    pub fn is_in_effect(&self, instance: &Instance, home: OrganizationId) -> bool {
        instance.project(self.project).is_some_and(|project| self.counts_in(project, home))
    }

    /// The organization that gave it: the project's own, or by a grant the user's, `home`.
    pub const fn given_by(&self, project: &Project, home: OrganizationId) -> OrganizationId {
        if self.by_grant { home } else { project.organization }
    }

    /// True if the grant that gave it is gone: it counts as absent.
    pub fn is_revoked(&self, instance: &Instance, home: OrganizationId) -> bool {
        let project = instance.project(self.project);
        self.by_grant && project.is_some_and(|project| self.grant(project, home).is_none())
    }

    fn counts_in(&self, project: &Project, home: OrganizationId) -> bool {
        let is_granted = !self.by_grant || self.grant(project, home).is_some_and(|grant| grant.active);
        self.active && project.id == self.project && is_granted
    }

    /// The grant that can have given it: one that is older.
    fn grant<'p>(&self, project: &'p Project, home: OrganizationId) -> Option<&'p ProjectGrant> {
        project.grants.get(&home).filter(|grant| grant.since <= self.event_id)
    }
}

/// An edit of a service user; `None` leaves a field unchanged.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The display name.
    pub name: Option<Text>,
    /// The description.
    pub description: Option<Text>,
    /// The scopes for requests that name none.
    pub default_scopes: Option<ScopeSet>,
    /// The kind of its tokens.
    pub token_type: Option<AccessTokenType>,
    /// The `typ` of its JWTs; `Some(None)` goes back to the instance's.
    pub jwt_type: Option<Option<JwtType>>,
    /// Its only scopes; `Some(None)` lifts the bound.
    pub scopes: Option<Option<ScopeSet>>,
    /// Its only audiences; `Some(None)` lifts the bound.
    pub audiences: Option<Option<Vec<ProjectId>>>,
    /// The lifetime of its tokens; `Some(None)` goes back to the instance's.
    pub lifetime: Option<Option<Lifetime>>,
}

impl Edit {
    /// The names of the changed fields on the management API.
    pub fn said(&self) -> impl Iterator<Item = &'static str> {
        let said = [
            (self.name.is_some(), "name"),
            (self.description.is_some(), "description"),
            (self.default_scopes.is_some(), "defaultScopes"),
            (self.token_type.is_some(), "accessTokenType"),
            (self.jwt_type.is_some(), "jwtType"),
            (self.scopes.is_some(), "allowedScopes"),
            (self.audiences.is_some(), "allowedAudiences"),
            (self.lifetime.is_some(), "tokenLifetime"),
        ];
        said.into_iter().filter_map(|(said, name)| said.then_some(name))
    }
}

impl ServiceUser {
    /// The service user with an edit applied.
    #[must_use]
    pub fn edited(self, edit: Edit) -> Self {
        let limits = TokenLimits {
            scopes: edit.scopes.unwrap_or(self.limits.scopes),
            audiences: edit.audiences.unwrap_or(self.limits.audiences),
            lifetime: edit.lifetime.unwrap_or(self.limits.lifetime),
        };
        Self {
            name: edit.name.unwrap_or(self.name),
            description: edit.description.unwrap_or(self.description),
            default_scopes: edit.default_scopes.unwrap_or(self.default_scopes),
            token_type: edit.token_type.unwrap_or(self.token_type),
            jwt_type: edit.jwt_type.unwrap_or(self.jwt_type),
            limits,
            ..self
        }
    }

    /// Adds an authorization for a project in which the user has none.
    ///
    /// # Errors
    /// [`OperationError::AuthorizationTaken`], [`OperationError::TooMany`].
    pub fn authorize(mut self, new: Authorization) -> Result<Self, OperationError> {
        if self.authorizations.iter().any(|old| old.project == new.project) {
            return Err(OperationError::AuthorizationTaken);
        }
        if self.authorizations.len() >= AUTHORIZATIONS_MAX {
            return Err(OperationError::TooMany(AUTHORIZATIONS_MAX));
        }
        self.authorizations.push(new);
        self.with_roles_within_bounds()
    }

    fn with_roles_within_bounds(self) -> Result<Self, OperationError> {
        let roles: usize = self.authorizations.iter().map(|authorization| authorization.roles.len()).sum();
        if roles > ROLES_OF_USER_MAX { Err(OperationError::TooMany(ROLES_OF_USER_MAX)) } else { Ok(self) }
    }

    /// Replaces the roles of an authorization.
    ///
    /// # Errors
    /// [`OperationError::UnknownAuthorization`].
    pub fn reauthorize(
        mut self,
        id: AuthorizationId,
        roles: Vec<RoleKey>,
        now: Timestamp,
        event_id: EventId,
    ) -> Result<Self, OperationError> {
        let authorization = self.authorization_mut(id)?;
        *authorization = Authorization { roles, changed: now, event_id, ..authorization.clone() };
        self.with_roles_within_bounds()
    }

    /// Activates or deactivates an authorization.
    ///
    /// # Errors
    /// [`OperationError::UnknownAuthorization`], [`OperationError::AlreadySo`].
    pub fn set_authorization_active(
        mut self,
        id: AuthorizationId,
        active: bool,
        now: Timestamp,
    ) -> Result<Self, OperationError> {
        let authorization = self.authorization_mut(id)?;
        if authorization.active == active {
            return Err(OperationError::AlreadySo(if active { "active" } else { "inactive" }));
        }
        authorization.active = active;
        authorization.changed = now;
        Ok(self)
    }

    fn authorization_mut(&mut self, id: AuthorizationId) -> Result<&mut Authorization, OperationError> {
        let found = self.authorizations.iter_mut().find(|authorization| authorization.id == id);
        found.ok_or(OperationError::UnknownAuthorization)
    }

    /// The authorization with this id.
    pub fn authorization(&self, id: AuthorizationId) -> Option<&Authorization> {
        self.authorizations.iter().find(|authorization| authorization.id == id)
    }

    /// Assigns administrator roles for a part of the instance for which the user has none.
    ///
    /// # Errors
    /// [`OperationError::AdministratorTaken`], [`OperationError::TooMany`].
    pub fn add_admin_roles(
        mut self,
        realm: AdminScope,
        roles: Vec<AdminRole>,
        now: Timestamp,
    ) -> Result<Self, OperationError> {
        if self.administrations.iter().any(|old| old.realm == realm) {
            return Err(OperationError::AdministratorTaken);
        }
        if self.administrations.len() >= ADMINISTRATIONS_MAX {
            return Err(OperationError::TooMany(ADMINISTRATIONS_MAX));
        }
        self.administrations.push(Administration { realm, roles, created: now, changed: now });
        Ok(self)
    }

    /// Replaces the administrator roles for a part of the instance.
    ///
    /// # Errors
    /// [`OperationError::UnknownAdministrator`].
    pub fn update_admin_roles(
        mut self,
        realm: AdminScope,
        roles: Vec<AdminRole>,
        now: Timestamp,
    ) -> Result<Self, OperationError> {
        let old = self.administrations.iter_mut().find(|old| old.realm == realm);
        let old = old.ok_or(OperationError::UnknownAdministrator)?;
        old.roles = roles;
        old.changed = now;
        Ok(self)
    }

    /// Removes the administrator roles for a part of the instance.
    ///
    /// # Errors
    /// [`OperationError::UnknownAdministrator`].
    pub fn remove_admin_roles(mut self, realm: AdminScope) -> Result<Self, OperationError> {
        let before = self.administrations.len();
        self.administrations.retain(|old| old.realm != realm);
        if self.administrations.len() == before {
            Err(OperationError::UnknownAdministrator)
        } else {
            Ok(self)
        }
    }

    /// Deletes an authorization.
    ///
    /// # Errors
    /// [`OperationError::UnknownAuthorization`].
    pub fn unauthorize(mut self, id: AuthorizationId) -> Result<Self, OperationError> {
        let before = self.authorizations.len();
        self.authorizations.retain(|authorization| authorization.id != id);
        if self.authorizations.len() == before { Err(OperationError::UnknownAuthorization) } else { Ok(self) }
    }

    /// Sets a metadata entry, in place of one with the same key.
    ///
    /// # Errors
    /// [`OperationError::TooMany`].
    pub fn set_metadata(mut self, key: Text, value: Box<[u8]>) -> Result<Self, OperationError> {
        if self.metadata.len() >= METADATA_MAX && !self.metadata.contains_key(&key) {
            return Err(OperationError::TooMany(METADATA_MAX));
        }
        self.metadata.insert(key, value);
        Ok(self)
    }

    /// Removes a metadata entry.
    ///
    /// # Errors
    /// [`OperationError::UnknownMetadata`].
    pub fn delete_metadata(mut self, key: &Text) -> Result<Self, OperationError> {
        self.metadata.remove(key).map(|_| self).ok_or(OperationError::UnknownMetadata)
    }
}
