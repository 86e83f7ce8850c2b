//! Opening a store: is it one, is it ours, is it of a format that we know?
//!
//! A new database gets its metadata and all tables in one transaction, so it has all of them or
//! none; one of an older format is brought to this one in one transaction as well. Opening reads a
//! handful of rows and the projects, whatever the number of tokens and clients.

use crate::audit::Trail;
use crate::batch::Trouble;
use crate::changes::Changes;
use crate::codec::Corrupt;
use crate::directory::AccessError;
use crate::ids::Ids;
use crate::medium::{Medium, MediumError};
use crate::schema::{
    ACCESS_TOKENS, ADMINISTRATORS, APPLICATIONS, ASSERTION_EXPIRIES, AUDIT, AUTHORIZATIONS, CLIENT_NAMES,
    CLIENTS, FORMAT_VERSION, LAST_USES, META_CLOCK, META_DEFAULT_PROJECT, META_FORMAT, META_ID,
    META_KEY_CHECK, META_MANAGEMENT_PROJECT, META_ORGANIZATION, META_SEQUENCE, META_TRAIL, METADATA,
    ORGANIZATIONS, PROJECTS, RESOURCES, RETIRED_IDS, REVOKED_JWTS, SIGNING_KEYS, USED_ASSERTIONS,
    USER_COUNTS, USERS,
};
use crate::{index, limits, records};
use jeton_oauth::client::Text;
use jeton_oauth::id::{ActNumber, ClientId, OrganizationId, ProjectId, SigningKeyId};
use jeton_oauth::organization::Organization;
use jeton_oauth::project::{Instance, Project};
use jeton_oauth::signing::SigningKeys;
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::Sequence;
use jeton_secret::AuditKey;
use redb::{
    Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, StorageError, TableError,
    WriteTransaction,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes of page cache.
    pub cache_bytes: usize,
    /// The server key's check value ([`jeton_secret::Keys::check_value`]): tells whether the key and
    /// the database belong together.
    pub key_check: [u8; 32],
    /// What chains the audit trail ([`jeton_secret::Keys::audit_key`]).
    pub audit_key: Arc<AuditKey>,
}

impl Options {
    /// The defaults, for a server key.
    pub fn new(key_check: [u8; 32], audit_key: AuditKey) -> Self {
        Self { cache_bytes: limits::CACHE_BYTES, key_check, audit_key: Arc::new(audit_key) }
    }
}

/// Why a store did not open. The operator must act.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or file is not as it must be.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Another process has it open.
    #[error("another process is using the store at {}; stop it first", .0.display())]
    InUse(PathBuf),
    /// A file that is no store, or a damaged one.
    #[error("{} is not a Jeton store, or it is damaged", .0.display())]
    NotAStore(PathBuf),
    /// Written by a newer version.
    #[error(
        "the store has format {found}, this version of jeton reads up to {FORMAT_VERSION}; use a newer jeton"
    )]
    NewerFormat {
        /// The file's format.
        found: u64,
    },
    /// The digests in it were made with another key.
    #[error("the server key does not belong to this store; put the key file back that was created with it")]
    WrongKey,
    /// Reading or writing failed.
    #[error("opening the store: {0}")]
    Io(#[source] Box<redb::Error>),
    /// A record does not decode.
    #[error("opening the store: {0}")]
    Corrupt(#[from] Corrupt),
}

/// A failure of the engine below; the store has to be reopened.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Fault(Box<redb::Error>);

impl<E: Into<redb::Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(Box::new(error.into()))
    }
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        Self::Io(fault.0)
    }
}

/// The counters that the writer continues from; a copy is changed in each batch and kept when the
/// batch was committed.
#[derive(Debug, Clone)]
pub(crate) struct Counters {
    pub(crate) sequence_next: Sequence,
    pub(crate) sequence_reserved: Sequence,
    pub(crate) clock_highest: Timestamp,
    pub(crate) id_highest: u64,
    pub(crate) instance: Arc<Instance>,
    pub(crate) signing_keys: Arc<SigningKeys>,
    /// When the next revocation of a JWT or used assertion can be forgotten.
    pub(crate) expiring_next: Option<Timestamp>,
    pub(crate) changes: Changes,
    pub(crate) trail: Trail,
}

