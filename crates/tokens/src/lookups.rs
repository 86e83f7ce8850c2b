//! The look-ups that judging a token takes, each made for every token in the end.

use crate::presented::Asking;
use jeton_domain::client::Client;
use jeton_domain::credential::PastCredential;
use jeton_domain::id::ClientId;
use jeton_secret::{CredentialId, TokenName};
use jeton_store::Versioned;
use jeton_store::{Snapshot, Unavailable};
use std::cell::Cell;
use std::hint::black_box;

/// A snapshot, and a record of the look-ups in it.
pub(crate) struct Lookups<'s> {
    snapshot: &'s Snapshot,
    revoked: Cell<Made>,
    client: Cell<Made>,
    past: Cell<Made>,
}

/// The look-ups in one table: of a row that was there, and of one that was not.
#[derive(Debug, Clone, Copy, Default)]
struct Made {
    found: bool,
    missed: bool,
}

impl Made {
    fn note(cell: &Cell<Self>, is_found: bool) {
        let Self { found, missed } = cell.get();
        cell.set(Self { found: found || is_found, missed: missed || !is_found });
    }
}

impl<'s> Lookups<'s> {
    pub(crate) fn new(snapshot: &'s Snapshot) -> Self {
        Self { snapshot, revoked: Cell::default(), client: Cell::default(), past: Cell::default() }
    }

    pub(crate) const fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    pub(crate) fn is_token_revoked(&self, name: TokenName) -> Result<bool, Unavailable> {
        let is_revoked = self.snapshot.is_token_revoked(name)?;
        Made::note(&self.revoked, is_revoked);
        Ok(is_revoked)
    }

    pub(crate) fn client(&self, id: ClientId) -> Result<Option<Versioned>, Unavailable> {
        let known = self.snapshot.client(id)?;
        Made::note(&self.client, known.is_some());
        Ok(known)
    }

    /// The past credential with the id that a token names; `None` if the client still has this credential.
    pub(crate) fn past_of(
        &self,
        client: &Client,
        credential: CredentialId,
    ) -> Result<Option<PastCredential>, Unavailable> {
        if client.credential(credential).is_some() {
            return Ok(None);
        }
        let past = self.snapshot.past_credential(client.id, credential)?;
        Made::note(&self.past, past.is_some());
        Ok(past)
    }

    /// Makes the look-ups that were not made: one of a row that is there, and one of a row that is not, in
    /// each table. Rows of the asking client stand for those of the token's.
    pub(crate) fn make_the_rest(&self, Asking(client, credential): Asking) {
        let Self { snapshot, revoked, client: clients, past } = self;
        if !revoked.get().found {
            snapshot.find_a_revoked_token();
        }
        if !revoked.get().missed {
            black_box(snapshot.is_token_revoked(TokenName([0x80; 16])).is_ok());
        }
        if !clients.get().found {
            black_box(snapshot.client(client).is_ok());
        }
        if !clients.get().missed {
            snapshot.miss_a_client(client);
        }
        if !past.get().found {
            snapshot.find_a_past_credential();
        }
        if !past.get().missed {
            black_box(snapshot.past_credential(client, credential).is_ok());
        }
    }
}
