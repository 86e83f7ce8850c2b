//! Records of the store that can't be read: an object with such a record is unknown, not absent.

use crate::id::{OrganizationId, ProjectId};
use std::fmt;

/// The kinds of records, by the names of their tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// A service user or an API.
    Client,
    /// A project with its roles.
    Project,
    /// An organization.
    Organization,
    /// A signing key.
    SigningKey,
    /// A token key.
    TokenKey,
    /// A past credential of a client.
    PastCredential,
    /// An event of the audit trail.
    Event,
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "user or application",
            Self::Project => "project",
            Self::Organization => "organization",
            Self::SigningKey => "signing key",
            Self::TokenKey => "token key",
            Self::PastCredential => "credential",
            Self::Event => "event",
        })
    }
}

/// A row whose bytes are no record of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("the record of the {kind} {id} can't be read")]
pub struct UnreadableRecord {
    /// The table of the row.
    pub kind: RecordKind,
    /// Its key in the table.
    pub id: u64,
}

/// The home of a client whose record cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownHome {
    /// The organization.
    Organization(OrganizationId),
    /// The project of an API.
    Project(ProjectId),
}

impl From<UnknownHome> for UnreadableRecord {
    fn from(home: UnknownHome) -> Self {
        match home {
            UnknownHome::Organization(id) => Self { kind: RecordKind::Organization, id: id.0 },
            UnknownHome::Project(id) => Self { kind: RecordKind::Project, id: id.0 },
        }
    }
}
