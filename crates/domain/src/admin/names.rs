//! Names: taken, retired, freed.

use super::decision::{Change, Decision, Draft};
use super::{CommandContext, Decide, Outcome, RetiredName};
use crate::event::{Entry, EventKind};
use crate::id::{ClientId, ClientName, OrganizationId};
use crate::permission::{Permission, ResourcePath};
use crate::refusal::OperationError;
use crate::retired_name::Retired;

/// The facts about a name.
#[derive(Debug, Clone, Copy, Default)]
pub struct NameFacts {
    /// True if another object has it.
    pub is_used: bool,
    /// Its retirement, if it was given up.
    pub retired: Option<Retired>,
}

/// Free a retired name for any organization.
#[derive(Debug)]
pub struct FreeName(pub RetiredName);

impl Decide for FreeName {
    type Facts = Option<Retired>;

    fn decide(self, facts: &Self::Facts, context: &CommandContext) -> Result<Decision, OperationError> {
        context.permit(Permission::AdministratorWrite, ResourcePath::Instance)?;
        let retired = facts.ok_or(OperationError::UnknownName)?;
        let mut draft = Draft::new(context);
        draft.tell(None, Entry::new(EventKind::NameFreed, retired.owner, 0, self.0.as_str()));
        draft.change(Change::FreeName(self.0));
        Ok(draft.done(Outcome::Noted))
    }
}

impl CommandContext {
    /// Refuses a retired name, unless its last owner takes it.
    pub(super) fn check_not_retired(
        &self,
        retired: Option<Retired>,
        taker: u64,
        organization: OrganizationId,
    ) -> Result<(), OperationError> {
        let Some(retired) = retired else { return Ok(()) };
        let same = retired.organization == organization;
        if retired.owner == taker || same && retired.is_over(self.committed()) {
            return Ok(());
        }
        // To other organizations it looks like a name that is in use.
        let told = same || self.permit(Permission::AdministratorRead, ResourcePath::Instance).is_ok();
        Err(if told { OperationError::NameRetired } else { OperationError::NameTaken })
    }

    /// Checks that a service user may have this username.
    pub(super) fn check_free_username(
        &self,
        facts: NameFacts,
        taker: ClientId,
        organization: OrganizationId,
    ) -> Result<(), OperationError> {
        if facts.is_used {
            return Err(OperationError::NameTaken);
        }
        self.check_not_retired(facts.retired, taker.0, organization)
    }
}

/// True if both are one username.
pub(super) fn is_same(one: &ClientName, other: &ClientName) -> bool {
    one.folded() == other.folded()
}
