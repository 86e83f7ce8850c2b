//! The state from which the writer continues and which all requests share, read when the store is opened.
//!
//! Organizations, projects, signing keys and token keys are in memory, so all of them are read. A record
//! among them that can't be read is listed and set aside ([`Instance::unreadable`]). Where a page is
//! damaged, the rows of all other pages are read, and the missing ones count as unknown
//! ([`Instance::lost`]). Neither prevents a start.

use crate::damage::Damaged;
use crate::disk::Disk;
use crate::engine::{self, Unwound};
use crate::fault::{EngineError, OpenError};
use crate::invalidation::InvalidationMap;
use crate::journal::Position;
use crate::options::Options;
use crate::records;
use crate::removals::{self, Removal, Removals};
use crate::schema::{
    META_CAREFUL, META_CLOCK, META_DEFAULT_PROJECT, META_GENERATION, META_MANAGEMENT_PROJECT,
    META_ORGANIZATION, META_POSITION, META_SHARE, META_TRAIL, METADATA, ORGANIZATIONS, PROJECTS, SET_ASIDE,
    SIGNING_KEYS, TOKEN_KEYS,
};
use crate::tables::Part;
use crate::trail::Trail;
use crate::unreadable;
use crate::walk;
use jeton_domain::generation::Generation;
use jeton_domain::id::{OrganizationId, ProjectId, SigningKeyId, TokenKeyId};
use jeton_domain::instance::{Instance, Lost};
use jeton_domain::record::{RecordKind, UnreadableRecord};
use jeton_domain::signing::SigningKeys;
use jeton_domain::time::{Careful, Moment, Timestamp};
use jeton_domain::token_key::TokenKeys;
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The counters from which the writer continues. Each batch changes a copy, which is kept when the batch
/// was committed.
#[derive(Debug, Clone)]
pub(crate) struct WriterState {
    /// The newest generation of tokens.
    pub(crate) newest: Generation,
    /// The generation as last stored.
    pub(crate) newest_stored: Generation,
    /// The clocks as last stored.
    pub(crate) clocks: Moment,
    pub(crate) instance: Arc<Instance>,
    pub(crate) removals: Removals,
    pub(crate) signing_keys: Arc<SigningKeys>,
    pub(crate) token_keys: Arc<TokenKeys>,
    /// The earliest time at which a row may expire.
    pub(crate) expiring_next: Option<Careful>,
    pub(crate) changes: InvalidationMap,
    pub(crate) trail: Trail,
    /// The point of the journal that is applied.
    pub(crate) position: Position,
    /// True of the store of a node of a cluster.
    pub(crate) is_node: bool,
}

/// The parts of memory that a change set changes the rows of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Touched {
    /// Organizations, projects, and what is being removed.
    pub(crate) instance: bool,
    /// Signing keys.
    pub(crate) signing_keys: bool,
    /// Token keys.
    pub(crate) token_keys: bool,
}

impl Touched {
    /// The parts of both.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            instance: self.instance || other.instance,
            signing_keys: self.signing_keys || other.signing_keys,
            token_keys: self.token_keys || other.token_keys,
        }
    }
}

impl WriterState {
    /// The tables of which some rows can't be read.
    pub(crate) fn lost(&self) -> impl Iterator<Item = Part> {
        let Lost { organizations, projects } = self.instance.lost;
        let tables = [
            (organizations, ORGANIZATIONS.name()),
            (projects, PROJECTS.name()),
            (self.signing_keys.is_lost, SIGNING_KEYS.name()),
            (self.token_keys.is_lost, TOKEN_KEYS.name()),
        ];
        tables.into_iter().filter(|(is_lost, _)| *is_lost).map(|(_, name)| Part::of_table(name.as_bytes()))
    }

    /// Takes note of a written row that expires at `due`.
    pub(crate) fn due_at(&mut self, due: Careful) {
        self.expiring_next = Some(self.expiring_next.map_or(due, |next| next.min(due)));
    }
}

/// A number of the metadata.
///
/// # Errors
/// The number is missing or damaged.
pub(crate) fn number(
    metadata: &impl ReadableTable<&'static str, &'static [u8]>,
    name: &'static str,
) -> Result<u64, OpenError> {
    let value = metadata.get(name).map_err(EngineError::from)?;
    let bytes = value.and_then(|value| value.value().try_into().ok()).ok_or(OpenError::Damaged(name))?;
    Ok(u64::from_le_bytes(bytes))
}

