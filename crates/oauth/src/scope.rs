//! Scopes: their grammar, the ones Jeton knows, and sets of them.
//!
//! ```text
//! scope       = scope-token *( SP scope-token )               RFC 6749 §3.3
//! scope-token = 1*( %x21 / %x23-5B / %x5D-7E )                RFC 6749 Appendix A.4
//! ```
//! A scope that is well-formed but unknown is dropped, as in ZITADEL, and the answer's `scope` tells;
//! in strict mode the request is refused instead.

use crate::id::ProjectId;
use std::fmt;

/// Bytes of a scope parameter at most.
pub const SCOPE_BYTES_MAX: usize = 4096;
/// Scope tokens in one request at most, duplicates included.
pub const SCOPE_TOKENS_MAX: usize = 100;

const PROJECT_AUDIENCE: (&str, &str) = ("urn:zitadel:iam:org:project:id:", ":aud");

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
}

impl StandardScope {
    /// All of them, in bit order.
    pub const ALL: [Self; 6] =
        [Self::OpenId, Self::Profile, Self::Email, Self::Phone, Self::Address, Self::OfflineAccess];

    /// The text form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::OfflineAccess => "offline_access",
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

    /// From the parts that a record holds; `None` when a bit is not a scope.
    pub fn from_parts(standard: u16, mut project_audiences: Vec<ProjectId>) -> Option<Self> {
        if standard >> StandardScope::ALL.len() != 0 {
            return None;
        }
        project_audiences.sort_unstable();
        project_audiences.dedup();
        Some(Self { standard, project_audiences })
    }

    /// The standard scopes as bits, by position in [`StandardScope::ALL`].
    pub const fn standard_bits(&self) -> u16 {
        self.standard
    }

    /// The projects named by `urn:zitadel:iam:org:project:id:{id}:aud`.
    pub fn project_audiences(&self) -> &[ProjectId] {
        &self.project_audiences
    }

    /// Whether the set has this scope.
    pub const fn contains(&self, scope: StandardScope) -> bool {
        self.standard & scope.bit() != 0
    }

    /// Whether there is no scope in it.
    pub fn is_empty(&self) -> bool {
        self.standard == 0 && self.project_audiences.is_empty()
    }

    /// Adds a token of the grammar; says whether it is known.
    fn insert(&mut self, token: &str) -> bool {
        if let Some(scope) = StandardScope::ALL.into_iter().find(|scope| scope.as_str() == token) {
            self.standard |= scope.bit();
            return true;
        }
        let id =
            token.strip_prefix(PROJECT_AUDIENCE.0).and_then(|rest| rest.strip_suffix(PROJECT_AUDIENCE.1));
        let Some(Ok(project)) = id.map(ProjectId::parse) else { return false };
        if let Err(at) = self.project_audiences.binary_search(&project) {
            self.project_audiences.insert(at, project);
        }
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
        Ok(())
    }
}

/// Whether a text is one `scope-token`.
fn is_scope_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

#[cfg(test)]
mod tests;
