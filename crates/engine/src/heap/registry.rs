//! All heaps: the process heap, and the list of private ones with their numbers.

use super::gate::{LOCKED, QUIET};
use super::record::{HeapRecord, Traits};
use super::sample::end_sample;
use super::{decay, demand};
use crate::base::atomic::{AtomicU64, Ordering};
use crate::base::units::{UNIT, UnitIndex, Units};
use crate::cache::{Cache, no_handle, shared_words};
use crate::os;
use crate::os::lock::{Guard, Lock};
use crate::span::map::{self, Use};
use crate::span::{POOL, WINDOW};
use core::cell::Cell;
use core::ptr::{self, NonNull};
use core::sync::atomic::AtomicPtr;

/// Heaps at a time: numbers are bits of a table of 8 KiB.
pub const NUMBERS: usize = 1 << 16;

/// The process heap: the blocks of `malloc` and the global allocator.
pub static PROCESS: HeapRecord = HeapRecord::new(0, 0, 0, Traits { sized: false, ..Traits::NONE });

/// The process heap's other half: its blocks that record the size asked for. In slabs of their
/// own, so that the others don't pay for it.
pub static SIZED: HeapRecord = HeapRecord::new(1, 0, 0, Traits { sized: true, ..Traits::NONE });

/// A record in the list of all private heaps, in an engine unit of its own.
#[repr(C)]
pub struct PrivateHeap {
    /// The heap.
    pub record: HeapRecord,
    next: Cell<*const PrivateHeap>,
}

struct Heaps {
    /// Heaps made so far.
    incarnations: u64,
    first: *const PrivateHeap,
    last: *const PrivateHeap,
    /// Units of caches of destroyed heaps that weren't serialised, linked by their headers, without a handle. A
    /// thread may still look into one: see [`Cache::handle`].
    lone_units: UnitIndex,
}

// SAFETY: the records live until `destroy` takes them out, under the lock.
unsafe impl Send for Heaps {}

static HEAPS: Lock<Heaps> = Lock::new(Heaps {
    incarnations: 0,
    first: ptr::null(),
    last: ptr::null(),
    lone_units: UnitIndex::NONE,
});
/// One bit a number in use. Numbers 0 and 1 are the process heap's.
pub static TAKEN: [AtomicU64; NUMBERS / 64] = [const { AtomicU64::new(0) }; NUMBERS / 64];

/// The private heaps by number, as long as they are in the list. Its pages take memory only once
/// there are so many.
pub static BY_NUMBER: [AtomicPtr<HeapRecord>; NUMBERS] =
    [const { AtomicPtr::new(ptr::null_mut()) }; NUMBERS];

fn take_number() -> Option<u32> {
    for (index, word) in TAKEN.iter().enumerate() {
        let reserved = if index == 0 { 0b11 } else { 0 };
        let taken = word.load(Ordering::Relaxed) | reserved;
        if taken != u64::MAX {
            let bit = (!taken).trailing_zeros();
            word.fetch_or(1 << bit, Ordering::Relaxed);
            return Some(index as u32 * 64 + bit);
        }
    }
    None
}

/// Most units that stand beside a record: they are bits of a word.
pub const MOST_BESIDE: u32 = u64::BITS;

/// Units of a heap's record, and those beside it, which are one region with it.
const fn record_units(traits: &Traits) -> Units {
    Units(1 + traits.beside)
}

