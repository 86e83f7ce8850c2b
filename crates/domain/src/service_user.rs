//! What a service user is besides a client: names, limits on its tokens, roles, metadata, what it administers.

use crate::id::{ActNumber, AuthorizationId, OrganizationId, ProjectId};
use crate::instance::Instance;
use crate::permission::{ADMINISTRATIONS_MAX, AdminRole, Administration, Realm};
use crate::project::Project;
use crate::project_grant::ProjectGrant;
use crate::refusal::Refusal;
use crate::role::RoleKey;
use crate::scope::ScopeSet;
use crate::text::Text;
use crate::time::{Lifetime, Timestamp};
use std::collections::BTreeMap;

/// Authorizations of one user at most.
pub const AUTHORIZATIONS_MAX: usize = 100;
/// Roles that one user has in all its authorizations at most.
pub const ROLES_OF_USER_MAX: usize = 1_000;
/// Metadata entries of one user at most.
pub const METADATA_MAX: usize = 50;
/// Bytes of one metadata value at most.
pub const METADATA_VALUE_BYTES_MAX: usize = 500;

/// What a service user is besides a client.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServiceUser {
    /// The display name.
    pub name: Text,
    /// Free text.
    pub description: Text,
    /// Granted when a token request names no scope (RFC 6749 §3.3); empty means that it must name some.
    pub default_scopes: ScopeSet,
    /// What kind of access tokens it gets.
    pub token_type: AccessTokenType,
    /// The `typ` of its JWTs, instead of the instance's.
    pub jwt_type: Option<JwtType>,
    /// What its tokens may be at most.
    pub limits: TokenLimits,
    /// Roles that it was granted, at most one authorization per project.
    pub authorizations: Vec<Authorization>,
    /// What it may administer.
    pub administrations: Vec<Administration>,
    /// What administrators noted about it, for those who ask by scope.
    pub metadata: BTreeMap<Text, Box<[u8]>>,
}

/// The kind of access tokens that a service user gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccessTokenType {
    /// Nothing readable in it; one introspects it.
    #[default]
    Opaque,
    /// Signed claims (RFC 9068); one may introspect it.
    Jwt,
}

/// The `typ` of JWT access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JwtType {
    /// `JWT`, as ZITADEL has it: verifiers made for it, and older libraries, take nothing else.
    #[default]
    Jwt,
    /// `at+jwt` (RFC 9068 §2.1): verifiers that follow the RFC take nothing else.
    AtJwt,
}

impl JwtType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Jwt, Self::AtJwt];

    /// The `typ`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::AtJwt => "at+jwt",
        }
    }
}

/// Bounds on the tokens of one service user; nothing said means that the instance's rules hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenLimits {
    /// Only these scopes.
    pub scopes: Option<ScopeSet>,
    /// Only these projects in the audience.
    pub audiences: Option<Vec<ProjectId>>,
    /// How long its tokens live, instead of the instance's lifetime.
    pub lifetime: Option<Lifetime>,
}

impl TokenLimits {
    /// Whether tokens may be for this project.
    pub fn allow(&self, project: ProjectId) -> bool {
        self.audiences.as_ref().is_none_or(|allowed| allowed.contains(&project))
    }
}

/// Roles of a project that a user has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Its id.
    pub id: AuthorizationId,
    /// Whose roles.
    pub project: ProjectId,
    /// Which; one that the project lost since counts for nothing.
    pub roles: Vec<RoleKey>,
    /// Whether it counts.
    pub active: bool,
    /// Given by the project's grant to the user's organization; otherwise the project's own organization gave it.
    pub by_grant: bool,
    /// When it was granted.
    pub created: Timestamp,
    /// When it was last changed.
    pub changed: Timestamp,
    /// The act that granted these roles: a role that was added later is another one.
    pub act: ActNumber,
}

