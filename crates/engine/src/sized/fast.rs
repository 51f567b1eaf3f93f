//! The fast path: a plain block from, or back to, the cache that the thread used last. The cache
//! itself says which heap it belongs to, so a handle needs no other check.

use super::tail::{self, FINE, RECORD, SMALLEST_EXTENT};
use crate::base::size_class::{LARGEST, class_of, class_of_fine};
use crate::base::units::{GRANULE, round_up_length};
use crate::cache::slot::{Slot, ThreadBlock};
use crate::cache::{Cache, KNOWN_ZERO};

/// A plain block of `size` bytes in the heap with this handle, if it is of a fine class and one is at
/// hand; else 0.
#[inline(always)]
pub fn allocate(handle: usize, size: usize) -> usize {
    if size.wrapping_sub(FINE.start) >= FINE.end - FINE.start {
        return 0;
    }
    with_recent(handle, |cache| {
        let extent = round_up_length(size + RECORD, GRANULE);
        let class = class_of_fine(extent);
        let block = cache.pop(class) & !KNOWN_ZERO;
        if block != 0 {
            // SAFETY: the block was just allocated, and is of the smallest class for the size.
            unsafe { tail::seal_fine(block, extent, size) };
        }
        block
    })
}

/// [`allocate`] for the other sizes.
pub fn allocate_coarse(handle: usize, size: usize) -> usize {
    if size > LARGEST - RECORD {
        return 0;
    }
    with_recent(handle, |cache| {
        let Some(class) = class_of((size + RECORD).max(SMALLEST_EXTENT)) else { return 0 };
        let block = cache.pop(class) & !KNOWN_ZERO;
        if block != 0 {
            // SAFETY: the block was just allocated, with room for the size and a record.
            unsafe { tail::seal_fresh(block, class.size(), size) };
        }
        block
    })
}

/// Frees an intact plain block of the heap with this handle, if it is of the thread's own slabs.
/// `false`: nothing was done.
///
/// # Safety
/// Nobody uses the block afterwards.
#[inline(always)]
pub unsafe fn free(handle: usize, address: usize) -> bool {
    with_recent(handle, |cache| {
        let freed = cache.free_own_checked(address, |extent| {
            // SAFETY: the bytes of a live block can be read; extents are multiples of 16.
            unsafe { tail::is_plainly_intact(address, extent) }
        });
        usize::from(freed)
    }) != 0
}

/// Runs `operation` with the cache that the thread used last, if it is of the heap with this handle
/// and the gate is open; else 0.
#[inline(always)]
fn with_recent(handle: usize, operation: impl Fn(&Cache) -> usize) -> usize {
    let block = ThreadBlock::current();
    // SAFETY: null, or a unit that is only ever such a cache, or zero.
    if let Some(cache) = unsafe { block.recent_lone.get().as_ref() }
        && cache.handle.get() == handle
    {
        return operation(cache);
    }
    // SAFETY: null, or a slot of the calling thread's.
    let Some(slot) = (unsafe { block.recent.get().as_ref() }) else { return 0 };
    let result = match slot.enter() {
        Some(cache) if cache.handle.get() == handle => operation(cache),
        _ => 0,
    };
    slot.leave();
    result
}

/// What the thread's next operations begin with: this slot, or, for a heap that isn't serialised,
/// its only cache.
pub fn remember(slot: Option<&Slot>, lone: *const Cache) {
    let block = ThreadBlock::current();
    if block.shared_only.get() {
        return;
    }
    if !lone.is_null() {
        block.recent_lone.set(lone);
    } else if let Some(slot) = slot {
        block.recent.set(slot);
    }
}
