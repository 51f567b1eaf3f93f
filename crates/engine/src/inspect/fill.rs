//! Filling what is free, so that a write to it shows.

use super::walk::is_live;
use crate::base::units::{GRANULE_SHIFT, UnitIndex};
use crate::heap::record::HeapRecord;
use crate::span::WINDOW;
use crate::span::map::{self, Use};

/// Writes `byte` to every byte of every free block of `heap`.
pub fn fill_free(heap: &HeapRecord, byte: u8) {
    let quiet = heap.quiesce();
    // What lies on a stack may be marked as reading as zero.
    quiet.each_cache(|cache| cache.spill_all(heap));
    let spans = heap.spans.lock();
    let mut at = spans.first;
    while !at.is_none() {
        if let Use::Slab(class) = map::entry(at).usage() {
            let class = class.properties();
            WINDOW.header(at).zero.set(false);
            let mut granule = 0;
            while granule < class.end {
                if !is_live(at, granule) {
                    fill(at, granule, class.size as usize, byte);
                }
                granule += class.stride;
            }
        }
        at = WINDOW.header(at).heap_next.get();
    }
}

fn fill(slab: UnitIndex, granule: u32, bytes: usize, byte: u8) {
    let block = WINDOW.address(slab) + ((granule as usize) << GRANULE_SHIFT);
    let start = core::ptr::with_exposed_provenance_mut::<u8>(block);
    // SAFETY: a free block of a heap that nobody else is in.
    unsafe { start.write_bytes(byte, bytes) };
}