/// Makes a private heap whose spans take at most `maximum` bytes, rounded up to whole units.
/// `None`: out of memory, or out of numbers.
pub fn create(maximum: Option<usize>, traits: Traits) -> Option<NonNull<PrivateHeap>> {
    let mut heaps = HEAPS.lock();
    heaps.incarnations += 1;
    let length = record_units(&traits);
    let unit = take_record(length)?;
    let Some(number) = take_number() else {
        POOL.lock().give_dirty(unit, length, decay::due());
        return None;
    };
    let maximum =
        maximum.and_then(|bytes| bytes.max(1).checked_next_multiple_of(UNIT)).unwrap_or(0);
    let memory = ptr::with_exposed_provenance_mut::<PrivateHeap>(WINDOW.address(unit));
    let record = HeapRecord::new(number, heaps.incarnations, maximum, traits);
    // SAFETY: the unit is this heap's alone, aligned and large enough for a record.
    unsafe { memory.write(PrivateHeap { record, next: Cell::new(ptr::null()) }) };
    // SAFETY: just written.
    let heap = unsafe { &*memory };
    if traits.unserialized {
        let Some(cache) = heaps.take_lone_unit() else {
            free_number(number);
            POOL.lock().give_dirty(unit, length, decay::due());
            return None;
        };
        let cache = Cache::create(cache).as_ptr();
        *heap.record.shared.lock() = cache;
        heap.record.lone.set(cache);
        // Every operation of a heap with a limit is charged, so none may take the fast path.
        if traits.limit == 0 {
            // SAFETY: just made.
            unsafe { (*cache).handle.set(heap.record.handle()) };
        }
    }
    if traits.limit != 0 {
        // The same for its threads' caches.
        heap.record.counting.store(true, Ordering::Relaxed);
    }
    if traits.sized {
        let all = u64::MAX >> (u64::BITS - traits.beside.clamp(1, MOST_BESIDE));
        heap.record.reserve.store(all, Ordering::Relaxed);
        map::set(unit, Use::Heap);
    } else {
        map::set(unit, Use::Engine);
    }
    heaps.append(heap);
    NonNull::new(memory)
}

/// Units for a heap's record, the first to be used at once, the others reading as zero.
fn take_record(length: Units) -> Option<UnitIndex> {
    let taken = POOL.lock().take(length, UNIT)?;
    let rest = Units(length.0 - 1);
    let clean = taken.zero
        || rest.0 == 0
        || os::decommit(WINDOW.address(taken.unit.after(Units(1))), rest.bytes());
    if !clean {
        POOL.lock().give_dirty(taken.unit, length, decay::due());
        return None;
    }
    Some(taken.unit)
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
    let mut heaps = shut_for_good(record);
    heaps.remove(heap);
    // No handle any more.
    map::set(unit, Use::Engine);
    // Still with the list locked: a thread that ends now waits, and finds the heap forgotten.
    record.forget_threads();
    drop(heaps);
    record.release_spans();
    record.release_caches();
    free_number(record.number);
    let length = record_units(&record.traits);
    map::set(unit, Use::Unused);
    let mut pool = POOL.lock();
    pool.give_dirty(unit, length, decay::due());
    demand::of_spans(pool.dirty_bytes());
    drop(pool);
    demand::attend();
}

/// Enters a heap in the table by number, or takes it out.
fn enter(number: u32, heap: *const HeapRecord) {
    if let Some(place) = BY_NUMBER.get(number as usize) {
        place.store(heap.cast_mut(), Ordering::Relaxed);
    }
}

/// Waits for whoever trims or checks the heap at this moment, and lets nobody begin. Returns the list
/// of heaps, locked: who has it locked may wait for the heap, so it isn't waited for with the heap shut.
fn shut_for_good(heap: &HeapRecord) -> Guard<'static, Heaps> {
    loop {
        let heaps = HEAPS.lock();
        // One that is left locked has a holder who doesn't use it any more.
        if heap.try_shut().is_some() || heap.closed.load(Ordering::SeqCst) == LOCKED {
            return heaps;
        }
        drop(heaps);
        os::wait_briefly(&heap.closed, QUIET);
    }
}

fn free_number(number: u32) {
    if let Some(word) = TAKEN.get(number as usize / 64) {
        word.fetch_and(!(1 << (number % 64)), Ordering::Relaxed);
    }
}

impl Heaps {
    fn take_lone_unit(&mut self) -> Option<UnitIndex> {
        let unit = self.lone_units;
        if unit.is_none() {
            return PROCESS.take_engine_unit();
        }
        self.lone_units = WINDOW.header(unit).next.get();
        Some(unit)
    }

    fn give_lone_unit(&mut self, unit: UnitIndex) {
        let start = ptr::with_exposed_provenance_mut::<Cache>(WINDOW.address(unit));
        // SAFETY: the unit was the destroyed heap's alone.
        unsafe { os::clear(WINDOW.address(unit), UNIT) };
        // SAFETY: of a cache all zero, this is what is still asked for.
        unsafe { (*start).handle.set(no_handle()) };
        WINDOW.header(unit).next.set(self.lone_units);
        self.lone_units = unit;
    }

