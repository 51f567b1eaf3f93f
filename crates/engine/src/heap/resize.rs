//! Changing a block's size: where it is if possible, else by moving its pages, else by copying.

use super::allocate::block;
use super::claim::Claim;
use super::demand;
use super::record::HeapRecord;
use super::refusal::Refusal;
use crate::base::atomic::Ordering;
use crate::base::size_class::{CLASS_COUNT, LARGEST, SizeClass, class_of};
use crate::base::units::UnitIndex;
use crate::cache::slot::Slot;
use core::ptr;

/// A block that shrinks below this share of its class's size moves to a smaller one.
const KEPT_WHILE_ABOVE: usize = 2;

impl HeapRecord {
    /// Makes a live block `size` bytes long, at a multiple of `align` if it has to move.
    /// `Ok(null)`: out of memory, and the block is as it was.
    ///
    /// # Safety
    /// Nobody else uses the block meanwhile, and nobody uses the old address if another comes back.
    #[inline]
    pub unsafe fn reallocate(
        &self,
        slot: Option<&Slot>,
        old: *mut u8,
        size: usize,
        align: usize,
    ) -> Result<*mut u8, Refusal> {
        let Some(Claim::Small(class)) = self.live_block(old.addr()) else {
            // SAFETY: by the contract of this function.
            return unsafe { self.reallocate_large(slot, old, size, align) };
        };
        if stays(class, size) {
            return Ok(old);
        }
        // SAFETY: by the contract of this function.
        unsafe { self.replace(slot, old, class.size(), size, align, |_, _| false) }
    }

    /// [`HeapRecord::reallocate`] for a block that has a span of its own, or that is none.
    ///
    /// # Safety
    /// As there.
    #[inline(never)]
    unsafe fn reallocate_large(
        &self,
        slot: Option<&Slot>,
        old: *mut u8,
        size: usize,
        align: usize,
    ) -> Result<*mut u8, Refusal> {
        let claim = self.claim(old.addr())?;
        if self.resize_claimed(claim, size) {
            return Ok(old);
        }
        // SAFETY: by the contract of this function.
        unsafe {
            self.replace(slot, old, claim.size(), size, align, |new, kept| {
                self.moved(claim, new, kept)
            })
        }
    }

    /// Puts what is in the live block `old` of `whole` bytes into a new one; `moves(address, bytes)` may
    /// do it.
    ///
    /// # Safety
    /// As for [`HeapRecord::reallocate`].
    #[inline(always)]
    unsafe fn replace(
        &self,
        slot: Option<&Slot>,
        old: *mut u8,
        whole: usize,
        size: usize,
        align: usize,
        moves: impl FnOnce(usize, usize) -> bool,
    ) -> Result<*mut u8, Refusal> {
        let new = block(self.allocate_aligned(slot, size, align));
        if new.is_null() {
            return Ok(new);
        }
        let kept = whole.min(size);
        if !moves(new.addr(), kept) {
            // SAFETY: both blocks are live and at least so long; a new block doesn't overlap a live one.
            unsafe { ptr::copy_nonoverlapping(old, new, kept) };
        }
        // SAFETY: by the contract of this function.
        unsafe { self.free(slot, old.addr()) }?;
        Ok(new)
    }

    /// Makes a live block `size` bytes long without moving it. `Ok(false)`: not possible.
    pub fn resize_in_place(&self, address: usize, size: usize) -> Result<bool, Refusal> {
        let claim = self.claim(address)?;
        Ok(match claim {
            Claim::Small(class) => size <= class.size(),
            Claim::Large(unit) => self.resize_large(unit, size),
        })
    }

    fn resize_claimed(&self, claim: Claim, size: usize) -> bool {
        match claim {
            Claim::Small(class) => stays(class, size),
            // A block that becomes small moves into a slab.
            Claim::Large(unit) => size > LARGEST && self.resize_large(unit, size),
        }
    }

    #[inline(never)]
    fn resize_large(&self, unit: UnitIndex, size: usize) -> bool {
        if size > isize::MAX as usize {
            return false;
        }
        let claim = Claim::Large(unit);
        let before = claim.size();
        let done = self.inside(|_| self.resize_large_in_place(unit, size));
        demand::attend();
        if done && self.counting.load(Ordering::Relaxed) {
            self.counters.freed(before);
            self.counters.allocated(CLASS_COUNT, claim.size());
        }
        done
    }

    /// Moves the pages of a large block to a large block. `false`: nothing was done.
    fn moved(&self, from: Claim, to: usize, bytes: usize) -> bool {
        let Claim::Large(from) = from else { return false };
        match self.claim(to) {
            Ok(Claim::Large(to)) => self.inside(|_| self.move_large(from, to, bytes)),
            _ => false,
        }
    }
}

/// Whether a block of the class that is to be `size` bytes long stays where it is.
#[inline(always)]
fn stays(class: SizeClass, size: usize) -> bool {
    let whole = class.size();
    size <= whole && (size >= whole / KEPT_WHILE_ABOVE || class_of(size) == Some(class))
}
