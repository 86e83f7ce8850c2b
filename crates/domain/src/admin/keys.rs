//! Signing keys and token keys.

use super::decision::{Change, Decision, Draft};
use super::{CommandContext, Decide, Outcome};
use crate::event::{Entry, EventKind};
use crate::id::SigningKeyId;
use crate::key::PublicKey;
use crate::permission::{Permission, ResourcePath};
use crate::refusal::OperationError;
use crate::signing::{KeyChange, Rotation, SigningKeyState, SigningKeys, Successor};
use crate::token_key::{TokenKeyChange, TokenKeys};
use std::sync::Arc;

impl Decide for KeyChange {
    type Facts = Arc<SigningKeys>;

    /// While some keys are lost the present signing key is not known, so nothing is changed.
    fn decide(self, before: &Self::Facts, context: &CommandContext) -> Result<Decision, OperationError> {
        context.permit(Permission::KeyWrite, ResourcePath::Instance)?;
        if before.is_lost {
            return Err(OperationError::FactsUnavailable);
        }
        let keys = Arc::new((**before).clone().after(self.clone(), context.now())?);
        let mut draft = Draft::new(context);
        entries(&self, before, &keys).into_iter().for_each(|entry| draft.tell(None, entry));
        draft.change(Change::PutSigningKeys(Arc::clone(&keys)));
        Ok(draft.done(Outcome::SigningKeys(keys)))
    }
}

impl Decide for TokenKeyChange {
    type Facts = Arc<TokenKeys>;

    /// Rotates, removes or retires token keys, by the rules of signing keys.
    fn decide(self, before: &Self::Facts, context: &CommandContext) -> Result<Decision, OperationError> {
        context.permit(Permission::KeyWrite, ResourcePath::Instance)?;
        // While some are on a damaged page, a known one can still be removed.
        let is_there = |id| before.keys.iter().any(|key| key.id == id);
        if before.is_lost && !matches!(self, Self::Remove { id, .. } if is_there(id)) {
            return Err(OperationError::FactsUnavailable);
        }
        let mut draft = Draft::new(context);
        draft.tell(
            None,
            match &self {
                Self::Rotate { new, .. } => Entry::new(EventKind::TokenKeyAdded, new.id.0, 0, ""),
                Self::Remove { id, .. } => Entry::new(EventKind::TokenKeyRemoved, id.0, 0, ""),
                Self::Retire => Entry::new(EventKind::TokenKeysRetired, 0, 0, ""),
            },
        );
        let keys = Arc::new((**before).clone().after(self, context.now())?);
        draft.change(Change::PutTokenKeys(Arc::clone(&keys)));
        Ok(draft.done(Outcome::TokenKeys(keys)))
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
