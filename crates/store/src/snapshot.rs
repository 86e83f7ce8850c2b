//! The view of readers: the tables as the last commit left them, and a cache of decoded clients.
//!
//! A snapshot is opened once per commit by the writer and shared by all readers, so a lookup pays for no
//! transaction of its own (0.5 µs saved on each). The cache outlives snapshots: an entry knows the
//! revision at which it was read and counts only as long as `InvalidationMap` says that it still holds, so a
//! change is seen by the very next lookup and no entry has to be removed.

use crate::client_cache::{ClientCache, Versioned};
use crate::decoys::Decoys;
use crate::disk::Engine;
use crate::engine;
use crate::fault::{EngineError, Unavailable};
use crate::invalidation::InvalidationMap;
use crate::limits::PAST_LISTED_MAX;
use crate::records;
use crate::schema::{
    ADMINISTRATORS, APPLICATIONS, AUDIT, AUDIT_AGES, AUDIT_GAPS, AUTHORIZATIONS, AdminScopeKey, AgeKey,
    CLIENT_NAMES, CLIENTS, COUNTS, CREDENTIAL_OWNERS, CountKey, HOME_ADMINISTRATORS, LAST_USES,
    ORGANIZATIONS, PAST_CREDENTIALS, PROJECT_AUTHORIZATIONS, PROJECTS, RESOURCES, RETIRED_NAMES,
    REVOKED_TOKENS, RetiredRow, SET_ASIDE, USERS, USERS_BY_NAME, UserKey,
};
use crate::trail::Trail;
use crate::unreadable;
use crate::view::View;
use crate::writer_state::WriterState;
use jeton_domain::client::Client;
use jeton_domain::credential::PastCredential;
use jeton_domain::generation::Generation;
use jeton_domain::id::{AuthorizationId, ClientId, ClientName, OrganizationId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::record::{RecordKind, UnreadableRecord};
use jeton_domain::resource::Resource;
use jeton_domain::signing::SigningKeys;
use jeton_domain::time::{Careful, Moment, Timestamp};
use jeton_domain::token_key::TokenKeys;
use jeton_secret::{CredentialId, TokenName};
use redb::ReadableDatabase;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The credentials of a client's present and past.
#[derive(Debug)]
pub struct CredentialHistory {
    /// Those that can be read, oldest first.
    pub credentials: Vec<PastCredential>,
    /// The ids of the others.
    pub unreadable: Vec<CredentialId>,
}

/// The store as one commit left it.
pub struct Snapshot {
    pub(crate) clients: View<u64, &'static [u8]>,
    pub(crate) client_names: View<&'static str, u64>,
    last_uses: View<u64, u64>,
    pub(crate) authorizations: View<u64, u64>,
    pub(crate) users: View<UserKey, ()>,
    pub(crate) users_by_name: View<(u64, &'static str), u64>,
    pub(crate) project_authorizations: View<(u64, u64), u64>,
    pub(crate) counts: View<CountKey, u64>,
    pub(crate) credential_owners: View<u64, u64>,
    pub(crate) home_administrators: View<(u64, u64), ()>,
    pub(crate) applications: View<(u64, u64), ()>,
    pub(crate) administrators: View<AdminScopeKey, ()>,
    pub(crate) audit: View<u64, &'static [u8]>,
    pub(crate) audit_ages: View<AgeKey, ()>,
    pub(crate) audit_gaps: View<u64, &'static [u8]>,
    pub(crate) trail: Trail,
    pub(crate) resources: View<&'static str, u64>,
    pub(crate) revoked_tokens: View<u128, (u64, bool)>,
    pub(crate) past_credentials: View<(u64, u64), &'static [u8]>,
    pub(crate) decoys: Decoys,
    set_aside: View<u64, ()>,
    pub(crate) retired_names: View<&'static str, RetiredRow>,
    projects: View<u64, &'static [u8]>,
    organizations: View<u64, &'static [u8]>,
    changes: InvalidationMap,
    cache: Arc<ClientCache>,
    instance: Arc<Instance>,
    signing_keys: Arc<SigningKeys>,
    token_keys: Arc<TokenKeys>,
    newest: Generation,
    expiring_next: Option<Careful>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("revision", &self.changes.revision()).finish_non_exhaustive()
    }
}

impl Snapshot {
    pub(crate) fn open(
        from: &Engine,
        state: &WriterState,
        cache: &Arc<ClientCache>,
    ) -> Result<Self, EngineError> {
        let complaint = &from.complaint;
        let read = engine::read(|| from.database.begin_read())??;
        Ok(Self {
            clients: View::open(&read, CLIENTS, complaint)?,
            client_names: View::open(&read, CLIENT_NAMES, complaint)?,
            last_uses: View::open(&read, LAST_USES, complaint)?,
            authorizations: View::open(&read, AUTHORIZATIONS, complaint)?,
            users: View::open(&read, USERS, complaint)?,
            users_by_name: View::open(&read, USERS_BY_NAME, complaint)?,
            project_authorizations: View::open(&read, PROJECT_AUTHORIZATIONS, complaint)?,
            counts: View::open(&read, COUNTS, complaint)?,
            credential_owners: View::open(&read, CREDENTIAL_OWNERS, complaint)?,
            home_administrators: View::open(&read, HOME_ADMINISTRATORS, complaint)?,
            applications: View::open(&read, APPLICATIONS, complaint)?,
            administrators: View::open(&read, ADMINISTRATORS, complaint)?,
            audit: View::open(&read, AUDIT, complaint)?,
            audit_ages: View::open(&read, AUDIT_AGES, complaint)?,
            audit_gaps: View::open(&read, AUDIT_GAPS, complaint)?,
            trail: state.trail.clone(),
            resources: View::open(&read, RESOURCES, complaint)?,
            revoked_tokens: View::open(&read, REVOKED_TOKENS, complaint)?,
            past_credentials: View::open(&read, PAST_CREDENTIALS, complaint)?,
            decoys: Decoys::default(),
            set_aside: View::open(&read, SET_ASIDE, complaint)?,
            retired_names: View::open(&read, RETIRED_NAMES, complaint)?,
            projects: View::open(&read, PROJECTS, complaint)?,
            organizations: View::open(&read, ORGANIZATIONS, complaint)?,
            changes: state.changes.clone(),
            cache: Arc::clone(cache),
            instance: Arc::clone(&state.instance),
            signing_keys: Arc::clone(&state.signing_keys),
            token_keys: Arc::clone(&state.token_keys),
            newest: state.newest,
            expiring_next: state.expiring_next,
        })
    }

    /// The client with this id.
    ///
    /// # Errors
    /// [`Unavailable`] if its record can't be read, or if it is not known whether its home is active.
    pub fn client(&self, id: ClientId) -> Result<Option<Versioned>, Unavailable> {
        if let Some(known) = self.cached_client(id) {
            return Ok(Some(known));
        }
        let Some((client, record)) = self.stored_client(id)? else { return Ok(None) };
        let home_active = self.instance.is_home_active(&client).map_err(UnreadableRecord::from)?;
        let known = self.known(Client { home_active, ..client });
        self.cache.keep(&known, record);
        Ok(Some(known))
    }

    pub(crate) fn cached_client(&self, id: ClientId) -> Option<Versioned> {
        self.cache.get(id).filter(|known| self.holds(known))
    }

    /// The client with this id, for administration: one whose home is unknown is shown, as inactive.
    ///
    /// # Errors
    /// [`Unavailable`] if its record can't be read.
    pub fn administered_client(&self, id: ClientId) -> Result<Option<Versioned>, Unavailable> {
        match self.client(id) {
            Err(Unavailable::Record(record)) if record.kind != RecordKind::Client => {
                let client = self.stored_client(id)?;
                Ok(client.map(|(client, _)| self.known(Client { home_active: false, ..client })))
            }
            other => other,
        }
    }

    /// The client with this id, for administration, without keeping it in the cache.
    ///
    /// # Errors
    /// [`Unavailable`] if its record can't be read.
    pub(crate) fn uncached_client(&self, id: ClientId) -> Result<Option<Arc<Client>>, Unavailable> {
        if let Some(known) = self.cache.peek(id)
            && self.holds(&known)
        {
            return Ok(Some(known.client));
        }
        let Some((client, _)) = self.stored_client(id)? else { return Ok(None) };
        let home_active = self.instance.is_home_active(&client).unwrap_or(false);
        Ok(Some(Arc::new(Client { home_active, ..client })))
    }

    /// A client that an index leads to, or its id if its record can't be read or is set aside.
    ///
    /// # Errors
    /// [`Unavailable`] if the store can't be read.
    pub fn listed(&self, id: ClientId) -> Result<Result<Versioned, ClientId>, Unavailable> {
        match self.administered_client(id) {
            Ok(Some(known)) => Ok(Ok(known)),
            Ok(None) | Err(Unavailable::Record(_) | Unavailable::Damage) => Ok(Err(id)),
            Err(Unavailable::Store) => Err(Unavailable::Store),
        }
    }

    fn known(&self, client: Client) -> Versioned {
        Versioned { client: Arc::new(client), as_of: self.changes.revision() }
    }

    /// The client of a row and the number of bytes of its record. A client that is set aside, or is being
    /// removed with its organization or project, counts as absent.
    fn stored_client(&self, id: ClientId) -> Result<Option<(Client, usize)>, Unavailable> {
        let Some(row) = self.clients.get(id.0)? else { return Ok(None) };
        match records::read_client(id, row.value()) {
            Ok(client) if self.instance.is_removed(&client) => Ok(None),
            Ok(client) => Ok(Some((client, row.value().len()))),
            Err(_) if self.set_aside.get(id.0)?.is_some() => Ok(None),
            Err(_) => {
                let unreadable = UnreadableRecord { kind: RecordKind::Client, id: id.0 };
                unreadable::log(unreadable);
                Err(unreadable.into())
            }
        }
    }

    /// True if the record of a client, project or organization is set aside.
    pub(crate) fn is_set_aside(&self, id: ClientId) -> Result<bool, Unavailable> {
        Ok(self.set_aside.get(id.0)?.is_some())
    }

    /// The service user with this username, in any case.
    ///
    /// # Errors
    /// [`Unavailable`] if it can't be read.
    pub fn client_by_name(&self, name: &ClientName) -> Result<Option<Versioned>, Unavailable> {
        if let Some(known) = self.cache.named(name.folded())
            && self.holds(&known)
        {
            return Ok(Some(known));
        }
        let Some(id) = self.client_named(name)? else { return Ok(None) };
        let Some(known) = self.client(id)? else { return Ok(None) };
        self.cache.keep_named(&known);
        Ok(Some(known))
    }

    /// The id of the service user with this username, in any case. Only the index is read.
    ///
    /// # Errors
    /// [`Unavailable`] if the index can't be read.
    pub fn client_named(&self, name: &ClientName) -> Result<Option<ClientId>, Unavailable> {
        Ok(self.client_names.get(name.folded())?.map(|id| ClientId(id.value())))
    }

    /// The id of the service user with this folded username.
    pub(crate) fn client_with_folded_name(&self, name: &str) -> Result<Option<ClientId>, Unavailable> {
        Ok(self.client_names.get(name)?.map(|id| ClientId(id.value())))
    }

    /// The owner of a present credential.
    ///
    /// # Errors
    /// [`Unavailable`] if the index can't be read.
    pub fn owner_of_credential(&self, id: CredentialId) -> Result<Option<ClientId>, Unavailable> {
        Ok(self.credential_owners.get(id.0)?.map(|client| ClientId(client.value())))
    }

    /// True if there is a row for a client whose record can't be read, set aside or not.
    ///
    /// # Errors
    /// [`Unavailable`] if the table can't be read.
    pub fn has_unreadable_client(&self, id: ClientId) -> Result<bool, Unavailable> {
        let row = self.clients.get(id.0)?;
        Ok(row.is_some_and(|row| records::read_client(id, row.value()).is_err()))
    }

    /// True if the record of this client can't be read, set aside or not, or if there is none.
    pub(crate) fn is_lost(&self, id: ClientId) -> bool {
        match self.clients.get(id.0) {
            Ok(Some(row)) => records::read_client(id, row.value()).is_err(),
            Ok(None) | Err(_) => true,
        }
    }

    /// True if there is a row for a project whose record can't be read, set aside or not.
    ///
    /// # Errors
    /// [`Unavailable`] if the table can't be read.
    pub fn has_unreadable_project(&self, id: ProjectId) -> Result<bool, Unavailable> {
        Ok(self.instance.project(id).is_none() && self.projects.get(id.0)?.is_some())
    }

    /// True if there is a row for an organization whose record can't be read, set aside or not.
    ///
    /// # Errors
    /// [`Unavailable`] if the table can't be read.
    pub fn has_unreadable_organization(&self, id: OrganizationId) -> Result<bool, Unavailable> {
        Ok(self.instance.organization(id).is_none() && self.organizations.get(id.0)?.is_some())
    }

    /// The time of the last use of a credential, to the minute.
    ///
    /// # Errors
    /// [`Unavailable`] if it can't be read.
    pub fn last_use(&self, credential: CredentialId) -> Result<Option<Timestamp>, Unavailable> {
        Ok(self.last_uses.get(credential.0)?.map(|at| Timestamp(at.value())))
    }

    /// Shows every client with an id of at least `from`, in the order of ids, until `show` breaks. A
    /// client whose record can't be read is shown as its id.
    ///
    /// # Errors
    /// [`Unavailable`] if the table can't be read.
    pub fn for_each_client(
        &self,
        from: ClientId,
        mut show: impl FnMut(Result<Client, ClientId>) -> ControlFlow<()>,
    ) -> Result<(), Unavailable> {
        for row in self.clients.range(from.0..)? {
            let (id, record) = row?;
            let id = ClientId(id.value());
            let client = records::read_client(id, record.value()).map_err(|_| id).map(|client| {
                let home_active = self.instance.is_home_active(&client).unwrap_or(false);
                Client { home_active, ..client }
            });
            if show(client).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The API that requests name by this URI.
    ///
    /// # Errors
    /// [`Unavailable`] if it can't be read.
    pub fn api_by_resource(&self, resource: &Resource) -> Result<Option<Versioned>, Unavailable> {
        match self.resources.get(resource.as_str())? {
            Some(id) => self.client(ClientId(id.value())),
            None => Ok(None),
        }
    }

    /// The user to whom an authorization was granted.
    ///
    /// # Errors
    /// [`Unavailable`] if it can't be read.
    pub fn client_by_authorization(&self, id: AuthorizationId) -> Result<Option<Versioned>, Unavailable> {
        match self.authorizations.get(id.0)? {
            Some(id) => self.client(ClientId(id.value())),
            None => Ok(None),
        }
    }

    /// True if a token was revoked alone: a lookup in a table that is nearly always empty.
    ///
    /// # Errors
    /// [`Unavailable`] if it can't be read.
    pub fn is_token_revoked(&self, name: TokenName) -> Result<bool, Unavailable> {
        Ok(self.revoked_tokens.get(u128::from_be_bytes(name.0))?.is_some())
    }

    /// A past credential of a client.
    ///
    /// # Errors
    /// [`Unavailable`] if it can't be read.
    pub fn past_credential(
        &self,
        client: ClientId,
        credential: CredentialId,
    ) -> Result<Option<PastCredential>, Unavailable> {
        let Some(row) = self.past_credentials.get((client.0, credential.0))? else { return Ok(None) };
        let unreadable = UnreadableRecord { kind: RecordKind::PastCredential, id: credential.0 };
        records::read_past_credential(credential, row.value()).map(Some).map_err(|_| unreadable.into())
    }

    /// The past credential with the id that a token names; None if the client still has this credential.
    ///
    /// # Errors
    /// [`Unavailable`] if it can't be read.
    pub fn past_of(
        &self,
        client: &Client,
        credential: CredentialId,
    ) -> Result<Option<PastCredential>, Unavailable> {
        match client.credential(credential) {
            Some(_) => Ok(None),
            None => self.past_credential(client.id, credential),
        }
    }

    /// The present and past credentials of a client, oldest first; of the past ones the newest
    /// [`PAST_LISTED_MAX`].
    ///
    /// # Errors
    /// [`Unavailable`] when the table can't be read.
    pub fn credentials_of(&self, client: &Client) -> Result<CredentialHistory, Unavailable> {
        let present = client.credentials.iter().cloned();
        let mut all: Vec<_> =
            present.map(|credential| PastCredential { credential, revoked: None }).collect();
        let mut unreadable = Vec::new();
        let past = self.past_credentials.range((client.id.0, 0)..=(client.id.0, u64::MAX))?;
        for row in past.rev().take(PAST_LISTED_MAX) {
            let (key, record) = row?;
            let id = CredentialId(key.value().1);
            match records::read_past_credential(id, record.value()) {
                Ok(past) => all.push(past),
                Err(_) => unreadable.push(id),
            }
        }
        all.sort_by_key(|past| (past.credential.created.wall, past.credential.id));
        Ok(CredentialHistory { credentials: all, unreadable })
    }

    /// The organizations and projects.
    pub const fn instance(&self) -> &Arc<Instance> {
        &self.instance
    }

    /// The server's signing keys.
    pub const fn signing_keys(&self) -> &Arc<SigningKeys> {
        &self.signing_keys
    }

    /// The server's token keys.
    pub const fn token_keys(&self) -> &Arc<TokenKeys> {
        &self.token_keys
    }

    /// The newest generation of tokens. No token can be of a newer one.
    pub const fn newest_generation(&self) -> Generation {
        self.newest
    }

    /// True if there are expired rows to delete.
    pub(crate) fn has_expired(&self, now: Moment) -> bool {
        self.expiring_next.is_some_and(|due| due <= now.careful) || self.trail.has_due(now)
    }

    fn holds(&self, known: &Versioned) -> bool {
        // Facts of a later snapshot may contradict the rest of this one.
        known.as_of <= self.changes.revision() && self.changes.is_current(known.as_of, known.client.id)
    }
}
