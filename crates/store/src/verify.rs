//! All checks of a store that no server has open, without changing it.
//!
//! First every page is compared with the page above it, then the engine checks its own data, then every
//! record, the indexes of clients, and the audit trail are read. Damage stops nothing: the rest is
//! checked all the same.

use crate::audit;
use crate::client_cache::ClientCache;
use crate::damage::Damage;
use crate::directory::{self, AccessError, DATABASE_FILE};
use crate::disk::{DataFile, Disk};
use crate::fault::OpenError;
use crate::index::Expected;
use crate::open;
use crate::options::Options;
use crate::snapshot::Snapshot;
use crate::tables::Part;
use crate::walk::{self, Found};
use jeton_domain::id::ClientId;
use jeton_domain::record::{RecordKind, UnreadableRecord};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// Findings of each kind that are listed; all are counted.
pub const NAMED_MAX: usize = 100;

/// The findings of a verification.
#[derive(Debug, Default)]
pub struct Report {
    /// Pages that were compared.
    pub pages: u64,
    /// All tables, those of `schema.rs` and the engine's.
    pub tables: Vec<Table>,
    /// Pages whose content is damaged.
    pub damaged: Named<Damage>,
    /// The parts of the file that have such pages.
    pub parts: BTreeSet<Part>,
    /// The error that the engine found in its own data.
    pub engine: Option<String>,
    /// The error with which a server would refuse to start; None if it would start.
    pub refusal: Option<OpenError>,
    /// Records that can't be read although their pages are sound.
    pub unreadable: Named<UnreadableRecord>,
    /// Unreadable clients that indexes lead to.
    pub lost_clients: Named<String>,
    /// Contradictions between indexes and clients.
    pub indexes: Named<String>,
    /// The verified audit trail; None if it could not be verified.
    pub trail: Option<audit::Verified>,
}

/// Numbers of rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The name of the table, as in `schema.rs`.
    pub name: String,
    /// Number of rows that the definition of the table promises.
    pub rows: u64,
    /// Number of rows on sound pages.
    pub found: u64,
}

/// Findings of one kind: the first of them, and their number.
#[derive(Debug, Clone)]
pub struct Named<T> {
    /// At most [`NAMED_MAX`].
    pub first: Vec<T>,
    /// The number of all findings.
    pub count: u64,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { first: Vec::new(), count: 0 }
    }
}

impl<T> Named<T> {
    fn add(&mut self, finding: T) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < NAMED_MAX {
            self.first.push(finding);
        }
    }
}

impl Report {
    /// The damaged tables without which a server still starts.
    pub fn left_out(&self) -> BTreeSet<Part> {
        self.parts.iter().copied().filter(|part| !part.is_needed_to_start()).collect()
    }

    /// True if there are no findings.
    pub fn is_sound(&self) -> bool {
        self.damaged.count == 0
            && self.engine.is_none()
            && self.refusal.is_none()
            && self.tables.iter().all(|table| table.rows == table.found)
            && self.unreadable.count == 0
            && self.lost_clients.count == 0
            && self.indexes.count == 0
            && self.trail.as_ref().is_some_and(|trail| trail.faults.is_empty())
    }
}

/// Verifies the store in a data directory.
///
/// # Errors
/// There is nothing to verify: no store, another process that has it open, or a key that is not its own.
pub fn verify(directory: &Path, options: &Options) -> Result<Report, OpenError> {
    directory::check(directory)?;
    let path = directory.join(DATABASE_FILE);
    if !directory::is_there(&path)? {
        return Err(AccessError::Io { path, source: std::io::ErrorKind::NotFound.into() }.into());
    }
    verify_on(&mut DataFile::to_verify(path.clone()), &path, options)
}