/// Reads the counters and the part of the store that is kept in memory.
///
/// # Errors
/// A row or page that a start needs is damaged, or the engine fails.
pub(crate) fn read(
    database: &Database,
    options: &Options,
    salvage: &mut Salvage<'_>,
) -> Result<WriterState, OpenError> {
    let read = database.begin_read().map_err(EngineError::from)?;
    let metadata = read.open_table(METADATA.definition()).map_err(EngineError::from)?;
    let newest = Generation(number(&metadata, META_GENERATION)?);
    let trail = metadata.get(META_TRAIL).map_err(EngineError::from)?.ok_or(OpenError::Damaged(META_TRAIL))?;
    let trail = Trail::read(Arc::clone(&options.audit_key), options.retention, trail.value());
    let mut removals = removals::read(&read)?;
    let instance = read_instance(&read, &metadata, &mut removals, salvage)?;
    Ok(WriterState {
        newest,
        newest_stored: newest,
        clocks: Moment {
            wall: Timestamp(number(&metadata, META_CLOCK)?),
            careful: Careful(number(&metadata, META_CAREFUL)?),
        },
        instance: Arc::new(instance),
        removals: Arc::new(removals),
        signing_keys: Arc::new(read_signing_keys(&read, salvage)?),
        token_keys: Arc::new(read_token_keys(&read, salvage)?),
        // The next batch looks for expired rows.
        expiring_next: Some(Careful(0)),
        changes: InvalidationMap::at_opening(),
        trail: trail.map_err(|_| OpenError::Damaged(META_TRAIL))?,
        position: read_position(&metadata)?,
        is_node: metadata.get(META_SHARE).map_err(EngineError::from)?.is_some(),
    })
}

fn read_position(metadata: &impl ReadableTable<&'static str, &'static [u8]>) -> Result<Position, OpenError> {
    match metadata.get(META_POSITION).map_err(EngineError::from)? {
        None => Ok(Position::BEGINNING),
        Some(bytes) => Position::from_bytes(bytes.value()).ok_or(OpenError::Damaged(META_POSITION)),
    }
}

/// Reads anew what change sets of the journal have changed: the counters, and the parts that they
/// touched.
///
/// # Errors
/// A row or page is damaged, or the engine fails.
pub(crate) fn refresh(
    state: &mut WriterState,
    database: &Database,
    touched: Touched,
    salvage: &mut Salvage<'_>,
) -> Result<(), OpenError> {
    let read = database.begin_read().map_err(EngineError::from)?;
    let metadata = read.open_table(METADATA.definition()).map_err(EngineError::from)?;
    state.newest = Generation(number(&metadata, META_GENERATION)?);
    state.newest_stored = state.newest;
    let head = metadata.get(META_TRAIL).map_err(EngineError::from)?.ok_or(OpenError::Damaged(META_TRAIL))?;
    let trail = Trail::read(Arc::clone(&state.trail.key), state.trail.retention, head.value());
    let due = state.trail.due;
    state.trail = Trail { due, ..trail.map_err(|_| OpenError::Damaged(META_TRAIL))? };
    if touched.instance {
        let mut removals = removals::read(&read)?;
        state.instance = Arc::new(read_instance(&read, &metadata, &mut removals, salvage)?);
        state.removals = Arc::new(removals);
    }
    if touched.signing_keys {
        state.signing_keys = Arc::new(read_signing_keys(&read, salvage)?);
    }
    if touched.token_keys {
        state.token_keys = Arc::new(read_token_keys(&read, salvage)?);
    }
    Ok(())
}

/// Reads the existing organizations and projects. Projects of deleted organizations are added to the
/// removals.
fn read_instance(
    read: &ReadTransaction,
    metadata: &impl ReadableTable<&'static str, &'static [u8]>,
    removals: &mut BTreeSet<Removal>,
    salvage: &mut Salvage<'_>,
) -> Result<Instance, OpenError> {
    let mut unreadable = BTreeSet::new();
    let (mut organizations, mut projects) = (HashMap::new(), HashMap::new());
    let all_organizations =
        salvage.rows(
            read,
            ORGANIZATIONS.definition(),
            &mut |id, record| match records::read_organization(OrganizationId(id), record) {
                Ok(organization) => drop(organizations.insert(organization.id, Arc::new(organization))),
                Err(_) => drop(unreadable.insert((RecordKind::Organization, id))),
            },
        )?;
    let all_projects =
        salvage.rows(read, PROJECTS.definition(), &mut |id, record| match records::read_project(
            ProjectId(id),
            record,
        ) {
            Ok(project) if removals.contains(&Removal::Organization(project.organization)) => {
                removals.insert(Removal::Project(project.id));
            }
            Ok(project) => drop(projects.insert(project.id, Arc::new(project))),
            Err(_) => drop(unreadable.insert((RecordKind::Project, id))),
        })?;
    let mut noted = BTreeSet::new();
    for (kind, id) in unreadable {
        if !is_set_aside(read, id)? {
            unreadable::log(UnreadableRecord { kind, id });
            noted.insert(id);
        }
    }
    Ok(Instance {
        default_organization: OrganizationId(number(metadata, META_ORGANIZATION)?),
        organizations,
        default_project: ProjectId(number(metadata, META_DEFAULT_PROJECT)?),
        management_project: ProjectId(number(metadata, META_MANAGEMENT_PROJECT)?),
        projects,
        unreadable: noted,
        lost: Lost { organizations: !all_organizations, projects: !all_projects },
        removed: removals.iter().filter_map(|removal| removal.removed_id()).collect(),
    })
}

