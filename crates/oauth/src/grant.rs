//! The decision on a token request, and on the visibility of a token.

use crate::assertion::{AssertionPolicy, JWT_BEARER_GRANT};
use crate::authenticate::AuthenticatedClient;
use crate::denial::Denial;
use crate::form::Form;
use jeton_domain::client::{Api, Client};
use jeton_domain::credential::Credential;
use jeton_domain::generation::Generation;
use jeton_domain::id::{ClientId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::organization::Organization;
use jeton_domain::resource::Resource;
use jeton_domain::role::RoleKey;
use jeton_domain::scope::{ScopeSet, StandardScope, UnknownScopes};
use jeton_domain::service_user::{AccessTokenType, JwtType, ServiceUser, TokenLimits};
use jeton_domain::time::{Lifetime, Moment, Timestamp};
use jeton_domain::token::{AccessTokenFacts, Life, LiveToken};
use jeton_secret::{STATEMENT_BYTES_MAX, TokenName};
use std::borrow::Cow;

/// The configured rules for grants.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The lifetime of access tokens, unless their user has its own.
    pub token_lifetime: Lifetime,
    /// The scopes for requests whose request and user name none; if empty, the request must name some.
    pub default_scopes: ScopeSet,
    /// The treatment of scopes that are unknown, or that the user may not have.
    pub unknown_scopes: UnknownScopes,
    /// The rules for assertions.
    pub assertions: AssertionPolicy,
    /// The `typ` of JWTs, unless their user has its own.
    pub jwt_type: JwtType,
}

/// The grants of the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantType {
    /// Client credentials (RFC 6749 §4.4).
    ClientCredentials,
    /// JWT bearer (RFC 7523 §2.1).
    JwtBearer,
}

impl GrantType {
    /// The grant that a request asks for.
    ///
    /// # Errors
    /// [`Denial::GrantTypeMissing`], [`Denial::UnsupportedGrantType`].
    pub fn of(form: &Form<'_>) -> Result<Self, Denial> {
        match form.grant_type.as_ref().ok_or(Denial::GrantTypeMissing)?.expose() {
            "client_credentials" => Ok(Self::ClientCredentials),
            JWT_BEARER_GRANT => Ok(Self::JwtBearer),
            _ => Err(Denial::UnsupportedGrantType),
        }
    }
}

/// An API that a request names by its resource URI (RFC 8707).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The API.
    pub api: ClientId,
    /// Its project.
    pub project: ProjectId,
    /// The URI.
    pub resource: Resource,
}

/// A token that may be issued. Only [`decide`] makes one, of an authenticated client:
///
/// ```compile_fail
/// # use jeton_oauth::grant::Grant;
/// fn forged(grant: Grant) -> Grant {
///     Grant { ..grant }
/// }
/// ```
#[derive(Debug)]
pub struct Grant {
    /// The content of the token.
    pub facts: AccessTokenFacts,
    /// The kind of the token.
    pub token_type: AccessTokenType,
    /// The `typ` of its header, if it is a JWT.
    pub jwt_type: JwtType,
    /// The resource URIs of the request.
    pub resources: Vec<Resource>,
    /// The projects of the APIs that these URIs name.
    pub target_projects: Vec<ProjectId>,
    /// The end of the token's life; `expires_in` is the rest from the time of issue.
    pub expires: Timestamp,
    /// The larger of the marks of the client and of the credential.
    pub(crate) generation: Generation,
}

/// The statement of an opaque token that may be issued, as bytes for its envelope. Only a [`Grant`] makes
/// one.
#[derive(Debug)]
pub struct SealableStatement {
    life: Life,
    bytes: Vec<u8>,
}

impl SealableStatement {
    /// The part that decides whether the token lives.
    pub const fn life(&self) -> Life {
        self.life
    }

    /// The bytes to seal.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Grant {
    /// The life of the token under a name.
    pub const fn life(&self, name: TokenName) -> Life {
        Life { name, generation: self.generation, issued: self.facts.issued, expires: self.expires }
    }

    /// The statement of the token under a name.
    ///
    /// # Errors
    /// [`Denial::OpaqueTokenTooLarge`].
    pub fn statement(&self, name: TokenName) -> Result<SealableStatement, Denial> {
        let life = self.life(name);
        let bytes = life.write(&self.facts);
        if bytes.len() > STATEMENT_BYTES_MAX {
            return Err(Denial::OpaqueTokenTooLarge);
        }
        Ok(SealableStatement { life, bytes })
    }
}

