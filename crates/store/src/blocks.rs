//! A file whose blocks are allocated before they are needed, a mebibyte at a time.
//!
//! redb makes the file longer in large steps, and what it has not written yet is holes. A commit that fills one
//! changes which blocks the file has, so its fdatasync waits for the file system's journal as well as for the data. With blocks that
//! were written once an fdatasync took 0.21 ms instead of 0.36 (`benches/README.md`, "Blocks before they are needed"). So
//! before the first write to a stretch of holes all of it is filled with zeros, which is what it reads as anyway: whatever happens
//! in between, the file's content is the same with this and without.

use redb::backends::FileBackend;
use redb::{BackendError, DatabaseError, StorageBackend};
use rustix::fs::SeekFrom;
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::ops::Bound;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How much is filled at once. Once per 12,000 tokens, and a millisecond of a slow disk's time.
const STRETCH_BYTES: u64 = 1024 * 1024;

static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// redb's own file, filled in advance.
#[derive(Debug)]
pub(crate) struct Prefilled {
    below: FileBackend,
    file: File,
    holes: Mutex<Holes>,
}

/// Which stretches of the file were never written, by their number. Those that it does not know have been.
#[derive(Debug, Default)]
struct Holes {
    len: u64,
    is_hole: Vec<bool>,
}

impl Prefilled {
    /// # Errors
    /// When the file can't be looked at.
    pub(crate) fn new(file: File) -> Result<Self, DatabaseError> {
        let holes = Holes::of(&file).map_err(redb::StorageError::Io)?;
        let below = FileBackend::new(file.try_clone().map_err(redb::StorageError::Io)?)?;
        Ok(Self { below, file, holes: Mutex::new(holes) })
    }

    fn holes(&self) -> MutexGuard<'_, Holes> {
        self.holes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A disk without room for zeros may have room for what is to be written; if not, that write says so.
    fn fill(&self, stretch: u64) {
        let begin = stretch.saturating_mul(STRETCH_BYTES);
        for offset in (begin..begin.saturating_add(STRETCH_BYTES)).step_by(ZEROS.len()) {
            if let Err(error) = self.file.write_all_at(&ZEROS, offset) {
                tracing::debug!(%error, "allocating blocks in advance failed");
                return;
            }
        }
    }
}

impl Holes {
    /// Asks the file system. One that does not know about holes says that there are none.
    fn of(file: &File) -> io::Result<Self> {
        let mut holes = Self::default();
        let len = file.metadata()?.len();
        holes.set_len(len);
        let mut at = 0;
        while at < len {
            let data = match rustix::fs::seek(file, SeekFrom::Data(at)) {
                Ok(data) => data,
                // Nothing but a hole up to the end.
                Err(Errno::NXIO) => break,
                Err(error) => return Err(error.into()),
            };
            at = rustix::fs::seek(file, SeekFrom::Hole(data))?;
            holes.take(data, at.saturating_sub(data)).for_each(drop);
        }
        Ok(holes)
    }

    /// The file gets longer by a hole, or shorter. A stretch that is only partly in the file counts as written.
    fn set_len(&mut self, len: u64) {
        let stretches = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        let whole = stretches(len / STRETCH_BYTES);
        let begun = stretches(self.len.div_ceil(STRETCH_BYTES));
        if whole > begun {
            self.is_hole.resize(begun, false);
            self.is_hole.resize(whole, true);
        } else {
            self.is_hole.truncate(whole);
        }
        self.len = len;
    }

    /// The stretches under these bytes that were holes until now.
    fn take(&mut self, offset: u64, bytes: u64) -> impl Iterator<Item = u64> {
        let stretches = offset / STRETCH_BYTES..offset.saturating_add(bytes).div_ceil(STRETCH_BYTES);
        stretches.filter(|stretch| {
            let index = usize::try_from(*stretch).unwrap_or(usize::MAX);
            self.is_hole.get_mut(index).is_some_and(std::mem::take)
        })
    }
}

