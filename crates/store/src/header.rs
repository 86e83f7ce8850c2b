//! The file's header, followed by a seal in bytes that the engine does not use: the checksum of the
//! header as it was written.
//!
//! One bit of the header says which of its two slots is the last commit, and no checksum of the engine
//! covers that bit. If the seal fits the other value of the bit, the bit was altered, or a power loss
//! tore the write that was to change it; then both values are right, because the pages of both commits
//! were synced before. A header without a seal that fits was written by another program.

use crate::disk_file::{self, DiskFile};
use crate::pages::{self, HEADER_BYTES};
use std::io;

const SEAL_BYTES: usize = 8;

/// Offset of the byte of flags in the header, and the flag that the engine has the file open.
const FLAGS_AT: u64 = 9;
const IS_OPEN: u8 = 2;

/// Reads the header as it was written.
pub(crate) fn read(disk: &(impl DiskFile + ?Sized)) -> io::Result<[u8; HEADER_BYTES]> {
    let mut sealed = [0; HEADER_BYTES + SEAL_BYTES];
    disk_file::read_patiently(disk, 0, &mut sealed)?;
    Ok(unsealed(&sealed))
}

/// Writes the header with its seal, in one sector.
pub(crate) fn write(disk: &(impl DiskFile + ?Sized), header: &[u8]) -> io::Result<()> {
    let seal = pages::sum_of_all(header).to_le_bytes();
    disk.write(0, &[header, &seal].concat())
}

/// True if the engine closed the file.
pub(crate) fn was_closed(disk: &(impl DiskFile + ?Sized)) -> io::Result<bool> {
    let mut flags = [0];
    if disk.len()? <= FLAGS_AT {
        return Ok(false);
    }
    disk_file::read_patiently(disk, FLAGS_AT, &mut flags)?;
    let [flags] = flags;
    Ok(flags & IS_OPEN == 0)
}

fn unsealed(sealed: &[u8; HEADER_BYTES + SEAL_BYTES]) -> [u8; HEADER_BYTES] {
    let (mut header, mut seal) = ([0; HEADER_BYTES], [0; SEAL_BYTES]);
    let (first, last) = sealed.split_at(HEADER_BYTES);
    header.copy_from_slice(first);
    seal.copy_from_slice(last);
    let fits = |header: &[u8]| pages::sum_of_all(header) == u64::from_le_bytes(seal);
    let mut other = header;
    pages::exchange_slots(&mut other);
    if fits(&other) { other } else { header }
}
