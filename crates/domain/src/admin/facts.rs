//! Facts of a command, as the store has loaded them.

use crate::record::UnreadableRecord;
use crate::refusal::OperationError;

/// The record of an object that a command names.
#[derive(Debug, Clone)]
pub enum Record<T> {
    /// The object.
    Is(Box<T>),
    /// A record that can't be read.
    Unreadable(UnreadableRecord),
    /// None, or one that is being removed.
    Absent,
}

impl<T> Record<T> {
    /// The object, if there is one.
    ///
    /// # Errors
    /// [`OperationError::Unreadable`].
    pub fn found(&self) -> Result<Option<&T>, OperationError> {
        match self {
            Self::Is(object) => Ok(Some(object)),
            Self::Unreadable(record) => Err(OperationError::Unreadable(*record)),
            Self::Absent => Ok(None),
        }
    }
}

/// A fact that was asked for.
pub(super) fn asked<T>(fact: Option<T>) -> Result<T, OperationError> {
    fact.ok_or(OperationError::FactsUnavailable)
}
