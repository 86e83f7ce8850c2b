//! The rows of tokens that were revoked one by one, which are kept until they would have expired.

use crate::batch::Batch;
use crate::counts::{Counted, adjust};
use crate::expiry::{self, Forgettable};
use crate::fault::{EngineError, TransactionError};
use crate::schema::{COUNTS, REVOKED_TOKENS};
use jeton_domain::admin::RevokedToken;
use jeton_domain::time::Moment;
use jeton_secret::TokenName;
use redb::ReadableTable;

impl Batch<'_> {
    /// True if a token was revoked alone.
    pub(super) fn is_token_revoked(&self, name: TokenName) -> Result<bool, EngineError> {
        let name = u128::from_be_bytes(name.0);
        Ok(self.transaction.open_table(REVOKED_TOKENS)?.get(name)?.is_some())
    }

    pub(super) fn put_revoked_token(
        &mut self,
        token: RevokedToken,
        by_others: bool,
    ) -> Result<(), TransactionError> {
        let name = u128::from_be_bytes(token.name.0);
        self.transaction.open_table(REVOKED_TOKENS)?.insert(name, (token.client.0, by_others))?;
        let mut counts = self.transaction.open_table(COUNTS)?;
        adjust(&mut counts, Counted::revoked(token.client, by_others).key(), 1)?;
        adjust(&mut counts, Counted::RevokedInAll { by_others }.key(), 1)?;
        drop(counts);
        let what = Forgettable::RevokedToken(name);
        // After a restore the careful clock may be behind the token's time of issue.
        let careful = self.now.careful.max(token.issued.careful);
        let lifetime = token.expires.seconds_after(token.issued.wall);
        let now = Moment { careful, ..self.now };
        let due = expiry::forget_after(self.transaction, what, lifetime, token.expires, now)?;
        self.state.due_at(due);
        Ok(())
    }
}
