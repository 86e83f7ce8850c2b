//! Rights that are checked again for a repeated call.

use crate::administer::CommandContext;
use crate::batch::{Batch, TransactionError};
use crate::command::CommandError;
use jeton_domain::admin::{Outcome, Principal, Right};
use jeton_domain::id::ClientId;

impl Batch<'_> {
    /// Checks again that an actor has these rights, and that its token is still valid.
    pub(crate) fn ask_again(&self, by: Principal, rights: &[Right]) -> Result<Outcome, TransactionError> {
        let context = self.context(by, None, self.now.wall)?;
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
