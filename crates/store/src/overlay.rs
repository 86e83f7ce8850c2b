//! A disk that reads through to another one and leaves that one unchanged.
//!
//! Writes stay in memory. So a database whose disk takes no writes can still be opened for readers, and
//! one that is to be verified is not touched.

use crate::disk_file::DiskFile;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

const BLOCK_BYTES: u64 = 4096;

/// A disk, and the blocks written over it.
#[derive(Debug)]
pub(crate) struct Overlay<D> {
    below: D,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    blocks: BTreeMap<u64, Vec<u8>>,
    len: u64,
    /// Bytes of the disk below that were never cut off.
    below_len: u64,
}

impl<D: DiskFile> Overlay<D> {
    pub(crate) fn new(below: D) -> io::Result<Self> {
        let len = below.len()?;
        Ok(Self { below, written: Mutex::new(Written { blocks: BTreeMap::new(), len, below_len: len }) })
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `part` for each part of a stretch that lies in one block, with the block, the position in it,
    /// and the range of the stretch.
    fn each_part(
        offset: u64,
        bytes: usize,
        mut part: impl FnMut(u64, usize, std::ops::Range<usize>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut done: usize = 0;
        while done < bytes {
            let at = offset.saturating_add(done as u64);
            let within = usize::try_from(at % BLOCK_BYTES).map_err(io::Error::other)?;
            let room = usize::try_from(BLOCK_BYTES).map_err(io::Error::other)?.saturating_sub(within);
            let end = done.saturating_add(room).min(bytes);
            part(at / BLOCK_BYTES, within, done..end)?;
            done = end;
        }
        Ok(())
    }

    /// A block of the disk below; zeros where it has nothing.
    fn read_below(&self, written: &Written, block: u64) -> io::Result<Vec<u8>> {
        let begin = block.saturating_mul(BLOCK_BYTES);
        let there = written.below_len.saturating_sub(begin).min(BLOCK_BYTES);
        let mut bytes = vec![0; usize::try_from(BLOCK_BYTES).map_err(io::Error::other)?];
        if let Some(out) = bytes.get_mut(..usize::try_from(there).map_err(io::Error::other)?)
            && !out.is_empty()
        {
            self.below.read(begin, out)?;
        }
        Ok(bytes)
    }
}

impl<D: DiskFile> DiskFile for Overlay<D> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.written().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.written();
        if offset.saturating_add(out.len() as u64) > written.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Self::each_part(offset, out.len(), |block, within, part| {
            let bytes = match written.blocks.get(&block) {
                Some(bytes) => bytes,
                None => &self.read_below(&written, block)?,
            };
            copy(bytes, within, out, part)
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.written();
        if offset.saturating_add(data.len() as u64) > written.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Self::each_part(offset, data.len(), |block, within, part| {
            if !written.blocks.contains_key(&block) {
                let bytes = self.read_below(&written, block)?;
                written.blocks.insert(block, bytes);
            }
            let Some(bytes) = written.blocks.get_mut(&block) else { return Ok(()) };
            let end = within.saturating_add(part.len());
            match (bytes.get_mut(within..end), data.get(part)) {
                (Some(bytes), Some(data)) => bytes.copy_from_slice(data),
                _ => return Err(io::ErrorKind::InvalidInput.into()),
            }
            Ok(())
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut written = self.written();
        written.below_len = written.below_len.min(len);
        written.blocks.split_off(&len.div_ceil(BLOCK_BYTES));
        let within = usize::try_from(len % BLOCK_BYTES).map_err(io::Error::other)?;
        if let Some(cut) = written.blocks.get_mut(&(len / BLOCK_BYTES)) {
            cut.iter_mut().skip(within).for_each(|byte| *byte = 0);
        }
        written.len = len;
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

fn copy(bytes: &[u8], within: usize, out: &mut [u8], part: std::ops::Range<usize>) -> io::Result<()> {
    let end = within.saturating_add(part.len());
    match (bytes.get(within..end), out.get_mut(part)) {
        (Some(bytes), Some(out)) => out.copy_from_slice(bytes),
        _ => return Err(io::ErrorKind::InvalidInput.into()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemoryDisk;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const LEN: usize = 5 * 4096;

    #[derive(Debug, Clone)]
    enum Step {
        Write { offset: usize, bytes: Vec<u8> },
        SetLen(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..LEN, vec(any::<u8>(), 1..9000)).prop_map(|(offset, bytes)| Step::Write { offset, bytes }),
            1 => (0..LEN).prop_map(Step::SetLen),
        ]
    }

    proptest! {
        /// It reads as if the disk below had been written to, and that one is unchanged.
        #[test]
        fn an_overlay_reads_like_a_disk_and_does_not_change_it(
            below in vec(any::<u8>(), LEN),
            steps in vec(step(), 1..20),
        ) {
            let disk = MemoryDisk::default();
            disk.bytes().clone_from(&below);
            let overlay = Overlay::new(disk.file()).unwrap();
            let mut plain = below.clone();
            for step in steps {
                match step {
                    Step::Write { offset, bytes } => {
                        let written = overlay.write(offset as u64, &bytes);
                        let place = plain.get_mut(offset..offset + bytes.len());
                        prop_assert_eq!(written.is_ok(), place.is_some());
                        if let Some(place) = place { place.copy_from_slice(&bytes); }
                    }
                    Step::SetLen(len) => {
                        overlay.set_len(len as u64).unwrap();
                        plain.resize(len, 0);
                    }
                }
            }
            let mut read = vec![1; plain.len()];
            overlay.read(0, &mut read).unwrap();
            prop_assert!(overlay.read(0, &mut vec![0; plain.len() + 1]).is_err(), "one byte too many");
            prop_assert!(read == plain);
            prop_assert!(*disk.bytes() == below);
        }
    }
}
