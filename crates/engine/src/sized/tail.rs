//! The end of a sized block: the check, guard bytes, the user's word, the field.

use crate::base::atomic::{AtomicU64, Ordering};
use crate::base::units::GRANULE_SHIFT;
use crate::os;
use core::ptr;

/// Bytes of the check, and of the field.
const CHECK: usize = 4;
/// Bytes of a word.
const WORD: usize = 8;
/// Bytes of a tail without a word.
pub const SMALLEST_TAIL: usize = 2 * CHECK;
/// Where a word begins, before the end: aligned.
const WORD_PLACE: usize = 2 * WORD;
/// Eight guard bytes. The same value as the documented heap's in its debug mode, so that people
/// know it when they see it in a dump.
const GUARD: u64 = 0xABAB_ABAB_ABAB_ABAB;
/// Bits of the field for the slack: an extent of a slab, or a page of 64 KiB with the tail.
const SLACK_BITS: u32 = 24;
const SLACK_MASK: u32 = (1 << SLACK_BITS) - 1;
/// Smallest extent: [`seal_fine`] writes this much at once.
pub const SMALLEST_EXTENT: usize = 32;

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

impl Tail {
    /// Of a block without marks.
    pub const fn plain(size: usize) -> Self {
        Self { size, marks: Marks { has_word: false, flags: 0 } }
    }
}

impl Marks {
    /// Bytes that a block with these marks needs behind the caller's.
    pub const fn tail_bytes(self) -> usize {
        if self.has_word { CHECK + WORD_PLACE } else { SMALLEST_TAIL }
    }

    const fn bits(self) -> u32 {
        (self.has_word as u32) | ((self.flags & 7) as u32) << 1
    }

    const fn from_bits(bits: u32) -> Self {
        Self { has_word: bits & 1 != 0, flags: (bits >> 1 & 7) as u8 }
    }
}

/// The process's secret; 0 until [`prepare`].
pub static SECRET: AtomicU64 = AtomicU64::new(0);

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

/// What the check of a block with this field is.
#[inline(always)]
fn check_of(block: usize, field: u32) -> u32 {
    SECRET.load(Ordering::Relaxed) as u32 ^ (block >> GRANULE_SHIFT) as u32 ^ field
}

#[inline(always)]
fn word_at(address: usize) -> *mut u64 {
    ptr::with_exposed_provenance_mut(address)
}

#[inline(always)]
fn half_at(address: usize) -> *mut u32 {
    ptr::with_exposed_provenance_mut(address)
}

/// Largest size for which [`seal_fine`] writes all guard bytes: up to there classes are at most 32
/// bytes apart.
pub const LARGEST_FINE: usize = 512 - SMALLEST_TAIL;

/// Writes the tail of a plain block that nobody has yet, of a size up to [`LARGEST_FINE`] in the
/// smallest extent that holds it with its tail. Without a branch: the sizes of a program's blocks are
/// hard to predict. The block's contents are written afterwards: the last bytes of the caller's, up to
/// 24, are overwritten.
///
/// # Safety
/// The `extent` bytes at `block` are the caller's, `extent` is a multiple of 16, at least
/// [`SMALLEST_EXTENT`], and `size + SMALLEST_TAIL <= extent`.
#[inline(always)]
pub unsafe fn seal_fine(block: usize, extent: usize, size: usize) {
    let end = block.wrapping_add(extent);
    for word in 1..=SMALLEST_EXTENT / WORD {
        // SAFETY: in the last 32 bytes of the extent.
        unsafe { word_at(end.wrapping_sub(word * WORD)).write(GUARD) };
    }
    // SAFETY: at least 8 bytes of the extent are behind the caller's.
    unsafe { word_at(block.wrapping_add(size)).write_unaligned(GUARD) };
    // SAFETY: as above.
    unsafe { write_ends(block, end, extent.wrapping_sub(size) as u32) };
}