impl Counters {
    /// A place in the order of issue with everything issued so far before it and everything issued from
    /// now on behind it or on it. A JWT stands where the next opaque token would, so the line is one
    /// beyond that.
    pub(crate) fn draw_line(&mut self) -> Sequence {
        self.sequence_next = Sequence(self.sequence_next.0.saturating_add(1));
        self.sequence_next
    }

    /// Something was written that expires then.
    pub(crate) fn expires_at(&mut self, at: Timestamp) {
        self.expiring_next = Some(self.expiring_next.map_or(at, |next| next.min(at)));
    }
}

/// Opens the database on a medium and reads its counters.
pub(crate) fn open(
    medium: &dyn Medium,
    options: &Options,
    now: Timestamp,
    name: &std::path::Path,
) -> Result<(Database, Counters), OpenError> {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(options.cache_bytes);
    let database = medium.open(&builder).map_err(|error| match error {
        MediumError::Access(error) => OpenError::Access(error),
        MediumError::Engine(DatabaseError::DatabaseAlreadyOpen) => OpenError::InUse(name.to_owned()),
        MediumError::Engine(DatabaseError::Storage(StorageError::Corrupted(_))) => {
            OpenError::NotAStore(name.to_owned())
        }
        MediumError::Engine(DatabaseError::Storage(StorageError::Io(error)))
            if error.kind() == std::io::ErrorKind::InvalidData =>
        {
            OpenError::NotAStore(name.to_owned())
        }
        MediumError::Engine(error) => OpenError::Io(Box::new(error.into())),
    })?;
    if is_empty(&database)? {
        initialise(&database, options, now)?;
    }
    let format = check(&database, options, name)?;
    if format < FORMAT_VERSION {
        upgrade(&database, format, now)?;
    }
    let counters = read_counters(&database, options)?;
    Ok((database, counters))
}

fn is_empty(database: &Database) -> Result<bool, Fault> {
    let read = database.begin_read()?;
    let mut tables = read.list_tables()?;
    Ok(tables.next().is_none())
}

/// Format 1 of an empty store; what [`upgrade`] does comes behind it, so that both ways lead to the same tables.
fn initialise(database: &Database, options: &Options, now: Timestamp) -> Result<(), OpenError> {
    let ids = Ids::after(0);
    let (organization, project) = (ids.next(now), ids.next(now));
    let mut write = database.begin_write().map_err(Fault::from)?;
    write.set_quick_repair(true);
    {
        let mut metadata = write.open_table(METADATA).map_err(Fault::from)?;
        let numbers = [
            (META_FORMAT, FORMAT_VERSION),
            (META_CLOCK, now.0),
            (META_SEQUENCE, 1),
            (META_ID, project),
            (META_ORGANIZATION, organization),
            (META_DEFAULT_PROJECT, project),
        ];
        for (name, number) in numbers {
            metadata.insert(name, number.to_le_bytes().as_slice()).map_err(Fault::from)?;
        }
        metadata.insert(META_KEY_CHECK, options.key_check.as_slice()).map_err(Fault::from)?;
        write.open_table(CLIENTS).map_err(Fault::from)?;
        write.open_table(CLIENT_NAMES).map_err(Fault::from)?;
        write.open_table(LAST_USES).map_err(Fault::from)?;
        write.open_table(ACCESS_TOKENS).map_err(Fault::from)?;
    }
    write_new_project(&write, ProjectId(project), "Default", OrganizationId(organization), now)?;
    to_format_2(&write, now)?;
    to_format_3(&write, now)?;
    write.commit().map_err(Fault::from)?;
    Ok(())
}

/// Brings a store of an older format to this one, all or nothing.
fn upgrade(database: &Database, format: u64, now: Timestamp) -> Result<(), OpenError> {
    tracing::info!("upgrading the store from format {format} to {FORMAT_VERSION}");
    let mut write = database.begin_write().map_err(Fault::from)?;
    write.set_quick_repair(true);
    if format < 2 {
        to_format_2(&write, now)?;
    }
    to_format_3(&write, now)?;
    write.commit().map_err(Fault::from)?;
    tracing::info!("the store has format {FORMAT_VERSION} now");
    Ok(())
}

