//! Changing a block's size: where it is if possible, else by moving its pages, else by copying.

use super::allocate::block;
use super::claim::Claim;
use super::demand;
use super::record::HeapRecord;
use super::refusal::Refusal;
use crate::base::atomic::Ordering;
use crate::base::size_class::{CLASS_COUNT, LARGEST, class_of};
use crate::base::units::UnitIndex;
use crate::cache::KNOWN_ZERO;
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
    pub unsafe fn reallocate(
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
        let new = self.allocate_aligned(slot, size, align) & !KNOWN_ZERO;
        if new == 0 {
            return Ok(ptr::null_mut());
        }
        let kept = claim.size().min(size);
        if !self.moved(claim, new, kept) {
            // SAFETY: both blocks are live and at least `kept` bytes long; a new block doesn't
            // overlap a live one.
            unsafe { ptr::copy_nonoverlapping(old, block(new), kept) };
        }
        // SAFETY: by the contract of this function.
        unsafe { self.free(slot, old.addr()) }?;
        Ok(block(new))
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
            Claim::Small(class) => {
                let whole = class.size();
                size <= whole && (size >= whole / KEPT_WHILE_ABOVE || class_of(size) == Some(class))
            }
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
