//! Scopes: their grammar, the known ones, and sets of them.
//!
//! ```text
//! scope       = scope-token *( SP scope-token )               RFC 6749 §3.3
//! scope-token = 1*( %x21 / %x23-5B / %x5D-7E )                RFC 6749 Appendix A.4
//! ```
//! A well-formed unknown scope is dropped, as in ZITADEL, which the answer's `scope` shows; in strict
//! mode the request is refused instead.

use crate::id::{OrganizationId, ProjectId};
use crate::organization::Organization;
use crate::role::{RoleKey, is_scope_token};
use std::fmt;

/// The maximal size of a scope parameter in bytes.
pub const SCOPE_BYTES_MAX: usize = 4096;
/// The maximal number of scope tokens in one request, duplicates included.
pub const SCOPE_TOKENS_MAX: usize = 100;

const PROJECT_AUDIENCE: (&str, &str) = ("urn:zitadel:iam:org:project:id:", ":aud");
const ROLE: &str = "urn:zitadel:iam:org:project:role:";
const ORGANIZATION: &str = "urn:zitadel:iam:org:id:";
const PRIMARY_DOMAIN: &str = "urn:zitadel:iam:org:domain:primary:";
const ROLES_OF_ORGANIZATION: &str = "urn:zitadel:iam:org:roles:id:";

/// The reason a scope parameter is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// More than [`SCOPE_BYTES_MAX`].
    #[error("scope has more than 4096 bytes")]
    TooLong,
    /// More than [`SCOPE_TOKENS_MAX`].
    #[error("scope has more than 100 tokens")]
    TooMany,
    /// A character or a space that the grammar forbids.
    #[error("scope must be printable tokens separated by single spaces")]
    Grammar,
    /// Strict mode: an unknown scope.
    #[error("scope has an unknown token")]
    Unknown,
}

/// The treatment of scopes that are well-formed but unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownScopes {
    /// Leave them out of the grant.
    #[default]
    Drop,
    /// Refuse the request.
    Refuse,
}

/// The scopes without parameters, in the order in which answers list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum StandardScope {
    /// `openid`: the token may be used at the userinfo endpoint.
    OpenId,
    /// `profile`: userinfo and introspection contain the names.
    Profile,
    /// `email`, without effect: service users have none.
    Email,
    /// `phone`, without effect.
    Phone,
    /// `address`, without effect.
    Address,
    /// `offline_access`, without effect: there are no refresh tokens.
    OfflineAccess,
    /// `urn:zitadel:iam:org:project:id:zitadel:aud`: the management API joins the audience.
    ManagementAudience,
    /// `urn:zitadel:iam:org:projects:roles`: roles of every project in the audience.
    ProjectsRoles,
    /// `urn:zitadel:iam:user:metadata`: the user's metadata.
    UserMetadata,
    /// `urn:zitadel:iam:user:resourceowner`: the user's organization.
    ResourceOwner,
}

impl StandardScope {
    /// All standard scopes, in bit order.
    pub const ALL: [Self; 10] = [
        Self::OpenId,
        Self::Profile,
        Self::Email,
        Self::Phone,
        Self::Address,
        Self::OfflineAccess,
        Self::ManagementAudience,
        Self::ProjectsRoles,
        Self::UserMetadata,
        Self::ResourceOwner,
    ];

    /// The text form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::OfflineAccess => "offline_access",
            Self::ManagementAudience => "urn:zitadel:iam:org:project:id:zitadel:aud",
            Self::ProjectsRoles => "urn:zitadel:iam:org:projects:roles",
            Self::UserMetadata => "urn:zitadel:iam:user:metadata",
            Self::ResourceOwner => "urn:zitadel:iam:user:resourceowner",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u8
    }
}

/// A set of known scopes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScopeSet {
    standard: u16,
    /// Projects for the token's audience; sorted, without duplicates.
    project_audiences: Vec<ProjectId>,
    /// The scopes with other parameters; sorted, without duplicates.
    parameters: Vec<Parameter>,
}

/// A scope with a parameter, other than a project's audience.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parameter {
    /// A request for this role in the roles claims.
    Role(RoleKey),
    /// A request for the claims of this organization, if it is the user's own.
    Organization(OrganizationId),
    /// A request for the claims of the organization with this domain, if it is the user's own.
    PrimaryDomain(Box<str>),
    /// A restriction of the roles claims to roles of this organization.
    RolesOfOrganization(OrganizationId),
}