/// Format 2 adds the organization's row, the project of the management API, signing keys, resources,
/// revoked JWTs and used assertions.
fn to_format_2(write: &WriteTransaction, now: Timestamp) -> Result<(), OpenError> {
    let organization = {
        let mut metadata = write.open_table(METADATA).map_err(Fault::from)?;
        let organization = OrganizationId(number(&metadata, META_ORGANIZATION)?);
        let management = Ids::after(number(&metadata, META_ID)?).next(now);
        for (name, number) in [(META_ID, management), (META_MANAGEMENT_PROJECT, management)] {
            metadata.insert(name, number.to_le_bytes().as_slice()).map_err(Fault::from)?;
        }
        write_new_project(write, ProjectId(management), "Jeton", organization, now)?;
        Organization {
            id: organization,
            name: Text::new("Default").map_err(|_| Corrupt)?,
            primary_domain: "default.localhost".into(),
            active: true,
            metadata: BTreeMap::new(),
            created: now,
            changed: now,
            act: ActNumber(0),
        }
    };
    let record = records::write_organization(&organization)?;
    let mut organizations = write.open_table(ORGANIZATIONS).map_err(Fault::from)?;
    organizations.insert(organization.id.0, record.as_slice()).map_err(Fault::from)?;
    write.open_table(SIGNING_KEYS).map_err(Fault::from)?;
    write.open_table(AUTHORIZATIONS).map_err(Fault::from)?;
    write.open_table(RESOURCES).map_err(Fault::from)?;
    write.open_table(REVOKED_JWTS).map_err(Fault::from)?;
    write.open_table(USED_ASSERTIONS).map_err(Fault::from)?;
    write.open_table(ASSERTION_EXPIRIES).map_err(Fault::from)?;
    Ok(())
}

/// Format 3 adds the audit trail, and the indexes for listing users, applications and administrators.
fn to_format_3(write: &WriteTransaction, now: Timestamp) -> Result<(), OpenError> {
    let instance = {
        let mut metadata = write.open_table(METADATA).map_err(Fault::from)?;
        metadata.insert(META_FORMAT, FORMAT_VERSION.to_le_bytes().as_slice()).map_err(Fault::from)?;
        let begin = Trail::beginning();
        metadata.insert(META_TRAIL, begin.as_slice()).map_err(Fault::from)?;
        let organizations = write.open_table(ORGANIZATIONS).map_err(Fault::from)?;
        let projects = write.open_table(PROJECTS).map_err(Fault::from)?;
        read_instance(&metadata, &organizations, &projects)?
    };
    write.open_table(RETIRED_IDS).map_err(Fault::from)?;
    write.open_table(USERS).map_err(Fault::from)?;
    write.open_table(USER_COUNTS).map_err(Fault::from)?;
    write.open_table(APPLICATIONS).map_err(Fault::from)?;
    write.open_table(ADMINISTRATORS).map_err(Fault::from)?;
    write.open_table(AUDIT).map_err(Fault::from)?;
    date_organizations(write, &instance, now)?;
    let clients = write.open_table(CLIENTS).map_err(Fault::from)?;
    for row in clients.iter().map_err(Fault::from)? {
        let (id, record) = row.map_err(Fault::from)?;
        let client = records::read_client(ClientId(id.value()), record.value(), &instance)?;
        index::reindex(write, None, Some(&client)).map_err(|trouble| match trouble {
            Trouble::Fault(fault) => OpenError::from(fault),
            Trouble::Rejected(_) => Corrupt.into(),
        })?;
    }
    Ok(())
}

/// Organizations of older formats did not say since when they are there.
fn date_organizations(
    write: &WriteTransaction,
    instance: &Instance,
    now: Timestamp,
) -> Result<(), OpenError> {
    let mut organizations = write.open_table(ORGANIZATIONS).map_err(Fault::from)?;
    for old in instance.organizations.values().filter(|old| old.created == Timestamp(0)) {
        let dated = Organization { created: now, changed: now, ..Organization::clone(old) };
        let record = records::write_organization(&dated)?;
        organizations.insert(dated.id.0, record.as_slice()).map_err(Fault::from)?;
    }
    Ok(())
}

