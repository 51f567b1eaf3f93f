//! Is a heap's record what it was made to be? Asked before any of its locks is taken: one that was
//! overwritten might never open; and before any of its pointers is followed.

use crate::base::atomic::Ordering;
use crate::base::units::{UNIT, Units};
use crate::cache::Cache;
use crate::heap::gate;
use crate::heap::record::HeapRecord;
use crate::heap::slots;
use crate::span::map::{self, Use};
use crate::span::{POOL, WINDOW};

/// Whether nothing in the record contradicts what is known.
pub fn is_sound(heap: &HeapRecord) -> bool {
    let untouched = heap.signature == HeapRecord::sign(heap.number, heap.incarnation, &heap.traits)
        && heap.slot_offset == slots::offset(heap.number);
    let limit = heap.traits.limit;
    untouched
        && heap.charged.load(Ordering::Relaxed) <= limit
        && (heap.maximum == 0 || !heap.traits.sized)
        && heap.closed.load(Ordering::Relaxed) <= gate::LOCKED
        && heap.gate.is_sound()
        && heap.caches.is_sound()
        && heap.shared.is_sound()
        && heap.spans.is_sound()
        && heap.charges.is_sound()
        && is_cache_or_null(heap.lone.get())
        && reserve_is_sound(heap)
        && is_cache_or_null(heap.shared.peek_with(|&cache| cache))
        && lists_are_sound(heap)
        && spans_are_known(heap)
        && (heap.counting.load(Ordering::Relaxed) || heap.counters.are_zero())
}

fn reserve_is_sound(heap: &HeapRecord) -> bool {
    let reserve = heap.reserve.load(Ordering::Relaxed);
    reserve.checked_shr(heap.traits.beside).unwrap_or(0) == 0
}

/// Whether a cache can be there: at the start of a unit of the engine's own.
fn is_cache_or_null(cache: *const Cache) -> bool {
    let address = cache.addr();
    if address == 0 {
        return true;
    }
    let known = WINDOW.contains(address) && WINDOW.unit(address).0 < POOL.lock().ever_used().0;
    known && address.is_multiple_of(UNIT) && map::entry(WINDOW.unit(address)).usage() == Use::Engine
}

/// Whether the lists lead from cache to cache, to their ends.
fn lists_are_sound(heap: &HeapRecord) -> bool {
    // A list's head before the lock is taken, which could be the damaged thing.
    let heads = heap.caches.peek_with(|lists| (lists.all, lists.idle, lists.count));
    if !is_cache_or_null(heads.0) || !is_cache_or_null(heads.1) {
        return false;
    }
    let lists = heap.caches.lock();
    let mut left = lists.count;
    let mut at = lists.all;
    while !at.is_null() {
        if left == 0 || !is_cache_or_null(at) {
            return false;
        }
        left -= 1;
        // SAFETY: at a unit of the engine's own, where a cache of this heap's list is.
        at = unsafe { (*at).next.get() };
    }
    left == 0
}

fn spans_are_known(heap: &HeapRecord) -> bool {
    // Before the first allocation no unit was used; "none" is known all the same.
    let used = POOL.lock().ever_used().max(Units(1));
    let (first, last) = heap.spans.peek_with(|spans| (spans.first, spans.last));
    first.0 < used.0 && last.0 < used.0 && first.is_none() == last.is_none()
}
