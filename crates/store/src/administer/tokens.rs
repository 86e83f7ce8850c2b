//! Tokens that administrators revoke, and leaks that anybody with a role may stop.

use super::{Doing, Done};
use crate::act::{Leak, Update};
use crate::batch::{Batch, Trouble};
use crate::command::{Outcome, RevokedJwt};
use crate::event::{Actor, Entry, EventKind};
use jeton_oauth::client::Refusal;
use jeton_oauth::id::ClientId;
use jeton_oauth::permission::{Permission, Place};
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::TokenKey;
use jeton_secret::{CredentialId, TokenDigest};

impl Batch<'_> {
    /// Revokes an opaque token. One that is not there is nobody's, so nothing needs to be permitted.
    pub(super) fn revoke_found_token(
        &mut self,
        doing: &Doing,
        key: TokenKey,
        digest: &TokenDigest,
    ) -> Result<Done, Trouble> {
        let nothing = Done { outcome: Outcome::TokenRevoked(false), organization: None, entries: Vec::new() };
        let Some(owner) = self.owner_of_token(key, digest)? else { return Ok(nothing) };
        let Some(client) = self.client(owner)? else { return Ok(nothing) };
        doing.permit(Permission::UserWrite, Place::Organization(client.organization))?;
        let outcome = self.revoke_token(key, digest)?;
        let entry = Entry::new(EventKind::TokenRevoked, owner.0, 0, client.name.as_str());
        Ok(Done::new(outcome, client.organization, entry))
    }

    /// Revokes the personal access token that its bearer presented.
    pub(crate) fn revoke_own_token(
        &mut self,
        client: ClientId,
        credential: CredentialId,
        now: Timestamp,
    ) -> Result<Outcome, Trouble> {
        let Some(client) = self.client(client)? else { return Ok(Outcome::TokenRevoked(false)) };
        if client.credential(credential).is_none() {
            return Ok(Outcome::TokenRevoked(false));
        }
        let actor = Actor::Client(client.id, credential);
        let doing = Doing::by_itself(actor, self, now);
        self.change_client(&doing, &client, Update::RevokeCredential(credential))?;
        let entry = Entry::new(EventKind::CredentialRevoked, client.id.0, credential.0, client.name.as_str());
        self.record_event(now, actor, Some(client.organization), &entry)?;
        Ok(Outcome::TokenRevoked(true))
    }

    pub(super) fn revoke_jwt_of(
        &mut self,
        doing: &Doing,
        owner: ClientId,
        jwt: RevokedJwt,
    ) -> Result<Done, Trouble> {
        let client = self.client(owner)?.ok_or(Refusal::UnknownClient)?;
        doing.permit(Permission::UserWrite, Place::Organization(client.organization))?;
        let outcome = self.revoke_jwt(jwt)?;
        let entry = Entry::new(EventKind::TokenRevoked, owner.0, 0, client.name.as_str());
        Ok(Done::new(outcome, client.organization, entry))
    }

    /// Whoever holds a leaked secret or token may stop it, wherever it belongs: it could do more harm than that.
    pub(super) fn stop_leak(&mut self, doing: &Doing, leak: Leak) -> Result<Done, Trouble> {
        doing.permit_anywhere(Permission::LeakReport)?;
        let (owner, object, what) = match &leak {
            Leak::Credential(owner, id) => (*owner, id.0, "credential"),
            Leak::Token(owner, ..) | Leak::Jwt(owner, ..) => (*owner, 0, "access token"),
        };
        let client = self.client(owner)?.ok_or(Refusal::UnknownClient)?;
        let note = format!("{what} of {}", client.name);
        let (organization, outcome) = (
            client.organization,
            match leak {
                Leak::Credential(_, id) => {
                    self.change_client(doing, &client, Update::RevokeCredential(id))?;
                    Outcome::TokenRevoked(true)
                }
                Leak::Token(_, key, digest) => self.revoke_token(key, &digest)?,
                Leak::Jwt(_, jwt) => self.revoke_jwt(jwt)?,
            },
        );
        Ok(Done::new(outcome, organization, Entry::new(EventKind::LeakReported, owner.0, object, note)))
    }
}
