//! Numbers that are stored.

use crate::fault::EngineError;
use crate::schema::CountKey;
use jeton_domain::id::{ClientId, OrganizationId, ProjectId};
use jeton_domain::permission::AdminScope;
use redb::{ReadableTable, Table};

/// Numbers that are stored, so that no listing has to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Service users of an organization.
    UsersOf(OrganizationId),
    /// Authorizations for a project.
    AuthorizationsOf(ProjectId),
    /// APIs of a project.
    ApplicationsOf(ProjectId),
    /// Users of an organization that have administrator roles.
    AdministratorsFrom(OrganizationId),
    /// Users that have administrator roles for a realm.
    AdministratorsOf(AdminScope),
    /// Tokens that a client revoked one by one.
    RevokedBy(ClientId),
    /// Tokens of a client that others revoked one by one.
    RevokedFor(ClientId),
    /// All tokens that were revoked one by one.
    RevokedInAll {
        /// True for those that others than the owning client revoked.
        by_others: bool,
    },
}

impl Counted {
    /// The tokens of a client that were revoked one by one, by others or by itself.
    pub(crate) const fn revoked(client: ClientId, by_others: bool) -> Self {
        if by_others { Self::RevokedFor(client) } else { Self::RevokedBy(client) }
    }

    /// The key of the count.
    pub(crate) const fn key(self) -> CountKey {
        match self {
            Self::UsersOf(OrganizationId(id)) => (0, id),
            Self::AuthorizationsOf(ProjectId(id)) => (1, id),
            Self::ApplicationsOf(ProjectId(id)) => (2, id),
            Self::AdministratorsFrom(OrganizationId(id)) => (3, id),
            Self::AdministratorsOf(realm) => {
                let (kind, id) = scope_key(realm);
                (4 + kind, id)
            }
            Self::RevokedBy(ClientId(id)) => (7, id),
            Self::RevokedFor(ClientId(id)) => (8, id),
            Self::RevokedInAll { by_others } => (9, by_others as u64),
        }
    }
}

pub(crate) const fn scope_key(realm: AdminScope) -> (u8, u64) {
    match realm {
        AdminScope::Instance => (0, 0),
        AdminScope::Organization(OrganizationId(id)) => (1, id),
        AdminScope::Project(ProjectId(id)) => (2, id),
    }
}

pub(crate) fn adjust(
    counts: &mut Table<'_, CountKey, u64>,
    key: CountKey,
    step: i64,
) -> Result<(), EngineError> {
    let count = counts.get(key)?.map_or(0, |count| count.value()).saturating_add_signed(step);
    if count == 0 {
        counts.remove(key)?;
    } else {
        counts.insert(key, count)?;
    }
    Ok(())
}