impl Authorization {
    /// Those of its roles that count, in the project as it is now, for a user of the organization `home`.
    pub fn roles_in_effect<'a>(
        &'a self,
        project: &'a Project,
        home: OrganizationId,
    ) -> impl Iterator<Item = &'a RoleKey> {
        let counts = self.counts_in(project, home);
        self.roles_left(project, home).filter(move |_| counts)
    }

    /// Those of its roles that the project, and the grant that it is given by, have had ever since; they count while
    /// it is active, and the grant.
    pub fn roles_left<'a>(
        &'a self,
        project: &'a Project,
        home: OrganizationId,
    ) -> impl Iterator<Item = &'a RoleKey> {
        let grant = self.grant(project, home);
        let is_granted =
            move |key| !self.by_grant || grant.is_some_and(|grant| grant.has_role(key, self.act));
        let is_left = |key: &RoleKey| project.role(key).is_some_and(|role| role.since <= self.act);
        self.roles.iter().filter(move |key| project.id == self.project && is_left(key) && is_granted(key))
    }

    /// True if it counts at all: it is active, and so is the grant that it is given by, and the project still exists.
    /// Without roles it still says that the user has something to do with the project.
    pub fn is_in_effect(&self, instance: &Instance, home: OrganizationId) -> bool {
        instance.project(self.project).is_some_and(|project| self.counts_in(project, home))
    }

    /// The organization that gave it: the project's, or that of its user, `home`, by a grant.
    pub const fn given_by(&self, project: &Project, home: OrganizationId) -> OrganizationId {
        if self.by_grant { home } else { project.organization }
    }

    /// The grant that it was given by is gone: it counts as absent.
    pub fn is_revoked(&self, instance: &Instance, home: OrganizationId) -> bool {
        let project = instance.project(self.project);
        self.by_grant && project.is_some_and(|project| self.grant(project, home).is_none())
    }

    fn counts_in(&self, project: &Project, home: OrganizationId) -> bool {
        let is_granted = !self.by_grant || self.grant(project, home).is_some_and(|grant| grant.active);
        self.active && project.id == self.project && is_granted
    }

    /// The grant that it can have been given by: one from before.
    fn grant<'p>(&self, project: &'p Project, home: OrganizationId) -> Option<&'p ProjectGrant> {
        project.grants.get(&home).filter(|grant| grant.since <= self.act)
    }
}

