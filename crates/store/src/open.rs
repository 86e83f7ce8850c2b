//! Opening a store: checks that the file is a store, that it belongs to our key, and that its format is
//! known.
//!
//! A new database gets its metadata and all tables in one transaction, so it has all of them or none.
//! Opening reads a handful of rows, the organizations, projects and signing keys ([`crate::writer_state`]),
//! for any number of clients.

use crate::damage::Damaged;
use crate::disk::{self, Disk, DiskError, Engine};
use crate::engine;
use crate::fault::{EngineError, OpenError};
use crate::ids::Ids;
use crate::options::Options;
use crate::schema::{
    ADMINISTRATORS, APPLICATIONS, AUDIT, AUDIT_AGES, AUDIT_GAPS, AUTHORIZATIONS, CLIENT_NAMES, CLIENTS,
    COUNTS, CREDENTIAL_OWNERS, EXPIRIES, FORMAT_VERSION, HOME_ADMINISTRATORS, LAST_USES, META_CAREFUL,
    META_CLOCK, META_DEFAULT_PROJECT, META_FORMAT, META_GENERATION, META_KEY_CHECK, META_MANAGEMENT_PROJECT,
    META_ORGANIZATION, META_TRAIL, METADATA, ORGANIZATIONS, PAST_CREDENTIALS, PROJECT_AUTHORIZATIONS,
    PROJECTS, REMOVALS, RESOURCES, RETIRED_IDS, RETIRED_NAMES, REVOKED_TOKENS, SET_ASIDE, SIGNING_KEYS,
    TOKEN_KEYS, USED_ASSERTIONS, USERS, USERS_BY_NAME,
};
use crate::trail::Trail;
use crate::writer_state::{self, Salvage, WriterState, number};
use crate::{limits, records};
use jeton_domain::id::{OrganizationId, ProjectId};
use jeton_domain::organization::Organization;
use jeton_domain::project::Project;
use jeton_domain::text::Text;
use jeton_domain::time::Timestamp;
use redb::{Database, DatabaseError, ReadableDatabase, TableError, WriteTransaction};
use std::path::Path;
use std::sync::Arc;

/// A database and the counters from which the writer continues in it.
pub(crate) type Opened = (Engine, WriterState);

/// Opens the database on a medium, or creates it if there is none.
pub(crate) fn open_or_create(
    medium: &mut dyn Disk,
    options: &Options,
    now: Timestamp,
    name: &Path,
    damaged: &Arc<Damaged>,
) -> Result<Opened, OpenError> {
    let refused = |error| refusal(error, name);
    if !medium.is_there().map_err(refused)? {
        let disk = medium.begin().map_err(refused)?;
        let database = disk::create(disk, &builder(options)).map_err(refused)?;
        create(&database, options, now)?;
        database.close().map_err(|error| refused(error.into()))?;
        medium.adopt().map_err(refused)?;
    }
    open(medium, options, name, damaged)
}

/// Opens the database on a medium and reads its counters.
pub(crate) fn open(
    medium: &mut dyn Disk,
    options: &Options,
    name: &Path,
    damaged: &Arc<Damaged>,
) -> Result<Opened, OpenError> {
    let engine = disk::open(medium, &builder(options), damaged).map_err(|error| refusal(error, name))?;
    examine(engine, medium, options, name, damaged)
}

/// Like [`open`], for readers alone; the medium is left as it is.
pub(crate) fn open_for_readers(
    medium: &mut dyn Disk,
    options: &Options,
    name: &Path,
    damaged: &Arc<Damaged>,
) -> Result<Opened, OpenError> {
    let engine = disk::open_for_readers(medium, &builder(options), damaged);
    examine(engine.map_err(|error| refusal(error, name))?, medium, options, name, damaged)
}

/// The engine's own check of all its pages, on a copy in memory of what it would change.
pub(crate) fn check_engine(medium: &mut dyn Disk, name: &Path) -> Result<(), OpenError> {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(limits::CHECK_CACHE_BYTES).set_check_integrity_on_open(true);
    let opened = disk::open_for_readers(medium, &builder, &Arc::default());
    opened.map(drop).map_err(|error| refusal(error, name))
}

pub(crate) fn builder(options: &Options) -> redb::Builder {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(options.cache_bytes);
    builder
}

fn examine(
    engine: Engine,
    medium: &mut dyn Disk,
    options: &Options,
    name: &Path,
    damaged: &Arc<Damaged>,
) -> Result<Opened, OpenError> {
    let read = engine::write(|| {
        check(&engine.database, options, name)?;
        writer_state::read(&engine.database, options, &mut Salvage { medium, damaged })
    });
    match read.unwrap_or_else(|unwound| Err(EngineError::from(unwound).into())) {
        Ok(state) => Ok((engine, state)),
        Err(OpenError::Io(error)) => Err(io_refusal(*error, name)),
        Err(error) => Err(error),
    }
}

/// The error for the operator.
pub(crate) fn refusal(error: DiskError, name: &Path) -> OpenError {
    match error {
        DiskError::Access(error) => OpenError::Access(error),
        DiskError::Empty(path) => OpenError::Empty(path),
        DiskError::Io(error) => io_refusal(error.into(), name),
        DiskError::Engine(DatabaseError::DatabaseAlreadyOpen) => OpenError::InUse(name.to_owned()),
        DiskError::Engine(error) => io_refusal(error.into(), name),
        DiskError::Unwound(unwound) => io_refusal(unwound.into(), name),
    }
}

