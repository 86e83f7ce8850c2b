//! Unreadable records: named, set aside, removable.
//!
//! A client, project or organization whose record can't be read is unknown, not absent: requests that
//! depend on it are answered 503, and listings go on and name the records that they left out. An
//! administrator deletes it, or deactivates it, which sets it aside (table `set_aside`): from then on it
//! counts as absent, so its tokens are dead. Neither needs the record.

use jeton_domain::record::UnreadableRecord;

/// Reports such a record to the operator.
pub(crate) fn log(record: UnreadableRecord) {
    tracing::error!(kind = %record.kind, id = record.id, "unreadable record; delete it or restore a backup");
}