impl StorageBackend for Prefilled {
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        // Filled under the lock: nobody else may believe that a stretch is filled before it is.
        let mut holes = self.holes();
        holes.take(offset, data.len() as u64).for_each(|stretch| self.fill(stretch));
        drop(holes);
        self.below.write(offset, data)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut holes = self.holes();
        self.below.set_len(len)?;
        holes.set_len(len);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        self.below.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.below.read(offset, out)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.below.sync_data()
    }

    fn close(&self) -> io::Result<()> {
        self.below.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.below.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.below.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.below.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.below.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.below.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.below.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const STRETCH: u64 = STRETCH_BYTES;

    #[test]
    fn the_first_write_to_a_stretch_allocates_all_of_it_and_no_more() {
        let file = tempfile::tempfile().unwrap();
        let prefilled = Prefilled::new(file.try_clone().unwrap()).unwrap();
        prefilled.set_len(10 * STRETCH).unwrap();
        assert_eq!(rustix::fs::seek(&file, SeekFrom::Data(0)), Err(Errno::NXIO), "nothing but a hole");
        prefilled.write(3 * STRETCH + 4096, b"data").unwrap();
        assert_eq!(rustix::fs::seek(&file, SeekFrom::Data(0)), Ok(3 * STRETCH));
        assert_eq!(rustix::fs::seek(&file, SeekFrom::Hole(3 * STRETCH)), Ok(4 * STRETCH));
        assert_eq!(rustix::fs::seek(&file, SeekFrom::Data(4 * STRETCH)), Err(Errno::NXIO));
    }

    #[test]
    fn zeros_that_cannot_be_written_keep_nothing_from_being_written() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut prefilled = Prefilled::new(file.reopen().unwrap()).unwrap();
        prefilled.file = File::open(file.path()).unwrap();
        prefilled.set_len(4 * STRETCH).unwrap();
        prefilled.write(STRETCH, b"data").unwrap();
        let mut read = [0; 4];
        prefilled.read(STRETCH, &mut read).unwrap();
        assert_eq!(&read, b"data");
    }

    #[derive(Debug, Clone)]
    enum Step {
        Write { offset: usize, bytes: Vec<u8> },
        SetLen(usize),
        Reopen,
    }

    fn step() -> impl Strategy<Value = Step> {
        let sixteenth = usize::try_from(STRETCH / 16).unwrap();
        let near = move |stretches: usize| {
            (0..stretches * 16, -3_isize..4)
                .prop_map(move |(at, pages)| (at * sixteenth).saturating_add_signed(pages * 4096))
        };
        prop_oneof![
            8 => (near(6), vec(1_u8.., 1..9000)).prop_map(|(offset, bytes)| Step::Write { offset, bytes }),
            3 => near(7).prop_map(Step::SetLen),
            1 => Just(Step::Reopen),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        /// Whatever is written, cut off, grown and reopened: every byte is what a plain file would have.
        #[test]
        fn a_prefilled_file_reads_like_a_plain_one(steps in vec(step(), 1..40)) {
            let file = tempfile::NamedTempFile::new().unwrap();
            let mut prefilled = Prefilled::new(file.reopen().unwrap()).unwrap();
            let mut plain = Vec::new();
            for step in steps {
                match step {
                    Step::Write { offset, bytes } => {
                        let Some(place) = plain.get_mut(offset..offset + bytes.len()) else { continue };
                        place.copy_from_slice(&bytes);
                        prefilled.write(offset as u64, &bytes).unwrap();
                    }
                    Step::SetLen(len) => {
                        plain.resize(len, 0);
                        prefilled.set_len(len as u64).unwrap();
                    }
                    Step::Reopen => {
                        drop(prefilled);
                        prefilled = Prefilled::new(file.reopen().unwrap()).unwrap();
                    }
                }
            }
            prop_assert_eq!(std::fs::read(file.path()).unwrap() == plain, true);
        }
    }
}