/// Writes the check and the field.
///
/// # Safety
/// The block ends at `end`, and the field's slack is not more than its extent.
#[inline(always)]
unsafe fn write_ends(block: usize, end: usize, field: u32) {
    // SAFETY: the last 4 bytes of the extent.
    unsafe { half_at(end.wrapping_sub(CHECK)).write(field) };
    let place = end.wrapping_sub((field & SLACK_MASK) as usize);
    // SAFETY: the 4 bytes behind the caller's.
    unsafe { half_at(place).write_unaligned(check_of(block, field)) };
}

/// Writes the tail of a block, touching none of the caller's bytes. A word in it stays where it is,
/// at the end of the extent.
///
/// # Safety
/// The `extent` bytes at `block` are the caller's, `extent` is a multiple of 16, and the size and the
/// marks' tail fit in it.
pub unsafe fn seal(block: usize, extent: usize, tail: Tail) {
    let end = block.wrapping_add(extent);
    for (from, to) in guarded(block, extent, tail) {
        let start = ptr::with_exposed_provenance_mut::<u8>(from);
        // SAFETY: between the caller's bytes and the end, by the contract of this function.
        unsafe { start.write_bytes(GUARD as u8, to.saturating_sub(from)) };
    }
    let field = extent.wrapping_sub(tail.size) as u32 | tail.marks.bits() << SLACK_BITS;
    // SAFETY: as above.
    unsafe { write_ends(block, end, field) };
}

/// Where a block's guard bytes are: between the check and the field, but for the word.
fn guarded(block: usize, extent: usize, tail: Tail) -> [(usize, usize); 2] {
    let end = block.wrapping_add(extent);
    let (from, to) = (block.wrapping_add(tail.size + CHECK), end.wrapping_sub(CHECK));
    if !tail.marks.has_word {
        return [(from, to), (to, to)];
    }
    let word = end.wrapping_sub(WORD_PLACE);
    [(from, word), (word.wrapping_add(WORD), to)]
}

/// Whether the tail of a live block without marks is as it was sealed, as far as an overrun would
/// have changed it: the check, which is behind the caller's bytes, and the field. `false` also for a
/// block with marks: see [`read`].
///
/// # Safety
/// As for [`read`].
#[inline(always)]
pub unsafe fn is_plainly_intact(block: usize, extent: usize) -> bool {
    let end = block.wrapping_add(extent);
    // SAFETY: the last 4 bytes of the extent.
    let field = unsafe { half_at(end.wrapping_sub(CHECK)).read() };
    if (field as usize).wrapping_sub(CHECK) > extent.wrapping_sub(CHECK) {
        return false;
    }
    // SAFETY: 4 bytes or more before the end, and not before the block.
    let check = unsafe { half_at(end.wrapping_sub(field as usize)).read_unaligned() };
    check == check_of(block, field)
}

/// What the tail of a live block says. `None`: it was overwritten.
///
/// # Safety
/// The `extent` bytes at `block` can be read, and `extent` is a multiple of 16, not 0.
pub unsafe fn read(block: usize, extent: usize) -> Option<Tail> {
    let end = block.wrapping_add(extent);
    // SAFETY: the last 4 bytes of the extent.
    let field = unsafe { half_at(end.wrapping_sub(CHECK)).read() };
    let slack = (field & SLACK_MASK) as usize;
    let marks = Marks::from_bits(field >> SLACK_BITS);
    if slack > extent || slack < marks.tail_bytes() || field >> SLACK_BITS != marks.bits() {
        return None;
    }
    // SAFETY: inside the extent, as was seen just now.
    let check = unsafe { half_at(end.wrapping_sub(slack)).read_unaligned() };
    let tail = Tail { size: extent.wrapping_sub(slack), marks };
    let intact = check == check_of(block, field)
        && guarded(block, extent, tail).into_iter().all(|(from, to)| {
            // SAFETY: between the caller's bytes and the end.
            unsafe { is_filled(from, to) }
        });
    intact.then_some(tail)
}

/// The word of a block whose marks say that it has one.
///
/// # Safety
/// As for [`read`].
pub unsafe fn word(block: usize, extent: usize) -> usize {
    // SAFETY: the place of the word, aligned.
    unsafe { word_at(block.wrapping_add(extent).wrapping_sub(WORD_PLACE)).read() as usize }
}