/// Decides a token request (RFC 6749 §4.4.2). The order of the checks is fixed: grant type (before this
/// call), then the client's right to it, then scope, then audience.
///
/// # Errors
/// [`Denial::UnauthorizedClient`], [`Denial::ScopeMissing`], [`Denial::InvalidScope`],
/// [`Denial::InvalidTarget`], [`Denial::NoAudience`], [`Denial::Unavailable`].
pub fn decide(
    client: &AuthenticatedClient,
    form: &Form<'_>,
    targets: &[Target],
    policy: &Policy,
    instance: &Instance,
    now: Moment,
) -> Result<Grant, Denial> {
    let user = client.client().service_user().ok_or(Denial::UnauthorizedClient)?;
    let asked = match &form.scope {
        Some(scope) => {
            ScopeSet::parse(scope.expose(), policy.unknown_scopes).map_err(|_| Denial::InvalidScope)?
        }
        None => default_scopes(user, policy)?.clone(),
    };
    let scopes = granted(&asked, client.client(), user, targets, policy.unknown_scopes, instance)?;
    let facts = AccessTokenFacts {
        client: client.client().id,
        credential: client.credential(),
        issued: now,
        scopes,
        resources: targets.iter().map(|target| target.api).collect(),
        personal: false,
    };
    Ok(Grant {
        facts,
        token_type: user.token_type,
        jwt_type: user.jwt_type.unwrap_or(policy.jwt_type),
        resources: targets.iter().map(|target| target.resource.clone()).collect(),
        target_projects: targets.iter().map(|target| target.project).collect(),
        expires: now.wall.after(user.limits.lifetime.unwrap_or(policy.token_lifetime)),
        generation: client.generation(),
    })
}

fn default_scopes<'a>(user: &'a ServiceUser, policy: &'a Policy) -> Result<&'a ScopeSet, Denial> {
    let defaults = [&user.default_scopes, &policy.default_scopes];
    defaults.into_iter().find(|scopes| !scopes.is_empty()).ok_or(Denial::ScopeMissing)
}

/// The granted part of the requested scopes: within the user's organization and limits, for projects that
/// admit the user, and roles that it has in one of them. The rest is dropped, or refused in strict mode.
/// A token whose requested audience was dropped entirely is denied: it never falls back to another
/// audience.
fn granted(
    asked: &ScopeSet,
    client: &Client,
    user: &ServiceUser,
    targets: &[Target],
    unknown: UnknownScopes,
    instance: &Instance,
) -> Result<ScopeSet, Denial> {
    if !targets.iter().all(|target| user.limits.allow(target.project)) {
        return Err(Denial::InvalidTarget);
    }
    let own = instance.organization(client.organization).ok_or(Denial::Unavailable)?;
    let left = limited(asked, own, &user.limits, instance);
    // Only a request that names no audience has one chosen for it.
    let is_free = targets.is_empty() && !asked.names_an_audience();
    let all = match &user.limits.audiences {
        Some(allowed) if is_free => left.clone().and_audiences(allowed, instance.management_project),
        _ => left.clone(),
    };
    let default = is_free.then_some(instance.default_project);
    let projects: Vec<_> = named(&all, targets, default, instance).collect();
    if projects.iter().any(|project| instance.is_unknown_project(*project)) {
        return Err(Denial::Unavailable);
    }
    let admitted: Vec<_> = projects.iter().copied().filter(|id| instance.admits(client, *id)).collect();
    if admitted.is_empty() || !targets.iter().all(|target| admitted.contains(&target.project)) {
        return Err(Denial::NoAudience);
    }
    let has = |role: &RoleKey| admitted.iter().any(|id| has_role(client, role, *id, instance));
    let granted = all.clone().with_audiences_that(|id| admitted.contains(&id)).with_roles_that(has);
    if unknown == UnknownScopes::Refuse && (left != *asked || granted != all) {
        return Err(Denial::InvalidScope);
    }
    Ok(granted)
}

fn has_role(client: &Client, role: &RoleKey, id: ProjectId, instance: &Instance) -> bool {
    instance.project(id).is_some_and(|project| client.has_role(role, project))
}

/// The projects of a token: those that scopes and targets name, or else the default one, where there is one.
fn named(
    scopes: &ScopeSet,
    targets: &[Target],
    default: Option<ProjectId>,
    instance: &Instance,
) -> impl Iterator<Item = ProjectId> {
    let management =
        scopes.contains(StandardScope::ManagementAudience).then_some(instance.management_project);
    let default = default.filter(|_| !scopes.names_an_audience());
    let targets = targets.iter().map(|target| target.project);
    scopes.project_audiences().iter().copied().chain(management).chain(default).chain(targets)
}

