//! Between the stacks and the slabs: filling an empty stack, spilling a full one, collecting what
//! other threads freed, and handing slabs over.

use super::{Cache, KNOWN_ZERO, shared_words};
use crate::base::atomic::Ordering;
use crate::base::epoch::Epoch;
use crate::base::size_class::SizeClass;
use crate::base::units::{GRANULE_SHIFT, GRANULES_PER_UNIT, UnitIndex, round_up_length};
use crate::os;
use crate::os::fatal::{Message, Sentence};
use crate::profile;
use crate::slab::pages::pages_of;
use crate::slab::remote::Inbox;
use crate::slab::search;
use crate::span::map::{self, QUEUED};
use crate::span::{SpanHeader, WINDOW};

/// Where a cache gets slabs from, and where it gives empty ones back: its heap.
pub trait Supplier {
    /// Lists a slab of the class in the cache, adopted or new. `false`: out of memory.
    fn supply(&self, cache: &Cache, class: SizeClass) -> bool;
    /// Takes back a slab without a live block, which is in no list any more.
    fn take_back(&self, slab: UnitIndex);
    /// Whether a block that two threads freed at once is left at that: it is free once. Otherwise the
    /// process ends.
    fn bears_simultaneous_frees(&self) -> bool;
    /// Is told from time to time how many bytes more, or fewer, are free in slabs.
    fn count_freed(&self, bytes: isize);
    /// Looks after slabs that were passed on to their owners' inboxes: an owner may have become
    /// idle meanwhile, and not look into its inbox for long.
    fn settle(&self);
}

/// New slabs of a class after which a cache takes it to be growing.
const GROWING_FROM: u8 = 2;
/// The step in which fresh memory of growing classes is brought in: one call for four pages of
/// 4 KiB takes two thirds of the time of four page faults, and at most three are never used.
const BROUGHT_IN: usize = 16 << 10;

/// Granules, more or less than at the last time, of which the heap is told.
const TOLD_FROM: i32 = GRANULES_PER_UNIT as i32;

/// The filling of an empty stack from the top down, so that the block found first is popped first.
struct Filling {
    /// Where the next entry goes.
    at: *mut usize,
    /// Entries that still fit.
    room: usize,
}

impl Filling {
    #[inline(always)]
    fn add(&mut self, entry: usize) {
        debug_assert!(self.room > 0);
        // SAFETY: `room` entries fit from the stack's bottom up to `at`.
        unsafe { self.at.write(entry) };
        // SAFETY: at or above the bottom.
        self.at = unsafe { self.at.sub(1) };
        self.room -= 1;
    }
}

impl Cache {
    /// Lets allocations pop what frees have pushed; the stack they pop is empty, and not marked.
    /// `false`: nothing was pushed.
    #[inline(always)]
    pub fn flip(&self, class: SizeClass, supplier: &impl Supplier) -> bool {
        // First, so that a block that another thread freed too is found out while it is free:
        // once handed out again, its second free would look like a first.
        self.drain_inbox(supplier);
        let stacks = &self.stacks[class.index()];
        let (emptied, pushed) = (stacks.pop.get(), stacks.push.get());
        // SAFETY: `pop` points into one of the class's stacks.
        debug_assert_eq!(unsafe { emptied.read() }, 0, "the stack that allocations pop is empty");
        let held = pushed.addr().wrapping_sub(stacks.floor.get().addr()) / size_of::<usize>();
        if held == 0 {
            return false;
        }
        stacks.pop.set(pushed);
        stacks.push.set(emptied);
        stacks.floor.set(emptied);
        // SAFETY: a stack with its bottom takes this many bytes of the unit.
        stacks.limit.set(unsafe { emptied.byte_add(super::stack_bytes(class.index())) });
        self.note_served(class, held);
        true
    }