/// True if an unreadable record was set aside. If the table of these can't be read, the record is unknown
/// and not set aside.
fn is_set_aside(read: &ReadTransaction, id: u64) -> Result<bool, OpenError> {
    let look = || Ok::<_, EngineError>(read.open_table(SET_ASIDE.definition())?.get(id)?.is_some());
    match engine::read(look) {
        Ok(found) => Ok(found?),
        Err(Unwound::Damage(_)) => Ok(false),
        Err(error @ Unwound::Panic(_)) => Err(EngineError::from(error).into()),
    }
}

fn read_signing_keys(read: &ReadTransaction, salvage: &mut Salvage<'_>) -> Result<SigningKeys, OpenError> {
    let (mut keys, mut unreadable) = (BTreeMap::new(), BTreeSet::new());
    let is_whole = salvage.rows(read, SIGNING_KEYS.definition(), &mut |id, record| {
        let id = SigningKeyId(id);
        match records::read_signing_key(id, record) {
            Ok(key) => drop(keys.insert(id, key)),
            Err(_) => drop(unreadable.insert(id)),
        }
    })?;
    unreadable
        .iter()
        .for_each(|id| unreadable::log(UnreadableRecord { kind: RecordKind::SigningKey, id: id.0 }));
    let mut keys: Vec<_> = keys.into_values().collect();
    // Ids are random; the order is that of creation.
    keys.sort_by_key(|key| (key.created.wall, key.id));
    Ok(SigningKeys { keys, unreadable, is_lost: !is_whole })
}

fn read_token_keys(read: &ReadTransaction, salvage: &mut Salvage<'_>) -> Result<TokenKeys, OpenError> {
    let (mut keys, mut unreadable) = (BTreeMap::new(), BTreeSet::new());
    let is_whole = salvage.rows(read, TOKEN_KEYS.definition(), &mut |id, record| {
        let id = TokenKeyId(id);
        match records::read_token_key(id, record) {
            Ok(key) => drop(keys.insert(id, key)),
            Err(_) => drop(unreadable.insert(id)),
        }
    })?;
    unreadable
        .iter()
        .for_each(|id| unreadable::log(UnreadableRecord { kind: RecordKind::TokenKey, id: id.0 }));
    let mut keys: Vec<_> = keys.into_values().collect();
    keys.sort_by_key(|key| (key.created.wall, key.id));
    Ok(TokenKeys { keys, unreadable, is_lost: !is_whole })
}

/// Reads tables that a start can use without their damaged pages.
pub(crate) struct Salvage<'a> {
    pub(crate) medium: &'a mut dyn Disk,
    pub(crate) damaged: &'a Damaged,
}

impl Salvage<'_> {
    /// Shows the rows of a table, some of them twice if a page is damaged. Returns true if these are all
    /// rows.
    fn rows(
        &mut self,
        read: &ReadTransaction,
        table: TableDefinition<'_, u64, &'static [u8]>,
        show: &mut dyn FnMut(u64, &[u8]),
    ) -> Result<bool, OpenError> {
        let all = engine::read(|| {
            for row in read.open_table(table)?.iter()? {
                let (id, record) = row?;
                show(id.value(), record.value());
            }
            Ok::<_, EngineError>(())
        });
        match all {
            Ok(result) => result.map(|()| true).map_err(OpenError::from),
            Err(Unwound::Damage(damage)) if damage.part.is_needed_to_start() => {
                Err(OpenError::DamagedPage(damage))
            }
            Err(Unwound::Damage(error)) => {
                tracing::error!(
                    %error, table = table.name(),
                    "a part of this table is unknown, and requests that need it are refused; restore a backup"
                );
                self.sound_rows(table.name(), show);
                Ok(false)
            }
            Err(error @ Unwound::Panic(_)) => Err(EngineError::from(error).into()),
        }
    }

    /// Shows the rows on sound pages, read from the file: the engine stops at a page that it can't read.
    fn sound_rows(&mut self, table: &str, show: &mut dyn FnMut(u64, &[u8])) {
        let Ok(disk) = self.medium.disk() else { return };
        let mut row = |key: &[u8], record: &[u8]| {
            if let Ok(id) = key.try_into() {
                show(u64::from_le_bytes(id), record);
            }
        };
        let read = walk::rows(disk.as_ref(), table, self.damaged, &mut row);
        if let Err(error) = read {
            tracing::warn!(%error, table, "nothing else of this table can be read");
        }
    }
}
