//! Signing keys and token keys.

use super::{CommandContext, Done};
use crate::batch::{Batch, TransactionError};
use crate::codec::Corrupt;
use crate::command::CommandError;
use crate::records;
use crate::schema::{SIGNING_KEYS, TOKEN_KEYS};
use jeton_domain::admin::Outcome;
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::SigningKeyId;
use jeton_domain::key::PublicKey;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::refusal::OperationError;
use jeton_domain::signing::{KeyChange, Rotation, SigningKeyState, SigningKeys, Successor};
use jeton_domain::token_key::TokenKeyChange;
use std::sync::Arc;

impl Batch<'_> {
    /// There are few keys, so all readable rows are written anew. While some are lost the present signing
    /// key is not known, so nothing is changed.
    pub(super) fn change_signing_keys(
        &mut self,
        context: &CommandContext,
        change: &KeyChange,
    ) -> Result<Done, TransactionError> {
        context.permit(Permission::KeyWrite, ResourcePath::Instance)?;
        if self.state.signing_keys.is_lost {
            return Err(CommandError::Unavailable.into());
        }
        let keys = (*self.state.signing_keys).clone().after(change.clone(), context.moment)?;
        let entries = entries(change, &self.state.signing_keys, &keys);
        let records = keys.keys.iter().map(|key| Ok((key.id, records::write_signing_key(key)?)));
        let records = records.collect::<Result<Vec<_>, Corrupt>>().map_err(|_| OperationError::TooLarge)?;
        let before = &self.state.signing_keys;
        let gone =
            before.keys.iter().map(|key| &key.id).chain(before.unreadable.difference(&keys.unreadable));
        let mut table = self.transaction.open_table(SIGNING_KEYS)?;
        for id in gone {
            table.remove(id.0)?;
        }
        for (id, record) in records {
            table.insert(id.0, record.as_slice())?;
        }
        drop(table);
        self.state.signing_keys = Arc::new(keys);
        let outcome = Outcome::SigningKeys(Arc::clone(&self.state.signing_keys));
        Ok(Done { outcome, organization: None, entries })
    }
}

impl Batch<'_> {
    /// Rotates, removes or retires token keys, by the rules of signing keys.
    pub(super) fn change_token_keys(
        &mut self,
        context: &CommandContext,
        change: TokenKeyChange,
    ) -> Result<Done, TransactionError> {
        context.permit(Permission::KeyWrite, ResourcePath::Instance)?;
        // While some are on a damaged page, a known one can still be removed.
        let is_there = |id| self.state.token_keys.keys.iter().any(|key| key.id == id);
        if self.state.token_keys.is_lost
            && !matches!(change, TokenKeyChange::Remove { id, .. } if is_there(id))
        {
            return Err(CommandError::Unavailable.into());
        }
        let entry = match &change {
            TokenKeyChange::Rotate { new, .. } => Entry::new(EventKind::TokenKeyAdded, new.id.0, 0, ""),
            TokenKeyChange::Remove { id, .. } => Entry::new(EventKind::TokenKeyRemoved, id.0, 0, ""),
            TokenKeyChange::Retire => Entry::new(EventKind::TokenKeysRetired, 0, 0, ""),
        };
        let before = Arc::clone(&self.state.token_keys);
        let keys = (*before).clone().after(change, context.moment)?;
        let mut table = self.transaction.open_table(TOKEN_KEYS)?;
        // Unchanged rows are left alone: their page may be beside a damaged one.
        let is_kept = |id| keys.keys.iter().any(|key| key.id == id);
        let gone = before.keys.iter().map(|key| &key.id).filter(|id| !is_kept(**id));
        for id in gone.chain(before.unreadable.difference(&keys.unreadable)) {
            table.remove(id.0)?;
        }
        for key in keys.keys.iter().filter(|key| !before.keys.contains(key)) {
            let record = records::write_token_key(key).map_err(|_| OperationError::TooLarge)?;
            table.insert(key.id.0, record.as_slice())?;
        }
        drop(table);
        self.state.token_keys = Arc::new(keys);
        Ok(Done::of_instance(Outcome::TokenKeys(Arc::clone(&self.state.token_keys)), entry))
    }
}

fn entries(change: &KeyChange, before: &SigningKeys, after: &SigningKeys) -> Vec<Entry> {
    vec![match change {
        KeyChange::Add { id, public, .. } => added(*id, public),
        KeyChange::Schedule(id) => of(EventKind::SigningKeyScheduled, *id),
        KeyChange::Activate { id, .. } => of(EventKind::SigningKeyActivated, *id),
        KeyChange::Retire => Entry::new(EventKind::SigningKeysRetired, 0, 0, ""),
        KeyChange::Remove(id) => of(EventKind::SigningKeyRemoved, *id),
        KeyChange::Rotate(rotation) => return entries_of_rotation(rotation, before, after),
    }]
}

/// The entries of the steps of the rotation.
fn entries_of_rotation(rotation: &Rotation, before: &SigningKeys, after: &SigningKeys) -> Vec<Entry> {
    let id = rotation.successor.id();
    let new = match &rotation.successor {
        Successor::New { id, public, .. } => Some(added(*id, public)),
        Successor::Waiting(_) => None,
    };
    let turn = match rotation.predecessor_until {
        // The first key signs immediately.
        _ if new.is_some() && before.active().is_none() => None,
        Some(_) => Some(of(EventKind::SigningKeyActivated, id)),
        None => Some(of(EventKind::SigningKeyScheduled, id)),
    };
    let is_removed = |id| {
        let mut removed =
            after.keys.iter().filter(|key| matches!(key.state, SigningKeyState::Removed { .. }));
        removed.any(|key| key.id == id)
    };
    let removed = before.next().map(|key| key.id).filter(|id| is_removed(*id));
    let removed = removed.map(|id| of(EventKind::SigningKeyRemoved, id));
    new.into_iter().chain(turn).chain(removed).collect()
}

fn added(id: SigningKeyId, public: &PublicKey) -> Entry {
    Entry::new(EventKind::SigningKeyAdded, id.0, 0, public.algorithm.as_str())
}

fn of(kind: EventKind, id: SigningKeyId) -> Entry {
    Entry::new(kind, id.0, 0, "")
}
