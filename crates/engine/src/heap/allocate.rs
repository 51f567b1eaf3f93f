//! Allocating: the fast path pops the class's stack, the slow one fills it or takes a span.

use super::large;
use super::record::HeapRecord;
use crate::base::atomic::Ordering;
use crate::base::size_class::{CLASS_COUNT, SizeClass, class_of, class_of_aligned};
use crate::base::units::{GRANULE, UNIT};
use crate::cache::slot::Slot;
use crate::cache::{Cache, KNOWN_ZERO};

impl HeapRecord {
    /// A block of at least `size` bytes if the thread's cache has one at hand: its address plus
    /// [`KNOWN_ZERO`] if it reads as zero, or 0. `slot` is the calling thread's in this heap.
    #[inline(always)]
    pub fn try_allocate(&self, slot: &Slot, size: usize) -> usize {
        let Some(class) = class_of(size) else { return 0 };
        let entry = slot.enter().map_or(0, |cache| cache.pop(class));
        slot.leave();
        entry
    }

    /// A block of at least `size` bytes, as [`HeapRecord::try_allocate`] gives it; 0: out of memory.
    #[inline(always)]
    pub fn allocate(&self, slot: Option<&Slot>, size: usize) -> usize {
        match class_of(size) {
            Some(class) => self.allocate_class(slot, class),
            None => self.allocate_large_slow(size, UNIT),
        }
    }

    /// The same at a multiple of `align`, a power of two.
    #[inline]
    pub fn allocate_aligned(&self, slot: Option<&Slot>, size: usize, align: usize) -> usize {
        if align <= GRANULE {
            return self.allocate(slot, size);
        }
        match class_of_aligned(size, align) {
            Some(class) => self.allocate_class(slot, class),
            None => self.allocate_large_slow(size, align),
        }
    }

    #[inline(always)]
    fn allocate_class(&self, slot: Option<&Slot>, class: SizeClass) -> usize {
        if let Some(slot) = slot {
            if let Some(cache) = slot.enter() {
                let entry = cache.pop(class);
                if entry != 0 {
                    slot.leave();
                    return entry;
                }
            }
            slot.leave();
        }
        self.allocate_class_slow(slot, class)
    }

    #[cold]
    #[inline(never)]
    fn allocate_class_slow(&self, slot: Option<&Slot>, class: SizeClass) -> usize {
        if let Some(slot) = slot {
            // The gate may have been closed before, so there may still be something to pop.
            let entry = slot.enter().map_or(0, |cache| match cache.pop(class) {
                0 if !cache.is_marked(class) && cache.flip(class, self) => cache.pop(class),
                entry => entry,
            });
            slot.leave();
            if entry != 0 {
                return entry;
            }
        }
        let entry = self.inside(|cache| {
            let Some(cache) = cache else { return 0 };
            self.allocate_from_cache(cache, class).0
        });
        if entry != 0 {
            self.count_allocation(class.index(), class.size());
        }
        entry
    }

    /// An entry of the class for a thread that is inside with `cache`, 0 if out of memory; and the
    /// bytes that the block takes.
    #[inline]
    pub fn allocate_from_cache(&self, cache: &Cache, class: SizeClass) -> (usize, usize) {
        loop {
            if let Some(entry) = self.allocate_if_sample(cache, class) {
                return (entry, large::usable(class.size()));
            }
            let entry = cache.pop(class);
            // The first one on a stack that was filled just now may be a sample.
            if entry != 0 || !cache.refill(class, self) {
                return (entry, class.size());
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn allocate_large_slow(&self, size: usize, align: usize) -> usize {
        let entry = self.inside(|_| self.allocate_large(size, align));
        if entry != 0 {
            self.count_allocation(CLASS_COUNT, large::usable(size));
        }
        entry
    }

    fn count_allocation(&self, class: usize, bytes: usize) {
        if self.counting.load(Ordering::Relaxed) {
            self.counters.allocated(class, bytes);
        }
    }
}

/// The block of an entry, for a caller that doesn't care for its contents.
#[inline(always)]
pub fn block(entry: usize) -> *mut u8 {
    core::ptr::with_exposed_provenance_mut(entry & !KNOWN_ZERO)
}

/// The block of an entry with its first `size` bytes zero.
#[inline(always)]
pub fn zeroed_block(entry: usize, size: usize) -> *mut u8 {
    let block = block(entry);
    if entry & KNOWN_ZERO == 0 && entry != 0 {
        // SAFETY: the block was just allocated with at least `size` bytes and is the caller's.
        unsafe { block.write_bytes(0, size) };
    }
    block
}