impl Parameter {
    fn parse(token: &str) -> Option<Self> {
        let organization = |id| OrganizationId::parse(id).ok();
        if let Some(role) = token.strip_prefix(ROLE) {
            RoleKey::parse(role).ok().map(Self::Role)
        } else if let Some(id) = token.strip_prefix(ORGANIZATION) {
            organization(id).map(Self::Organization)
        } else if let Some(domain) = token.strip_prefix(PRIMARY_DOMAIN) {
            Self::primary_domain(domain)
        } else {
            token.strip_prefix(ROLES_OF_ORGANIZATION).and_then(organization).map(Self::RolesOfOrganization)
        }
    }

    /// The organization with this primary domain.
    pub(crate) fn primary_domain(domain: &str) -> Option<Self> {
        let is_domain = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
        let good = !domain.is_empty() && domain.len() <= 253 && domain.bytes().all(is_domain);
        good.then(|| Self::PrimaryDomain(domain.into()))
    }

    /// True if it has an effect for users of this organization.
    fn concerns(&self, own: &Organization) -> bool {
        match self {
            Self::Role(_) => true,
            Self::Organization(id) | Self::RolesOfOrganization(id) => *id == own.id,
            Self::PrimaryDomain(domain) => domain.eq_ignore_ascii_case(&own.primary_domain),
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => write!(f, "{ROLE}{role}"),
            Self::Organization(id) => write!(f, "{ORGANIZATION}{id}"),
            Self::PrimaryDomain(domain) => write!(f, "{PRIMARY_DOMAIN}{domain}"),
            Self::RolesOfOrganization(id) => write!(f, "{ROLES_OF_ORGANIZATION}{id}"),
        }
    }
}

impl ScopeSet {
    /// Reads a scope parameter. Order and duplicates do not matter.
    ///
    /// # Errors
    /// The [`ScopeError`] of the first broken rule of the grammar or the limits, and in strict mode of an
    /// unknown token.
    pub fn parse(text: &str, unknown: UnknownScopes) -> Result<Self, ScopeError> {
        if text.len() > SCOPE_BYTES_MAX {
            return Err(ScopeError::TooLong);
        }
        let mut set = Self::default();
        for (index, token) in text.split(' ').enumerate() {
            if index >= SCOPE_TOKENS_MAX {
                return Err(ScopeError::TooMany);
            }
            if !is_scope_token(token) {
                return Err(ScopeError::Grammar);
            }
            let known = set.insert(token);
            if !known && unknown == UnknownScopes::Refuse {
                return Err(ScopeError::Unknown);
            }
        }
        Ok(set)
    }

    /// A set of standard scopes only.
    pub fn of(scopes: &[StandardScope]) -> Self {
        Self { standard: scopes.iter().fold(0, |bits, scope| bits | scope.bit()), ..Self::default() }
    }

