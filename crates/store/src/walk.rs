//! All pages of a database, read one after the other and compared with the pages above them.
//!
//! The engine is not used: it would stop at the first damaged page. Pages below a damaged page can't be
//! found; their rows are missing from the count in the table's definition.

use crate::damage::{Damage, Damaged, Defect};
use crate::disk_file::{self, DiskFile};
use crate::header;
use crate::pages::{self, Described, Geometry, Roots};
use std::io;
use std::ops::ControlFlow;

/// One finding of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// A table, with its name and the number of rows that it should have.
    Table { name: &'a str, rows: u64 },
    /// A sound page of a table, with the number of rows in it.
    Page { table: &'a str, rows: u64 },
    /// A damaged page.
    Damage { page: Described, damage: Damage },
}

/// The roots of the database on a disk, by its header.
///
/// # Errors
/// There is no valid header.
pub(crate) fn roots(disk: &dyn DiskFile) -> io::Result<(Roots, Geometry)> {
    let header = header::read(disk)?;
    let read = Geometry::of(&header).and_then(|geometry| Some((pages::roots(&header, geometry)?, geometry)));
    read.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Walks through all pages below a root of tables, until `meet` breaks.
pub(crate) fn walk(
    disk: &dyn DiskFile,
    root: Described,
    geometry: Geometry,
    meet: &mut dyn FnMut(Found<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut tables = Vec::new();
    walk_table(disk, root, geometry, TABLES, meet, &mut |page, shape| {
        tables.extend(pages::tables(page, shape, geometry));
    })?;
    for table in tables {
        meet(Found::Table { name: &table.name, rows: table.rows })?;
        if let Some(root) = table.root {
            walk_table(disk, root, geometry, &table.name, meet, &mut |_, _| {})?;
        }
    }
    ControlFlow::Continue(())
}

/// Shows keys and values of one of our tables that are on sound pages. Damaged pages are recorded.
///
/// # Errors
/// The header does not say where tables are.
pub(crate) fn rows(
    disk: &dyn DiskFile,
    table: &str,
    damaged: &Damaged,
    show: &mut dyn FnMut(&[u8], &[u8]),
) -> io::Result<()> {
    let (roots, geometry) = roots(disk)?;
    let mut meet = |found: Found<'_>| {
        if let Found::Damage { page, damage } = found {
            damaged.note(damage, Some(page));
        }
        ControlFlow::Continue(())
    };
    let mut found = None;
    if let Some(root) = roots.ours {
        let _ = walk_table(disk, root, geometry, TABLES, &mut meet, &mut |page, shape| {
            let mut tables = pages::tables(page, shape, geometry).into_iter();
            found = found.take().or_else(|| tables.find(|known| known.name == table));
        });
    }
    if let Some(root) = found.and_then(|table| table.root) {
        let _ = walk_table(disk, root, geometry, table, &mut meet, &mut |page, shape| {
            pages::rows_of(page, shape).into_iter().for_each(|(key, value)| show(key, value));
        });
    }
    Ok(())
}

/// Stands for the name of the tree that has the definitions of tables.
pub(crate) const TABLES: &str = "(definitions of tables)";

fn walk_table(
    disk: &dyn DiskFile,
    root: Described,
    geometry: Geometry,
    table: &str,
    meet: &mut dyn FnMut(Found<'_>) -> ControlFlow<()>,
    read_page: &mut dyn FnMut(&[u8], pages::Shape),
) -> ControlFlow<()> {
    let mut ahead = vec![root];
    while let Some(described) = ahead.pop() {
        match read(disk, described) {
            Ok(page) => {
                read_page(&page, described.shape);
                meet(Found::Page { table, rows: pages::rows(&page) })?;
                // Definitions lead to other tables, which come later.
                if !pages::is_leaf(&page) {
                    ahead.extend(pages::below(&page, described.shape, geometry));
                }
            }
            Err(defect) => {
                let Described { offset, bytes, shape, .. } = described;
                let damage = Damage { offset, bytes, part: shape.part, defect };
                meet(Found::Damage { page: described, damage })?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// Reads a page and compares it with the page above it.
///
/// # Errors
/// The page is damaged.
pub(crate) fn read(disk: &dyn DiskFile, described: Described) -> Result<Vec<u8>, Defect> {
    let unreadable = |error: io::Error| Defect::Unreadable(error.kind());
    // A length from a damaged definition must not take all memory.
    let end = described.offset.saturating_add(described.bytes);
    if end > disk.len().map_err(unreadable)? {
        return Err(Defect::Unreadable(io::ErrorKind::UnexpectedEof));
    }
    let mut page = vec![0; usize::try_from(described.bytes).unwrap_or_default()];
    disk_file::read_patiently(disk, described.offset, &mut page).map_err(unreadable)?;
    if pages::sum(&page, described.shape) == Some(described.sum) { Ok(page) } else { Err(Defect::Altered) }
}