/// What is to be changed of a service user; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The display name.
    pub name: Option<Text>,
    /// Free text.
    pub description: Option<Text>,
    /// Scopes for requests that name none.
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
    /// What it changes, by the names that the management API has for it.
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
    /// The same with an edit applied.
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

    /// Grants roles of a project that it has none of yet.
    ///
    /// # Errors
    /// [`Refusal::AuthorizationTaken`], [`Refusal::TooMany`].
    pub fn authorize(mut self, new: Authorization) -> Result<Self, Refusal> {
        if self.authorizations.iter().any(|old| old.project == new.project) {
            return Err(Refusal::AuthorizationTaken);
        }
        if self.authorizations.len() >= AUTHORIZATIONS_MAX {
            return Err(Refusal::TooMany(AUTHORIZATIONS_MAX));
        }
        self.authorizations.push(new);
        self.with_roles_within_bounds()
    }

    fn with_roles_within_bounds(self) -> Result<Self, Refusal> {
        let roles: usize = self.authorizations.iter().map(|authorization| authorization.roles.len()).sum();
        if roles > ROLES_OF_USER_MAX { Err(Refusal::TooMany(ROLES_OF_USER_MAX)) } else { Ok(self) }
    }

    /// Replaces the roles of an authorization.
    ///
    /// # Errors
    /// [`Refusal::UnknownAuthorization`].
    pub fn reauthorize(
        mut self,
        id: AuthorizationId,
        roles: Vec<RoleKey>,
        now: Timestamp,
        act: ActNumber,
    ) -> Result<Self, Refusal> {
        let authorization = self.authorization_mut(id)?;
        *authorization = Authorization { roles, changed: now, act, ..authorization.clone() };
        self.with_roles_within_bounds()
    }

    /// Has an authorization count, or not.
    ///
    /// # Errors
    /// [`Refusal::UnknownAuthorization`], [`Refusal::AlreadySo`].
    pub fn switch_authorization(
        mut self,
        id: AuthorizationId,
        active: bool,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let authorization = self.authorization_mut(id)?;
        if authorization.active == active {
            return Err(Refusal::AlreadySo(if active { "active" } else { "inactive" }));
        }
        authorization.active = active;
        authorization.changed = now;
        Ok(self)
    }

    fn authorization_mut(&mut self, id: AuthorizationId) -> Result<&mut Authorization, Refusal> {
        let found = self.authorizations.iter_mut().find(|authorization| authorization.id == id);
        found.ok_or(Refusal::UnknownAuthorization)
    }

    /// The authorization with this id.
    pub fn authorization(&self, id: AuthorizationId) -> Option<&Authorization> {
        self.authorizations.iter().find(|authorization| authorization.id == id)
    }

    /// Assigns administrator roles for something that it does not administer yet.
    ///
    /// # Errors
    /// [`Refusal::AdministratorTaken`], [`Refusal::TooMany`].
    pub fn appoint(mut self, realm: Realm, roles: Vec<AdminRole>, now: Timestamp) -> Result<Self, Refusal> {
        if self.administrations.iter().any(|old| old.realm == realm) {
            return Err(Refusal::AdministratorTaken);
        }
        if self.administrations.len() >= ADMINISTRATIONS_MAX {
            return Err(Refusal::TooMany(ADMINISTRATIONS_MAX));
        }
        self.administrations.push(Administration { realm, roles, created: now, changed: now });
        Ok(self)
    }

    /// Replaces its administrator roles for something.
    ///
    /// # Errors
    /// [`Refusal::UnknownAdministrator`].
    pub fn reappoint(mut self, realm: Realm, roles: Vec<AdminRole>, now: Timestamp) -> Result<Self, Refusal> {
        let old = self.administrations.iter_mut().find(|old| old.realm == realm);
        let old = old.ok_or(Refusal::UnknownAdministrator)?;
        old.roles = roles;
        old.changed = now;
        Ok(self)
    }

    /// Takes its administrator roles for something away.
    ///
    /// # Errors
    /// [`Refusal::UnknownAdministrator`].
    pub fn dismiss(mut self, realm: Realm) -> Result<Self, Refusal> {
        let before = self.administrations.len();
        self.administrations.retain(|old| old.realm != realm);
        if self.administrations.len() == before { Err(Refusal::UnknownAdministrator) } else { Ok(self) }
    }

    /// Takes an authorization away.
    ///
    /// # Errors
    /// [`Refusal::UnknownAuthorization`].
    pub fn unauthorize(mut self, id: AuthorizationId) -> Result<Self, Refusal> {
        let before = self.authorizations.len();
        self.authorizations.retain(|authorization| authorization.id != id);
        if self.authorizations.len() == before { Err(Refusal::UnknownAuthorization) } else { Ok(self) }
    }

    /// Notes something about it, or replaces the note under this key.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn note(mut self, key: Text, value: Box<[u8]>) -> Result<Self, Refusal> {
        if self.metadata.len() >= METADATA_MAX && !self.metadata.contains_key(&key) {
            return Err(Refusal::TooMany(METADATA_MAX));
        }
        self.metadata.insert(key, value);
        Ok(self)
    }

    /// Removes a note.
    ///
    /// # Errors
    /// [`Refusal::UnknownMetadata`].
    pub fn forget(mut self, key: &Text) -> Result<Self, Refusal> {
        self.metadata.remove(key).map(|_| self).ok_or(Refusal::UnknownMetadata)
    }
}