pub(crate) fn verify_on(medium: &mut dyn Disk, path: &Path, options: &Options) -> Result<Report, OpenError> {
    let mut report = Report::default();
    // The lock of this one keeps others away for as long as the medium lives.
    let opened = open::open_for_readers(medium, options, path, &Arc::default());
    if let Err(
        OpenError::InUse(_)
        | OpenError::Access(_)
        | OpenError::Empty(_)
        | OpenError::WrongKey
        | OpenError::OtherFormat { .. },
    ) = opened
    {
        return opened.map(|_| report);
    }
    report.walk(medium, path)?;
    if report.damaged.count == 0 {
        report.engine = open::check_engine(medium, path).err().map(|error| error.to_string());
    }
    match opened {
        Ok((engine, state)) => {
            let snapshot = Snapshot::open(&engine, &state, &Arc::new(ClientCache::new()))?;
            report.records(&snapshot);
            report.trail = snapshot.verify_trail().ok();
        }
        Err(error) => report.refusal = Some(error),
    }
    Ok(report)
}

impl Report {
    fn walk(&mut self, medium: &mut dyn Disk, path: &Path) -> Result<(), OpenError> {
        let disk = medium.disk().map_err(|error| open::refusal(error, path))?;
        let Ok((roots, geometry)) = walk::roots(disk.as_ref()) else {
            self.engine = Some("the header of the file is damaged".into());
            return Ok(());
        };
        for root in roots.both() {
            let _ = walk::walk(disk.as_ref(), root, geometry, &mut |found| {
                self.meet(found);
                ControlFlow::Continue(())
            });
        }
        Ok(())
    }

    fn meet(&mut self, found: Found<'_>) {
        match found {
            Found::Table { name, rows } => self.tables.push(Table { name: name.to_owned(), rows, found: 0 }),
            Found::Page { table, rows } => {
                self.pages = self.pages.saturating_add(1);
                if let Some(last) = self.tables.last_mut().filter(|last| last.name == table) {
                    last.found = last.found.saturating_add(rows);
                }
            }
            Found::Damage { damage, .. } => {
                self.parts.insert(damage.part);
                self.damaged.add(damage);
            }
        }
    }

    /// Checks every record and every index entry of clients.
    fn records(&mut self, snapshot: &Snapshot) {
        for id in &snapshot.instance().unreadable {
            let is_project =
                snapshot.has_unreadable_project(jeton_domain::id::ProjectId(*id)).unwrap_or(false);
            let kind = if is_project { RecordKind::Project } else { RecordKind::Organization };
            self.unreadable.add(UnreadableRecord { kind, id: *id });
        }
        for id in &snapshot.signing_keys().unreadable {
            self.unreadable.add(UnreadableRecord { kind: RecordKind::SigningKey, id: id.0 });
        }
        for id in &snapshot.token_keys().unreadable {
            self.unreadable.add(UnreadableRecord { kind: RecordKind::TokenKey, id: id.0 });
        }
        let mut expected = Expected::default();
        let clients = snapshot.for_each_client(ClientId(0), |client| {
            match client {
                Ok(client) => {
                    let missing = expected.missing(snapshot, &client);
                    missing.into_iter().for_each(|missing| self.indexes.add(missing));
                }
                Err(id) => self.unreadable.add(UnreadableRecord { kind: RecordKind::Client, id: id.0 }),
            }
            ControlFlow::Continue(())
        });
        self.lost_clients(snapshot);
        // Behind a damaged page nothing is known, so no index entry can be called superfluous.
        if self.damaged.count == 0 && clients.is_ok() && self.unreadable.count == 0 {
            expected.beyond(snapshot).into_iter().for_each(|beyond| self.indexes.add(beyond));
        }
    }

    /// Service users by name, and APIs, whose record can't be read.
    fn lost_clients(&mut self, snapshot: &Snapshot) {
        if let Ok(rows) = snapshot.client_names.iter() {
            for (name, id) in rows.map_while(Result::ok) {
                if snapshot.is_lost(ClientId(id.value())) {
                    self.lost_clients.add(format!("{} ({})", name.value(), id.value()));
                }
            }
        }
        if let Ok(rows) = snapshot.applications.iter() {
            for (key, ()) in rows.map_while(Result::ok).map(|(key, row)| (key, row.value())) {
                let (_, id) = key.value();
                if snapshot.is_lost(ClientId(id)) {
                    self.lost_clients.add(format!("API {id}"));
                }
            }
        }
    }
}
