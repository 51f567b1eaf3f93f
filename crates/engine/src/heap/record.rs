//! The record of a heap: its caches, its spans, its limit.

use super::counters::Counters;
use super::decay::Setting;
use super::demand;
use super::slots;
use crate::base::atomic::{AtomicU32, Ordering};
use crate::base::epoch::Epoch;
use crate::base::size_class::SizeClass;
use crate::base::units::{UNIT, UnitIndex, Units};
use crate::cache::refill::Supplier;
use crate::cache::slot::{Slot, ThreadBlock};
use crate::cache::{Cache, no_handle};
use crate::os::lock::Lock;
use crate::span::map::{self, Use};
use crate::span::pool::Taken;
use crate::span::{POOL, WINDOW};
use core::cell::Cell;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, fence};
use heapmin_directory::layout::Signed;

/// Idle caches looked at for a slab to adopt before a new one is made: adoption is a saving, and
/// must not cost more than making one.
const ADOPTION_TRIES: usize = 4;

/// What is known of a heap. Zero bytes are a valid empty record.
pub struct HeapRecord {
    /// Its number: 0 for the process heap; the index of its slot in each thread's table.
    pub number: u32,
    /// Which of the heaps made so far it is: numbers and addresses are used again.
    pub incarnation: u64,
    /// Where its slot is in each thread's table, in bytes; 0, where no heap's is, for none.
    pub slot_offset: usize,
    /// What its blocks are like.
    pub traits: Traits,
    /// See [`super::gate`]; sleepers wait on it.
    pub closed: AtomicU32,
    /// The thread that closed it, by its token.
    pub closer: AtomicUsize,
    /// Held from the closing of the gate to its opening.
    pub gate: Lock<()>,
    /// How often its holder has locked the heap.
    pub lock_depth: Cell<u32>,
    /// `closed` as it was when a fork began.
    pub before_fork: Cell<u32>,
    /// The only cache of a heap that isn't serialised; null in others.
    pub lone: Cell<*const Cache>,
    /// The units beside the record in which no slab is, a bit each.
    pub reserve: AtomicU64,
    /// All caches, and those whose thread has ended.
    pub caches: Lock<CacheLists>,
    /// The cache of all threads that have none of their own; made at first use.
    pub shared: Lock<*const Cache>,
    /// The heap's slabs and large blocks.
    pub spans: Lock<SpanList>,
    /// Whether every operation is counted.
    pub counting: AtomicBool,
    pub counters: Counters,
    /// Bytes that the heap's spans may take together; 0: no limit.
    pub maximum: usize,
    /// Bytes that they take.
    pub committed: AtomicUsize,
    /// Held by whoever frees a block of a heap with a limit, so that each is charged back once.
    pub charges: Lock<()>,
    /// Bytes charged against [`Traits::limit`].
    pub charged: AtomicUsize,
    /// When its unused memory goes back by itself.
    pub decay: Setting,
    /// When to look after old memory again, in nanoseconds.
    pub next_look: AtomicU64,
    /// Whether there was some at the last look that was too young.
    pub unsettled: AtomicBool,
    /// Threads that found the gate closed: who closes it in steps lets them pass in between.
    pub stopped: AtomicUsize,
    /// Large blocks handed out so far.
    pub large_allocations: AtomicU64,
    /// A word that the faces keep.
    pub face_word: AtomicU32,
    /// Tells a record from memory that was overwritten.
    pub signature: u64,
}

/// What a heap was made to be; never changes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traits {
    /// Blocks record the size that was asked for, behind guard bytes.
    pub sized: bool,
    /// The callers keep each other out.
    pub unserialized: bool,
    /// Blocks may be executed.
    pub executable: bool,
    /// Units that stand beside the record from the start, for its first slabs.
    pub beside: u32,
    /// They count as the heap's memory from the start.
    pub committed: bool,
    /// Bytes of blocks together, as [`crate::sized::charge`] counts them; 0: no limit.
    pub limit: usize,
    /// What the face that made the heap wants to know again.
    pub face: u32,
}

impl Traits {
    /// The traits of a heap that has none.
    pub const NONE: Self = Self {
        sized: false,
        unserialized: false,
        executable: false,
        beside: 0,
        committed: false,
        limit: 0,
        face: 0,
    };
}

/// The caches of a heap.
pub struct CacheLists {
    pub all: *const Cache,
    pub idle: *const Cache,
    pub count: usize,
}

/// The spans of a heap: a doubly linked list through their headers, in the order of creation.
pub struct SpanList {
    pub first: UnitIndex,
    pub last: UnitIndex,
}

// SAFETY: the pointers are to caches, which live as long as their heap; the lists are reached
// only with their lock held, and a cache only by the rule C4.
unsafe impl Send for CacheLists {}
// SAFETY: the shared cache is used only with this lock held.
unsafe impl Sync for HeapRecord {}

