//! Changing a sized block's size: where it is if possible, else elsewhere.

use super::allocate::Raw;
use super::charge;
use super::claim::SizedBlock;
use super::tail::{self, Marks, SMALLEST_EXTENT, Tail};
use crate::base::size_class::{LARGEST, class_of};
use crate::base::units::GRANULE;
use crate::cache::Cache;
use crate::heap::claim::Claim;
use crate::heap::demand;
use crate::heap::record::HeapRecord;
use crate::heap::refusal::{Refusal, judge};
use core::ptr;

/// A block that shrinks below this share of its extent moves, if it may.
const KEPT_WHILE_ABOVE: usize = 2;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Resize {
    /// Bytes.
    pub size: usize,
    /// The alignment of the block if it has to move, a power of two.
    pub align: usize,
    /// Bytes beyond the old size read as zero.
    pub zero: bool,
    /// The block doesn't move.
    pub in_place: bool,
    /// Don't wait for another thread that has locked the heap.
    pub unserialized: bool,
    /// Flags that take the place of the block's if it grows.
    pub flags_on_growth: Option<u8>,
}

impl Resize {
    /// To `size` bytes, wherever.
    pub const fn plain(size: usize) -> Self {
        Self {
            size,
            align: GRANULE,
            zero: false,
            in_place: false,
            unserialized: false,
            flags_on_growth: None,
        }
    }
}

impl HeapRecord {
    /// Makes a live block `resize.size` bytes long. `Ok(0)`: not possible, and the block is as it
    /// was.
    ///
    /// # Safety
    /// Nobody else uses the block meanwhile, nor its old address if another one comes back.
    pub unsafe fn resize_sized(&self, address: usize, resize: &Resize) -> Result<usize, Refusal> {
        let result = self.inside_past(resize.unserialized, |cache| {
            let block = self.claim_sized(address)?;
            let (before, after) = (charge(block.tail.size), charge(resize.size));
            if after > before && !self.charge_block(after - before) {
                return Ok(0);
            }
            // SAFETY: by the contract of this function.
            let result = unsafe { self.resize_inside(cache, &block, resize) };
            let charged_too_much = match result {
                Ok(resized) if resized != 0 => before.saturating_sub(after),
                _ => after.saturating_sub(before),
            };
            self.uncharge_block(charged_too_much);
            result
        });
        demand::attend();
        result
    }

    /// [`HeapRecord::resize_sized`] for a thread that is inside the heap with `cache`.
    ///
    /// # Safety
    /// As there.
    unsafe fn resize_inside(
        &self,
        cache: Option<&Cache>,
        block: &SizedBlock,
        resize: &Resize,
    ) -> Result<usize, Refusal> {
        let flags = match resize.flags_on_growth {
            Some(flags) if resize.size > block.tail.size => flags,
            _ => block.tail.marks.flags,
        };
        let tail = Tail { size: resize.size, marks: Marks { flags, ..block.tail.marks } };
        // SAFETY: the block is live. Its word may lie in memory that it loses now.
        let word = unsafe { block.word() };
        if self.fits_in_place(block, tail, resize.in_place) {
            // SAFETY: the block is live and the caller's alone.
            unsafe { reseal(block, tail, word, resize.zero) };
            return Ok(block.address);
        }
        if resize.in_place {
            return Ok(0);
        }
        if let Some(raw) = self.allocate_raw(cache, tail, resize.align) {
            // SAFETY: as above; the new block has room for the tail.
            unsafe { self.move_sized(block, &raw, tail, word, resize.zero) };
            self.free_inside(cache, block.address).map_err(|()| judge(self, block.address))?;
            return Ok(raw.block());
        }
        // No memory to move to, but a shorter block can stay.
        if self.fits_in_place(block, tail, true) {
            // SAFETY: as above.
            unsafe { reseal(block, tail, word, resize.zero) };
            return Ok(block.address);
        }
        Ok(0)
    }

    /// Whether the block has room, or was given it. `stay`: also where it would take much more
    /// memory than its new size needs.
    fn fits_in_place(&self, block: &SizedBlock, tail: Tail, stay: bool) -> bool {
        let Some(bytes) = tail.size.checked_add(tail.marks.tail_bytes()) else { return false };
        let bytes = bytes.max(SMALLEST_EXTENT);
        match block.claim {
            Claim::Small(class) => {
                let whole = class.size();
                let worthwhile =
                    stay || bytes >= whole / KEPT_WHILE_ABOVE || class_of(bytes) == Some(class);
                bytes <= whole && worthwhile
            }
            // A block that becomes small moves into a slab, if it may.
            Claim::Large(unit) => {
                (stay || bytes > LARGEST)
                    && bytes <= isize::MAX as usize
                    && self.resize_large_in_place(unit, bytes)
            }
        }
    }

    /// Moves a block's contents, and seals the new one.
    ///
    /// # Safety
    /// The block is live and the caller's alone, the new one just allocated, with room for the tail.
    unsafe fn move_sized(
        &self,
        block: &SizedBlock,
        new: &Raw,
        tail: Tail,
        word: Option<usize>,
        zero: bool,
    ) {
        let kept = block.tail.size.min(tail.size);
        let moved = match (block.claim, self.claim(new.block())) {
            (Claim::Large(from), Ok(Claim::Large(to))) => self.move_large(from, to, kept),
            _ => false,
        };
        if !moved {
            // SAFETY: both blocks are live and at least `kept` bytes long; a new block doesn't
            // overlap a live one.
            unsafe { ptr::copy_nonoverlapping(at(block.address), at(new.block()), kept) };
        }
        if zero && tail.size > kept {
            // Moved pages bring the old block's tail along, so what is known of the new ones
            // doesn't hold.
            // SAFETY: inside the new block.
            unsafe { at(new.block() + kept).write_bytes(0, tail.size - kept) };
        }
        // SAFETY: by the contract of this function.
        unsafe { seal_with_word(new.block(), new.extent, tail, word) };
    }
}

/// Writes the tail for a block's new size where it is.
///
/// # Safety
/// The block is live, the caller's alone, and its extent holds the new size and tail.
unsafe fn reseal(block: &SizedBlock, tail: Tail, word: Option<usize>, zero: bool) {
    let old = block.tail.size;
    if zero && tail.size > old {
        // SAFETY: the bytes between the sizes are inside the block.
        unsafe { at(block.address + old).write_bytes(0, tail.size - old) };
    }
    // SAFETY: by the contract of this function.
    unsafe { seal_with_word(block.address, block.claim.size(), tail, word) };
}

/// # Safety
/// As for [`tail::seal`].
unsafe fn seal_with_word(block: usize, extent: usize, tail: Tail, word: Option<usize>) {
    // SAFETY: by the contract of this function.
    unsafe { tail::seal(block, extent, tail) };
    if let Some(word) = word {
        // SAFETY: as above; only a block whose marks say so has one.
        unsafe { tail::set_word(block, extent, word) };
    }
}

impl SizedBlock {
    /// The word that the block carries.
    ///
    /// # Safety
    /// The block is live.
    pub unsafe fn word(&self) -> Option<usize> {
        // SAFETY: by the contract of this function.
        self.tail.marks.has_word.then(|| unsafe { tail::word(self.address, self.extent) })
    }
}

fn at(address: usize) -> *mut u8 {
    ptr::with_exposed_provenance_mut(address)
}
