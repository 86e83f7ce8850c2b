//! The rights that a command needed, so that they can be checked again: the answer to a repeated call is
//! only shown to callers that could still execute it.

use crate::administer::CommandContext;
use crate::batch::{Batch, TransactionError};
use crate::command::Outcome;
use crate::{CommandError, Principal};
use jeton_domain::id::ClientId;
use jeton_domain::permission::{Permission, ResourcePath};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A right that a command needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// A permission in a place.
    In(Permission, ResourcePath),
    /// A permission in any place.
    Anywhere(Permission),
    /// Power over a client, which may have become an administrator meanwhile.
    Over(ClientId),
}

/// The rights that commands needed, as the writer checked them. Shared between the caller and the writer.
#[derive(Debug, Clone, Default)]
pub struct Needed(Arc<Mutex<Vec<Right>>>);

impl Needed {
    /// The rights so far.
    pub fn rights(&self) -> Vec<Right> {
        self.lock().clone()
    }

    /// Adds a right. Each counts once, so a command that makes many users in one place needs a few.
    pub(crate) fn note(&self, right: Right) {
        let mut rights = self.lock();
        if !rights.contains(&right) {
            rights.push(right);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Right>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Batch<'_> {
    /// Checks again that an actor has these rights, and that its token is still valid.
    pub(crate) fn ask_again(&self, by: Principal, rights: &[Right]) -> Result<Outcome, TransactionError> {
        let context = self.context(by, None, self.now.wall, Needed::default())?;
        for right in rights {
            match *right {
                Right::In(permission, place) => context.permit(permission, place)?,
                Right::Anywhere(permission) => context.permit_anywhere(permission)?,
                Right::Over(client) => self.permit_over_client(&context, client)?,
            }
        }
        Ok(Outcome::Noted)
    }

    /// A deleted client needs no protection.
    fn permit_over_client(&self, context: &CommandContext, id: ClientId) -> Result<(), TransactionError> {
        match self.client(id) {
            Ok(Some(client)) => self.permit_over_administrator(context, &client),
            Ok(None) => Ok(()),
            // The administrator roles of an unreadable client are not known.
            Err(TransactionError::Rejected(CommandError::Unreadable(_))) if !context.is_bearer() => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }
}
