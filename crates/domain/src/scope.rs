//! Scopes: their grammar, the ones Jeton knows, and sets of them.
//!
//! ```text
//! scope       = scope-token *( SP scope-token )               RFC 6749 §3.3
//! scope-token = 1*( %x21 / %x23-5B / %x5D-7E )                RFC 6749 Appendix A.4
//! ```
//! A scope that is well-formed but unknown is dropped, as in ZITADEL, and the answer's `scope` tells;
//! in strict mode the request is refused instead.

use crate::id::{OrganizationId, ProjectId};
use crate::organization::Organization;
use crate::role::{RoleKey, is_scope_token};
use std::fmt;

/// Bytes of a scope parameter at most.
pub const SCOPE_BYTES_MAX: usize = 4096;
/// Scope tokens in one request at most, duplicates included.
pub const SCOPE_TOKENS_MAX: usize = 100;

const PROJECT_AUDIENCE: (&str, &str) = ("urn:zitadel:iam:org:project:id:", ":aud");
const ROLE: &str = "urn:zitadel:iam:org:project:role:";
const ORGANIZATION: &str = "urn:zitadel:iam:org:id:";
const PRIMARY_DOMAIN: &str = "urn:zitadel:iam:org:domain:primary:";
const ROLES_OF_ORGANIZATION: &str = "urn:zitadel:iam:org:roles:id:";

/// Why a scope parameter is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// More than [`SCOPE_BYTES_MAX`].
    #[error("scope has more than 4096 bytes")]
    TooLong,
    /// More than [`SCOPE_TOKENS_MAX`].
    #[error("scope has more than 100 tokens")]
    TooMany,
    /// A character or a space where the grammar has none.
    #[error("scope must be printable tokens separated by single spaces")]
    Grammar,
    /// Strict mode: a token that Jeton does not know.
    #[error("scope has an unknown token")]
    Unknown,
}

/// What to do with scopes that are well-formed but unknown.
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
    /// The token may be used at the userinfo endpoint.
    OpenId,
    /// Userinfo and introspection carry the names.
    Profile,
    /// Accepted without effect: service users have none.
    Email,
    /// Accepted without effect.
    Phone,
    /// Accepted without effect.
    Address,
    /// Accepted without effect: there are no refresh tokens.
    OfflineAccess,
    /// The management API joins the audience.
    ManagementAudience,
    /// Roles of every project in the audience.
    ProjectsRoles,
    /// The user's metadata.
    UserMetadata,
    /// The user's organization.
    ResourceOwner,
}

impl StandardScope {
    /// All of them, in bit order.
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
    /// Projects that the token's audience names; sorted, without duplicates.
    project_audiences: Vec<ProjectId>,
    /// The rest; sorted, without duplicates.
    parameters: Vec<Parameter>,
}

/// A scope with a parameter, other than a project's audience.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parameter {
    /// Asks for this role in the roles claims.
    Role(RoleKey),
    /// The organization's claims, if it is the user's own.
    Organization(OrganizationId),
    /// The same, by domain.
    PrimaryDomain(Box<str>),
    /// Role claims hold roles of this organization only.
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

    /// Whether it means something for users of this organization.
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
    /// The first rule of the grammar or of the limits that it breaks, and in strict mode an unknown token.
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

    /// Standard scopes only.
    pub fn of(scopes: &[StandardScope]) -> Self {
        Self { standard: scopes.iter().fold(0, |bits, scope| bits | scope.bit()), ..Self::default() }
    }

    /// From the parts that a record holds; `None` when a bit or a text is not a scope.
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

    /// From the parts of a set that exists; `None` when a bit is not a scope, or the others do not rise.
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

    /// Whether roles are asked for at all.
    pub fn asks_for_roles(&self) -> bool {
        self.contains(StandardScope::ProjectsRoles)
            || self.parameters.iter().any(|parameter| matches!(parameter, Parameter::Role(_)))
    }

    /// Whether this role is asked for.
    pub fn asks_for_role(&self, key: &RoleKey) -> bool {
        self.contains(StandardScope::ProjectsRoles)
            || self
                .parameters
                .iter()
                .any(|parameter| matches!(parameter, Parameter::Role(role) if role == key))
    }

    /// Whether the user's organization is asked for, under one name or the other.
    pub fn asks_for_organization(&self) -> bool {
        let names_it = |parameter: &Parameter| {
            matches!(parameter, Parameter::Organization(_) | Parameter::PrimaryDomain(_))
        };
        self.contains(StandardScope::ResourceOwner) || self.parameters.iter().any(names_it)
    }

    /// What is left for users of this organization: another one's scopes are dropped.
    #[must_use]
    pub fn within(mut self, own: &Organization) -> Self {
        self.parameters.retain(|parameter| parameter.concerns(own));
        self
    }

    /// What is in both sets.
    #[must_use]
    pub fn intersection(mut self, other: &Self) -> Self {
        self.standard &= other.standard;
        self.project_audiences.retain(|project| other.project_audiences.contains(project));
        self.parameters.retain(|parameter| other.parameters.contains(parameter));
        self
    }

    /// Keeps the audiences of projects for which this is so.
    #[must_use]
    pub fn with_audiences_that(mut self, is_kept: impl Fn(ProjectId) -> bool) -> Self {
        self.project_audiences.retain(|project| is_kept(*project));
        self
    }

    /// Keeps the scopes of roles for which this is so.
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

    /// Keeps the audiences of these projects only; `management` stands for the management API.
    #[must_use]
    pub fn with_audiences_among(mut self, allowed: &[ProjectId], management: ProjectId) -> Self {
        self.project_audiences.retain(|project| allowed.contains(project));
        if !allowed.contains(&management) {
            self.standard &= !StandardScope::ManagementAudience.bit();
        }
        self
    }

    /// Whether it names an audience.
    pub fn names_an_audience(&self) -> bool {
        !self.project_audiences.is_empty() || self.contains(StandardScope::ManagementAudience)
    }

    /// The same with these audiences as well.
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

    /// Whether the set has this scope.
    pub const fn contains(&self, scope: StandardScope) -> bool {
        self.standard & scope.bit() != 0
    }

    /// Whether there is no scope in it.
    pub fn is_empty(&self) -> bool {
        self.standard == 0 && self.project_audiences.is_empty() && self.parameters.is_empty()
    }

    /// Adds a token of the grammar; says whether it is known.
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
