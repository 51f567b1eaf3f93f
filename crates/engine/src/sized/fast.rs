//! The fast path: a plain block from, or back to, the cache that the thread used last. The cache
//! itself says which heap it belongs to, so a handle needs no other check.

use super::tail::{self, LARGEST_FINE, SMALLEST_EXTENT, SMALLEST_TAIL, Tail};
use crate::base::size_class::{LARGEST, SizeClass, class_of, class_of_known};
use crate::base::units::GRANULE;
use crate::cache::slot::{Slot, ThreadBlock};
use crate::cache::{Cache, KNOWN_ZERO};
use crate::heap::record::HeapRecord;

/// The class for a size up to [`LARGEST_FINE`], by the granules that it takes with its tail.
static FINE_CLASSES: [SizeClass; (LARGEST_FINE + SMALLEST_TAIL) / GRANULE + 1] = {
    let mut table = [class_of_known(SMALLEST_EXTENT); (LARGEST_FINE + SMALLEST_TAIL) / GRANULE + 1];
    let mut granules = SMALLEST_EXTENT / GRANULE;
    while granules < table.len() {
        table[granules] = class_of_known(granules * GRANULE);
        granules += 1;
    }
    table
};

/// A plain block of `size` bytes in the heap with this handle, if it is of a fine class and one is at
/// hand; else 0.
#[inline(always)]
pub fn allocate(handle: usize, size: usize) -> usize {
    if size > LARGEST_FINE {
        return 0;
    }
    with_recent(handle, |cache| {
        let Some(&class) = FINE_CLASSES.get((size + SMALLEST_TAIL).div_ceil(GRANULE)) else {
            return 0;
        };
        let block = cache.pop(class) & !KNOWN_ZERO;
        if block != 0 {
            // SAFETY: the block was just allocated, and is of the smallest class for the size.
            unsafe { tail::seal_fine(block, class.size(), size) };
        }
        block
    })
}

/// A plain block of `size` bytes from the cache of the thread's in `heap`, whose handle this is: of any
/// class, also if what was freed has to be turned over first; else 0.
pub fn allocate_from(heap: &HeapRecord, handle: usize, size: usize) -> usize {
    if size > LARGEST - SMALLEST_TAIL {
        return 0;
    }
    with_recent(handle, |cache| {
        let bytes = (size + SMALLEST_TAIL).max(SMALLEST_EXTENT);
        let Some(class) = class_of(bytes) else { return 0 };
        let mut block = cache.pop(class) & !KNOWN_ZERO;
        if block == 0 && !cache.is_marked(class) && cache.flip(class, heap) {
            block = cache.pop(class) & !KNOWN_ZERO;
        }
        if block != 0 {
            // SAFETY: the block was just allocated, with room for the size and its tail.
            unsafe { tail::seal(block, class.size(), Tail::plain(size)) };
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
    // SAFETY: null, or a unit that is only ever such a cache, or without a handle.
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
