//! The contents of blocks: a pattern by which each byte tells its block and its place.
//!
//! Of large blocks only parts are written and looked at: both ends, and the first bytes of each
//! page. These are the same bytes for each block that the memory is ever in, so what one block left
//! behind is seen where the next one is to be zero.

use std::ops::Range;
use std::ptr;
use std::slice;

/// Blocks up to this size are written and read whole.
const WHOLE: usize = 16 << 10;
/// Bytes at both ends of larger ones.
const END: usize = 1 << 10;
/// Bytes at the start of each page between.
const START_OF_PAGE: usize = 16;
const PAGE: usize = 4 << 10;

/// Visits the parts of an address range that are written and looked at.
fn each_part(range: Range<usize>, mut visit: impl FnMut(Range<usize>)) {
    let Range { start, end } = range;
    if end - start <= WHOLE {
        return visit(range);
    }
    visit(start..start + END);
    let pages = (start + END).next_multiple_of(PAGE)..end - END;
    for page in pages.step_by(PAGE) {
        visit(page..(page + START_OF_PAGE).min(end - END));
    }
    visit(end - END..end);
}

/// The bytes in a range of addresses.
///
/// # Safety
/// They belong to one live block, which nobody else uses while the slice lives.
unsafe fn bytes<'a>(range: Range<usize>) -> &'a mut [u8] {
    let start = ptr::with_exposed_provenance_mut::<u8>(range.start);
    // SAFETY: by the contract of this function; the heap's memory is initialised from the start.
    unsafe { slice::from_raw_parts_mut(start, range.end - range.start) }
}

/// The pattern repeats after so many bytes: a prime, so that no two pages begin alike.
const PERIOD: usize = 251;
/// Bytes that are compared at once.
const STEP: usize = 4 << 10;

/// The pattern, from any place in its period on; no byte is 0.
static PATTERN: [u8; PERIOD + STEP] = {
    let mut bytes = [0; PERIOD + STEP];
    let mut place = 0;
    while place < bytes.len() {
        bytes[place] = (place % PERIOD) as u8 + 1;
        place += 1;
    }
    bytes
};

/// Visits a range of addresses in steps, with the pattern that belongs there: of a block with this
/// seed, from this distance to its start on.
fn with_pattern(
    range: Range<usize>,
    seed: u8,
    distance: usize,
    mut visit: impl FnMut(Range<usize>, &[u8]),
) {
    for start in range.clone().step_by(STEP) {
        let step = start..range.end.min(start + STEP);
        let place = (distance + (start - range.start) + usize::from(seed)) % PERIOD;
        let length = step.len();
        visit(step, &PATTERN[place..place + length]);
    }
}

/// Writes a block's pattern.
///
/// # Safety
/// A live block of `size` bytes is at the address, and nobody else uses it meanwhile.
pub unsafe fn fill(address: usize, size: usize, seed: u8) {
    each_part(address..address + size, |part| {
        let distance = part.start - address;
        with_pattern(part, seed, distance, |step, pattern| {
            // SAFETY: a part of the block.
            unsafe { bytes(step) }.copy_from_slice(pattern);
        });
    });
}

/// What [`fill`] has written.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    pub address: usize,
    pub size: usize,
    pub seed: u8,
}

/// Checks that the first `size` bytes at the address are those of what was written, perhaps
/// elsewhere.
///
/// # Safety
/// As for [`fill`]; the block may be longer.
#[track_caller]
pub unsafe fn check(address: usize, size: usize, written: Written) {
    let Written { address: old, size: old_size, seed } = written;
    each_part(old..old + old_size, |part| {
        let (from, to) = (part.start - old, (part.end - old).min(size));
        if from >= to {
            return;
        }
        with_pattern(address + from..address + to, seed, from, |step, pattern| {
            let place = step.start - address;
            // SAFETY: a part of the block.
            let found = unsafe { bytes(step) };
            if found != pattern {
                let wrong = found.iter().zip(pattern).position(|(found, byte)| found != byte);
                let wrong = place + wrong.expect("they differ");
                panic!("byte {wrong} of the block at {address:#x} changed: {written:x?}");
            }
        });
    });
}

/// Checks that the bytes from one distance to another have this value.
///
/// # Safety
/// As for [`fill`], with `to` bytes.
#[track_caller]
pub unsafe fn check_all(address: usize, from: usize, to: usize, value: u8) {
    if from >= to {
        return;
    }
    each_part(address + from..address + to, |part| {
        let start = part.start - address;
        // SAFETY: a part of the block.
        let found = unsafe { bytes(part) };
        if let Some(wrong) = found.iter().position(|&found| found != value) {
            let (place, found) = (start + wrong, found[wrong]);
            panic!("byte {place} of the block at {address:#x} is {found:#x}, not {value:#x}");
        }
    });
}

/// Changes one byte, in or behind a block, and returns what it was.
///
/// # Safety
/// The byte is mapped, writable memory that nobody else uses meanwhile.
pub unsafe fn swap(address: usize, value: u8) -> u8 {
    let place = ptr::with_exposed_provenance_mut::<u8>(address);
    // SAFETY: by the contract of this function.
    unsafe { place.replace(value) }
}

/// Reads one byte.
///
/// # Safety
/// As for [`swap`].
pub unsafe fn read(address: usize) -> u8 {
    // SAFETY: by the contract of this function.
    unsafe { ptr::with_exposed_provenance::<u8>(address).read() }
}
