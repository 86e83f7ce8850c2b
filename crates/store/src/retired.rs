//! Names of deleted or renamed objects: not given out again while a token that names them may live, and
//! after that in the same organization only, unless an owner of the instance frees them.
//!
//! Tokens name their subject by username, by resource URI and by an organization's domain, and so do
//! rules that people wrote elsewhere. Ids are never given out again at all (`retired_ids`).

use crate::administer::CommandContext;
use crate::batch::{Batch, TransactionError};
use crate::schema::RETIRED_NAMES;
use crate::snapshot::{Snapshot, Unavailable};
use jeton_domain::client::Client;
use jeton_domain::id::OrganizationId;
use jeton_domain::limits::TOKEN_LIFETIME_MAX;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::refusal::OperationError;
use jeton_domain::time::{Careful, Moment, Timestamp};
use redb::{ReadableTable, WriteTransaction};
use std::ops::{Bound, ControlFlow};

/// A name by which tokens and requests refer to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name<'n> {
    /// A service user's username, folded.
    Username(&'n str),
    /// The resource URI of an API.
    Resource(&'n str),
    /// The primary domain of an organization.
    Domain(&'n str),
}

impl<'n> Name<'n> {
    fn key(self) -> String {
        match self {
            Self::Username(name) => format!("u {name}"),
            Self::Resource(uri) => format!("r {uri}"),
            Self::Domain(domain) => format!("d {domain}"),
        }
    }

    /// Reads a key of the table.
    fn of_key(key: &'n str) -> Option<Self> {
        match key.split_once(' ')? {
            ("u", name) => Some(Self::Username(name)),
            ("r", uri) => Some(Self::Resource(uri)),
            ("d", domain) => Some(Self::Domain(domain)),
            _ => None,
        }
    }
}

/// A retired name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retired {
    /// The id of the last owner.
    pub owner: u64,
    /// The organization that may have it again.
    pub organization: OrganizationId,
    /// The time of its retirement.
    pub at: Moment,
}

/// A row: owner, organization, and both clocks.
pub(crate) type RetiredRow = (u64, u64, u64, u64);

impl Retired {
    pub(crate) const fn of_row((owner, organization, wall, careful): RetiredRow) -> Self {
        let at = Moment { wall: Timestamp(wall), careful: Careful(careful) };
        Self { owner, organization: OrganizationId(organization), at }
    }

    /// The time from which it can be used again in its organization.
    pub const fn free_from(&self) -> Timestamp {
        self.at.wall.after(TOKEN_LIFETIME_MAX)
    }

    /// True if every token that names it has ended, by both clocks.
    fn is_over(&self, now: Moment) -> bool {
        let seconds = u64::from(TOKEN_LIFETIME_MAX.0).saturating_add(1);
        self.free_from() <= now.wall && self.at.careful.after(seconds) <= now.careful
    }
}

impl Snapshot {
    /// Shows retired names in the order of their kinds and texts, behind `after`, until `show` breaks.
    ///
    /// # Errors
    /// [`Unavailable`] if the table can't be read.
    pub fn for_each_retired_name(
        &self,
        after: Option<Name<'_>>,
        mut show: impl FnMut(Name<'_>, Retired) -> ControlFlow<()>,
    ) -> Result<(), Unavailable> {
        let after = after.map(Name::key);
        let begin = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        for row in self.retired_names.range::<&str>((begin, Bound::Unbounded))? {
            let (key, retired) = row?;
            let Some(name) = Name::of_key(key.value()) else { continue };
            if show(name, Retired::of_row(retired.value())).is_break() {
                break;
            }
        }
        Ok(())
    }
}

pub(crate) fn retire(
    write: &WriteTransaction,
    name: Name<'_>,
    owner: u64,
    organization: OrganizationId,
    now: Moment,
) -> Result<(), redb::Error> {
    let row = (owner, organization.0, now.wall.0, now.careful.0);
    write.open_table(RETIRED_NAMES)?.insert(name.key().as_str(), row)?;
    Ok(())
}

impl Batch<'_> {
    /// Retires the names that a client no longer has after a change. `after` is None if it is deleted.
    pub(crate) fn retire_names(
        &self,
        before: &Client,
        after: Option<&Client>,
    ) -> Result<(), TransactionError> {
        let kept: Vec<_> = after.and_then(name_of).into_iter().collect();
        for name in name_of(before).into_iter().filter(|name| !kept.contains(name)) {
            retire(self.transaction, name, before.id.0, before.organization, self.now)?;
        }
        Ok(())
    }

    /// Refuses a retired name, unless its last owner takes it.
    pub(crate) fn check_not_retired(
        &self,
        context: &CommandContext,
        name: Name<'_>,
        taker: u64,
        organization: OrganizationId,
    ) -> Result<(), TransactionError> {
        let table = self.transaction.open_table(RETIRED_NAMES)?;
        let Some(retired) = table.get(name.key().as_str())?.map(|row| Retired::of_row(row.value())) else {
            return Ok(());
        };
        let same = retired.organization == organization;
        if retired.owner == taker || same && retired.is_over(self.now) {
            return Ok(());
        }
        // To other organizations it looks like a name that is in use.
        let told = same || context.permit(Permission::AdministratorRead, ResourcePath::Instance).is_ok();
        Err(if told { OperationError::NameRetired } else { OperationError::NameTaken }.into())
    }

    /// Takes a name into use again.
    pub(crate) fn take_name(&self, name: Name<'_>) -> Result<(), TransactionError> {
        self.transaction.open_table(RETIRED_NAMES)?.remove(name.key().as_str())?;
        Ok(())
    }

    /// Frees a retired name for any organization. Returns its last owner.
    pub(crate) fn free_name(&self, name: Name<'_>) -> Result<Retired, TransactionError> {
        let mut table = self.transaction.open_table(RETIRED_NAMES)?;
        let row = table.remove(name.key().as_str())?.ok_or(OperationError::UnknownName)?;
        Ok(Retired::of_row(row.value()))
    }
}

/// The name by which tokens and requests refer to a client, if it has one besides its id.
pub(crate) fn name_of(client: &Client) -> Option<Name<'_>> {
    match client.api() {
        Some(api) => api.resource.as_ref().map(|resource| Name::Resource(resource.as_str())),
        None => Some(Name::Username(client.name.folded())),
    }
}
