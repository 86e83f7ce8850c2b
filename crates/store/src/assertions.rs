//! Assertions that work once, remembered until they would have expired.
//!
//! The rows are durable: an assertion that was used is refused after a crash as well. They are bounded
//! in all and per client, and when there is no room for one more the assertion is refused, not an
//! older one forgotten. What each client has is counted in memory from opening on; rows from before
//! count in all, but for nobody.

use crate::command::{Rejection, UsedAssertion};
use crate::limits::{ASSERTIONS_MAX, ASSERTIONS_PER_CLIENT_MAX};
use crate::open::Fault;
use crate::schema::{ASSERTION_EXPIRIES, USED_ASSERTIONS};
use jeton_oauth::id::ClientId;
use jeton_oauth::time::Timestamp;
use redb::{ReadableTable, ReadableTableMetadata, WriteTransaction};
use std::collections::HashMap;

/// How many rows each client has.
#[derive(Debug, Default)]
pub(crate) struct Assertions {
    per_client: HashMap<ClientId, u64>,
}

impl Assertions {
    /// Uses one up, or says why not.
    pub(crate) fn use_up(
        &mut self,
        transaction: &WriteTransaction,
        assertion: UsedAssertion,
    ) -> Result<Result<(), Rejection>, Fault> {
        let digest = u128::from_be_bytes(assertion.digest);
        let mut used = transaction.open_table(USED_ASSERTIONS)?;
        if used.get(digest)?.is_some() {
            return Ok(Err(Rejection::AssertionUsed));
        }
        let own = self.per_client.entry(assertion.client).or_default();
        if used.len()? >= ASSERTIONS_MAX || *own >= ASSERTIONS_PER_CLIENT_MAX {
            return Ok(Err(Rejection::TooManyAssertions));
        }
        used.insert(digest, assertion.client.0)?;
        transaction.open_table(ASSERTION_EXPIRIES)?.insert((assertion.until.0, digest), ())?;
        *own = own.saturating_add(1);
        Ok(Ok(()))
    }

    /// Forgets up to `rows_max` that have expired by `now`; says how many.
    pub(crate) fn purge(
        &mut self,
        transaction: &WriteTransaction,
        now: Timestamp,
        rows_max: usize,
    ) -> Result<u64, Fault> {
        let mut expiries = transaction.open_table(ASSERTION_EXPIRIES)?;
        let mut used = transaction.open_table(USED_ASSERTIONS)?;
        let mut rows: u64 = 0;
        for _ in 0..rows_max {
            let Some((until, digest)) = expiries.first()?.map(|(key, _)| key.value()) else { break };
            if until > now.0 {
                break;
            }
            expiries.remove((until, digest))?;
            if let Some(client) = used.remove(digest)?.map(|client| client.value()) {
                self.forget(ClientId(client));
            }
            rows = rows.saturating_add(1);
        }
        Ok(rows)
    }

    fn forget(&mut self, client: ClientId) {
        if let Some(own) = self.per_client.get_mut(&client) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                self.per_client.remove(&client);
            }
        }
    }
}
