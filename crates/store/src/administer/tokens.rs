//! Tokens that administrators revoke, and leaks that every administrator may stop.

use super::{CommandContext, Done};
use crate::batch::{Batch, TransactionError};
use jeton_domain::admin::{ClientUpdate, Leak};
use jeton_domain::admin::{Outcome, RevokedToken};
use jeton_domain::event::{Actor, Entry, EventKind};
use jeton_domain::id::ClientId;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::refusal::OperationError;
use jeton_domain::time::Timestamp;
use jeton_secret::CredentialId;

impl Batch<'_> {
    /// Revokes a token for its owning client. A token of a deleted client is dead already.
    pub(crate) fn revoke_own(
        &mut self,
        token: RevokedToken,
        now: Timestamp,
    ) -> Result<Outcome, TransactionError> {
        let Some(client) = self.client(token.client)? else { return Ok(Outcome::TokenRevoked(false)) };
        let context = CommandContext::by_itself(Actor::Client(client.id, token.credential), self, now);
        self.revoke_one(&context, &client, token, false).map(Outcome::TokenRevoked)
    }

    /// Revokes a token for an administrator.
    pub(super) fn revoke_token_of(
        &mut self,
        context: &CommandContext,
        token: RevokedToken,
    ) -> Result<Done, TransactionError> {
        let client = self.client(token.client)?.ok_or(OperationError::UnknownClient)?;
        context.permit(Permission::UserWrite, ResourcePath::Organization(client.organization))?;
        let revoked = self.revoke_one(context, &client, token, true)?;
        let entry = Entry::new(EventKind::TokenRevoked, client.id.0, 0, client.name.as_str());
        Ok(Done::new(Outcome::TokenRevoked(revoked), client.organization, entry))
    }

    /// Revokes the personal access token that its bearer presented.
    pub(crate) fn revoke_own_token(
        &mut self,
        client: ClientId,
        credential: CredentialId,
        now: Timestamp,
    ) -> Result<Outcome, TransactionError> {
        let Some(client) = self.client(client)? else { return Ok(Outcome::TokenRevoked(false)) };
        if client.credential(credential).is_none() {
            return Ok(Outcome::TokenRevoked(false));
        }
        let actor = Actor::Client(client.id, credential);
        let context = CommandContext::by_itself(actor, self, now);
        self.change_client(&context, &client, ClientUpdate::RevokeCredential(credential))?;
        let entry = Entry::new(EventKind::CredentialRevoked, client.id.0, credential.0, client.name.as_str());
        self.record_event(now, actor, Some(client.organization), &entry)?;
        Ok(Outcome::TokenRevoked(true))
    }

    /// Every administrator who holds a leaked secret or token may stop it, in any organization: the
    /// secret could do more harm.
    pub(super) fn stop_leak(
        &mut self,
        context: &CommandContext,
        leak: Leak,
    ) -> Result<Done, TransactionError> {
        context.permit_anywhere(Permission::LeakReport)?;
        let (owner, object, what) = match &leak {
            Leak::Credential(owner, id) => (*owner, id.0, "credential"),
            Leak::Token(token) => (token.client, 0, "access token"),
        };
        let client = self.client(owner)?.ok_or(OperationError::UnknownClient)?;
        let note = format!("{what} of {}", client.name);
        let (organization, outcome) = (
            client.organization,
            match leak {
                Leak::Credential(_, id) => {
                    self.change_client(context, &client, ClientUpdate::RevokeCredential(id))?;
                    Outcome::TokenRevoked(true)
                }
                Leak::Token(token) => Outcome::TokenRevoked(self.revoke_one(context, &client, token, true)?),
            },
        );
        Ok(Done::new(outcome, organization, Entry::new(EventKind::LeakReported, owner.0, object, note)))
    }
}
