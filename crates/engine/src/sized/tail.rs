//! The end of a sized block: guard bytes, the user's word, the record.

use crate::base::atomic::{AtomicU64, Ordering};
use crate::os;
use core::ops::Range;
use core::ptr;

/// Bytes of the record, and of a word.
pub const RECORD: usize = 8;
/// Eight guard bytes. The same value as the documented heap's in its debug mode, so that people
/// know it when they see it in a dump.
const GUARD: u64 = 0xABAB_ABAB_ABAB_ABAB;
/// Bits of the record for the slack: an extent of a slab, or a page of 64 KiB with the tail.
const SLACK_BITS: u32 = 20;
/// Bits of the record for slack and marks; the others are the key's alone.
const PLAIN_BITS: u32 = 24;
const SLACK_MASK: u64 = (1 << SLACK_BITS) - 1;
const PLAIN_MASK: u64 = (1 << PLAIN_BITS) - 1;
/// Odd, so that the products of two different plain parts differ.
const CHECK: u64 = 0x9E37_79B9_7F4A_7C15;

/// What a block carries beside its contents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The block carries a word of the user's.
    pub has_word: bool,
    /// Three bits of the user's: 1, 2, 4.
    pub flags: u8,
}

/// What a block's tail says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Bytes asked for.
    pub size: usize,
    /// What else the block carries.
    pub marks: Marks,
}

impl Marks {
    /// Bytes that a block with these marks needs behind the caller's.
    #[inline(always)]
    pub const fn tail_bytes(self) -> usize {
        if self.has_word { 2 * RECORD } else { RECORD }
    }

    const fn bits(self) -> u64 {
        (self.has_word as u64) | ((self.flags & 7) as u64) << 1
    }

    const fn from_bits(bits: u64) -> Self {
        Self { has_word: bits & 1 != 0, flags: (bits >> 1 & 7) as u8 }
    }
}

/// The process's secret; 0 until [`prepare`].
static SECRET: AtomicU64 = AtomicU64::new(0);