fn write_new_project(
    write: &WriteTransaction,
    id: ProjectId,
    name: &str,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<(), OpenError> {
    let project = Project {
        id,
        organization,
        name: Text::new(name).map_err(|_| Corrupt)?,
        active: true,
        asserts_roles: false,
        authorization_required: false,
        access_required: false,
        roles: Vec::new(),
        created: now,
        changed: now,
        act: ActNumber(0),
    };
    let record = records::write_project(&project)?;
    let mut projects = write.open_table(PROJECTS).map_err(Fault::from)?;
    projects.insert(id.0, record.as_slice()).map_err(Fault::from)?;
    Ok(())
}

fn number(metadata: &impl ReadableTable<&'static str, &'static [u8]>, name: &str) -> Result<u64, OpenError> {
    let value = metadata.get(name).map_err(Fault::from)?.ok_or(Corrupt)?;
    Ok(u64::from_le_bytes(value.value().try_into().map_err(|_| Corrupt)?))
}

/// Whether the store is one that we know, and belongs to our key; says its format.
fn check(database: &Database, options: &Options, name: &std::path::Path) -> Result<u64, OpenError> {
    let read = database.begin_read().map_err(Fault::from)?;
    let metadata = match read.open_table(METADATA) {
        Ok(metadata) => metadata,
        Err(TableError::Storage(error)) => return Err(Fault::from(error).into()),
        Err(_) => return Err(OpenError::NotAStore(name.to_owned())),
    };
    // The format decides what the rest means, so it is read first.
    let format = match number(&metadata, META_FORMAT)? {
        0 => return Err(Corrupt.into()),
        known @ 1..=FORMAT_VERSION => known,
        found => return Err(OpenError::NewerFormat { found }),
    };
    let key_check = metadata.get(META_KEY_CHECK).map_err(Fault::from)?.ok_or(Corrupt)?;
    if key_check.value() != options.key_check {
        return Err(OpenError::WrongKey);
    }
    Ok(format)
}

fn read_counters(database: &Database, options: &Options) -> Result<Counters, OpenError> {
    let read = database.begin_read().map_err(Fault::from)?;
    let metadata = read.open_table(METADATA).map_err(Fault::from)?;
    let organizations = read.open_table(ORGANIZATIONS).map_err(Fault::from)?;
    let projects = read.open_table(PROJECTS).map_err(Fault::from)?;
    let sequence = Sequence(number(&metadata, META_SEQUENCE)?);
    let trail = metadata.get(META_TRAIL).map_err(Fault::from)?.ok_or(Corrupt)?;
    Ok(Counters {
        sequence_next: sequence,
        sequence_reserved: sequence,
        clock_highest: Timestamp(number(&metadata, META_CLOCK)?),
        id_highest: number(&metadata, META_ID)?,
        instance: Arc::new(read_instance(&metadata, &organizations, &projects)?),
        signing_keys: Arc::new(read_signing_keys(&read)?),
        // The next batch looks.
        expiring_next: Some(Timestamp(0)),
        changes: Changes::at_opening(),
        trail: Trail::read(Arc::clone(&options.audit_key), trail.value())?,
    })
}

fn read_instance(
    metadata: &impl ReadableTable<&'static str, &'static [u8]>,
    organizations: &impl ReadableTable<u64, &'static [u8]>,
    projects: &impl ReadableTable<u64, &'static [u8]>,
) -> Result<Instance, OpenError> {
    let default = OrganizationId(number(metadata, META_ORGANIZATION)?);
    let organizations = organizations.iter().map_err(Fault::from)?.map(|row| {
        let (id, record) = row.map_err(Fault::from)?;
        let id = OrganizationId(id.value());
        Ok((id, Arc::new(records::read_organization(id, record.value())?)))
    });
    let projects = projects.iter().map_err(Fault::from)?.map(|row| {
        let (id, record) = row.map_err(Fault::from)?;
        let id = ProjectId(id.value());
        Ok((id, Arc::new(records::read_project(id, record.value(), default)?)))
    });
    Ok(Instance {
        default_organization: default,
        organizations: organizations.collect::<Result<_, OpenError>>()?,
        default_project: ProjectId(number(metadata, META_DEFAULT_PROJECT)?),
        management_project: ProjectId(number(metadata, META_MANAGEMENT_PROJECT)?),
        projects: projects.collect::<Result<_, OpenError>>()?,
    })
}

fn read_signing_keys(read: &ReadTransaction) -> Result<SigningKeys, OpenError> {
    let keys = read.open_table(SIGNING_KEYS).map_err(Fault::from)?;
    let rows = keys.iter().map_err(Fault::from)?.map(|row| {
        let (id, record) = row.map_err(Fault::from)?;
        Ok(records::read_signing_key(SigningKeyId(id.value()), record.value())?)
    });
    rows.collect::<Result<_, OpenError>>().map(SigningKeys)
}
