//! Tokens that are revoked one by one, remembered until they would have expired.
//!
//! An issued token has no row, a revoked one has one. So a client that obtains and revokes tokens in a
//! loop would fill the disk. Its rows are bounded; beyond the bound a token is revoked by the mark of the
//! credential that obtained it, which ends all tokens of that credential, so no revocation is ever lost.
//! Administrators and reports of leaks have rows of their own, which no client can use up. When all
//! clients together have too many, a client that has few can still add rows.

use super::CommandContext;
use crate::batch::{Batch, TransactionError};
use crate::expiry::{self, Forgettable};
use crate::index::{Counted, adjust};
use crate::limits::{REVOKED_MAX, REVOKED_OF_ANY_CLIENT, REVOKED_PER_CLIENT_MAX};
use crate::open::EngineError;
use crate::schema::{COUNTS, REVOKED_TOKENS};
use crate::snapshot::found;
use jeton_domain::admin::ClientUpdate;
use jeton_domain::admin::RevokedToken;
use jeton_domain::client::Client;
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::generation::Generation;
use jeton_domain::id::ClientId;
use jeton_domain::time::{Moment, Timestamp};
use redb::{ReadableTable, WriteTransaction};

/// Seconds for which the revocation of all tokens of one credential is not logged again.
const TOLD_AGAIN_AFTER_SECONDS: u64 = 3600;

impl Batch<'_> {
    /// True if a token was revoked alone.
    pub(crate) fn is_token_revoked(&self, name: jeton_secret::TokenName) -> Result<bool, TransactionError> {
        let name = u128::from_be_bytes(name.0);
        Ok(self.transaction.open_table(REVOKED_TOKENS)?.get(name)?.is_some())
    }

    /// Revokes a token of this client. Returns true if it was not revoked before.
    pub(crate) fn revoke_one(
        &mut self,
        context: &CommandContext,
        client: &Client,
        token: RevokedToken,
        by_others: bool,
    ) -> Result<bool, TransactionError> {
        if self.is_token_revoked(token.name)? {
            return Ok(false);
        }
        let counted = Counted::revoked(client.id, by_others);
        let all = Counted::RevokedInAll { by_others };
        if !has_room(self.count(counted)?, self.count(all)?) {
            return self.revoke_by_mark(context, client, token, by_others);
        }
        let name = u128::from_be_bytes(token.name.0);
        self.transaction.open_table(REVOKED_TOKENS)?.insert(name, (client.id.0, by_others))?;
        let mut counts = self.transaction.open_table(COUNTS)?;
        adjust(&mut counts, counted.key(), 1)?;
        adjust(&mut counts, all.key(), 1)?;
        drop(counts);
        let what = Forgettable::RevokedToken(name);
        // After a restore the careful clock may be behind the token's time of issue.
        let careful = self.now.careful.max(token.issued.careful);
        let lifetime = token.expires.seconds_after(token.issued.wall);
        let due = expiry::forget_after(
            self.transaction,
            what,
            lifetime,
            token.expires,
            Moment { careful, ..self.now },
        )?;
        self.state.due_at(due);
        Ok(true)
    }

    fn revoke_by_mark(
        &mut self,
        context: &CommandContext,
        client: &Client,
        token: RevokedToken,
        by_others: bool,
    ) -> Result<bool, TransactionError> {
        let past = self.past_of(client, token.credential)?;
        let before = found(client, past.as_ref(), token.credential).map(|found| found.credential.mark);
        // A client that does this in a loop is logged once in a while, not once per round.
        let recently = Timestamp(context.now.0.saturating_sub(TOLD_AGAIN_AFTER_SECONDS));
        let is_told = before.is_none_or(|mark| mark < Generation::default().next(recently));
        // Without an event of its own the change takes no number: that will be the number of another event.
        let act = if is_told || by_others { context.act } else { client.act };
        self.change_client_by(context, client, ClientUpdate::RevokeTokensOf(token.credential), act)?;
        if is_told {
            tracing::warn!(
                client = %client.id, credential = %token.credential,
                "too many tokens were revoked one by one; all tokens of the credential were revoked"
            );
            let note = "too many were revoked one by one";
            let entry = Entry::new(EventKind::CredentialTokensRevoked, client.id.0, token.credential.0, note);
            self.record_event(context.now, context.actor, Some(client.organization), &entry)?;
        }
        Ok(true)
    }
}

/// Takes note that a revocation expired.
pub(crate) fn forget(write: &WriteTransaction, client: ClientId, by_others: bool) -> Result<(), EngineError> {
    let mut counts = write.open_table(COUNTS)?;
    adjust(&mut counts, Counted::revoked(client, by_others).key(), -1)?;
    adjust(&mut counts, Counted::RevokedInAll { by_others }.key(), -1)
}

/// True if a client that has `own` rows may add one when all clients together have `all`.
const fn has_room(own: u64, all: u64) -> bool {
    own < REVOKED_PER_CLIENT_MAX && (all < REVOKED_MAX || own < REVOKED_OF_ANY_CLIENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_with_few_rows_has_room_even_at_the_bound_of_all_clients() {
        assert!(has_room(REVOKED_PER_CLIENT_MAX - 1, REVOKED_MAX - 1));
        assert!(!has_room(REVOKED_PER_CLIENT_MAX, 0));
        assert!(!has_room(REVOKED_OF_ANY_CLIENT, REVOKED_MAX));
        assert!(has_room(REVOKED_OF_ANY_CLIENT - 1, REVOKED_MAX));
        assert!(has_room(0, u64::MAX));
    }
}