    fn append(&mut self, heap: &PrivateHeap) {
        enter(heap.record.number, &raw const heap.record);
        // SAFETY: heaps in the list are alive, and the list is locked.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.next.set(heap),
            None => self.first = heap,
        }
        self.last = heap;
    }

    fn remove(&mut self, heap: &PrivateHeap) {
        enter(heap.record.number, ptr::null());
        let target = ptr::from_ref(heap);
        let mut before: *const PrivateHeap = ptr::null();
        let mut at = self.first;
        // SAFETY: heaps in the list are alive, and the list is locked.
        while let Some(other) = unsafe { at.as_ref() } {
            if at == target {
                let next = other.next.get();
                // SAFETY: as above.
                match unsafe { before.as_ref() } {
                    Some(before) => before.next.set(next),
                    None => self.first = next,
                }
                if next.is_null() {
                    self.last = before;
                }
                return;
            }
            before = at;
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
            let unit = self.spans.lock().first;
            if unit.is_none() {
                return;
            }
            match map::entry(unit).usage() {
                Use::Slab(_) => clear_slab(unit),
                _ => end_sample(unit),
            }
            let length = self.forget_span(unit);
            self.restore(unit, length);
            if self.beside_record(unit).is_none() {
                POOL.lock().give_dirty(unit, length, self.decay.get().due());
            }
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
        match unsafe { shared.as_ref() } {
            Some(cache) if self.traits.unserialized => HEAPS.lock().give_lone_unit(cache.unit()),
            Some(cache) => give_unit(cache.unit()),
            None => {}
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
    POOL.lock().give_dirty(unit, Units(1), decay::due());
}

/// Calls `visit` for every heap, the process heap's two first, then in the order of creation; the
/// list is locked.
pub fn each_heap(mut visit: impl FnMut(&HeapRecord)) {
    let heaps = HEAPS.lock();
    visit(&PROCESS);
    visit(&SIZED);
    let mut at = heaps.first;
    // SAFETY: heaps in the list are alive while it is locked.
    while let Some(heap) = unsafe { at.as_ref() } {
        visit(&heap.record);
        at = heap.next.get();
    }
}

/// A heap that may be destroyed at any time. Another one may come to be at the same address, with
/// the same number, so its incarnation is part of what it is known by.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub heap: &'a HeapRecord,
    pub number: u32,
    incarnation: u64,
}

impl<'a> Known<'a> {
    /// The heap that has this record now.
    pub fn new(heap: &'a HeapRecord) -> Self {
        Self { heap, number: heap.number, incarnation: heap.incarnation }
    }

    /// Calls `work` with the heap, which can't be destroyed meanwhile. `None`: it was before.
    pub fn while_alive<R>(&self, work: impl FnOnce(&'a HeapRecord) -> R) -> Option<R> {
        let Self { heap, number, incarnation } = *self;
        if ptr::eq(heap, &PROCESS) || ptr::eq(heap, &SIZED) {
            return Some(work(heap));
        }
        let _heaps = HEAPS.lock();
        let there = BY_NUMBER.get(number as usize)?.load(Ordering::Relaxed);
        // Only one that is there is looked into.
        (ptr::eq(there, heap) && heap.incarnation == incarnation).then(|| work(heap))
    }
}

/// The heap with the next higher number, or the process heap's first half. It may be destroyed at
/// any time: see [`Known`].
pub fn next_heap(number: Option<u32>) -> Option<&'static HeapRecord> {
    let from = match number {
        None => return Some(&PROCESS),
        Some(0) => return Some(&SIZED),
        Some(number) => number as usize + 1,
    };
    let _heaps = HEAPS.lock();
    for (index, word) in TAKEN.iter().enumerate().skip(from / 64) {
        let mut taken = word.load(Ordering::Relaxed);
        if index == from / 64 {
            taken &= u64::MAX << (from % 64);
        }
        while taken != 0 {
            let number = index * 64 + taken.trailing_zeros() as usize;
            let heap = BY_NUMBER.get(number)?.load(Ordering::Relaxed);
            // SAFETY: heaps that are there are alive while the list is locked.
            if let Some(heap) = unsafe { heap.as_ref() } {
                return Some(heap);
            }
            taken &= taken - 1;
        }
    }
    None
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
