//! A file whose blocks are allocated before they are needed, a mebibyte at a time.
//!
//! redb extends the file in large steps, and the parts that it has not written yet are holes. A commit
//! that fills one changes the blocks of the file, so its fdatasync waits for the file system's journal as
//! well as for the data; with allocated blocks it takes two thirds of the time (`benches/README.md`,
//! "Blocks before they are needed"). So before the first write to a stretch its holes are filled with
//! zeros.
//!
//! Zeros are written only where zeros were read a moment before, under a lock that every write takes, and
//! only redb's one writer writes at all, once redb has locked the file against others. So the file's
//! content is the same with this and without, even if a file system misreports its holes.

use crate::disk_file::DiskFile;
use crate::page_cache::Watched;
use rustix::fs::{FallocateFlags, SeekFrom};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes that are inspected and filled at once: once per some thousand writes, for a millisecond of a
/// slow disk's time.
const STRETCH_BYTES: u64 = 1024 * 1024;

/// Bytes of a piece: a stretch is filled in pieces of this size.
const PIECE_BYTES: usize = 64 * 1024;

static ZEROS: [u8; PIECE_BYTES] = [0; PIECE_BYTES];

/// A file, filled in advance.
#[derive(Debug)]
pub(crate) struct Preallocated {
    below: Watched,
    file: File,
    seen: Mutex<Seen>,
}

/// The inspected stretches, by their number.
#[derive(Debug, Default)]
struct Seen(Vec<bool>);

impl Seen {
    /// The stretches under these bytes that were not inspected until now.
    fn note(&mut self, offset: u64, bytes: u64) -> impl Iterator<Item = u64> {
        let stretches = offset / STRETCH_BYTES..offset.saturating_add(bytes).div_ceil(STRETCH_BYTES);
        let count = usize::try_from(stretches.end).unwrap_or(usize::MAX);
        if self.0.len() < count {
            self.0.resize(count, false);
        }
        stretches.filter(|stretch| {
            let seen = usize::try_from(*stretch).ok().and_then(|stretch| self.0.get_mut(stretch));
            seen.is_some_and(|seen| !std::mem::replace(seen, true))
        })
    }

    /// A range that is cut off comes back as a hole.
    fn cut(&mut self, len: u64) {
        self.0.truncate(usize::try_from(len / STRETCH_BYTES).unwrap_or(usize::MAX));
    }
}