    /// Puts blocks onto the class's stack that allocations pop, which is empty: those that were
    /// pushed, or new ones. `false`: out of memory.
    #[cold]
    pub fn refill(&self, class: SizeClass, supplier: &impl Supplier) -> bool {
        if self.unmark(class) || self.flip(class, supplier) {
            return true;
        }
        let stacks = &self.stacks[class.index()];
        let bottom = stacks.pop.get();
        let wanted = class.properties().stack.div_ceil(2) as usize;
        // SAFETY: the stack is empty, so that `pop` is its bottom, and has room for more than that.
        let top = unsafe { bottom.add(wanted) };
        let mut filling = Filling { at: top, room: wanted };
        while filling.room > 0 {
            let slab = self.lists[class.index()].get();
            if !slab.is_none() {
                self.take_blocks(slab, class, &mut filling, supplier);
            } else if filling.room < wanted || !supplier.supply(self, class) {
                break;
            }
        }
        let held = wanted - filling.room;
        if filling.room > 0 {
            // SAFETY: the entries are just above `at`, and both places are inside the stack.
            unsafe { filling.at.add(1).copy_to(bottom.add(1), held) };
        }
        // SAFETY: at or above the bottom.
        stacks.pop.set(unsafe { bottom.add(held) });
        self.note_served(class, held);
        held > 0
    }

    /// Counts what was put where allocations pop it: all that is there now.
    #[inline(always)]
    fn note_served(&self, class: SizeClass, held: usize) {
        let served = &self.served[class.index()];
        served.set(served.get().wrapping_add(held as u64));
        if profile::was_on() {
            self.mark(class, held);
        }
    }

    /// Moves free blocks of a listed slab onto a stack; unlists the slab when none is left.
    fn take_blocks(
        &self,
        slab: UnitIndex,
        class: SizeClass,
        filling: &mut Filling,
        supplier: &impl Supplier,
    ) {
        let header = WINDOW.header(slab);
        let base = WINDOW.address(slab);
        let kind = class.properties();
        let live = WINDOW.live_words(slab);
        let mut free = header.free_granules.get();
        let mut carved = header.carved.get();
        let returned = header.returned.get();
        if returned != 0 {
            free = self.take_resident(slab, class, filling);
        }
        // From the cursor to the end, then from the start: at most one round, as each free block
        // that is counted lies on it once (C2).
        for _ in 0..2 {
            if free == 0 || filling.room == 0 {
                break;
            }
            let cursor = search::free_blocks(live, kind, header.cursor.get(), carved, |granule| {
                if returned != 0 && !comes_back(header, granule, kind.stride, returned) {
                    // It is in memory, so it is on the stack already.
                    return true;
                }
                filling.add(base + ((granule as usize) << GRANULE_SHIFT));
                free -= kind.stride;
                free > 0 && filling.room > 0
            });
            header.cursor.set(if cursor >= carved { 0 } else { cursor });
        }
        let mut taken = header.free_granules.get() - free;
        header.free_granules.set(free);
        let fresh_from = carved;
        let zero = if header.zero.get() { KNOWN_ZERO } else { 0 };
        while carved < kind.end && filling.room > 0 {
            filling.add(base + ((carved as usize) << GRANULE_SHIFT) + zero);
            carved += kind.stride;
        }
        header.carved.set(carved);
        // Of a slab that was empty in between, what is carved was counted as free.
        taken += if zero == 0 { carved - fresh_from } else { 0 };
        self.note_taken(taken, supplier);
        if returned != 0 && carved > fresh_from {
            comes_back(header, fresh_from, carved - fresh_from, returned);
        }
        if zero != 0 && self.new_slabs[class.index()].get() >= GROWING_FROM {
            bring_in(base, fresh_from, carved);
        }
        if free == 0 && carved == kind.end {
            self.unlist(header);
        }
    }

