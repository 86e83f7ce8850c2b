//! Tokens that are revoked one by one, and leaks that every administrator may stop.
//!
//! An issued token has no row, a revoked one has one. So a client that obtains and revokes tokens in a
//! loop would fill the disk. Its rows are bounded; beyond the bound a token is revoked by the mark of the
//! credential that obtained it, which ends all tokens of that credential, so no revocation is ever lost.
//! Administrators and reports of leaks have rows of their own, which no client can use up. When all
//! clients together have too many, a client that has few can still add rows.

use super::decision::{BY_MARK, Change, Decision, Draft, PastFacts};
use super::facts::asked;
use super::{ClientUpdate, CommandContext, Decide, Leak, Outcome, Record, RevokedToken};
use crate::client::{Client, found};
use crate::event::{Entry, EventKind};
use crate::generation::Generation;
use crate::id::ClientId;
use crate::limits::{REVOKED_MAX, REVOKED_OF_ANY_CLIENT, REVOKED_PER_CLIENT_MAX};
use crate::permission::{Permission, ResourcePath};
use crate::refusal::OperationError;
use crate::time::Timestamp;
use jeton_secret::CredentialId;

/// Seconds for which the revocation of all tokens of one credential is not logged again.
const TOLD_AGAIN_AFTER_SECONDS: u64 = 3600;

/// The facts about a token that is revoked.
#[derive(Debug)]
pub struct TokenFacts {
    /// The owning client.
    pub client: Record<Client>,
    /// True if it was revoked alone before.
    pub is_revoked: bool,
    /// The number of such tokens, of the client and in all.
    pub rows: RevokedRows,
    /// The past of the credential that obtained it; `None` if there is room for a row.
    pub past: Option<PastFacts>,
}

/// The number of tokens that were revoked one by one, either by their owning clients or by others.
#[derive(Debug, Clone, Copy)]
pub struct RevokedRows {
    /// Those of the client.
    pub own: u64,
    /// Those of all clients.
    pub all: u64,
}

impl RevokedRows {
    /// True if there is room for one more.
    pub const fn have_room(self) -> bool {
        let Self { own, all } = self;
        own < REVOKED_PER_CLIENT_MAX && (all < REVOKED_MAX || own < REVOKED_OF_ANY_CLIENT)
    }
}

/// Revoke a token, for an administrator.
#[derive(Debug)]
pub struct RevokeToken(pub RevokedToken);

impl Decide for RevokeToken {
    type Facts = TokenFacts;

    fn decide(self, facts: &TokenFacts, context: &CommandContext) -> Result<Decision, OperationError> {
        let client = facts.client.found()?.ok_or(OperationError::UnknownClient)?;
        context.permit(Permission::UserWrite, ResourcePath::Organization(client.organization))?;
        let mut draft = Draft::new(context);
        let revoked = draft.revoke_token(client, self.0, true, facts)?;
        let entry = Entry::new(EventKind::TokenRevoked, client.id.0, 0, client.name.as_str());
        draft.tell(client.organization, entry);
        Ok(draft.done(Outcome::TokenRevoked(revoked)))
    }
}

/// Revoke a token, for its owning client. A token of a deleted client is dead already.
#[derive(Debug)]
pub struct RevokeOwnToken(pub RevokedToken);

impl Decide for RevokeOwnToken {
    type Facts = TokenFacts;

    fn decide(self, facts: &TokenFacts, context: &CommandContext) -> Result<Decision, OperationError> {
        let mut draft = Draft::new(context);
        let revoked = match facts.client.found()? {
            Some(client) => draft.revoke_token(client, self.0, false, facts)?,
            None => false,
        };
        Ok(draft.done(Outcome::TokenRevoked(revoked)))
    }
}

/// Revoke the personal access token that its bearer presented.
#[derive(Debug)]
pub struct RevokeOwnPersonalAccessToken {
    /// The owning client.
    pub client: ClientId,
    /// The token.
    pub credential: CredentialId,
}

/// The facts about a credential.
#[derive(Debug)]
pub struct CredentialFacts {
    /// The owning client.
    pub client: Record<Client>,
    /// The past of the credential.
    pub past: PastFacts,
}

impl Decide for RevokeOwnPersonalAccessToken {
    type Facts = CredentialFacts;

