//! The state of a disk after a power loss: every prefix of the operations on it, with the unconfirmed
//! ones kept, lost, kept in part, or torn.

use super::MemoryDisk;

/// A file of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    /// The database.
    Database,
    /// A new database before it is adopted.
    Unfinished,
}

/// An operation on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DiskOperation {
    Write {
        file: File,
        offset: usize,
        data: Vec<u8>,
    },
    SetLen {
        file: File,
        len: usize,
    },
    Sync(File),
    /// The unfinished database becomes the database.
    Rename,
    SyncDirectory,
    /// After a failed sync the cache was set to the durable content.
    Forget,
}

/// All operations on a disk, in order.
#[derive(Debug, Clone)]
pub struct Trace {
    begin: Vec<u8>,
    operations: Vec<DiskOperation>,
    /// True if syncs do nothing: the defect that the tests have to find.
    broken: bool,
}

/// The fate of the operations that no sync has confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// All unconfirmed operations are lost.
    All,
    /// No operation is lost.
    Nothing,
    /// Each operation is kept or lost.
    Some,
    /// Each sector of each write is kept or lost.
    Torn,
    /// Each write ends at some byte.
    Cut,
}

impl Loss {
    /// All kinds of loss.
    pub const ALL: [Self; 5] = [Self::All, Self::Nothing, Self::Some, Self::Torn, Self::Cut];
}

/// Disks write these whole or not at all.
const SECTOR_BYTES: usize = 512;

/// The two files at one time.
#[derive(Debug, Clone, Default)]
struct Files {
    database: Vec<u8>,
    unfinished: Vec<u8>,
}

impl Files {
    fn of(&mut self, file: File) -> &mut Vec<u8> {
        match file {
            File::Database => &mut self.database,
            File::Unfinished => &mut self.unfinished,
        }
    }

    fn apply(&mut self, operation: &DiskOperation) {
        match operation {
            DiskOperation::Write { file, offset, data } => self.write(*file, *offset, data),
            DiskOperation::SetLen { file, len } => self.of(*file).resize(*len, 0),
            DiskOperation::Rename => self.database = std::mem::take(&mut self.unfinished),
            DiskOperation::Sync(_) | DiskOperation::SyncDirectory | DiskOperation::Forget => {}
        }
    }

    fn write(&mut self, file: File, offset: usize, data: &[u8]) {
        // Behind the end only if the longer length was lost; then this write is lost too.
        if let Some(place) = self.of(file).get_mut(offset..offset + data.len()) {
            place.copy_from_slice(data);
        }
    }

    /// Applies the part of an operation that survived the power loss.
    fn apply_in_part(
        &mut self,
        operation: &DiskOperation,
        loss: Loss,
        chance: &mut impl FnMut(usize) -> usize,
    ) {
        match (loss, operation) {
            (Loss::All, _) => {}
            (Loss::Nothing, _) => self.apply(operation),
            (Loss::Torn, DiskOperation::Write { file, offset, data }) => {
                for (index, sector) in data.chunks(SECTOR_BYTES).enumerate() {
                    if chance(2) == 0 {
                        self.write(*file, offset + index * SECTOR_BYTES, sector);
                    }
                }
            }
            (Loss::Cut, DiskOperation::Write { file, offset, data }) => {
                self.write(*file, *offset, data.get(..chance(data.len() + 1)).unwrap_or_default());
            }
            (Loss::Some | Loss::Torn | Loss::Cut, _) => {
                if chance(2) == 0 {
                    self.apply(operation);
                }
            }
        }
    }
}

impl Trace {
    pub(super) const fn from(begin: Vec<u8>) -> Self {
        Self { begin, operations: Vec::new(), broken: false }
    }

    pub(super) fn push(&mut self, operation: DiskOperation) {
        self.operations.push(operation);
    }

    /// Number of operations.
    pub const fn len(&self) -> usize {
        self.operations.len()
    }

    /// True if there are no operations.
    pub const fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The same trace with syncs that do nothing.
    #[must_use]
    pub fn without_syncs(mut self) -> Self {
        self.broken = true;
        self
    }

    /// The disk after the power was lost behind the first `done` operations. `chance` draws a number
    /// below its argument for each part that may be kept or lost.
    ///
    /// # Panics
    /// There are fewer operations.
    pub fn image(&self, done: usize, loss: Loss, chance: &mut impl FnMut(usize) -> usize) -> MemoryDisk {
        let operations = self.operations.get(..done).expect("a prefix of what was done");
        let mut durable = Files { database: self.begin.clone(), unfinished: Vec::new() };
        let mut unconfirmed: Vec<&DiskOperation> = Vec::new();
        for operation in operations {
            match operation {
                _ if self.broken && is_sync(operation) => {}
                DiskOperation::Sync(file) => {
                    let (confirmed, rest) =
                        unconfirmed.into_iter().partition(|operation| is_of(operation, *file));
                    apply_all(&mut durable, confirmed);
                    unconfirmed = rest;
                }
                DiskOperation::SyncDirectory => apply_all(&mut durable, std::mem::take(&mut unconfirmed)),
                // Dropped data never reaches the disk.
                DiskOperation::Forget => unconfirmed.clear(),
                other => unconfirmed.push(other),
            }
        }
        for operation in unconfirmed {
            durable.apply_in_part(operation, loss, chance);
        }
        MemoryDisk::with(durable.database)
    }
}

fn apply_all(files: &mut Files, operations: Vec<&DiskOperation>) {
    operations.into_iter().for_each(|operation| files.apply(operation));
}

fn is_of(operation: &DiskOperation, wanted: File) -> bool {
    match operation {
        DiskOperation::Write { file, .. } | DiskOperation::SetLen { file, .. } => *file == wanted,
        _ => false,
    }
}

const fn is_sync(operation: &DiskOperation) -> bool {
    matches!(operation, DiskOperation::Sync(_) | DiskOperation::SyncDirectory)
}
