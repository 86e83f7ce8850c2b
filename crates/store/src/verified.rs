//! A backend that gives the engine only pages that the engine wrote.
//!
//! Every page that is read is compared with the checksum that the page above it keeps ([`crate::pages`]),
//! or, if it was written since the file was opened, with the checksum of its bytes then. The engine
//! reaches every page from a root downwards, so each page it asks for was described before. Nothing is
//! stored for this but eight bytes behind the header ([`header`]): the file is as the engine makes it.
//!
//! A page that does not compare, or that the disk does not give after [`disk::READ_ATTEMPTS`], is
//! [`Damage`]. A reader's call is left by unwinding and the engine goes on ([`crate::engine`]); to the
//! writer, and while the file is being opened, it is an I/O error.

use crate::damage::{Damage, Damaged, Defect};
use crate::disk_file::{self, DiskFile};
use crate::engine;
use crate::header;
use crate::lock::FileLock;
use crate::pages::{self, Described, Geometry, HEADER_BYTES, PAGE_BYTES, Roots, Shape};
use crate::tables::Part;
use redb::{BackendError, StorageBackend};
use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A backend whose pages are verified.
#[derive(Debug)]
pub(crate) struct Verified<D> {
    below: D,
    lock: Option<Arc<FileLock>>,
    known: Mutex<Known>,
    damaged: Arc<Damaged>,
    severed: Severed,
}

/// Cuts a database off from its disk: from then on its engine neither reads nor writes there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Severed(Arc<AtomicBool>);

impl Severed {
    pub(crate) fn sever(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_severed(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    fn check(&self) -> io::Result<()> {
        match self.is_severed() {
            true => Err(io::Error::other("the database was opened anew")),
            false => Ok(()),
        }
    }
}

/// The known facts about pages, by their number in the file; 16 bytes for each of 4 KiB.
#[derive(Debug, Default)]
struct Known {
    geometry: Option<Geometry>,
    pages: Vec<Expected>,
    shapes: Vec<Shape>,
}

/// The expected content of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Expected {
    /// Nothing refers to it.
    #[default]
    Anything,
    /// The checksum and shape in the page above.
    Described { sum: u64, shape: u16 },
    /// The checksum of the bytes that were written.
    Written { sum: u64 },
}

impl Known {
    fn expected(&self, offset: u64) -> Expected {
        index(offset).and_then(|page| self.pages.get(page)).copied().unwrap_or_default()
    }

    fn expect(&mut self, offset: u64, expected: Expected) {
        let Some(page) = index(offset) else { return };
        if self.pages.len() <= page {
            self.pages.resize(page.saturating_add(1), Expected::Anything);
        }
        if let Some(known) = self.pages.get_mut(page) {
            *known = expected;
        }
    }

    /// Learns of pages from the page above them. Pages below one page are mostly of one shape.
    fn learn(&mut self, described: &[Described]) {
        let mut last = None;
        for Described { offset, sum, shape, .. } in described {
            let number = match last {
                Some((known, number)) if known == *shape => number,
                _ => self.shape(*shape),
            };
            last = Some((*shape, number));
            self.expect(*offset, Expected::Described { sum: *sum, shape: number });
        }
    }

    /// A page as the page above it describes it; None for one that was written since.
    fn described(&self, offset: u64, bytes: u64) -> Option<Described> {
        match self.expected(offset) {
            Expected::Described { sum, shape } => {
                let shape = self.shapes.get(usize::from(shape)).copied()?;
                Some(Described { offset, bytes, sum, shape })
            }
            Expected::Anything | Expected::Written { .. } => None,
        }
    }

    fn shape(&mut self, shape: Shape) -> u16 {
        let known = self.shapes.iter().position(|known| *known == shape).unwrap_or_else(|| {
            self.shapes.push(shape);
            self.shapes.len().saturating_sub(1)
        });
        u16::try_from(known).unwrap_or(u16::MAX)
    }

    /// Takes note of written pages.
    fn write(&mut self, offset: u64, data: &[u8]) {
        self.expect(offset, Expected::Written { sum: pages::sum_of_all(data) });
        let pages = (data.len() / PAGE_BYTES) as u64;
        for further in 1..pages {
            let offset = offset.saturating_add(further.saturating_mul(PAGE_BYTES as u64));
            self.expect(offset, Expected::Anything);
        }
    }