impl HeapRecord {
    /// An empty heap.
    pub const fn new(number: u32, incarnation: u64, maximum: usize, traits: Traits) -> Self {
        Self {
            number,
            incarnation,
            slot_offset: slots::offset(number),
            traits,
            closed: AtomicU32::new(0),
            closer: AtomicUsize::new(0),
            gate: Lock::new(()),
            lock_depth: Cell::new(0),
            before_fork: Cell::new(u32::MAX),
            lone: Cell::new(ptr::null()),
            reserve: AtomicU64::new(0),
            caches: Lock::new(CacheLists { all: ptr::null(), idle: ptr::null(), count: 0 }),
            shared: Lock::new(ptr::null()),
            spans: Lock::new(SpanList { first: UnitIndex::NONE, last: UnitIndex::NONE }),
            counting: AtomicBool::new(false),
            counters: Counters::new(),
            maximum,
            committed: AtomicUsize::new(0),
            charges: Lock::new(()),
            charged: AtomicUsize::new(0),
            decay: Setting::new(),
            next_look: AtomicU64::new(0),
            unsettled: AtomicBool::new(false),
            stopped: AtomicUsize::new(0),
            large_allocations: AtomicU64::new(0),
            face_word: AtomicU32::new(0),
            signature: Self::sign(number, incarnation, &traits),
        }
    }

    /// The signature of the heap with this number and these traits.
    pub const fn sign(number: u32, incarnation: u64, traits: &Traits) -> u64 {
        let signed = Signed {
            number,
            incarnation,
            sized: traits.sized,
            unserialized: traits.unserialized,
            executable: traits.executable,
            committed_beside: traits.committed,
            beside: traits.beside,
            limit: traits.limit as u64,
            face: traits.face,
        };
        signed.signature()
    }

    /// The handle of a heap of sized blocks.
    pub fn handle(&self) -> usize {
        match self.number {
            _ if !self.traits.sized => no_handle(),
            1 => WINDOW.address(UnitIndex::NONE),
            _ => ptr::from_ref(self).addr(),
        }
    }

    /// The calling thread's slot in this heap; `None` where there is no memory for one.
    pub fn slot(&self) -> Option<&Slot> {
        let block = ThreadBlock::current();
        if self.number == 0 {
            return Some(&block.process);
        }
        // SAFETY: null, or a slot of the calling thread's.
        unsafe { slots::private_slot(block, self.number).as_ref() }
    }

    /// The calling thread's slot in this private heap if it has one.
    pub fn slot_if_made(&self) -> Option<&Slot> {
        // SAFETY: null, or a slot of the calling thread's.
        unsafe { slots::slot_in_table(ThreadBlock::current(), self.number).as_ref() }
    }

    /// The calling thread's slot in this private heap, for the fast paths: `None` before the
    /// thread's first use of a private heap, and a slot that is never open for a heap that has none.
    #[inline(always)]
    pub fn slot_at_hand(&self) -> Option<&Slot> {
        let table = ThreadBlock::current().private.get();
        // SAFETY: the offset is that of a slot of the table.
        (!table.is_null()).then(|| unsafe { &*table.byte_add(self.slot_offset) })
    }

    /// Takes a span of the pool for this heap. The caller sets the map.
    pub fn take_span(&self, length: Units, align: usize, usage: Use) -> Option<(UnitIndex, bool)> {
        self.take_span_by(length, usage, || self.take_units(length, align, usage))
    }

    /// [`HeapRecord::take_span`] of the units that `take` gets.
    pub fn take_span_by(
        &self,
        length: Units,
        usage: Use,
        take: impl FnOnce() -> Option<Taken>,
    ) -> Option<(UnitIndex, bool)> {
        let bytes = length.bytes();
        if !self.charge(bytes) {
            return None;
        }
        let Some(taken) = take() else {
            self.committed.fetch_sub(bytes, Ordering::Relaxed);
            return None;
        };
        let header = WINDOW.header(taken.unit);
        header.units.set(length);
        header.heap.set(self.number);
        header.moved.set(false);
        if usage == Use::LargeHead {
            map::set_all(taken.unit.after(Units(1)), Units(length.0 - 1), Use::LargeBody);
        }
        let mut spans = self.spans.lock();
        header.heap_previous.set(spans.last);
        header.heap_next.set(UnitIndex::NONE);
        if spans.last.is_none() {
            spans.first = taken.unit;
        } else {
            WINDOW.header(spans.last).heap_next.set(taken.unit);
        }
        spans.last = taken.unit;
        Some((taken.unit, taken.zero))
    }

    /// Takes a slab out of this heap's list; it is nobody's then, and the caller gives it away.
    pub fn forget_span(&self, unit: UnitIndex) -> Units {
        let mut spans = self.spans.lock();
        self.unlink_span(&mut spans, unit)
    }

    /// The same for the large block that starts at `unit`, if there is one, of this heap. Two
    /// threads that free it at once meet at the lock.
    pub fn forget_large(&self, unit: UnitIndex) -> Option<Units> {
        let mut spans = self.spans.lock();
        let ours = map::entry(unit).usage() == Use::LargeHead
            && WINDOW.header(unit).heap.get() == self.number;
        ours.then(|| self.unlink_span(&mut spans, unit))
    }

