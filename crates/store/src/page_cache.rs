//! The kernel's cached copy of the file, checked against the disk whenever it may differ.
//!
//! If writing back fails, Linux reports it to one sync, marks the pages clean, and goes on serving data
//! that is not on the disk. A database opened anew would find a commit that is not there, build on it,
//! and lose with it what it acknowledged later. So a [`Watched`] file remembers which blocks no sync has
//! confirmed, and after a failed sync [`Doubt::settle`] goes through both copies before anything is read:
//!
//! 1. Dirty pages are written.
//! 2. Blocks that a sync confirmed shortly before are compared on the disk, past the kernel's copy
//!    (`O_DIRECT`), and written again where they differ: a full disk below another file system may refuse
//!    a part of a write and confirm it all the same (Linux's loop device does).
//! 3. The kernel is made to drop its copy, and the doubtful blocks are compared.
//!
//! Until all of that works nothing is read from the file, so the store stays as it is. A process that
//! finds the file as a crash left it can't know if a sync failed before, so it takes the first and the
//! third step, for samples. On a file system where nothing can be compared the kernel's copy is then
//! believed, and the log says so.

use crate::disk_file::DiskFile;
use rustix::fs::{Advice, Mode, OFlags};
use rustix::io::{Errno, ReadWriteFlags};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Unit of comparison: the kernel's pages, and the largest alignment that direct reading requires.
const BLOCK_BYTES: usize = 4096;

/// Above this number blocks are no longer tracked one by one.
const BLOCKS_MAX: usize = 65_536;

/// Confirmed blocks that are remembered at least; at most twice as many are.
const CONFIRMED_BLOCKS: usize = 8_192;

/// Blocks that are compared when all of a file is doubtful.
const SAMPLES: u64 = 64;

/// The kernel's copy of a file differs from the disk, or can't be compared with it.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} may differ between the disk and the system's copy in memory ({reason}); \
     restart the machine, or unmount and mount the file system, and start jeton again",
    path.display()
)]
pub(crate) struct Doubtful {
    path: PathBuf,
    reason: &'static str,
}

/// Blocks of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Blocks {
    These(BTreeSet<u64>),
    All,
}

impl Blocks {
    const NONE: Self = Self::These(BTreeSet::new());

    fn add(&mut self, offset: u64, bytes: usize) {
        let Self::These(blocks) = self else { return };
        let end = offset.saturating_add(bytes as u64).div_ceil(BLOCK_BYTES as u64);
        blocks.extend(offset / BLOCK_BYTES as u64..end);
        if blocks.len() > BLOCKS_MAX {
            *self = Self::All;
        }
    }

    fn add_all(&mut self, others: Self) {
        match (&mut *self, others) {
            (Self::These(blocks), Self::These(others)) => blocks.extend(others),
            _ => *self = Self::All,
        }
    }

    fn has(&self, block: u64) -> bool {
        match self {
            Self::These(blocks) => blocks.contains(&block),
            Self::All => true,
        }
    }
}

/// The blocks that are not known to be on the disk.
#[derive(Debug)]
pub(crate) struct Doubt {
    state: Mutex<State>,
    is_settled: AtomicBool,
}

#[derive(Debug)]
struct State {
    /// Written since the last sync.
    unsynced: Blocks,
    /// Written before a sync that failed.
    doubtful: Blocks,
    /// Written before the last successful syncs, in two generations.
    confirmed: [BTreeSet<u64>; 2],
    /// True if a sync of this process failed.
    has_failed: bool,
}

impl Doubt {
    /// Nothing is doubtful.
    pub(crate) const fn none() -> Self {
        Self::of(Blocks::NONE, true)
    }

    /// All blocks are doubtful: the last process did not close the file.
    pub(crate) const fn all() -> Self {
        Self::of(Blocks::All, false)
    }

