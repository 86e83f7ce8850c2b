//! The engine's pages, as far as they describe other pages.
//!
//! redb keeps the XXH3 of every page in the page above it: in a branch those of its children, in a
//! table's definition that of the table's root, in the file's header those of both roots. It compares
//! them only when it repairs. This file reads them, so that [`crate::verified`] can compare at every
//! read. The format is version 3 of redb's `docs/design.md`; redb is pinned, and a test compares the
//! result with redb's own verification.

use crate::tables::Part;
use twox_hash::{XxHash3_64, XxHash3_128};

/// Bytes of a page of order 0, and of the header in front of all pages.
pub(crate) const PAGE_BYTES: usize = 4096;

/// Bytes that the engine reads and writes as the header.
pub(crate) const HEADER_BYTES: usize = 320;

/// Pages of a region in every file that the engine has made with its defaults, and pages in front of
/// them.
const REGION_PAGES: u32 = 1 << 20;
const REGION_HEADER_PAGES: u32 = 0;

const LEAF: u8 = 1;
const BRANCH: u8 = 2;

/// Rows of one tree: the widths of keys and values, the part of the file that it is, and true if they
/// define tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    key: Option<u32>,
    value: Option<u32>,
    pub(crate) part: Part,
    defines_tables: bool,
}

impl Shape {
    /// A tree of tables: names and definitions.
    const fn of_tables(part: Part) -> Self {
        Self { key: None, value: None, part, defines_tables: true }
    }
}

/// A page as the page above it describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Described {
    /// Offset in the file.
    pub(crate) offset: u64,
    /// Length.
    pub(crate) bytes: u64,
    /// Lower half of its XXH3.
    pub(crate) sum: u64,
    /// Shape of the rows of its tree.
    pub(crate) shape: Shape,
}

/// Positions of pages in the file, which are the same in every file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry(());

impl Geometry {
    /// Checks that the file's header has this geometry. No checksum covers that part of the header.
    pub(crate) fn of(header: &[u8]) -> Option<Self> {
        let is_ours = u32_at(header, 12)? as usize == PAGE_BYTES
            && u32_at(header, 16)? == REGION_HEADER_PAGES
            && u32_at(header, 20)? == REGION_PAGES;
        is_ours.then_some(Self(()))
    }

    /// The offset of the page with this number: 20 bits of index, 20 of region, 5 of order at the top.
    fn offset(number: u64) -> Option<u64> {
        let order = number >> 59;
        let index = number & (0x000F_FFFF_u64 >> order);
        let region = (number >> 20) & 0x000F_FFFF;
        let within = index.checked_shl(u32::try_from(order).ok()?)?.checked_mul(PAGE_BYTES as u64)?;
        let region = region.checked_mul(u64::from(REGION_PAGES))?.checked_mul(PAGE_BYTES as u64)?;
        (PAGE_BYTES as u64).checked_add(region)?.checked_add(within)
    }

    fn described(self, number: u64, sum: u128, shape: Shape) -> Option<Described> {
        let bytes = (PAGE_BYTES as u64).checked_shl(u32::try_from(number >> 59).ok()?)?;
        Some(Described { offset: Self::offset(number)?, bytes, sum: lower(sum), shape })
    }
}

/// Makes the other slot of a header the last commit.
pub(crate) fn exchange_slots(header: &mut [u8]) {
    if let Some(flags) = header.get_mut(FLAGS_AT) {
        *flags ^= SECOND_SLOT;
    }
}

/// The byte of flags in the header, and the flag that the second slot is the last commit.
const FLAGS_AT: usize = 9;
const SECOND_SLOT: u8 = 1;

/// The roots that the header describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Roots {
    /// The root of our tables.
    pub(crate) ours: Option<Described>,
    /// The root of the engine's own tables.
    pub(crate) engines: Option<Described>,
}

impl Roots {
    pub(crate) fn both(self) -> impl Iterator<Item = Described> {
        [self.ours, self.engines].into_iter().flatten()
    }
}

