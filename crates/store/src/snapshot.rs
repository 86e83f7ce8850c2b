//! What readers see: the tables as the last commit left them, and a cache of decoded clients.
//!
//! A snapshot is opened once per commit by the writer and shared by all readers, so a lookup pays
//! for no transaction of its own (0.5 µs saved on each). The cache outlives snapshots: an entry
//! knows the revision at which it was read and counts only as long as `Changes` says that it
//! still holds, so a change is seen by the very next lookup and no entry has to be removed.

use crate::changes::Changes;
use crate::codec::Corrupt;
use crate::limits::CLIENT_CACHE_ENTRIES;
use crate::open::{Counters, Fault};
use crate::records;
use crate::schema::{ACCESS_TOKENS, CLIENT_NAMES, CLIENTS, LAST_USES, PROJECTS, row_key};
use jeton_oauth::client::{Client, Revision, Text};
use jeton_oauth::id::{ClientId, ClientName, ProjectId};
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::{AccessTokenFacts, TokenKey};
use jeton_secret::CredentialId;
use quick_cache::sync::Cache;
use redb::{Database, ReadOnlyTable, ReadableDatabase, ReadableTable, ReadableTableMetadata};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The store can't be read or written at the moment; it is being reopened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store is unavailable")]
pub struct Unavailable;

impl From<redb::StorageError> for Unavailable {
    fn from(error: redb::StorageError) -> Self {
        tracing::error!(%error, "reading the store failed");
        Self
    }
}

impl From<Corrupt> for Unavailable {
    fn from(error: Corrupt) -> Self {
        tracing::error!(%error, "reading the store failed");
        Self
    }
}

/// A client and the revision at which these facts were read.
#[derive(Debug, Clone)]
pub struct Known {
    /// The facts.
    pub client: Arc<Client>,
    /// When they were read; goes into [`crate::IssueToken`].
    pub as_of: Revision,
}

/// Decoded clients, by id and by name.
#[derive(Debug)]
pub(crate) struct ClientCache {
    by_id: Cache<ClientId, Known>,
    by_name: Cache<ClientName, Known>,
}

impl ClientCache {
    pub(crate) fn new() -> Self {
        Self { by_id: Cache::new(CLIENT_CACHE_ENTRIES), by_name: Cache::new(CLIENT_CACHE_ENTRIES) }
    }
}

/// The store as one commit left it.
pub struct Snapshot {
    access_tokens: ReadOnlyTable<u128, &'static [u8]>,
    clients: ReadOnlyTable<u64, &'static [u8]>,
    client_names: ReadOnlyTable<&'static str, u64>,
    last_uses: ReadOnlyTable<u64, u64>,
    projects: ReadOnlyTable<u64, &'static [u8]>,
    changes: Changes,
    cache: Arc<ClientCache>,
    organization: u64,
    default_project: ProjectId,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("revision", &self.changes.revision()).finish_non_exhaustive()
    }
}

impl Snapshot {
    pub(crate) fn open(
        database: &Database,
        counters: &Counters,
        cache: &Arc<ClientCache>,
    ) -> Result<Self, Fault> {
        let read = database.begin_read()?;
        Ok(Self {
            access_tokens: read.open_table(ACCESS_TOKENS)?,
            clients: read.open_table(CLIENTS)?,
            client_names: read.open_table(CLIENT_NAMES)?,
            last_uses: read.open_table(LAST_USES)?,
            projects: read.open_table(PROJECTS)?,
            changes: counters.changes.clone(),
            cache: Arc::clone(cache),
            organization: counters.organization,
            default_project: counters.default_project,
        })
    }

    /// The access token at this key, if there is one. The caller compares the digest.
    ///
    /// # Errors
    /// [`Unavailable`] when it can't be read: that says nothing about the token.
    pub fn access_token(&self, key: TokenKey) -> Result<Option<AccessTokenFacts>, Unavailable> {
        match self.access_tokens.get(row_key(key))? {
            Some(row) => Ok(Some(records::read_token(row.value())?)),
            None => Ok(None),
        }
    }

    /// The client with this id.
    ///
    /// # Errors
    /// [`Unavailable`] when it can't be read.
    pub fn client(&self, id: ClientId) -> Result<Option<Known>, Unavailable> {
        if let Some(known) = self.cache.by_id.get(&id)
            && self.holds(&known)
        {
            return Ok(Some(known));
        }
        let Some(known) = self.read_client(id)? else { return Ok(None) };
        self.cache.by_id.insert(id, known.clone());
        Ok(Some(known))
    }

    /// The service user with this username.
    ///
    /// # Errors
    /// [`Unavailable`] when it can't be read.
    pub fn client_by_name(&self, name: &ClientName) -> Result<Option<Known>, Unavailable> {
        if let Some(known) = self.cache.by_name.get(name)
            && self.holds(&known)
        {
            return Ok(Some(known));
        }
        let Some(id) = self.client_names.get(name.as_str())? else { return Ok(None) };
        let Some(known) = self.client(ClientId(id.value()))? else { return Ok(None) };
        self.cache.by_name.insert(name.clone(), known.clone());
        Ok(Some(known))
    }

    /// When a credential was last used, to the minute.
    ///
    /// # Errors
    /// [`Unavailable`] when it can't be read.
    pub fn last_use(&self, credential: CredentialId) -> Result<Option<Timestamp>, Unavailable> {
        Ok(self.last_uses.get(credential.0)?.map(|at| Timestamp(at.value())))
    }

    /// Shows every client with an id of at least `from`, in the order of ids, until `show` breaks.
    ///
    /// # Errors
    /// [`Unavailable`] when one can't be read.
    pub fn for_each_client(
        &self,
        from: ClientId,
        mut show: impl FnMut(Client) -> ControlFlow<()>,
    ) -> Result<(), Unavailable> {
        for row in self.clients.range(from.0..)? {
            let (id, record) = row?;
            let client = records::read_client(ClientId(id.value()), record.value())?;
            if show(client).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The name of a project.
    ///
    /// # Errors
    /// [`Unavailable`] when it can't be read.
    pub fn project(&self, id: ProjectId) -> Result<Option<Text>, Unavailable> {
        match self.projects.get(id.0)? {
            Some(row) => Ok(Some(records::read_project(row.value())?)),
            None => Ok(None),
        }
    }

    /// The project that a token is for when its scopes name none.
    pub const fn default_project(&self) -> ProjectId {
        self.default_project
    }

    /// The id of the organization that everything belongs to.
    pub const fn organization(&self) -> u64 {
        self.organization
    }

    /// How many access tokens are stored, expired and revoked ones that were not purged included.
    ///
    /// # Errors
    /// [`Unavailable`] when it can't be read.
    pub fn access_tokens_len(&self) -> Result<u64, Unavailable> {
        Ok(self.access_tokens.len()?)
    }

    /// The expiry of the token that expires first.
    pub(crate) fn first_expiry(&self) -> Result<Option<Timestamp>, Unavailable> {
        Ok(self.access_tokens.first()?.map(|(key, _)| crate::schema::token_key(key.value()).expires))
    }

    fn holds(&self, known: &Known) -> bool {
        self.changes.hold_since(known.as_of, known.client.id)
    }

    fn read_client(&self, id: ClientId) -> Result<Option<Known>, Unavailable> {
        let Some(row) = self.clients.get(id.0)? else { return Ok(None) };
        let client = Arc::new(records::read_client(id, row.value())?);
        Ok(Some(Known { client, as_of: self.changes.revision() }))
    }
}