/// Changes the word.
///
/// # Safety
/// As for [`seal`]; the block's marks say that it has one.
pub unsafe fn set_word(block: usize, extent: usize, word: usize) {
    // SAFETY: the place of the word, aligned.
    unsafe { word_at(block.wrapping_add(extent).wrapping_sub(WORD_PLACE)).write(word as u64) };
}

/// Whether `[from, to)` is all guard bytes.
///
/// # Safety
/// The range can be read.
unsafe fn is_filled(from: usize, to: usize) -> bool {
    let mut at = from;
    while at < to {
        let start = ptr::with_exposed_provenance::<u8>(at);
        let left = to.wrapping_sub(at);
        if at.is_multiple_of(WORD) && left >= WORD {
            // SAFETY: eight bytes of the range, aligned.
            if unsafe { start.cast::<u64>().read() } != GUARD {
                return false;
            }
            at = at.wrapping_add(WORD);
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

    fn sealed(memory: &mut Memory, extent: usize, tail: Tail) -> usize {
        prepare();
        let block = memory.0.as_mut_ptr().expose_provenance();
        // SAFETY: the block is the memory, and the tail fits.
        unsafe { seal(block, extent, tail) };
        block
    }

    proptest! {
        #[test]
        fn a_tail_says_what_was_sealed(
            granules in 2usize..256, slack in 0usize..4096, has_word: bool, flags in 0u8..8,
        ) {
            let extent = granules * 16;
            let marks = Marks { has_word, flags };
            let slack = (slack % (extent + 1)).max(marks.tail_bytes());
            let tail = Tail { size: extent - slack, marks };
            let mut memory = Memory([0x55; 4096]);
            let block = sealed(&mut memory, extent, tail);
            // SAFETY: the block is the memory.
            prop_assert_eq!(unsafe { read(block, extent) }, Some(tail));
            // SAFETY: as above.
            let plain = unsafe { is_plainly_intact(block, extent) };
            prop_assert_eq!(plain, marks == Marks::default());
            prop_assert!(memory.0[..tail.size].iter().all(|&byte| byte == 0x55));
            prop_assert!(memory.0[extent..].iter().all(|&byte| byte == 0x55));
        }

        #[test]
        fn a_fine_tail_is_the_same_as_any_other(size in 0usize..=LARGEST_FINE) {
            let needed = (size + SMALLEST_TAIL).max(SMALLEST_EXTENT);
            let step = if needed <= 256 { 16 } else { 32 };
            let extent = needed.next_multiple_of(step);
            let tail = Tail { size, marks: Marks::default() };
            let mut memory = Memory([0; 4096]);
            let block = sealed(&mut memory, extent, tail);
            let expected = memory.0[size..extent].to_vec();
            memory.0[size..extent].fill(0);
            // SAFETY: the block is the memory, and the tail fits.
            unsafe { seal_fine(block, extent, size) };
            // SAFETY: as above.
            prop_assert_eq!(unsafe { read(block, extent) }, Some(tail));
            prop_assert_eq!(&memory.0[size..extent], &expected[..]);
            prop_assert!(memory.0[extent..].iter().all(|&byte| byte == 0));
        }

        #[test]
        fn any_byte_changed_behind_the_callers_is_noticed(
            granules in 2usize..64, slack in 8usize..1024, offset: usize, change in 1u8..,
        ) {
            let extent = granules * 16;
            let size = extent - slack.min(extent);
            let mut memory = Memory([0; 4096]);
            let block = sealed(&mut memory, extent, Tail { size, marks: Marks::default() });
            let place = size + offset % (extent - size);
            // SAFETY: inside the memory; by its address, as the tail is read.
            unsafe { *ptr::with_exposed_provenance_mut::<u8>(block + place) ^= change };
            // SAFETY: as above.
            prop_assert_eq!(unsafe { read(block, extent) }, None);
            if place < size + CHECK || place >= extent - CHECK {
                // SAFETY: as above.
                let unnoticed = unsafe { is_plainly_intact(block, extent) };
                prop_assert!(!unnoticed);
            }
        }
    }
}
