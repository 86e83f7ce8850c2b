//! The table of retired names, see [`jeton_domain::retired_name`].

use crate::batch::Batch;
use crate::fault::{EngineError, TransactionError};
use crate::schema::{RETIRED_NAMES, RetiredRow};
use crate::writing::Writing;
use jeton_domain::client::Client;
use jeton_domain::id::OrganizationId;
use jeton_domain::retired_name::{Name, Retired};
use jeton_domain::time::{Careful, Moment, Timestamp};
use redb::ReadableTable;

/// The key of a name.
pub(crate) fn key_of(name: Name<&str>) -> String {
    match name {
        Name::Username(name) => format!("u {name}"),
        Name::Resource(uri) => format!("r {uri}"),
        Name::Domain(domain) => format!("d {domain}"),
    }
}

/// Reads a key of the table.
pub(crate) fn name_of_key(key: &str) -> Option<Name<&str>> {
    match key.split_once(' ')? {
        ("u", name) => Some(Name::Username(name)),
        ("r", uri) => Some(Name::Resource(uri)),
        ("d", domain) => Some(Name::Domain(domain)),
        _ => None,
    }
}

pub(crate) const fn of_row((owner, organization, wall, careful): RetiredRow) -> Retired {
    let at = Moment { wall: Timestamp(wall), careful: Careful(careful) };
    Retired { owner, organization: OrganizationId(organization), at }
}

pub(crate) fn retire(
    write: &Writing<'_>,
    name: Name<&str>,
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
    pub(crate) fn retired(&self, name: Name<&str>) -> Result<Option<Retired>, EngineError> {
        let table = self.transaction.open_table(RETIRED_NAMES)?;
        Ok(table.get(key_of(name).as_str())?.map(|row| of_row(row.value())))
    }

    /// Frees a name, or takes it into use again.
    pub(crate) fn take_name(&self, name: Name<&str>) -> Result<(), TransactionError> {
        self.transaction.open_table(RETIRED_NAMES)?.remove(key_of(name).as_str())?;
        Ok(())
    }
}