impl Preallocated {
    /// # Errors
    /// No file descriptor is left.
    pub(crate) fn new(below: Watched) -> io::Result<Self> {
        let file = below.file.try_clone()?;
        Ok(Self { below, file, seen: Mutex::default() })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills a stretch's holes, as far as it is in the file. An error is only logged: on a full disk the
    /// room that the zeros took is given back, and may be enough for the data.
    fn prefill(&self, stretch: u64) {
        let begin = stretch.saturating_mul(STRETCH_BYTES);
        let mut filled = Vec::new();
        let done = self.fill(begin..begin.saturating_add(STRETCH_BYTES), &mut filled);
        if let Err(error) = done {
            tracing::debug!(%error, "allocating blocks in advance failed");
            self.give_back(&filled);
        }
    }

    /// Makes pieces of zeros holes again.
    fn give_back(&self, filled: &[u64]) {
        for offset in filled {
            let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            // Without this call of the file system the zeros stay zeros.
            let _ = rustix::fs::fallocate(&self.file, hole, *offset, PIECE_BYTES as u64);
        }
    }

    /// Writes zeros over the pieces that are all zeros, and adds their offsets to `filled`.
    fn fill(&self, stretch: Range<u64>, filled: &mut Vec<u64>) -> io::Result<()> {
        let end = stretch.end.min(self.file.metadata()?.len());
        // A file system without holes reports the next hole at the end of the file.
        if rustix::fs::seek(&self.file, SeekFrom::Hole(stretch.start))? >= end {
            return Ok(());
        }
        let mut piece = vec![0; PIECE_BYTES];
        for offset in (stretch.start..end).step_by(PIECE_BYTES) {
            if offset.saturating_add(PIECE_BYTES as u64) > end {
                break;
            }
            self.file.read_exact_at(&mut piece, offset)?;
            if piece == ZEROS {
                filled.push(offset);
                self.file.write_all_at(&ZEROS, offset)?;
            }
        }
        Ok(())
    }
}

impl DiskFile for Preallocated {
    fn len(&self) -> io::Result<u64> {
        self.below.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.below.read(offset, out)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        // Filled under the lock: no other thread may write there before that is done.
        let mut seen = self.seen();
        seen.note(offset, data.len() as u64).for_each(|stretch| self.prefill(stretch));
        drop(seen);
        self.below.write(offset, data)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut seen = self.seen();
        seen.cut(len);
        self.below.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.below.sync()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page_cache::Doubt;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use rustix::io::Errno;
    use std::sync::Arc;

    const STRETCH: u64 = STRETCH_BYTES;

    fn prefilled(file: File) -> Preallocated {
        let path = Arc::from(std::path::Path::new("unnamed"));
        Preallocated::new(Watched { file, path, doubt: Arc::new(Doubt::none()) }).unwrap()
    }

    #[test]
    fn the_first_write_to_a_stretch_allocates_all_of_it_and_no_more() {
        let file = tempfile::tempfile().unwrap();
        let disk = prefilled(file.try_clone().unwrap());
        disk.set_len(10 * STRETCH).unwrap();
        assert_eq!(rustix::fs::seek(&file, SeekFrom::Data(0)), Err(Errno::NXIO), "nothing but a hole");
        disk.write(3 * STRETCH + 4096, b"data").unwrap();
        assert_eq!(rustix::fs::seek(&file, SeekFrom::Data(0)), Ok(3 * STRETCH));
        assert_eq!(rustix::fs::seek(&file, SeekFrom::Hole(3 * STRETCH)), Ok(4 * STRETCH));
        assert_eq!(rustix::fs::seek(&file, SeekFrom::Data(4 * STRETCH)), Err(Errno::NXIO));
    }

    #[test]
    fn a_failed_fill_with_zeros_does_not_fail_the_write() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut disk = prefilled(file.reopen().unwrap());
        disk.file = File::open(file.path()).unwrap();
        disk.set_len(4 * STRETCH).unwrap();
        disk.write(STRETCH, b"data").unwrap();
        let mut read = [0; 4];
        disk.read(STRETCH, &mut read).unwrap();
        assert_eq!(&read, b"data");
    }

    #[test]
    fn bytes_written_by_another_process_since_the_opening_are_kept() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let [first, second] = [(); 2].map(|()| prefilled(file.reopen().unwrap()));
        first.set_len(2 * STRETCH).unwrap();
        first.write(STRETCH + 70_000, b"first").unwrap();
        second.write(STRETCH, b"second").unwrap();
        let mut read = [0; 5];
        second.read(STRETCH + 70_000, &mut read).unwrap();
        assert_eq!(&read, b"first");
    }

    #[test]
    fn room_that_zeros_took_can_be_given_back() {
        let file = tempfile::tempfile().unwrap();
        let disk = prefilled(file.try_clone().unwrap());
        disk.set_len(2 * STRETCH).unwrap();
        let mut filled = Vec::new();
        disk.fill(0..STRETCH, &mut filled).unwrap();
        assert_eq!(rustix::fs::seek(&file, SeekFrom::Hole(0)), Ok(STRETCH));
        disk.give_back(&filled);
        assert_eq!(rustix::fs::seek(&file, SeekFrom::Data(0)), Err(Errno::NXIO));
        assert_eq!(disk.len().unwrap(), 2 * STRETCH);
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

        /// After every sequence of writing, cutting off, growing and reopening, every byte is that of a
        /// plain file.
        #[test]
        fn a_prefilled_file_reads_like_a_plain_one(steps in vec(step(), 1..40)) {
            let file = tempfile::NamedTempFile::new().unwrap();
            let mut disk = prefilled(file.reopen().unwrap());
            let mut plain = Vec::new();
            for step in steps {
                match step {
                    Step::Write { offset, bytes } => {
                        let Some(place) = plain.get_mut(offset..offset + bytes.len()) else { continue };
                        place.copy_from_slice(&bytes);
                        disk.write(offset as u64, &bytes).unwrap();
                    }
                    Step::SetLen(len) => {
                        plain.resize(len, 0);
                        disk.set_len(len as u64).unwrap();
                    }
                    Step::Reopen => {
                        drop(disk);
                        disk = prefilled(file.reopen().unwrap());
                    }
                }
            }
            prop_assert_eq!(std::fs::read(file.path()).unwrap() == plain, true);
        }
    }
}