    fn cut(&mut self, len: u64) {
        self.pages.truncate(usize::try_from(len / PAGE_BYTES as u64).unwrap_or(usize::MAX));
    }
}

fn index(offset: u64) -> Option<usize> {
    usize::try_from(offset / PAGE_BYTES as u64).ok()
}

impl<D: DiskFile> Verified<D> {
    pub(crate) fn new(below: D, lock: Option<Arc<FileLock>>, damaged: Arc<Damaged>) -> Self {
        Self { below, lock, known: Mutex::default(), damaged, severed: Severed::default() }
    }

    pub(crate) fn severed(&self) -> Severed {
        self.severed.clone()
    }

    fn lock(&self) -> Result<&FileLock, BackendError> {
        self.lock.as_deref().ok_or(BackendError::Unsupported)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the header. Its slots have checksums of their own, which the engine compares. The rest of it
    /// is compared here.
    fn read_header(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let Ok(header) = <&mut [u8; HEADER_BYTES]>::try_from(&mut *out) else {
            // The engine reads the name of the format separately.
            return disk_file::read_patiently(&self.below, offset, out);
        };
        *header = header::read(&self.below)?;
        let Some(geometry) = Geometry::of(header) else {
            let (bytes, part) = (HEADER_BYTES as u64, Part::Header);
            let damage = Damage { offset, bytes, part, defect: Defect::Altered };
            self.damaged.note(damage, None);
            return engine::refuse(damage);
        };
        self.damaged.forget(offset, HEADER_BYTES as u64);
        let mut known = self.known();
        known.geometry = Some(geometry);
        let roots = pages::roots(header, geometry);
        roots.into_iter().flat_map(Roots::both).for_each(|root| known.learn(&[root]));
        Ok(())
    }

    fn read_page(&self, offset: u64, out: &mut [u8]) -> Result<(), Defect> {
        disk_file::read_patiently(&self.below, offset, out)
            .map_err(|error| Defect::Unreadable(error.kind()))?;
        let known = self.known();
        match known.expected(offset) {
            Expected::Anything => {
                debug_assert!(false, "the page at {offset} is read, but no page that was read refers to it");
                Ok(())
            }
            Expected::Written { sum } => {
                drop(known);
                if pages::sum_of_all(out) == sum { Ok(()) } else { Err(Defect::Altered) }
            }
            Expected::Described { sum, shape } => {
                let (shape, geometry) = (known.shapes.get(usize::from(shape)).copied(), known.geometry);
                drop(known);
                let Some((shape, geometry)) = shape.zip(geometry) else { return Ok(()) };
                if pages::sum(out, shape) != Some(sum) {
                    return Err(Defect::Altered);
                }
                let below = pages::below(out, shape, geometry);
                if !below.is_empty() {
                    self.known().learn(&below);
                }
                Ok(())
            }
        }
    }
}

impl<D: DiskFile> StorageBackend for Verified<D> {
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.severed.check()?;
        if offset < PAGE_BYTES as u64 {
            return self.read_header(offset, out);
        }
        match self.read_page(offset, out) {
            Ok(()) => {
                self.damaged.forget(offset, out.len() as u64);
                Ok(())
            }
            Err(defect) => {
                let bytes = out.len() as u64;
                let described = self.known().described(offset, bytes);
                let part = described.map_or(Part::Written, |page| page.shape.part);
                let damage = Damage { offset, bytes, part, defect };
                self.damaged.note(damage, described);
                engine::refuse(damage)
            }
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.severed.check()?;
        if offset < PAGE_BYTES as u64 {
            return header::write(&self.below, data);
        }
        self.known().write(offset, data);
        self.damaged.forget(offset, data.len() as u64);
        self.below.write(offset, data)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.severed.check()?;
        self.known().cut(len);
        self.damaged.cut(len);
        self.below.set_len(len)
    }

    fn len(&self) -> io::Result<u64> {
        self.below.len()
    }