    const fn of(doubtful: Blocks, is_settled: bool) -> Self {
        let confirmed = [BTreeSet::new(), BTreeSet::new()];
        let state = Mutex::new(State { unsynced: Blocks::NONE, doubtful, confirmed, has_failed: false });
        Self { state, is_settled: AtomicBool::new(is_settled) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrote(&self, offset: u64, bytes: usize) {
        self.state().unsynced.add(offset, bytes);
    }

    fn synced(&self, result: &io::Result<()>) {
        let mut state = self.state();
        let unsynced = std::mem::replace(&mut state.unsynced, Blocks::NONE);
        match (result, unsynced) {
            (Ok(()), Blocks::These(blocks)) => state.confirm(blocks),
            (Ok(()), Blocks::All) => {}
            (Err(_), unsynced) => {
                state.doubtful.add_all(unsynced);
                state.has_failed = true;
                self.is_settled.store(false, Ordering::Release);
            }
        }
    }

    /// Makes sure that data read from the file comes from the disk.
    ///
    /// # Errors
    /// This can't be ensured, so nothing of the file may be believed.
    pub(crate) fn settle(&self, file: &File, path: &Path) -> io::Result<()> {
        if self.is_settled.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut state = self.state();
        // The errors of pages that are clean by now were reported before; this sync is about the dirty
        // ones.
        file.sync_data()?;
        if !is_in_memory(file)? {
            let both = Both { file, direct: direct(file, path).ok(), path, len: file.metadata()?.len() };
            both.restore(&state)?;
            both.forget()?;
            both.compare(&state)?;
        }
        state.unsynced = Blocks::NONE;
        state.doubtful = Blocks::NONE;
        self.is_settled.store(true, Ordering::Release);
        Ok(())
    }
}

impl State {
    fn confirm(&mut self, blocks: BTreeSet<u64>) {
        let [young, old] = &mut self.confirmed;
        young.extend(blocks);
        if young.len() > CONFIRMED_BLOCKS {
            *old = std::mem::take(young);
        }
    }
}

/// True on a file system in memory, where the kernel's copy is the only one.
fn is_in_memory(file: &File) -> io::Result<bool> {
    const TMPFS: i64 = 0x0102_1994;
    const RAMFS: i64 = 0x8584_58f6;
    let kind = rustix::fs::fstatfs(file)?.f_type;
    Ok([TMPFS, RAMFS].contains(&kind))
}

/// The same file, read past the kernel's copy.
fn direct(file: &File, path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::DIRECT;
    let direct = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let [here, there] = [file.metadata()?, direct.metadata()?];
    if (here.dev(), here.ino()) != (there.dev(), there.ino()) {
        return Err(io::Error::other("another file has taken its name"));
    }
    Ok(direct)
}

/// The kernel's copy of a file and the one on the disk; the latter as far as the file system allows.
struct Both<'a> {
    file: &'a File,
    direct: Option<File>,
    path: &'a Path,
    len: u64,
}

impl Both<'_> {
    /// Writes confirmed blocks again that are not on the disk.
    fn restore(&self, state: &State) -> io::Result<()> {
        let Some(direct) = &self.direct else { return Ok(()) };
        let confirmed = state.confirmed.iter().flatten().filter(|block| !state.doubtful.has(**block));
        let lost: Vec<u64> = self.inside(confirmed).filter(|at| !self.reads_alike(direct, *at)).collect();
        if lost.is_empty() {
            return Ok(());
        }
        tracing::error!(blocks = lost.len(), "the disk has lost confirmed writes; writing them again");
        let mut block = [0; BLOCK_BYTES];
        for at in &lost {
            self.file.read_exact_at(&mut block, *at)?;
            self.file.write_all_at(&block, *at)?;
        }
        self.file.sync_data()?;
        match lost.iter().all(|at| self.reads_alike(direct, *at)) {
            true => Ok(()),
            false => Err(self.doubtful("the disk loses confirmed writes")),
        }
    }

    /// Makes the kernel drop its copy of the file. Pages that are clean and not in use are dropped.
    fn forget(&self) -> io::Result<()> {
        Ok(rustix::fs::fadvise(self.file, 0, None, Advice::DontNeed)?)
    }

