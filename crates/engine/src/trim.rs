//! Trim: give back to the OS what nobody uses.

use crate::base::atomic::Ordering;
use crate::base::size_class::SizeClass;
use crate::base::units::{GRANULE_SHIFT, UNIT, UnitIndex, round_down, round_up_length};
use crate::heap::gate::Quiet;
use crate::heap::record::HeapRecord;
use crate::os;
use crate::span::map::{self, Use};
use crate::span::{POOL, WINDOW};

/// What a trim did, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trimmed {
    /// Memory of the window in use by the process before.
    pub resident_before: usize,
    /// Memory of the window in use by the process afterwards.
    pub resident_after: usize,
    /// The difference.
    pub released: usize,
}

/// Empties the caches of all threads, releases empty slabs, gives back free spans and the free
/// pages inside slabs.
pub fn trim(heap: &HeapRecord) -> Trimmed {
    let resident_before = resident();
    release(heap, &heap.quiesce());
    let resident_after = resident();
    Trimmed {
        resident_before,
        resident_after,
        released: resident_before.saturating_sub(resident_after),
    }
}

/// The work of [`trim`], on a heap that no other thread is in.
pub fn release(heap: &HeapRecord, quiet: &Quiet<'_>) {
    quiet.each_cache(|cache| cache.spill_all(heap));
    let spans = heap.spans.lock();
    let mut at = spans.first;
    let mut returned = 0;
    while !at.is_none() {
        if let Use::Slab(class) = map::entry(at).usage() {
            returned += release_free_pages(at, class);
        }
        at = WINDOW.header(at).heap_next.get();
    }
    drop(spans);
    let mut pool = POOL.lock();
    pool.count_returned(returned);
    pool.purge(0);
}

fn resident() -> usize {
    let used = POOL.lock().ever_used();
    os::resident_bytes(WINDOW.address(UnitIndex(0)), used.bytes())
}

/// Gives back the pages of a slab that no live block touches. Returns their bytes.
fn release_free_pages(slab: UnitIndex, class: SizeClass) -> usize {
    let page = os::page_size();
    let start = WINDOW.address(slab);
    let live = WINDOW.live_words(slab);
    let size = class.size();
    let end = (WINDOW.header(slab).carved.get() as usize) << GRANULE_SHIFT;
    let mut released = 0;
    let mut free_from = 0;
    let mut block = 0;
    while block < UNIT {
        let granule = block >> GRANULE_SHIFT;
        let is_live =
            block < end && live[granule >> 6].load(Ordering::Relaxed) >> (granule & 63) & 1 != 0;
        if is_live {
            released += release_pages(start, free_from, block, page);
            free_from = block + size;
        }
        block += size;
    }
    released + release_pages(start, free_from, UNIT, page)
}

/// Gives back the whole pages in `[from, to)` of a slab.
fn release_pages(slab: usize, from: usize, to: usize, page: usize) -> usize {
    let first = round_up_length(from, page);
    let last = round_down(to, page);
    if first < last && os::decommit(slab + first, last - first) { last - first } else { 0 }
}