/// The roots in the header. None if the bytes are no header; the engine reports the error.
pub(crate) fn roots(header: &[u8], geometry: Geometry) -> Option<Roots> {
    let read = || {
        let header = header.get(..HEADER_BYTES)?;
        let second = header.get(FLAGS_AT)? & SECOND_SLOT != 0;
        let slot = header.get(if second { 192..320 } else { 64..192 })?;
        // The engine refuses a slot that does not verify.
        (sum_of(slot.get(..112)?) == lower(u128_at(slot, 112)?)).then_some(slot)
    };
    let slot = read()?;
    let root = |present: usize, at: usize, part: Part| {
        let number = (*slot.get(present)? != 0).then(|| u64_at(slot, at))??;
        geometry.described(number, u128_at(slot, at.saturating_add(8))?, Shape::of_tables(part))
    };
    Some(Roots { ours: root(1, 8, Part::Definitions), engines: root(2, 40, Part::Engine) })
}

/// The lower half of the XXH3 that the page above should have of this page. None for bytes that are no
/// page.
pub(crate) fn sum(page: &[u8], shape: Shape) -> Option<u64> {
    let used = match *page.first()? {
        LEAF => Leaf::of(page, shape)?.end()?,
        BRANCH => Branch::of(page, shape)?.end()?,
        _ => return None,
    };
    Some(sum_of(page.get(..used)?))
}

/// A checksum of all bytes of a page, used or not.
pub(crate) fn sum_of_all(page: &[u8]) -> u64 {
    XxHash3_64::oneshot(page)
}

/// The pages below a page that was verified.
pub(crate) fn below(page: &[u8], shape: Shape, geometry: Geometry) -> Vec<Described> {
    let described = match page.first() {
        Some(&BRANCH) => Branch::of(page, shape).map(|branch| branch.children(shape, geometry)),
        Some(&LEAF) if shape.defines_tables => {
            Some(tables(page, shape, geometry).into_iter().filter_map(|table| table.root).collect())
        }
        _ => None,
    };
    described.unwrap_or_default()
}

/// The definition of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) rows: u64,
    pub(crate) root: Option<Described>,
}

/// The tables that a page defines; none if it is no page of definitions.
pub(crate) fn tables(page: &[u8], shape: Shape, geometry: Geometry) -> Vec<Table> {
    let leaf = (shape.defines_tables && page.first() == Some(&LEAF)).then(|| Leaf::of(page, shape)).flatten();
    leaf.map(|leaf| leaf.tables(geometry)).unwrap_or_default()
}

/// True if the page holds rows, and no pages are below it.
pub(crate) fn is_leaf(page: &[u8]) -> bool {
    page.first() == Some(&LEAF)
}

/// Keys and values of the rows in a page that was verified; none in a branch.
pub(crate) fn rows_of(page: &[u8], shape: Shape) -> Vec<(&[u8], &[u8])> {
    let leaf = is_leaf(page).then(|| Leaf::of(page, shape)).flatten();
    leaf.map(|leaf| (0..leaf.rows).filter_map(|row| leaf.row(row)).collect()).unwrap_or_default()
}

/// Number of rows in a page; none in a branch.
pub(crate) fn rows(page: &[u8]) -> u64 {
    if is_leaf(page) { u16_at(page, 2).map_or(0, u64::from) } else { 0 }
}

/// Layout: 1 byte of type, 1 unused, 2 for the number of keys, 4 unused; the children's sums, their page
/// numbers, the ends of the keys (unless they have a width), the keys.
struct Branch<'a> {
    page: &'a [u8],
    keys: usize,
    key: Option<u32>,
}

impl<'a> Branch<'a> {
    fn of(page: &'a [u8], shape: Shape) -> Option<Self> {
        Some(Self { page, keys: usize::from(u16_at(page, 2)?), key: shape.key })
    }

    fn end(&self) -> Option<usize> {
        let behind_children = self.keys.checked_add(1)?.checked_mul(16 + 8)?.checked_add(8)?;
        match self.key {
            Some(width) => self.keys.checked_mul(width as usize)?.checked_add(behind_children),
            None => {
                end_at(self.page, self.keys.checked_sub(1)?.checked_mul(4)?.checked_add(behind_children)?)
            }
        }
    }