    /// Checks that the kernel's copy of the doubtful blocks equals the disk.
    fn compare(&self, state: &State) -> io::Result<()> {
        let samples;
        let blocks = match &state.doubtful {
            Blocks::These(blocks) => blocks,
            Blocks::All => {
                samples = self.samples();
                &samples
            }
        };
        let mut inside = self.inside(blocks.iter());
        if let Some(direct) = &self.direct {
            return match inside.all(|at| self.reads_alike(direct, at)) {
                true => Ok(()),
                false => Err(self.doubtful("they differ")),
            };
        }
        rustix::fs::fadvise(self.file, 0, None, Advice::Random)?;
        let kept = inside.map(|at| is_kept(self.file, at)).find(|kept| !matches!(kept, Ok(false)));
        rustix::fs::fadvise(self.file, 0, None, Advice::Normal)?;
        match kept {
            None => Ok(()),
            Some(Ok(_)) => Err(self.doubtful("the system does not drop its copy")),
            Some(Err(_)) if state.has_failed => Err(self.doubtful("this file system can't compare them")),
            Some(Err(_)) => {
                tracing::warn!(
                    path = %self.path.display(),
                    "the last process did not close the store, and this file system can't tell if all of it \
                     is on the disk; if writing to the disk failed before, stop jeton and restart the machine"
                );
                Ok(())
            }
        }
    }

    /// Blocks spread over the file, the first among them.
    fn samples(&self) -> BTreeSet<u64> {
        let blocks = self.len / BLOCK_BYTES as u64;
        let step = (blocks / SAMPLES).max(1);
        (0..SAMPLES).map(|sample| sample.saturating_mul(step)).collect()
    }

    /// The offsets of the blocks that are still within the file.
    fn inside<'b>(&self, blocks: impl Iterator<Item = &'b u64>) -> impl Iterator<Item = u64> {
        let len = self.len;
        let offsets = blocks.map(|block| block.saturating_mul(BLOCK_BYTES as u64));
        offsets.filter(move |offset| offset.saturating_add(BLOCK_BYTES as u64) <= len)
    }

    /// A block that can't be read either way is damaged, and not doubtful.
    fn reads_alike(&self, direct: &File, offset: u64) -> bool {
        let (mut kept, mut there) = ([0; BLOCK_BYTES], [0; 2 * BLOCK_BYTES]);
        let aligned = there.as_ptr().align_offset(BLOCK_BYTES);
        let Some(there) = there.get_mut(aligned..aligned.saturating_add(BLOCK_BYTES)) else { return false };
        match (direct.read_exact_at(there, offset), self.file.read_exact_at(&mut kept, offset)) {
            (Ok(()), Ok(())) => kept == *there,
            (Err(_), Err(_)) => true,
            _ => false,
        }
    }

    fn doubtful(&self, reason: &'static str) -> io::Error {
        io::Error::other(Doubtful { path: self.path.to_owned(), reason })
    }
}

/// True if the kernel has this block in memory. The call itself fetches no other block, since reading
/// ahead is off.
fn is_kept(file: &File, offset: u64) -> io::Result<bool> {
    let mut byte = [0];
    match rustix::io::preadv2(file, &mut [IoSliceMut::new(&mut byte)], offset, ReadWriteFlags::NOWAIT) {
        Ok(_) => Ok(true),
        Err(Errno::AGAIN) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A file whose unconfirmed writes are known. Nothing is read from it while it is doubtful.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) file: File,
    pub(crate) path: Arc<Path>,
    pub(crate) doubt: Arc<Doubt>,
}

impl DiskFile for Watched {
    fn len(&self) -> io::Result<u64> {
        self.doubt.settle(&self.file, &self.path)?;
        DiskFile::len(&self.file)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.doubt.settle(&self.file, &self.path)?;
        DiskFile::read(&self.file, offset, out)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.doubt.wrote(offset, data.len());
        DiskFile::write(&self.file, offset, data)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        DiskFile::set_len(&self.file, len)
    }

    fn sync(&self) -> io::Result<()> {
        let result = DiskFile::sync(&self.file);
        self.doubt.synced(&result);
        result
    }
}