    fn decide(self, facts: &CredentialFacts, context: &CommandContext) -> Result<Decision, OperationError> {
        let mut draft = Draft::new(context);
        let client = facts.client.found()?.filter(|client| client.credential(self.credential).is_some());
        let Some(client) = client else { return Ok(draft.done(Outcome::TokenRevoked(false))) };
        let update = ClientUpdate::RevokeCredential(self.credential);
        draft.update_client(client, update, &facts.past, context.event_id())?;
        let (id, name) = (self.credential.0, client.name.as_str());
        draft.tell(client.organization, Entry::new(EventKind::CredentialRevoked, client.id.0, id, name));
        Ok(draft.done(Outcome::TokenRevoked(true)))
    }
}

/// The facts about a leak.
#[derive(Debug)]
pub enum LeakFacts {
    /// Of a credential.
    Credential(CredentialFacts),
    /// Of a token.
    Token(TokenFacts),
}

impl Decide for Leak {
    type Facts = LeakFacts;

    /// Every administrator who holds a leaked secret or token may stop it, in any organization: the
    /// secret could do more harm.
    fn decide(self, facts: &LeakFacts, context: &CommandContext) -> Result<Decision, OperationError> {
        context.permit_anywhere(Permission::LeakReport)?;
        let record = match facts {
            LeakFacts::Credential(facts) => &facts.client,
            LeakFacts::Token(facts) => &facts.client,
        };
        let client = record.found()?.ok_or(OperationError::UnknownClient)?;
        let mut draft = Draft::new(context);
        let (object, what, revoked) = match (self, facts) {
            (Self::Credential(_, id), LeakFacts::Credential(facts)) => {
                let update = ClientUpdate::RevokeCredential(id);
                draft.update_client(client, update, &facts.past, context.event_id())?;
                (id.0, "credential", true)
            }
            (Self::Token(token), LeakFacts::Token(facts)) => {
                (0, "access token", draft.revoke_token(client, token, true, facts)?)
            }
            (Self::Credential(..), LeakFacts::Token(_)) | (Self::Token(_), LeakFacts::Credential(_)) => {
                return Err(OperationError::FactsUnavailable);
            }
        };
        let note = format!("{what} of {}", client.name);
        draft.tell(client.organization, Entry::new(EventKind::LeakReported, client.id.0, object, note));
        Ok(draft.done(Outcome::TokenRevoked(revoked)))
    }
}

impl Draft<'_> {
    /// Revokes a token of this client. Returns true if it was not revoked before.
    fn revoke_token(
        &mut self,
        client: &Client,
        token: RevokedToken,
        by_others: bool,
        facts: &TokenFacts,
    ) -> Result<bool, OperationError> {
        if facts.is_revoked {
            return Ok(false);
        }
        if facts.rows.have_room() {
            self.change(Change::RevokeToken { token, by_others });
        } else {
            self.revoke_by_mark(client, token.credential, by_others, asked(facts.past.as_ref())?)?;
        }
        Ok(true)
    }

    fn revoke_by_mark(
        &mut self,
        client: &Client,
        credential: CredentialId,
        by_others: bool,
        past: &PastFacts,
    ) -> Result<(), OperationError> {
        let old = past.credentials.first();
        let before = found(client, old, credential).map(|found| found.credential.mark);
        // A client that does this in a loop is logged once in a while, not once per round.
        let recently = Timestamp(self.now().0.saturating_sub(TOLD_AGAIN_AFTER_SECONDS));
        let is_told = before.is_none_or(|mark| mark < Generation::default().next(recently));
        // Without an event of its own the change takes no number: that will be the number of another event.
        let event_id = if is_told || by_others { self.event_id() } else { client.event_id };
        self.update_client(client, ClientUpdate::RevokeTokensOf(credential), past, event_id)?;
        if is_told {
            let kind = EventKind::CredentialTokensRevoked;
            self.tell(client.organization, Entry::new(kind, client.id.0, credential.0, BY_MARK));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_with_few_rows_has_room_even_at_the_bound_of_all_clients() {
        let has_room = |own, all| RevokedRows { own, all }.have_room();
        assert!(has_room(REVOKED_PER_CLIENT_MAX - 1, REVOKED_MAX - 1));
        assert!(!has_room(REVOKED_PER_CLIENT_MAX, 0));
        assert!(!has_room(REVOKED_OF_ANY_CLIENT, REVOKED_MAX));
        assert!(has_room(REVOKED_OF_ANY_CLIENT - 1, REVOKED_MAX));
        assert!(has_room(0, u64::MAX));
    }
}
