//! The table of retired names, see [`jeton_domain::retired_name`].

use crate::batch::{Batch, TransactionError};
use crate::open::EngineError;
use crate::schema::RETIRED_NAMES;
use crate::snapshot::{Snapshot, Unavailable};
use jeton_domain::client::Client;
use jeton_domain::id::OrganizationId;
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

    /// The retirement of a name.
    pub(crate) fn retired(&self, name: Name<'_>) -> Result<Option<Retired>, EngineError> {
        let table = self.transaction.open_table(RETIRED_NAMES)?;
        Ok(table.get(key_of(name).as_str())?.map(|row| of_row(row.value())))
    }

    /// Frees a name, or takes it into use again.
    pub(crate) fn take_name(&self, name: Name<'_>) -> Result<(), TransactionError> {
        self.transaction.open_table(RETIRED_NAMES)?.remove(key_of(name).as_str())?;
        Ok(())
    }
}