    /// A set from the parts in a record; `None` if a bit or a text is not a scope.
    pub fn from_parts<'t>(
        standard: u16,
        mut project_audiences: Vec<ProjectId>,
        parameters: impl IntoIterator<Item = &'t str>,
    ) -> Option<Self> {
        if standard >> StandardScope::ALL.len() != 0 {
            return None;
        }
        project_audiences.sort_unstable();
        project_audiences.dedup();
        let mut parameters = parameters.into_iter().map(Parameter::parse).collect::<Option<Vec<_>>>()?;
        parameters.sort_unstable();
        parameters.dedup();
        Some(Self { standard, project_audiences, parameters })
    }

    /// A set from the parts of an existing set; `None` if a bit is not a scope, or the parts are not in
    /// ascending order.
    pub(crate) fn from_rising(
        standard: u16,
        project_audiences: Vec<ProjectId>,
        parameters: Vec<Parameter>,
    ) -> Option<Self> {
        let rises = project_audiences.is_sorted_by(|a, b| a < b) && parameters.is_sorted_by(|a, b| a < b);
        let known = standard >> StandardScope::ALL.len() == 0;
        (known && rises).then_some(Self { standard, project_audiences, parameters })
    }

    /// The standard scopes as bits, by position in [`StandardScope::ALL`].
    pub const fn standard_bits(&self) -> u16 {
        self.standard
    }

    /// The projects named by `urn:zitadel:iam:org:project:id:{id}:aud`.
    pub fn project_audiences(&self) -> &[ProjectId] {
        &self.project_audiences
    }

    /// The scopes with other parameters.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// True if it requests roles.
    pub fn asks_for_roles(&self) -> bool {
        self.contains(StandardScope::ProjectsRoles)
            || self.parameters.iter().any(|parameter| matches!(parameter, Parameter::Role(_)))
    }

    /// True if it requests this role.
    pub fn asks_for_role(&self, key: &RoleKey) -> bool {
        self.contains(StandardScope::ProjectsRoles)
            || self
                .parameters
                .iter()
                .any(|parameter| matches!(parameter, Parameter::Role(role) if role == key))
    }

    /// True if it requests the user's organization, by any of its scopes.
    pub fn asks_for_organization(&self) -> bool {
        let names_it = |parameter: &Parameter| {
            matches!(parameter, Parameter::Organization(_) | Parameter::PrimaryDomain(_))
        };
        self.contains(StandardScope::ResourceOwner) || self.parameters.iter().any(names_it)
    }

    /// The set without scopes that have no effect for users of this organization.
    #[must_use]
    pub fn within(mut self, own: &Organization) -> Self {
        self.parameters.retain(|parameter| parameter.concerns(own));
        self
    }

    /// The intersection of both sets.
    #[must_use]
    pub fn intersection(mut self, other: &Self) -> Self {
        self.standard &= other.standard;
        self.project_audiences.retain(|project| other.project_audiences.contains(project));
        self.parameters.retain(|parameter| other.parameters.contains(parameter));
        self
    }

    /// The set without audiences of projects for which `is_kept` is false.
    #[must_use]
    pub fn with_audiences_that(mut self, is_kept: impl Fn(ProjectId) -> bool) -> Self {
        self.project_audiences.retain(|project| is_kept(*project));
        self
    }

    /// The set without scopes of roles for which `is_kept` is false.
    #[must_use]
    pub fn with_roles_that(mut self, is_kept: impl Fn(&RoleKey) -> bool) -> Self {
        self.parameters.retain(|parameter| match parameter {
            Parameter::Role(role) => is_kept(role),
            Parameter::Organization(_) | Parameter::PrimaryDomain(_) | Parameter::RolesOfOrganization(_) => {
                true
            }
        });
        self
    }

    /// True if it has scopes of single roles.
    pub fn names_roles(&self) -> bool {
        self.parameters.iter().any(|parameter| matches!(parameter, Parameter::Role(_)))
    }

    /// The set without audiences of other projects; `management` stands for the management API.
    #[must_use]
    pub fn with_audiences_among(mut self, allowed: &[ProjectId], management: ProjectId) -> Self {
        self.project_audiences.retain(|project| allowed.contains(project));
        if !allowed.contains(&management) {
            self.standard &= !StandardScope::ManagementAudience.bit();
        }
        self
    }

    /// True if it names an audience.
    pub fn names_an_audience(&self) -> bool {
        !self.project_audiences.is_empty() || self.contains(StandardScope::ManagementAudience)
    }

    /// The set with these audiences added.
    #[must_use]
    pub fn and_audiences(mut self, projects: &[ProjectId], management: ProjectId) -> Self {
        for project in projects {
            if *project == management {
                self.standard |= StandardScope::ManagementAudience.bit();
            } else {
                insert_sorted(&mut self.project_audiences, *project);
            }
        }
        self
    }

    /// True if the set contains this scope.
    pub const fn contains(&self, scope: StandardScope) -> bool {
        self.standard & scope.bit() != 0
    }

    /// True if the set is empty.
    pub fn is_empty(&self) -> bool {
        self.standard == 0 && self.project_audiences.is_empty() && self.parameters.is_empty()
    }

    /// Adds a scope token; false if it is unknown.
    fn insert(&mut self, token: &str) -> bool {
        if let Some(scope) = StandardScope::ALL.into_iter().find(|scope| scope.as_str() == token) {
            self.standard |= scope.bit();
            return true;
        }
        let id =
            token.strip_prefix(PROJECT_AUDIENCE.0).and_then(|rest| rest.strip_suffix(PROJECT_AUDIENCE.1));
        if let Some(id) = id {
            let Ok(project) = ProjectId::parse(id) else { return false };
            insert_sorted(&mut self.project_audiences, project);
            return true;
        }
        let Some(parameter) = Parameter::parse(token) else { return false };
        insert_sorted(&mut self.parameters, parameter);
        true
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        for scope in StandardScope::ALL.into_iter().filter(|scope| self.contains(*scope)) {
            write!(f, "{space}{}", scope.as_str())?;
            space = " ";
        }
        for project in &self.project_audiences {
            write!(f, "{space}{}{project}{}", PROJECT_AUDIENCE.0, PROJECT_AUDIENCE.1)?;
            space = " ";
        }
        for parameter in &self.parameters {
            write!(f, "{space}{parameter}")?;
            space = " ";
        }
        Ok(())
    }
}

fn insert_sorted<T: Ord>(set: &mut Vec<T>, item: T) {
    if let Err(at) = set.binary_search(&item) {
        set.insert(at, item);
    }
}

#[cfg(test)]
mod tests;
