//! The storage below the engine's file: bytes that can be read, written, and synced.

use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// A readable and writable range of bytes.
pub(crate) trait DiskFile: Debug + Send + Sync + 'static {
    /// The number of bytes.
    fn len(&self) -> io::Result<u64>;
    /// Fills `out`, or fails.
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;
    /// Writes all of `data`, or fails.
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()>;
    /// Truncates, or extends with zeros.
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Returns when everything written before survives a power loss.
    fn sync(&self) -> io::Result<()>;
}

/// Attempts to read. A failure may be transient: a cable, a path that was switched over.
pub(crate) const READ_ATTEMPTS: usize = 3;

/// Reads like [`DiskFile::read`], with [`READ_ATTEMPTS`] attempts.
pub(crate) fn read_patiently(disk: &(impl DiskFile + ?Sized), offset: u64, out: &mut [u8]) -> io::Result<()> {
    let mut result = disk.read(offset, out);
    for _ in 1..READ_ATTEMPTS {
        if result.is_ok() {
            break;
        }
        result = disk.read(offset, out);
    }
    result
}

impl DiskFile for File {
    fn len(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(out, offset)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.write_all_at(data, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        Self::set_len(self, len)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

impl<D: DiskFile + ?Sized> DiskFile for Box<D> {
    fn len(&self) -> io::Result<u64> {
        (**self).len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        (**self).read(offset, out)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        (**self).write(offset, data)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        (**self).set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        (**self).sync()
    }
}
