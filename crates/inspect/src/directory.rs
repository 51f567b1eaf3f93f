//! Reading the directory of a process, and checking that it can be used: all that other modules take
//! from it without a look was checked here.

#![allow(unsafe_code, reason = "a structure is made from bytes that were read")]

use crate::memory::{Fault, Memory};
use heapmin_directory::layout::{CacheLayout, HeaderLayout, HeapLayout, RemoteLayout};
use heapmin_directory::{Directory, MAGIC, MAJOR, MINOR};
use std::mem::size_of;

/// log2 of the bytes of a unit: the only one that this version of the directory has.
pub(crate) const UNIT_SHIFT: u32 = 16;
/// log2 of the bytes of a granule: the same.
pub(crate) const GRANULE_SHIFT: u32 = 4;
/// Bytes of a unit.
pub(crate) const UNIT: u64 = 1 << UNIT_SHIFT;
/// Granules of a unit.
pub(crate) const GRANULES: u32 = 1 << (UNIT_SHIFT - GRANULE_SHIFT);
/// Words of bits of a unit, one bit a granule.
pub(crate) const WORDS: usize = GRANULES as usize / 64;

/// Most size classes: codes from 0x70 on mean something else.
const MOST_CLASSES: u32 = 0x70;
/// Longest structure of each kind that is believed.
const LONGEST: u32 = UNIT as u32;
/// Most heaps.
const MOST_NUMBERS: u32 = 1 << 20;

/// What is found at the address that a note names.
#[derive(Debug)]
pub(crate) enum Seen {
    /// A directory that can be used.
    Directory(Box<Directory>),
    /// One of another version.
    Version(u16, u16),
    /// None.
    Nothing,
}

/// Bytes that a loaded file takes at most, with the directory and what that names in it.
const LARGEST_FILE: u64 = 4 << 30;

/// Reads the directory at `address`.
pub(crate) fn read(memory: &Memory, address: u64) -> Result<Seen, Fault> {
    let mut bytes = [0u8; size_of::<Directory>()];
    // Magic, version, length: another version may be shorter.
    let start = &mut bytes[..16];
    match memory.read(address, start) {
        Ok(()) => {}
        Err(Fault::Nowhere) => return Ok(Seen::Nothing),
        Err(fault) => return Err(fault),
    }
    if start[..8] != MAGIC.to_le_bytes() {
        return Ok(Seen::Nothing);
    }
    let (major, minor) =
        (u16::from_le_bytes([start[8], start[9]]), u16::from_le_bytes([start[10], start[11]]));
    if major != MAJOR || !(MINOR..=u16::MAX).contains(&minor) {
        return Ok(Seen::Version(major, minor));
    }
    memory.read(address, &mut bytes)?;
    // SAFETY: as many bytes, and every pattern of them is a directory: it consists of numbers, and of
    // addresses that are never followed here. The bytes needn't be aligned.
    let directory = unsafe { bytes.as_ptr().cast::<Directory>().read_unaligned() };
    if directory.window.get().abs_diff(address) > LARGEST_FILE {
        // The file is being loaded: addresses in it aren't final.
        return Ok(Seen::Nothing);
    }
    if directory.magic != MAGIC || (directory.major, directory.minor) != (major, minor) {
        return Err(Fault::Inconsistent("its directory"));
    }
    check(&directory)?;
    Ok(Seen::Directory(Box::new(directory)))
}

/// Whether two readings are of the same directory: the one of another program has other addresses.
pub(crate) fn is_same(memory: &Memory, address: u64, known: &Directory) -> Result<bool, Fault> {
    Ok(match read(memory, address)? {
        Seen::Directory(now) => now.window == known.window && now.engine == known.engine,
        _ => false,
    })
}

fn check(directory: &Directory) -> Result<(), Fault> {
    let is_right = directory.bytes as usize >= size_of::<Directory>()
        && directory.unit_shift == UNIT_SHIFT
        && directory.granule_shift == GRANULE_SHIFT
        && (1..=MOST_CLASSES).contains(&directory.class_count)
        && (2..=MOST_NUMBERS).contains(&directory.number_count)
        && heap_is_right(&directory.heap)
        && cache_is_right(&directory.cache, directory.class_count)
        && header_is_right(&directory.header)
        && remote_is_right(&directory.remote);
    if is_right { Ok(()) } else { Err(Fault::Inconsistent("the layout in its directory")) }
}

/// Whether fields, `(offset, bytes)`, lie in a structure.
fn fit(length: u32, fields: &[(u32, u32)]) -> bool {
    (1..=LONGEST).contains(&length)
        && fields.iter().all(|(at, bytes)| at.checked_add(*bytes).is_some_and(|end| end <= length))
}

fn heap_is_right(heap: &HeapLayout) -> bool {
    let bytes =
        [heap.sized, heap.unserialized, heap.executable, heap.committed_beside, heap.counting];
    let halves = [heap.number, heap.beside, heap.face, heap.closed, heap.first_span, heap.decay];
    let words = [
        heap.incarnation,
        heap.limit,
        heap.caches,
        heap.shared,
        heap.reserve,
        heap.maximum,
        heap.committed,
        heap.charged,
        heap.large_allocations,
        heap.signature,
    ];
    fit(heap.bytes, &bytes.map(|at| (at, 1)))
        && fit(heap.bytes, &halves.map(|at| (at, 4)))
        && fit(heap.bytes, &words.map(|at| (at, 8)))
}

fn cache_is_right(cache: &CacheLayout, classes: u32) -> bool {
    fit(cache.bytes, &[cache.unit, cache.thread, cache.listed].map(|at| (at, 4)))
        && fit(cache.bytes, &[cache.slot, cache.next].map(|at| (at, 8)))
        && fit(cache.bytes, &[(cache.stacks, classes * 32), (cache.served, classes * 8)])
}

fn header_is_right(header: &HeaderLayout) -> bool {
    let halves = [
        header.units,
        header.first,
        header.heap,
        header.heap_next,
        header.free_granules,
        header.carved,
        header.sample,
    ];
    fit(header.bytes, &halves.map(|at| (at, 4)))
        && fit(header.bytes, &[(header.class, 1), (header.returned, 2), (header.size, 8)])
}

fn remote_is_right(remote: &RemoteLayout) -> bool {
    fit(remote.bytes, &[(remote.bits, WORDS as u32 * 8)])
}