    fn sync_data(&self) -> io::Result<()> {
        self.severed.check()?;
        self.below.sync()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.lock()?.take((start, end), |file| file.try_lock_range(start, end))
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.lock()?.take((start, end), |file| file.try_lock_shared_range(start, end))
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.lock()?.take((start, end), |file| file.lock_range(start, end).map(|()| true)).map(drop)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.lock()?.take((start, end), |file| file.lock_shared_range(start, end).map(|()| true)).map(drop)
    }

    /// This process keeps the lock.
    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.lock()?.is_taken_elsewhere((start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemoryDisk;
    use proptest::prelude::*;
    use redb::{Database, Durability, TableDefinition};

    const TEXTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("texts");
    const PAIRS: TableDefinition<'_, (u64, u128), ()> = TableDefinition::new("pairs");
    const NUMBERS: TableDefinition<'_, u64, u64> = TableDefinition::new("numbers");

    #[derive(Debug, Clone)]
    enum Step {
        Insert { key: u16, bytes: usize },
        Remove { key: u16 },
        Commit { durable: bool },
        Abort,
        Reopen,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            12 => (any::<u16>(), prop_oneof![3 => 0_usize..200, 1 => 0_usize..20_000])
                .prop_map(|(key, bytes)| Step::Insert { key, bytes }),
            6 => any::<u16>().prop_map(|key| Step::Remove { key }),
            2 => any::<bool>().prop_map(|durable| Step::Commit { durable }),
            1 => Just(Step::Abort),
            1 => Just(Step::Reopen),
        ]
    }

    fn open(disk: &MemoryDisk, damaged: &Arc<Damaged>) -> Database {
        let verified = Verified::new(disk.file(), None, Arc::clone(damaged));
        // Hardly anything stays in memory, so pages are written early, given up, and read again.
        redb::Builder::new().set_cache_size(32 * 1024).create_with_backend(verified).unwrap()
    }

    /// Each key stands for a row in every table.
    fn apply(write: &redb::WriteTransaction, step: &Step) {
        let mut texts = write.open_table(TEXTS).unwrap();
        let mut pairs = write.open_table(PAIRS).unwrap();
        let mut numbers = write.open_table(NUMBERS).unwrap();
        match step {
            Step::Insert { key, bytes } => {
                let key = u64::from(key % 512);
                texts.insert(format!("{key:x}").repeat(3).as_str(), vec![7; *bytes].as_slice()).unwrap();
                pairs.insert((key % 7, u128::from(key)), ()).unwrap();
                numbers.insert(key, *bytes as u64).unwrap();
            }
            Step::Remove { key } => {
                let key = u64::from(key % 512);
                texts.remove(format!("{key:x}").repeat(3).as_str()).unwrap();
                pairs.remove((key % 7, u128::from(key))).unwrap();
                numbers.remove(key).unwrap();
            }
            Step::Commit { .. } | Step::Abort | Step::Reopen => {}
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        /// In every sequence of steps, every page that the engine reads was described, and is as
        /// described. Its own verification agrees.
        #[test]
        fn every_page_that_the_engine_wrote_can_be_read(steps in proptest::collection::vec(step(), 1..300)) {
            let (disk, damaged) = (MemoryDisk::default(), Arc::<Damaged>::default());
            let mut database = open(&disk, &damaged);
            let mut write = Some(database.begin_write().unwrap());
            for step in &steps {
                let transaction = write.get_or_insert_with(|| database.begin_write().unwrap());
                match step {
                    Step::Insert { .. } | Step::Remove { .. } => apply(transaction, step),
                    Step::Commit { durable } => {
                        transaction.set_quick_repair(true);
                        if !durable {
                            transaction.set_quick_repair(false);
                            transaction.set_durability(Durability::None).unwrap();
                        }
                        write.take().unwrap().commit().unwrap();
                    }
                    Step::Abort => write.take().unwrap().abort().unwrap(),
                    Step::Reopen => {
                        drop(write.take());
                        drop(database);
                        database = open(&disk, &damaged);
                    }
                }
            }
            drop(write);
            prop_assert!(database.check_integrity().unwrap());
            prop_assert_eq!(damaged.list(), []);
        }
    }
}
