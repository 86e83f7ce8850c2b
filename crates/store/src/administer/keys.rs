//! Signing keys.

use super::{Doing, Done};
use crate::batch::{Batch, Trouble};
use crate::command::Outcome;
use crate::event::{Entry, EventKind};
use crate::records;
use crate::schema::SIGNING_KEYS;
use jeton_oauth::permission::{Permission, Place};
use jeton_oauth::signing::KeyChange;
use std::sync::Arc;

impl Batch<'_> {
    /// The keys are few, so all rows are written anew.
    pub(super) fn change_signing_keys(&mut self, doing: &Doing, change: KeyChange) -> Result<Done, Trouble> {
        doing.permit(Permission::KeyWrite, Place::Instance)?;
        let entry = entry(&change);
        let keys = (*self.counters.signing_keys).clone().after(change, doing.now)?;
        let records = keys.0.iter().map(|key| Ok((key.id, records::write_signing_key(key)?)));
        let records = records.collect::<Result<Vec<_>, Trouble>>()?;
        let mut table = self.transaction.open_table(SIGNING_KEYS)?;
        for key in &self.counters.signing_keys.0 {
            table.remove(key.id.0)?;
        }
        for (id, record) in records {
            table.insert(id.0, record.as_slice())?;
        }
        drop(table);
        self.counters.signing_keys = Arc::new(keys);
        Ok(Done::of_instance(Outcome::SigningKeys(Arc::clone(&self.counters.signing_keys)), entry))
    }
}

fn entry(change: &KeyChange) -> Entry {
    match change {
        KeyChange::Add { id, public, .. } => {
            Entry::new(EventKind::SigningKeyAdded, id.0, 0, public.algorithm.as_str())
        }
        KeyChange::Activate { id, .. } => Entry::new(EventKind::SigningKeyActivated, id.0, 0, ""),
        KeyChange::Retire => Entry::new(EventKind::SigningKeysRetired, 0, 0, ""),
        KeyChange::Remove(id) => Entry::new(EventKind::SigningKeyRemoved, id.0, 0, ""),
    }
}