    fn unlink_span(&self, spans: &mut SpanList, unit: UnitIndex) -> Units {
        let header = WINDOW.header(unit);
        let (previous, next) = (header.heap_previous.get(), header.heap_next.get());
        if next.is_none() {
            spans.last = previous;
        } else {
            WINDOW.header(next).heap_previous.set(previous);
        }
        if previous.is_none() {
            spans.first = next;
        } else {
            WINDOW.header(previous).heap_next.set(next);
        }
        let length = header.units.get();
        map::set_all(unit, length, Use::Unused);
        self.committed.fetch_sub(length.bytes(), Ordering::Relaxed);
        length
    }

    /// Counts bytes against the heap's limit. `false`: they would exceed it.
    pub fn charge(&self, bytes: usize) -> bool {
        let before = self.committed.fetch_add(bytes, Ordering::Relaxed);
        let fits = self.maximum == 0 || before.saturating_add(bytes) <= self.maximum;
        if !fits {
            self.committed.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }

    /// A unit for the engine's own data, reading as zero.
    pub fn take_engine_unit(&self) -> Option<UnitIndex> {
        let taken = POOL.lock().take(Units(1), UNIT)?;
        map::set(taken.unit, Use::Engine);
        if !taken.zero {
            let start = ptr::with_exposed_provenance_mut::<u8>(WINDOW.address(taken.unit));
            // SAFETY: the unit was just taken, is committed and nobody else's.
            unsafe { start.write_bytes(0, UNIT) };
        }
        Some(taken.unit)
    }

    /// A cache for a thread: one whose thread has ended with all its slabs, or a new one.
    pub fn take_cache(&self, lists: &mut CacheLists) -> Option<&'static Cache> {
        if !lists.idle.is_null() {
            // SAFETY: caches in the list are alive, and nobody uses an idle one.
            let cache = unsafe { &*lists.idle };
            lists.idle = cache.next_idle.get();
            cache.unspilled.set(false);
            return Some(cache);
        }
        let cache = Cache::create(self.take_engine_unit()?);
        // SAFETY: just made, never unmapped while the heap exists.
        let cache = unsafe { cache.as_ref() };
        cache.handle.set(self.handle());
        cache.next.set(lists.all);
        lists.all = cache;
        lists.count += 1;
        Some(cache)
    }

    fn adopt(&self, heir: &Cache, class: SizeClass) -> bool {
        let mut lists = self.caches.lock();
        for _ in 0..ADOPTION_TRIES {
            if lists.idle.is_null() {
                return false;
            }
            // SAFETY: caches in the list are alive, and nobody uses an idle one.
            let idle = unsafe { &*lists.idle };
            if idle.unspilled.get() {
                idle.unspilled.set(false);
                idle.spill_all(self);
            }
            idle.empty_inbox(self);
            if idle.has_listed() && idle.bequeath(class, heir) {
                // Pairs with the fence in `free_remote`: who frees a block of the slab now sees
                // its new owner, or has left the slab in this inbox.
                fence(Ordering::SeqCst);
                idle.empty_inbox(self);
                return true;
            }
            rotate(&mut lists);
        }
        false
    }
}

/// Moves the first idle cache to the end of the list, so that each is looked at in its turn.
fn rotate(lists: &mut CacheLists) {
    // SAFETY: the caller saw that the list isn't empty; its caches are alive.
    let first = unsafe { &*lists.idle };
    if first.next_idle.get().is_null() {
        return;
    }
    lists.idle = first.next_idle.get();
    first.next_idle.set(ptr::null());
    let mut link: &Cell<*const Cache> = &first.next_idle;
    let mut at = lists.idle;
    while !at.is_null() {
        // SAFETY: as above.
        link = unsafe { &(*at).next_idle };
        at = link.get();
    }
    link.set(first);
}

impl Supplier for HeapRecord {
    fn supply(&self, cache: &Cache, class: SizeClass) -> bool {
        if self.adopt(cache, class) {
            return true;
        }
        let Some((slab, zero)) = self.take_span(Units(1), UNIT, Use::Slab(class)) else {
            return false;
        };
        let header = WINDOW.header(slab);
        header.free_granules.set(0);
        header.carved.set(0);
        header.cursor.set(0);
        header.class.set(class);
        header.zero.set(zero);
        header.returned.set(0);
        header.epoch.set(Epoch::now());
        map::set_slab(slab, cache.unit(), class);
        cache.list(slab, class);
        let count = &cache.new_slabs[class.index()];
        count.set(count.get().saturating_add(1));
        true
    }

    fn bears_simultaneous_frees(&self) -> bool {
        self.traits.sized
    }

    fn count_freed(&self, bytes: isize) {
        if !self.traits.unserialized {
            demand::count(bytes);
        }
    }

    fn settle(&self) {
        self.drain_idle();
    }

    fn take_back(&self, slab: UnitIndex) {
        let untouched = WINDOW.header(slab).zero.get() && WINDOW.header(slab).carved.get() == 0;
        let length = self.forget_span(slab);
        self.give_units(slab, length, untouched);
    }
}