    /// Moves the free blocks of a slab that are on no page that was given back: those are in memory.
    /// Returns the granules of free blocks that are left.
    #[cold]
    fn take_resident(&self, slab: UnitIndex, class: SizeClass, filling: &mut Filling) -> u32 {
        let header = WINDOW.header(slab);
        let base = WINDOW.address(slab);
        let kind = class.properties();
        let returned = header.returned.get();
        let mut free = header.free_granules.get();
        search::free_blocks(WINDOW.live_words(slab), kind, 0, header.carved.get(), |granule| {
            if pages_of(granule, kind.stride) & returned == 0 {
                filling.add(base + ((granule as usize) << GRANULE_SHIFT));
                free -= kind.stride;
            }
            free > 0 && filling.room > 0
        });
        free
    }

    /// Counts granules of blocks that came to be free in slabs.
    pub fn note_freed(&self, granules: u32, supplier: &impl Supplier) {
        self.note(granules as i32, supplier);
    }

    /// Counts granules of blocks that are free in slabs no more.
    fn note_taken(&self, granules: u32, supplier: &impl Supplier) {
        self.note(-(granules as i32), supplier);
    }

    /// Tells the heap only when it is much, so that threads hardly ever meet at its count.
    fn note(&self, granules: i32, supplier: &impl Supplier) {
        let freed = self.freed.get().wrapping_add(granules);
        if -TOLD_FROM < freed && freed < TOLD_FROM {
            self.freed.set(freed);
        } else {
            self.freed.set(0);
            supplier.count_freed((freed as isize) << GRANULE_SHIFT);
        }
    }

    /// Counts granules of blocks of an own slab as free and on no stack.
    #[inline(always)]
    pub fn count_free(&self, slab: UnitIndex, granules: u32, supplier: &impl Supplier) {
        let header = self.view.header(slab);
        let free = header.free_granules.get() + granules;
        header.free_granules.set(free);
        header.epoch.set(Epoch::now());
        if !header.listed.get() || free == header.carved.get() {
            self.relist(slab, header, supplier);
        }
    }

    /// Lists a slab that has free blocks again, or gives it back when it is empty and not the
    /// class's only one.
    #[inline(never)]
    fn relist(&self, slab: UnitIndex, header: &SpanHeader, supplier: &impl Supplier) {
        let class = header.class.get();
        if !header.listed.get() {
            self.list(slab, class);
        }
        if header.free_granules.get() < header.carved.get() {
            return;
        }
        let alone = self.lists[class.index()].get() == slab && header.next.get().is_none();
        if alone {
            // Carving afresh is faster than searching.
            header.carved.set(0);
            header.free_granules.set(0);
            header.cursor.set(0);
            header.zero.set(false);
        } else {
            // A slab without live blocks has no remote bits left and no thread that will touch it
            // (R3 in `slab::remote`), so it may go.
            self.unlist(header);
            self.note_taken(header.carved.get(), supplier);
            supplier.take_back(slab);
        }
    }

    /// Adds a slab of this cache to its class's list.
    pub fn list(&self, slab: UnitIndex, class: SizeClass) {
        let header = WINDOW.header(slab);
        let head = self.lists[class.index()].get();
        header.previous.set(UnitIndex::NONE);
        header.next.set(head);
        header.listed.set(true);
        if !head.is_none() {
            WINDOW.header(head).previous.set(slab);
        }
        self.lists[class.index()].set(slab);
        self.listed.set(self.listed.get() + 1);
    }

    pub fn unlist(&self, header: &SpanHeader) {
        let (previous, next) = (header.previous.get(), header.next.get());
        if !next.is_none() {
            WINDOW.header(next).previous.set(previous);
        }
        if previous.is_none() {
            self.lists[header.class.get().index()].set(next);
        } else {
            WINDOW.header(previous).next.set(next);
        }
        debug_assert!(!previous.is_none() || self.listed.get() > 0);
        header.listed.set(false);
        self.listed.set(self.listed.get() - 1);
    }

    /// Takes a listed slab of the class away from this cache, for `heir`.
    pub fn bequeath(&self, class: SizeClass, heir: &Cache) -> bool {
        let slab = self.lists[class.index()].get();
        if slab.is_none() {
            return false;
        }
        self.unlist(WINDOW.header(slab));
        map::change_owner(slab, self.unit, heir.unit);
        heir.list(slab, class);
        true
    }

