//! The deleted objects whose rows have to be removed.

use crate::fault::{EngineError, OpenError};
use crate::schema::{REMOVALS, RemovalKey};
use jeton_domain::id::{ClientId, OrganizationId, ProjectId};
use redb::{ReadTransaction, ReadableTable};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A deleted object whose rows have to be removed. The last in this order is removed first: an
/// organization after its projects, which are known by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Removal {
    /// An organization, with its users and the grants of other organizations' projects to it.
    Organization(OrganizationId),
    /// A project, with its APIs.
    Project(ProjectId),
    /// The past credentials of a client.
    PastOf(ClientId),
}

impl Removal {
    pub(crate) const fn key(self) -> RemovalKey {
        match self {
            Self::Organization(OrganizationId(id)) => (0, id),
            Self::Project(ProjectId(id)) => (1, id),
            Self::PastOf(ClientId(id)) => (2, id),
        }
    }

    /// The id of an organization or project whose users and APIs count as absent.
    pub(crate) const fn removed_id(self) -> Option<u64> {
        match self {
            Self::Organization(OrganizationId(id)) | Self::Project(ProjectId(id)) => Some(id),
            Self::PastOf(_) => None,
        }
    }

    pub(crate) const fn of_key((kind, id): RemovalKey) -> Option<Self> {
        match kind {
            0 => Some(Self::Organization(OrganizationId(id))),
            1 => Some(Self::Project(ProjectId(id))),
            2 => Some(Self::PastOf(ClientId(id))),
            _ => None,
        }
    }
}

/// The deleted objects whose rows have to be removed.
pub(crate) type Removals = Arc<BTreeSet<Removal>>;

/// The unfinished removals of an earlier run.
pub(crate) fn read(read: &ReadTransaction) -> Result<BTreeSet<Removal>, OpenError> {
    let rows = read.open_table(REMOVALS.definition()).map_err(EngineError::from)?;
    let keys =
        rows.iter().map_err(EngineError::from)?.map(|row| row.map(|(key, _)| Removal::of_key(key.value())));
    Ok(keys.filter_map(Result::transpose).collect::<Result<_, _>>().map_err(EngineError::from)?)
}
