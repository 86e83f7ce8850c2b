//! The reads of which the facts of commands consist.

use crate::batch::Batch;
use crate::counts::Counted;
use crate::fault::EngineError;
use crate::index::{self, administrator_key};
use crate::records;
use crate::schema::{
    ADMINISTRATORS, AUTHORIZATIONS, CLIENT_NAMES, CLIENTS, HOME_ADMINISTRATORS, ORGANIZATIONS, PROJECTS,
    RESOURCES, RETIRED_IDS,
};
use crate::writing::Primary;
use jeton_domain::admin::{
    Bearer, BearerFacts, BearerToken, Home, HomeFacts, NameFacts, Record, RevokedRows,
};
use jeton_domain::client::Client;
use jeton_domain::id::{AuthorizationId, ClientId, ClientName, OrganizationId, ProjectId};
use jeton_domain::permission::AdminScope;
use jeton_domain::record::{RecordKind, UnreadableRecord};
use jeton_domain::resource::Resource;
use jeton_domain::retired_name::Name;
use redb::ReadableTable;
use std::sync::Arc;

impl Batch<'_> {
    /// A client. One that is being removed with its organization or project is absent. If the activity of
    /// its home is not known, it counts as inactive.
    pub(super) fn client_record(&self, id: ClientId) -> Result<Record<Client>, EngineError> {
        match self.client_row(id)? {
            Record::Is(client) if self.state.instance.is_removed(&client) => Ok(Record::Absent),
            record => Ok(record),
        }
    }

    /// A client's row.
    pub(crate) fn client_row(&self, id: ClientId) -> Result<Record<Client>, EngineError> {
        let clients = self.transaction.open_table(CLIENTS)?;
        let Some(row) = clients.get(id.0)? else { return Ok(Record::Absent) };
        Ok(match records::read_client(id, row.value()) {
            Ok(client) => {
                let home_active = self.state.instance.is_home_active(&client).unwrap_or(false);
                Record::Is(Box::new(Client { home_active, ..client }))
            }
            Err(_) => Record::Unreadable(UnreadableRecord { kind: RecordKind::Client, id: id.0 }),
        })
    }

    pub(super) fn bearer_facts(&self, bearer: &Bearer) -> Result<BearerFacts, EngineError> {
        let client = self.client_record(bearer.client)?;
        let past = match &client {
            Record::Is(client) => self.past_of(client, bearer.credential)?,
            Record::Unreadable(_) | Record::Absent => None,
        };
        let is_token_revoked = match (&client, bearer.token) {
            (Record::Is(_), BearerToken::Opaque(life, _) | BearerToken::Jwt(life, _)) => {
                self.is_token_revoked(life.name)?
            }
            (_, BearerToken::Personal) | (Record::Unreadable(_) | Record::Absent, _) => false,
        };
        let (signing_keys, token_keys) =
            (Arc::clone(&self.state.signing_keys), Arc::clone(&self.state.token_keys));
        Ok(BearerFacts { client, past, is_token_revoked, signing_keys, token_keys })
    }

    /// True if an object of any kind has this id, or had it. A record that can't be read, or was set
    /// aside, has its id too. Where pages of them are lost, the readable ones count.
    pub(super) fn is_id_taken(&self, id: u64) -> Result<bool, EngineError> {
        let instance = &self.state.instance;
        let is_row = |table, is_lost, is_known| match (is_known, is_lost) {
            (true, _) | (false, true) => Ok(is_known),
            (false, false) => self.has_row(table, id),
        };
        let (organization, project) = (OrganizationId(id), ProjectId(id));
        Ok(self.transaction.open_table(CLIENTS)?.get(id)?.is_some()
            || is_row(PROJECTS, instance.lost.projects, instance.project(project).is_some())?
            || is_row(
                ORGANIZATIONS,
                instance.lost.organizations,
                instance.organization(organization).is_some(),
            )?
            || instance.removed.contains(&id)
            || self.transaction.open_table(RETIRED_IDS)?.get(id)?.is_some())
    }

    /// True if a table of records has a row with this id.
    pub(super) fn has_row(&self, table: Primary<u64, &'static [u8]>, id: u64) -> Result<bool, EngineError> {
        Ok(self.transaction.open_table(table)?.get(id)?.is_some())
    }

    pub(super) fn has_authorization(&self, id: AuthorizationId) -> Result<bool, EngineError> {
        Ok(self.transaction.open_table(AUTHORIZATIONS)?.get(id.0)?.is_some())
    }

    pub(super) fn username(&self, name: &ClientName) -> Result<NameFacts, EngineError> {
        let is_used = self.transaction.open_table(CLIENT_NAMES)?.get(name.folded())?.is_some();
        Ok(NameFacts { is_used, retired: self.retired(Name::Username(name.folded()))? })
    }

    pub(super) fn resource(&self, resource: &Resource) -> Result<NameFacts, EngineError> {
        let is_used = self.transaction.open_table(RESOURCES)?.get(resource.as_str())?.is_some();
        Ok(NameFacts { is_used, retired: self.retired(Name::Resource(resource.as_str()))? })
    }

    /// The home of a client whose record can't be read.
    pub(super) fn home_facts(&self, id: ClientId) -> Result<HomeFacts, EngineError> {
        let home = index::home_of(self.transaction, id)?;
        let administers = match home {
            Some(Home::Organization(home)) => {
                let table = self.transaction.open_table(HOME_ADMINISTRATORS)?;
                table.get((home.0, id.0))?.is_some()
            }
            Some(Home::Project(_)) | None => false,
        };
        Ok(HomeFacts { home, administers })
    }

    /// Users of an organization that have administrator roles.
    pub(super) fn administrators_from(
        &self,
        home: OrganizationId,
    ) -> Result<Vec<Record<Client>>, EngineError> {
        let ids: Vec<u64> = {
            let table = self.transaction.open_table(HOME_ADMINISTRATORS)?;
            let rows = table.range((home.0, 0)..=(home.0, u64::MAX))?;
            rows.map(|row| row.map(|(key, _)| key.value().1)).collect::<Result<_, _>>()?
        };
        ids.into_iter().map(|id| self.client_record(ClientId(id))).collect()
    }

    /// True if an active owner of the instance is among these. One whose record can't be read can't act.
    pub(super) fn has_owner(&self, among: impl Fn(&Client) -> bool) -> Result<bool, EngineError> {
        let ids: Vec<ClientId> = {
            let (first, last) = (ClientId(0), ClientId(u64::MAX));
            let of_instance = |client| administrator_key(AdminScope::Instance, client);
            let table = self.transaction.open_table(ADMINISTRATORS)?;
            let rows = table.range(of_instance(first)..=of_instance(last))?;
            rows.map(|row| row.map(|(key, _)| ClientId(key.value().2))).collect::<Result<_, _>>()?
        };
        for id in ids {
            if let Record::Is(client) = self.client_record(id)?
                && among(&client)
                && client.is_active()
                && client.is_owner()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn revoked_rows(&self, client: ClientId, by_others: bool) -> Result<RevokedRows, EngineError> {
        let own = self.count(Counted::revoked(client, by_others))?;
        Ok(RevokedRows { own, all: self.count(Counted::RevokedInAll { by_others })? })
    }
}
