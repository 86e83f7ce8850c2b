//! The rows of clients.

use crate::batch::Batch;
use crate::fault::TransactionError;
use crate::index::{self, Swept};
use crate::retired::retire;
use crate::schema::{CLIENTS, LAST_USES, RETIRED_IDS, SET_ASIDE};
use jeton_domain::admin::Home;
use jeton_domain::client::Client;
use jeton_domain::id::ClientId;
use jeton_domain::retired_name::Name;
use jeton_secret::CredentialId;

impl Batch<'_> {
    /// Writes a client. A name that it gives up is retired, and a new one is in use again.
    pub(super) fn put_client(
        &mut self,
        before: Option<&Client>,
        after: &Client,
        record: &[u8],
    ) -> Result<(), TransactionError> {
        self.transaction.open_table(CLIENTS)?.insert(after.id.0, record)?;
        if let Some(before) = before {
            self.retire_names(before, Some(after))?;
        }
        let name_before = before.and_then(Name::of_client);
        if let Some(name) = Name::of_client(after).filter(|name| name_before != Some(*name)) {
            self.take_name(name)?;
        }
        self.reindex(before, Some(after))?;
        self.state.changes.mark(after.id);
        Ok(())
    }

    pub(crate) fn remove_client(&mut self, client: &Client) -> Result<(), TransactionError> {
        self.transaction.open_table(CLIENTS)?.remove(client.id.0)?;
        self.transaction.open_table(RETIRED_IDS)?.insert(client.id.0, ())?;
        self.retire_names(client, None)?;
        self.reindex(Some(client), None)?;
        for credential in &client.credentials {
            self.forget_use(credential.id)?;
        }
        self.remove_past(client.id)?;
        self.state.changes.mark(client.id);
        Ok(())
    }

    /// Removes a client whose record can't be read, with every row that leads to it.
    pub(crate) fn remove_unreadable(&mut self, id: ClientId) -> Result<(), TransactionError> {
        self.transaction.open_table(CLIENTS)?.remove(id.0)?;
        self.transaction.open_table(SET_ASIDE)?.remove(id.0)?;
        self.transaction.open_table(RETIRED_IDS)?.insert(id.0, ())?;
        let Swept { home, usernames, resources } = index::sweep(self.transaction, id)?;
        let instance = &self.state.instance;
        let home = match home {
            Some(Home::Organization(id)) => Some(id),
            Some(Home::Project(id)) => instance.project(id).map(|project| project.organization),
            None => None,
        };
        let home = home.unwrap_or(instance.default_organization);
        for username in &usernames {
            retire(self.transaction, Name::Username(username), id.0, home, self.now)?;
        }
        for resource in &resources {
            retire(self.transaction, Name::Resource(resource), id.0, home, self.now)?;
        }
        self.remove_past(id)?;
        self.state.changes.mark(id);
        Ok(())
    }

    pub(super) fn set_client_aside(&mut self, id: ClientId) -> Result<(), TransactionError> {
        self.transaction.open_table(SET_ASIDE)?.insert(id.0, ())?;
        self.state.changes.mark(id);
        Ok(())
    }

    fn forget_use(&mut self, credential: CredentialId) -> Result<(), TransactionError> {
        self.uses.forget(credential);
        self.transaction.open_table(LAST_USES)?.remove(credential.0)?;
        Ok(())
    }
}
