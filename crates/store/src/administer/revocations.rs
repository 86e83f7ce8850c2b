//! Tokens that are revoked one by one, remembered until they would have expired.
//!
//! A token that was issued is nowhere, one that was revoked is a row. So a client that obtains and revokes tokens in a
//! loop would fill the disk; its rows are bounded, and what is beyond the bound is revoked by the mark of the credential
//! that obtained it: all tokens of that credential go, and nothing is ever not revoked. Administrators and reports of
//! leaks have rows of their own, so that no client can take them away; and when all clients together have too many, one
//! that has few goes on to have rows.

use super::Doing;
use crate::act::Update;
use crate::batch::{Batch, Trouble};
use crate::command::RevokedToken;
use crate::expiry::{self, Forgettable};
use crate::index::{Counted, adjust};
use crate::limits::{REVOKED_MAX, REVOKED_OF_ANY_CLIENT, REVOKED_PER_CLIENT_MAX};
use crate::open::Fault;
use crate::schema::{COUNTS, REVOKED_TOKENS};
use crate::snapshot::found;
use jeton_domain::client::Client;
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::generation::Generation;
use jeton_domain::id::ClientId;
use jeton_domain::time::{Moment, Timestamp};
use redb::{ReadableTable, WriteTransaction};

/// Seconds for which it is not told again that the tokens of one credential were revoked together.
const TOLD_AGAIN_AFTER_SECONDS: u64 = 3600;

impl Batch<'_> {
    /// True if a token was revoked alone.
    pub(crate) fn is_token_revoked(&self, name: jeton_secret::TokenName) -> Result<bool, Trouble> {
        let name = u128::from_be_bytes(name.0);
        Ok(self.transaction.open_table(REVOKED_TOKENS)?.get(name)?.is_some())
    }

    /// Revokes a token of this client, unless it was revoked before; says whether it was not.
    pub(crate) fn revoke_one(
        &mut self,
        doing: &Doing,
        client: &Client,
        token: RevokedToken,
        by_others: bool,
    ) -> Result<bool, Trouble> {
        if self.is_token_revoked(token.name)? {
            return Ok(false);
        }
        let counted = Counted::revoked(client.id, by_others);
        let all = Counted::RevokedInAll { by_others };
        if !has_room(self.count(counted)?, self.count(all)?) {
            return self.revoke_by_mark(doing, client, token);
        }
        let name = u128::from_be_bytes(token.name.0);
        self.transaction.open_table(REVOKED_TOKENS)?.insert(name, (client.id.0, by_others))?;
        let mut counts = self.transaction.open_table(COUNTS)?;
        adjust(&mut counts, counted.key(), 1)?;
        adjust(&mut counts, all.key(), 1)?;
        drop(counts);
        let what = Forgettable::RevokedToken(name);
        // After a restore the careful clock may be behind what the token was issued by.
        let careful = self.now.careful.max(token.issued.careful);
        let lifetime = token.expires.seconds_after(token.issued.wall);
        let due = expiry::forget_after(
            self.transaction,
            what,
            lifetime,
            token.expires,
            Moment { careful, ..self.now },
        )?;
        self.counters.due_at(due);
        Ok(true)
    }

    fn revoke_by_mark(
        &mut self,
        doing: &Doing,
        client: &Client,
        token: RevokedToken,
    ) -> Result<bool, Trouble> {
        let past = self.past_of(client, token.credential)?;
        let before = found(client, past.as_ref(), token.credential).map(|found| found.credential.mark);
        self.change_client(doing, client, Update::RevokeTokensOf(token.credential))?;
        // A client that goes on in a loop is told of once in a while, not once in a turn.
        let recently = Timestamp(doing.now.0.saturating_sub(TOLD_AGAIN_AFTER_SECONDS));
        if before.is_none_or(|mark| mark < Generation::default().next(recently)) {
            tracing::warn!(
                client = %client.id, credential = %token.credential,
                "so many tokens were revoked one by one that one more ends all tokens of its credential"
            );
            let note = "too many were revoked one by one";
            let entry = Entry::new(EventKind::CredentialTokensRevoked, client.id.0, token.credential.0, note);
            self.record_event(doing.now, doing.actor, Some(client.organization), &entry)?;
        }
        Ok(true)
    }
}

/// A revocation was forgotten.
pub(crate) fn forget(write: &WriteTransaction, client: ClientId, by_others: bool) -> Result<(), Fault> {
    let mut counts = write.open_table(COUNTS)?;
    adjust(&mut counts, Counted::revoked(client, by_others).key(), -1)?;
    adjust(&mut counts, Counted::RevokedInAll { by_others }.key(), -1)
}

/// Room for one more row of a client that has `own`, when all clients together have `all`.
const fn has_room(own: u64, all: u64) -> bool {
    own < REVOKED_PER_CLIENT_MAX && (all < REVOKED_MAX || own < REVOKED_OF_ANY_CLIENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_has_few_rows_has_room_however_many_others_have() {
        assert!(has_room(REVOKED_PER_CLIENT_MAX - 1, REVOKED_MAX - 1));
        assert!(!has_room(REVOKED_PER_CLIENT_MAX, 0));
        assert!(!has_room(REVOKED_OF_ANY_CLIENT, REVOKED_MAX));
        assert!(has_room(REVOKED_OF_ANY_CLIENT - 1, REVOKED_MAX));
        assert!(has_room(0, u64::MAX));
    }
}