/// The part of the scopes that is within the user's organization and limits.
fn limited(asked: &ScopeSet, own: &Organization, limits: &TokenLimits, instance: &Instance) -> ScopeSet {
    let mut left = asked.clone().within(own);
    if let Some(allowed) = &limits.scopes {
        left = left.intersection(allowed);
    }
    if let Some(allowed) = &limits.audiences {
        left = left.with_audiences_among(allowed, instance.management_project);
    }
    left
}

/// The current rights of a personal access token: names, roles, metadata and the management API, within
/// its user's limits.
pub fn personal(client: &Client, credential: &Credential, instance: &Instance) -> AccessTokenFacts {
    let limits = client.service_user().map(|user| &user.limits);
    let mut scopes = ScopeSet::of(&PERSONAL_SCOPES);
    if let Some(allowed) = limits.and_then(|limits| limits.scopes.as_ref()) {
        scopes = scopes.intersection(allowed);
    }
    if let Some(allowed) = limits.and_then(|limits| limits.audiences.as_ref()) {
        scopes = scopes.with_audiences_among(allowed, instance.management_project);
    }
    AccessTokenFacts {
        client: client.id,
        credential: credential.id,
        issued: credential.created,
        scopes,
        resources: Vec::new(),
        personal: true,
    }
}

const PERSONAL_SCOPES: [StandardScope; 6] = [
    StandardScope::OpenId,
    StandardScope::Profile,
    StandardScope::ManagementAudience,
    StandardScope::ProjectsRoles,
    StandardScope::UserMetadata,
    StandardScope::ResourceOwner,
];

/// The projects that a token is for: those its scopes name, or else, if it names no resource either and
/// is not a personal one, the default one; of these the ones that admit its client today.
pub fn audience<'a>(
    token: &'a AccessTokenFacts,
    client: &'a Client,
    instance: &'a Instance,
) -> impl Iterator<Item = ProjectId> + use<'a> {
    let all = projects_named_by(token, instance);
    all.filter(|project| instance.admits(client, *project))
}

fn projects_named_by<'a>(
    token: &'a AccessTokenFacts,
    instance: &Instance,
) -> impl Iterator<Item = ProjectId> + use<'a> {
    let scopes = &token.scopes;
    let management =
        scopes.contains(StandardScope::ManagementAudience).then_some(instance.management_project);
    let nowhere = token.resources.is_empty() && !scopes.names_an_audience();
    let default = (nowhere && !token.personal).then_some(instance.default_project);
    scopes.project_audiences().iter().copied().chain(management).chain(default)
}

/// The scopes of a token as shown to readers of these projects: without roles that the client does not
/// have in each of them now, because many readers take a scope for a right.
pub fn told_scopes<'a>(
    scopes: &'a ScopeSet,
    client: &Client,
    projects: &[ProjectId],
    instance: &Instance,
) -> Cow<'a, ScopeSet> {
    if !scopes.names_roles() || client.service_user().is_none() {
        return Cow::Borrowed(scopes);
    }
    // The management API decides by administrator roles, so it does not count beside other readers.
    let reads = |id: &ProjectId| *id != instance.management_project || projects.len() == 1;
    let has = |role: &RoleKey| {
        projects.iter().filter(|id| reads(id)).all(|id| has_role(client, role, *id, instance))
    };
    Cow::Owned(scopes.clone().with_roles_that(has))
}

/// True if an API may see a token (RFC 7662 §4): it is for the API's project, or names the API, and the
/// project admits the client. A personal access token is for all projects in which its user has roles.
pub fn may_introspect(caller: &Client, api: &Api, token: &LiveToken<'_>, instance: &Instance) -> bool {
    let facts = token.facts;
    let is_for = facts.resources.contains(&caller.id)
        || projects_named_by(facts, instance).any(|project| project == api.project)
        || token.is_personal() && is_personal_audience(token.client, api.project, instance);
    is_for && instance.admits(token.client, api.project)
}

/// The projects of a personal access token besides those of [`audience`].
pub fn personal_audience(client: &Client, instance: &Instance) -> Vec<ProjectId> {
    let all = client.service_user().into_iter().flat_map(|user| &user.authorizations);
    let projects = all.map(|authorization| authorization.project);
    projects.filter(|project| is_personal_audience(client, *project, instance)).collect()
}

fn is_personal_audience(client: &Client, project: ProjectId, instance: &Instance) -> bool {
    let allowed = client.service_user().is_some_and(|user| user.limits.allow(project));
    allowed && client.has_roles_in(project, instance)
}

#[cfg(test)]
mod tests;
