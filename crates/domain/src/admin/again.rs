//! Rights that are checked again: the answer to a repeated call is only shown to callers that could still
//! execute it.

use super::decision::{Decision, Draft};
use super::facts::asked;
use super::{CommandContext, Decide, Outcome, Record, Right};
use crate::client::Client;
use crate::refusal::OperationError;

/// Check that an actor has these rights now, and that its token is still valid.
#[derive(Debug)]
pub struct AskAgain<'r>(pub &'r [Right]);

impl Decide for AskAgain<'_> {
    /// The records of the clients over which power is needed, in the order of the rights.
    type Facts = Vec<Record<Client>>;

    fn decide(self, facts: &Self::Facts, context: &CommandContext) -> Result<Decision, OperationError> {
        let mut records = facts.iter();
        for right in self.0 {
            match *right {
                Right::In(permission, place) => context.permit(permission, place)?,
                Right::Anywhere(permission) => context.permit_anywhere(permission)?,
                Right::Over(_) => match asked(records.next())? {
                    Record::Is(client) => context.permit_over_administrator(client)?,
                    // The administrator roles of an unreadable client are not known.
                    Record::Unreadable(record) if context.is_bearer() => {
                        return Err(OperationError::Unreadable(*record));
                    }
                    // A deleted client needs no protection.
                    Record::Unreadable(_) | Record::Absent => {}
                },
            }
        }
        Ok(Draft::new(context).done(Outcome::Noted))
    }
}