    /// Whether some slab of this cache has free blocks.
    pub fn has_listed(&self) -> bool {
        self.listed.get() > 0
    }

    /// Collects the slabs in the inbox: blocks that other threads freed become free. The list of
    /// the heap's caches isn't locked.
    pub fn drain_inbox(&self, supplier: &impl Supplier) {
        if self.empty_inbox(supplier) {
            supplier.settle();
        }
    }

    /// [`Cache::drain_inbox`] with the list of caches locked, so that no slab is adopted meanwhile.
    /// `true`: some slabs weren't this cache's, and are in their owners' inboxes now.
    pub fn empty_inbox(&self, supplier: &impl Supplier) -> bool {
        let mut passed_on = false;
        if self.inbox().is_empty() {
            return passed_on;
        }
        let mut number = self.inbox().take();
        while number != 0 {
            let slab = UnitIndex(number);
            number = Inbox::next(&WINDOW.remote(slab).inbox_next);
            let owner = map::entry(slab).owner();
            if owner == self.unit {
                shared_words(slab).clear_queued(QUEUED);
                self.collect(slab, supplier);
            } else {
                // The slab changed hands after the freeing thread had read whose it was.
                pass_on(slab, owner);
                passed_on = true;
            }
        }
        passed_on
    }

    /// Takes the remote frees of an own slab.
    fn collect(&self, slab: UnitIndex, supplier: &impl Supplier) {
        let live = WINDOW.live_words(slab);
        let mut freed = 0;
        shared_words(slab).collect(|word, bits| {
            let before = live[word].load(Ordering::Relaxed);
            let freed_by_both = bits & !before;
            if freed_by_both != 0 && !supplier.bears_simultaneous_frees() {
                // The owner freed the block in the very moment in which another thread did.
                let granule = word * 64 + freed_by_both.trailing_zeros() as usize;
                die_of_simultaneous_frees(WINDOW.address(slab) + (granule << GRANULE_SHIFT));
            }
            live[word].store(before & !bits, Ordering::Relaxed);
            freed += (bits & before).count_ones();
        });
        if freed > 0 {
            let granules = freed * WINDOW.header(slab).class.get().properties().stride;
            self.count_free(slab, granules, supplier);
            self.note_freed(granules, supplier);
        }
    }
}

/// Notes that a block is handed out, so that its pages, `returned` before, will be touched.
/// `false`: none of them was returned.
#[cold]
fn comes_back(header: &SpanHeader, granule: u32, stride: u32, returned: u16) -> bool {
    let pages = pages_of(granule, stride) & returned;
    header.returned.set(header.returned.get() & !pages);
    pages != 0
}

/// Brings in the memory of blocks that were carved just now, from granule to granule of a slab.
fn bring_in(slab: usize, from: u32, to: u32) {
    let bytes = |granule: u32| round_up_length((granule as usize) << GRANULE_SHIFT, BROUGHT_IN);
    let (start, end) = (bytes(from), bytes(to));
    if start < end {
        os::populate(slab + start, end - start);
    }
}

#[cold]
fn die_of_simultaneous_frees(block: usize) -> ! {
    let mut message = Message::begin();
    message.text("free(").address(block).text("): double free of ").address(block);
    message.text(": two threads freed the block at once; find the two that each own it").die()
}

/// Puts a slab, whose QUEUED the caller took over, into an owner's inbox.
pub fn pass_on(slab: UnitIndex, owner: UnitIndex) {
    // SAFETY: caches are never unmapped while a slab of theirs exists.
    let owner = unsafe { Cache::at(owner).as_ref() };
    owner.inbox().push(slab.0, &WINDOW.remote(slab).inbox_next);
}

#[cfg(test)]
#[path = "refill_tests.rs"]
mod refill_tests;