    fn children(&self, shape: Shape, geometry: Geometry) -> Vec<Described> {
        let count = self.keys.saturating_add(1);
        let child = |index: usize| {
            let sum = u128_at(self.page, index.checked_mul(16)?.checked_add(8)?)?;
            let number = index.checked_mul(8)?.checked_add(count.checked_mul(16)?)?.checked_add(8)?;
            geometry.described(u64_at(self.page, number)?, sum, shape)
        };
        (0..count).filter_map(child).collect()
    }
}

/// Layout: 1 byte of type, 1 unused, 2 for the number of rows; the ends of the keys and of the values
/// (unless they have a width), the keys, the values.
struct Leaf<'a> {
    page: &'a [u8],
    rows: usize,
    shape: Shape,
}

impl<'a> Leaf<'a> {
    fn of(page: &'a [u8], shape: Shape) -> Option<Self> {
        Some(Self { page, rows: usize::from(u16_at(page, 2)?), shape })
    }

    /// The end of the keys of the first rows.
    fn keys_end(&self, rows: usize) -> Option<usize> {
        let ends = [self.shape.key, self.shape.value].into_iter().filter(Option::is_none).count();
        let begin = ends.checked_mul(4)?.checked_mul(self.rows)?.checked_add(4)?;
        match self.shape.key {
            Some(width) => rows.checked_mul(width as usize)?.checked_add(begin),
            None if rows == 0 => Some(begin),
            None => end_at(self.page, rows.checked_sub(1)?.checked_mul(4)?.checked_add(4)?),
        }
    }

    /// The end of the values of the first rows.
    fn values_end(&self, rows: usize) -> Option<usize> {
        match self.shape.value {
            Some(width) => rows.checked_mul(width as usize)?.checked_add(self.keys_end(self.rows)?),
            None if rows == 0 => self.keys_end(self.rows),
            None => {
                let skipped = if self.shape.key.is_none() { self.rows.checked_mul(4)? } else { 0 };
                let at = rows.checked_sub(1)?.checked_mul(4)?.checked_add(4)?.checked_add(skipped)?;
                end_at(self.page, at)
            }
        }
    }

    fn end(&self) -> Option<usize> {
        if self.rows == 0 { None } else { self.values_end(self.rows) }
    }

    /// Key and value of a row.
    fn row(&self, row: usize) -> Option<(&'a [u8], &'a [u8])> {
        let next = row.checked_add(1)?;
        let key = self.page.get(self.keys_end(row)?..self.keys_end(next)?)?;
        Some((key, self.page.get(self.values_end(row)?..self.values_end(next)?)?))
    }

    /// The tables that the rows define.
    fn tables(&self, geometry: Geometry) -> Vec<Table> {
        let table = |row: usize| {
            let (name, value) = self.row(row)?;
            definition(name, value, self.shape.part, geometry)
        };
        (0..self.rows).filter_map(table).collect()
    }
}

/// A table by its definition: 1 byte of type, 8 of length, 1 that tells if there is a root, its number,
/// sum and length, then for key and value 1 byte that tells if they have a width and 4 with the width.
fn definition(name: &[u8], bytes: &[u8], within: Part, geometry: Geometry) -> Option<Table> {
    const NORMAL: u8 = 3;
    if *bytes.first()? != NORMAL {
        return None;
    }
    let width = |present: usize| match *bytes.get(present)? {
        0 => Some(None),
        _ => u32_at(bytes, present.checked_add(1)?).map(Some),
    };
    let part = if within == Part::Engine { Part::Engine } else { Part::of_table(name) };
    let shape = Shape { key: width(42)?, value: width(47)?, part, defines_tables: false };
    let root = match *bytes.get(9)? {
        0 => None,
        _ => Some(geometry.described(u64_at(bytes, 10)?, u128_at(bytes, 18)?, shape)?),
    };
    Some(Table { name: String::from_utf8_lossy(name).into_owned(), rows: u64_at(bytes, 1)?, root })
}

fn sum_of(bytes: &[u8]) -> u64 {
    lower(XxHash3_128::oneshot(bytes))
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is wanted")]
const fn lower(sum: u128) -> u64 {
    sum as u64
}

fn end_at(page: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32_at(page, at)?).ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(array_at(bytes, at)?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(array_at(bytes, at)?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(array_at(bytes, at)?))
}

fn u128_at(bytes: &[u8], at: usize) -> Option<u128> {
    Some(u128::from_le_bytes(array_at(bytes, at)?))
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}
