//! The table of retired names, see [`jeton_domain::retired_name`].

use crate::administer::CommandContext;
use crate::batch::{Batch, TransactionError};
use crate::schema::RETIRED_NAMES;
use crate::snapshot::{Snapshot, Unavailable};
use jeton_domain::client::Client;
use jeton_domain::id::OrganizationId;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::refusal::OperationError;
use jeton_domain::retired_name::{Name, Retired};
use jeton_domain::time::{Careful, Moment, Timestamp};
use redb::{ReadableTable, WriteTransaction};
use std::ops::{Bound, ControlFlow};

/// The key of a name.
fn key_of(name: Name<'_>) -> String {
    match name {
        Name::Username(name) => format!("u {name}"),
        Name::Resource(uri) => format!("r {uri}"),
        Name::Domain(domain) => format!("d {domain}"),
    }
}

/// Reads a key of the table.
fn name_of_key(key: &str) -> Option<Name<'_>> {
    match key.split_once(' ')? {
        ("u", name) => Some(Name::Username(name)),
        ("r", uri) => Some(Name::Resource(uri)),
        ("d", domain) => Some(Name::Domain(domain)),
        _ => None,
    }
}

/// A row: owner, organization, and both clocks.
pub(crate) type RetiredRow = (u64, u64, u64, u64);

const fn of_row((owner, organization, wall, careful): RetiredRow) -> Retired {
    let at = Moment { wall: Timestamp(wall), careful: Careful(careful) };
    Retired { owner, organization: OrganizationId(organization), at }
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
        let after = after.map(key_of);
        let begin = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        for row in self.retired_names.range::<&str>((begin, Bound::Unbounded))? {
            let (key, retired) = row?;
            let Some(name) = name_of_key(key.value()) else { continue };
            if show(name, of_row(retired.value())).is_break() {
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
    write.open_table(RETIRED_NAMES)?.insert(key_of(name).as_str(), row)?;
    Ok(())
}

impl Batch<'_> {
    /// Retires the names that a client no longer has after a change. `after` is None if it is deleted.
    pub(crate) fn retire_names(
        &self,
        before: &Client,
        after: Option<&Client>,
    ) -> Result<(), TransactionError> {
        let kept: Vec<_> = after.and_then(Name::of_client).into_iter().collect();
        for name in Name::of_client(before).into_iter().filter(|name| !kept.contains(name)) {
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
        let Some(retired) = table.get(key_of(name).as_str())?.map(|row| of_row(row.value())) else {
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
        self.transaction.open_table(RETIRED_NAMES)?.remove(key_of(name).as_str())?;
        Ok(())
    }

    /// Frees a retired name for any organization. Returns its last owner.
    pub(crate) fn free_name(&self, name: Name<'_>) -> Result<Retired, TransactionError> {
        let mut table = self.transaction.open_table(RETIRED_NAMES)?;
        let row = table.remove(key_of(name).as_str())?.ok_or(OperationError::UnknownName)?;
        Ok(of_row(row.value()))
    }
}