fn io_refusal(error: redb::Error, name: &Path) -> OpenError {
    if let Some(damage) = engine::damage_of(&error) {
        return OpenError::DamagedPage(damage);
    }
    match error {
        redb::Error::Corrupted(_) | redb::Error::UpgradeRequired(_) => OpenError::NotAStore(name.to_owned()),
        redb::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            OpenError::NotAStore(name.to_owned())
        }
        error => OpenError::Io(Box::new(error)),
    }
}

/// Creates all tables, the first organization, and the projects that the instance needs.
pub(crate) fn create(database: &Database, options: &Options, now: Timestamp) -> Result<(), OpenError> {
    let ids = Ids::seeded(options.id_seed);
    let organization = Organization::first(OrganizationId(ids.next(now)), now);
    let (default, management) = (ProjectId(ids.next(now)), ProjectId(ids.next(now)));
    let projects = [(default, "Default"), (management, "Jeton")]
        .map(|(id, name)| Project::new(id, text(name), organization.id, now));
    let mut write = database.begin_write().map_err(EngineError::from)?;
    write.set_quick_repair(true);
    create_tables(&write)?;
    {
        let mut metadata = write.open_table(METADATA.definition()).map_err(EngineError::from)?;
        let numbers = [
            (META_FORMAT, FORMAT_VERSION),
            (META_CLOCK, now.0),
            (META_CAREFUL, 0),
            (META_GENERATION, 0),
            (META_ORGANIZATION, organization.id.0),
            (META_DEFAULT_PROJECT, default.0),
            (META_MANAGEMENT_PROJECT, management.0),
        ];
        for (name, number) in numbers {
            metadata.insert(name, number.to_le_bytes().as_slice()).map_err(EngineError::from)?;
        }
        metadata.insert(META_KEY_CHECK, options.key_check.as_slice()).map_err(EngineError::from)?;
        metadata.insert(META_TRAIL, Trail::beginning().as_slice()).map_err(EngineError::from)?;
        let mut organizations = write.open_table(ORGANIZATIONS.definition()).map_err(EngineError::from)?;
        let record = records::write_organization(&organization).expect(SMALL);
        organizations.insert(organization.id.0, record.as_slice()).map_err(EngineError::from)?;
        let mut rows = write.open_table(PROJECTS.definition()).map_err(EngineError::from)?;
        for project in &projects {
            let record = records::write_project(project).expect(SMALL);
            rows.insert(project.id.0, record.as_slice()).map_err(EngineError::from)?;
        }
    }
    write.commit().map_err(EngineError::from)?;
    Ok(())
}

const SMALL: &str = "a record with a short name and nothing else is below every bound";

fn text(name: &str) -> Text {
    Text::new(name).expect("the names of the first things are short and printable")
}

fn create_tables(write: &WriteTransaction) -> Result<(), EngineError> {
    write.open_table(CLIENTS.definition())?;
    write.open_table(CLIENT_NAMES)?;
    write.open_table(LAST_USES.definition())?;
    write.open_table(SIGNING_KEYS.definition())?;
    write.open_table(AUTHORIZATIONS)?;
    write.open_table(RESOURCES)?;
    write.open_table(REVOKED_TOKENS.definition())?;
    write.open_table(TOKEN_KEYS.definition())?;
    write.open_table(USED_ASSERTIONS)?;
    write.open_table(EXPIRIES.definition())?;
    write.open_table(PAST_CREDENTIALS.definition())?;
    write.open_table(RETIRED_IDS.definition())?;
    write.open_table(RETIRED_NAMES.definition())?;
    write.open_table(USERS)?;
    write.open_table(USERS_BY_NAME)?;
    write.open_table(PROJECT_AUTHORIZATIONS)?;
    write.open_table(HOME_ADMINISTRATORS)?;
    write.open_table(CREDENTIAL_OWNERS)?;
    write.open_table(COUNTS)?;
    write.open_table(APPLICATIONS)?;
    write.open_table(ADMINISTRATORS)?;
    write.open_table(AUDIT.definition())?;
    write.open_table(AUDIT_AGES.definition())?;
    write.open_table(AUDIT_GAPS.definition())?;
    write.open_table(SET_ASIDE.definition())?;
    write.open_table(REMOVALS.definition())?;
    Ok(())
}

/// Checks that the store has a known format and belongs to our key.
fn check(database: &Database, options: &Options, name: &Path) -> Result<(), OpenError> {
    let read = database.begin_read().map_err(EngineError::from)?;
    let metadata = match read.open_table(METADATA.definition()) {
        Ok(metadata) => metadata,
        Err(TableError::Storage(error)) => return Err(EngineError::from(error).into()),
        Err(_) => return Err(OpenError::NotAStore(name.to_owned())),
    };
    // The format decides what the rest means, so it is read first.
    match number(&metadata, META_FORMAT)? {
        FORMAT_VERSION => {}
        found => return Err(OpenError::OtherFormat { found }),
    }
    let key_check = metadata.get(META_KEY_CHECK).map_err(EngineError::from)?;
    match key_check.ok_or(OpenError::Damaged(META_KEY_CHECK))?.value() == options.key_check {
        true => Ok(()),
        false => Err(OpenError::WrongKey),
    }
}
