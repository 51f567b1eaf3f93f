//! All heaps: the process heap, and the list of private ones with their numbers.

use super::record::HeapRecord;
use crate::base::atomic::{AtomicU64, Ordering};
use crate::base::units::{UNIT, UnitIndex, Units};
use crate::cache::shared_words;
use crate::os::lock::Lock;
use crate::span::map::{self, Use};
use crate::span::{POOL, WINDOW};
use core::cell::Cell;
use core::ptr::{self, NonNull};

/// Heaps at a time: numbers are bits of a table of 8 KiB.
const NUMBERS: usize = 1 << 16;

/// The process heap.
pub static PROCESS: HeapRecord = HeapRecord::new(0, 0);

/// A record in the list of all private heaps, in an engine unit of its own.
pub struct PrivateHeap {
    /// The heap.
    pub record: HeapRecord,
    next: Cell<*const PrivateHeap>,
}

struct Heaps {
    first: *const PrivateHeap,
}

// SAFETY: the records live until `destroy` takes them out, under the lock.
unsafe impl Send for Heaps {}

static HEAPS: Lock<Heaps> = Lock::new(Heaps { first: ptr::null() });
/// One bit a number in use. Number 0 is the process heap's.
static TAKEN: [AtomicU64; NUMBERS / 64] = [const { AtomicU64::new(0) }; NUMBERS / 64];

fn take_number() -> Option<u32> {
    for (index, word) in TAKEN.iter().enumerate() {
        let reserved = u64::from(index == 0);
        let taken = word.load(Ordering::Relaxed) | reserved;
        if taken != u64::MAX {
            let bit = (!taken).trailing_zeros();
            word.fetch_or(1 << bit, Ordering::Relaxed);
            return Some(index as u32 * 64 + bit);
        }
    }
    None
}

/// Makes a private heap whose spans take at most `maximum` bytes, rounded up to whole units.
/// `None`: out of memory, or out of numbers.
pub fn create(maximum: Option<usize>) -> Option<NonNull<PrivateHeap>> {
    let mut heaps = HEAPS.lock();
    let unit = PROCESS.take_engine_unit()?;
    let Some(number) = take_number() else {
        give_unit(unit);
        return None;
    };
    let maximum =
        maximum.and_then(|bytes| bytes.max(1).checked_next_multiple_of(UNIT)).unwrap_or(0);
    let memory = ptr::with_exposed_provenance_mut::<PrivateHeap>(WINDOW.address(unit));
    let heap =
        PrivateHeap { record: HeapRecord::new(number, maximum), next: Cell::new(heaps.first) };
    // SAFETY: the unit is this heap's alone, aligned and large enough for a record.
    unsafe { memory.write(heap) };
    heaps.first = memory;
    NonNull::new(memory)
}

/// Destroys a private heap and frees everything in it.
///
/// # Safety
/// It was made by [`create`], and no thread uses it or its blocks, now or later.
pub unsafe fn destroy(heap: NonNull<PrivateHeap>) {
    let unit = WINDOW.unit(heap.addr().get());
    // SAFETY: the heap is alive until its unit is given back below.
    let heap = unsafe { heap.as_ref() };
    let record = &heap.record;
    let mut heaps = HEAPS.lock();
    heaps.remove(heap);
    // Still with the list locked: a thread that ends now waits, and finds the heap forgotten.
    record.forget_threads();
    drop(heaps);
    record.release_spans();
    record.release_caches();
    let number = record.number as usize;
    TAKEN[number / 64].fetch_and(!(1 << (number % 64)), Ordering::Relaxed);
    give_unit(unit);
}

impl Heaps {
    fn remove(&mut self, heap: &PrivateHeap) {
        let target = ptr::from_ref(heap);
        if self.first == target {
            self.first = heap.next.get();
            return;
        }
        let mut at = self.first;
        // SAFETY: heaps in the list are alive, and the list is locked.
        while let Some(other) = unsafe { at.as_ref() } {
            if other.next.get() == target {
                other.next.set(heap.next.get());
                return;
            }
            at = other.next.get();
        }
    }
}

impl HeapRecord {
    /// Makes every thread's slot in this heap as it was before its first use.
    fn forget_threads(&self) {
        self.each_cache(|cache| {
            // SAFETY: a slot is its thread's TLS or table, and a thread that ends takes its slot
            // out under the lock that `each_cache` holds; the thread doesn't use this heap now.
            if let Some(slot) = unsafe { cache.slot.load(Ordering::Acquire).as_ref() } {
                slot.close();
                slot.own.set(ptr::null());
                slot.visits.set(0);
            }
        });
    }

    fn release_spans(&self) {
        loop {
            let unit = self.spans.lock().head;
            if unit.is_none() {
                return;
            }
            if let Use::Slab(_) = map::entry(unit).usage() {
                clear_slab(unit);
            }
            let length = self.forget_span(unit);
            POOL.lock().give_dirty(unit, length);
        }
    }

    fn release_caches(&self) {
        let mut at = self.caches.lock().all;
        // SAFETY: caches in the list are alive until their unit is given back here.
        while let Some(cache) = unsafe { at.as_ref() } {
            at = cache.next.get();
            give_unit(cache.unit());
        }
        let shared = *self.shared.lock();
        // SAFETY: null or the shared cache.
        if let Some(cache) = unsafe { shared.as_ref() } {
            give_unit(cache.unit());
        }
    }
}

/// Forgets the blocks of a slab, so that its unit can be used again.
fn clear_slab(slab: UnitIndex) {
    shared_words(slab).collect(|_, _| {});
    for word in WINDOW.live_words(slab) {
        word.store(0, Ordering::Relaxed);
    }
}

fn give_unit(unit: UnitIndex) {
    map::set(unit, Use::Unused);
    POOL.lock().give_dirty(unit, Units(1));
}

/// Calls `visit` for every private heap, with the list locked.
pub fn each_private_heap(mut visit: impl FnMut(&HeapRecord)) {
    let heaps = HEAPS.lock();
    let mut at = heaps.first;
    // SAFETY: heaps in the list are alive while it is locked.
    while let Some(heap) = unsafe { at.as_ref() } {
        visit(&heap.record);
        at = heap.next.get();
    }
}

/// Locks the list of heaps for a fork.
pub fn hold_heaps() {
    HEAPS.hold();
}

/// Unlocks the list of heaps after a fork.
///
/// # Safety
/// As for [`Lock::release_held`].
pub unsafe fn release_heaps() {
    // SAFETY: by the contract of this function.
    unsafe { HEAPS.release_held() };
}