/// Makes the secret, once, before there is a sized block.
pub fn prepare() {
    if !is_prepared() {
        let word = os::random_word() | 1 << 63;
        // The first thread's secret stays.
        let _ = SECRET.compare_exchange(0, word, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// Whether there is a secret.
#[inline(always)]
pub fn is_prepared() -> bool {
    SECRET.load(Ordering::Relaxed) != 0
}

#[inline(always)]
fn key(block: usize) -> u64 {
    // A block's address is a multiple of 16, so the bits of slack and marks are the secret's alone.
    SECRET.load(Ordering::Relaxed) ^ (block as u64) << (PLAIN_BITS - 4)
}

#[inline(always)]
fn place(address: usize) -> *mut u64 {
    ptr::with_exposed_provenance_mut(address)
}

/// The plain part of a record, and above it what it has to go with.
#[inline(always)]
const fn checked(plain: u64) -> u64 {
    plain.wrapping_mul(1 | CHECK << PLAIN_BITS)
}

/// Bytes before the record that are written at once, whatever is guard of them: all guard bytes of
/// the fine classes.
const WRITTEN_AT_ONCE: usize = 16;
/// Smallest extent: room for the record and the bytes before it that are written at once.
pub const SMALLEST_EXTENT: usize = 32;

/// Writes the tail of a block that nobody has yet. What it is to contain is written afterwards:
/// the last bytes of the caller's, up to 16, may be overwritten.
///
/// # Safety
/// The `extent` bytes at `block` are the caller's, `extent` is a multiple of 16, at least
/// [`SMALLEST_EXTENT`], and `size + RECORD <= extent`.
#[inline(always)]
pub unsafe fn seal_fresh(block: usize, extent: usize, size: usize) {
    let end = block.wrapping_add(extent);
    let slack = extent.wrapping_sub(size);
    // SAFETY: two words in the last 24 bytes of the extent.
    unsafe { place(end.wrapping_sub(3 * RECORD)).write(GUARD) };
    // SAFETY: as above.
    unsafe { place(end.wrapping_sub(2 * RECORD)).write(GUARD) };
    // SAFETY: the last 8 bytes of the extent.
    unsafe { place(end.wrapping_sub(RECORD)).write(key(block) ^ checked(slack as u64)) };
    if slack > WRITTEN_AT_ONCE + RECORD {
        // SAFETY: by the contract of this function.
        unsafe { fill(block.wrapping_add(size), end.wrapping_sub(3 * RECORD)) };
    }
}

/// Sizes whose guard bytes are all in the two words that [`seal_fine`] writes: below, the smallest
/// extent is too long; above, the classes are more than 16 bytes apart.
pub const FINE: Range<usize> = RECORD + 1..256 - RECORD + 1;

/// [`seal_fresh`] for a size in [`FINE`] in the smallest extent that holds it with a record.
///
/// # Safety
/// As for [`seal_fresh`].
#[inline(always)]
pub unsafe fn seal_fine(block: usize, extent: usize, size: usize) {
    let end = block.wrapping_add(extent);
    // SAFETY: two words in the last 24 bytes of the extent.
    unsafe { place(end.wrapping_sub(3 * RECORD)).write(GUARD) };
    // SAFETY: as above.
    unsafe { place(end.wrapping_sub(2 * RECORD)).write(GUARD) };
    let record = key(block) ^ checked(extent.wrapping_sub(size) as u64);
    // SAFETY: the last 8 bytes of the extent.
    unsafe { place(end.wrapping_sub(RECORD)).write(record) };
}

/// Whether the tail of a live block without a word is as it was sealed, as far as an overrun would
/// have changed it: the record, and the first eight guard bytes or as many as there are. `false`
/// also for a block with marks: see [`read`].
///
/// # Safety
/// As for [`read`].
#[inline(always)]
pub unsafe fn is_plainly_intact(block: usize, extent: usize) -> bool {
    let end = block.wrapping_add(extent);
    // SAFETY: the last 8 bytes of the extent.
    let record = unsafe { place(end.wrapping_sub(RECORD)).read() } ^ key(block);
    let slack = record & SLACK_MASK;
    if record != checked(slack) {
        return false;
    }
    // SAFETY: the record is sound, so the guard begins inside the extent, 8 bytes before its end
    // or more.
    let first = unsafe { place(end.wrapping_sub(slack as usize)).read_unaligned() };
    // Bytes that are the record's already, in bits, half of them: a shift by 64 isn't defined.
    let half = 4 * (2 * RECORD as u64).saturating_sub(slack);
    let changed = first ^ GUARD;
    if cfg!(target_endian = "little") {
        changed << half << half == 0
    } else {
        changed >> half >> half == 0
    }
}

/// Writes the tail of a block that is in use, touching none of the caller's bytes. A word in it
/// stays where it is, at the end of the extent.
///
/// # Safety
/// As for [`seal_fresh`], with the marks' tail.
pub unsafe fn seal(block: usize, extent: usize, tail: Tail) {
    let end = block.wrapping_add(extent);
    let slack = extent.wrapping_sub(tail.size);
    // SAFETY: between the caller's bytes and the tail's, by the contract of this function.
    unsafe { fill(block.wrapping_add(tail.size), end.wrapping_sub(tail.marks.tail_bytes())) };
    let record = key(block) ^ checked(slack as u64 | tail.marks.bits() << SLACK_BITS);
    // SAFETY: the last 8 bytes of the extent.
    unsafe { place(end.wrapping_sub(RECORD)).write(record) };
}

/// What the tail of a live block says. `None`: it was overwritten.
///
/// # Safety
/// The `extent` bytes at `block` can be read, and `extent` is a multiple of 16, not 0.
pub unsafe fn read(block: usize, extent: usize) -> Option<Tail> {
    let end = block.wrapping_add(extent);
    // SAFETY: the last 8 bytes of the extent.
    let record = unsafe { place(end.wrapping_sub(RECORD)).read() } ^ key(block);
    let slack = (record & SLACK_MASK) as usize;
    let marks = Marks::from_bits(record >> SLACK_BITS);
    if record != checked(record & PLAIN_MASK) || slack > extent || slack < marks.tail_bytes() {
        return None;
    }
    let size = extent.wrapping_sub(slack);
    let guard_end = end.wrapping_sub(marks.tail_bytes());
    // SAFETY: between the caller's bytes and the tail's.
    let intact = unsafe { is_filled(block.wrapping_add(size), guard_end) };
    intact.then_some(Tail { size, marks })
}

/// The word of a block whose marks say that it has one.
///
/// # Safety
/// As for [`read`].
pub unsafe fn word(block: usize, extent: usize) -> usize {
    // SAFETY: the 8 bytes before the record.
    unsafe { place(block.wrapping_add(extent).wrapping_sub(2 * RECORD)).read() as usize }
}

/// Changes the word.
///
/// # Safety
/// As for [`seal_fresh`]; the block's marks say that it has one.
pub unsafe fn set_word(block: usize, extent: usize, word: usize) {
    // SAFETY: the 8 bytes before the record.
    unsafe { place(block.wrapping_add(extent).wrapping_sub(2 * RECORD)).write(word as u64) };
}

/// Fills `[from, to)` with guard bytes; nothing if that is empty.
///
/// # Safety
/// The range is the caller's.
#[inline(never)]
unsafe fn fill(from: usize, to: usize) {
    let bytes = to.saturating_sub(from);
    let start = ptr::with_exposed_provenance_mut::<u8>(from);
    // SAFETY: by the contract of this function.
    unsafe { start.write_bytes(GUARD as u8, bytes) };
}

/// Whether `[from, to)` is all guard bytes.
///
/// # Safety
/// The range can be read.
#[inline(never)]
unsafe fn is_filled(from: usize, to: usize) -> bool {
    let mut at = from;
    while at < to {
        let start = ptr::with_exposed_provenance::<u8>(at);
        let left = to.wrapping_sub(at);
        if at.is_multiple_of(RECORD) && left >= RECORD {
            // SAFETY: eight bytes of the range, aligned.
            if unsafe { start.cast::<u64>().read() } != GUARD {
                return false;
            }
            at = at.wrapping_add(RECORD);
        } else {
            // SAFETY: a byte of the range.
            if unsafe { start.read() } != GUARD as u8 {
                return false;
            }
            at = at.wrapping_add(1);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    extern crate std;

    #[repr(align(16))]
    struct Memory([u8; 4096]);

    proptest! {
        #[test]
        fn a_tail_says_what_was_sealed(
            granules in 2usize..256, slack in 0usize..4096, fresh: bool, has_word: bool, flags in 0u8..8,
        ) {
            prepare();
            let mut memory = Memory([0x55; 4096]);
            let block = memory.0.as_mut_ptr().expose_provenance();
            let extent = granules * 16;
            let marks = if fresh { Marks::default() } else { Marks { has_word, flags } };
            prop_assume!(extent >= marks.tail_bytes());
            let size = extent - (slack % (extent + 1)).max(marks.tail_bytes());
            let tail = Tail { size, marks };
            // SAFETY: the block is the memory above, and the sizes fit.
            unsafe {
                match fresh {
                    true if extent - size < 24 && FINE.contains(&size) => seal_fine(block, extent, size),
                    true => seal_fresh(block, extent, size),
                    false => seal(block, extent, tail),
                }
            }
            // SAFETY: as above.
            prop_assert_eq!(unsafe { read(block, extent) }, Some(tail));
            // SAFETY: as above.
            prop_assert_eq!(unsafe { is_plainly_intact(block, extent) }, marks == Marks::default());
            if !fresh {
                prop_assert!(memory.0[..size].iter().all(|&byte| byte == 0x55));
            }
            prop_assert!(memory.0[extent..].iter().all(|&byte| byte == 0x55));
        }

        #[test]
        fn any_byte_changed_behind_the_callers_is_noticed(
            granules in 2usize..64, slack in 8usize..1024, offset: usize, change in 1u8..,
        ) {
            prepare();
            let mut memory = Memory([0; 4096]);
            let block = memory.0.as_mut_ptr().expose_provenance();
            let extent = granules * 16;
            let size = extent - slack.min(extent);
            // SAFETY: the block is the memory above, and the sizes fit.
            unsafe { seal_fresh(block, extent, size) };
            let place = size + offset % (extent - size);
            // SAFETY: inside the memory; by its address, as the tail is read.
            unsafe { *ptr::with_exposed_provenance_mut::<u8>(block + place) ^= change };
            // SAFETY: as above.
            prop_assert_eq!(unsafe { read(block, extent) }, None);
            if place < size + 8 || place >= extent - RECORD {
                // SAFETY: as above.
                let unnoticed = unsafe { is_plainly_intact(block, extent) };
                prop_assert!(!unnoticed);
            }
        }
    }
}
