//! A thread's cache in one heap: for each class a stack of free blocks, and the slabs they came
//! from.
//!
//! ```text
//!  one unit:  | Cache: words, 72 stacks' ends, 72 slab lists | stack 0 | stack 1 | …      |
//!  a stack:   | 0 | entry | entry | … | entry |  free        |
//!               ^ stops pops          ^ top     ^ limit
//!  an entry:  address of a free block, plus 1 if the block is known to read as zero
//! ```
//! C1  a block is on a stack at most once, and only on its slab's owner's; its live bit is clear
//! C2  the free blocks of the cache's slabs that are on no stack are counted in `free_blocks`;
//!     a search for them happens only while the class's stack is empty, so it can't find those
//!     that are on it
//! C3  a slab with free blocks on no stack, or not carved to its end, is in its class's list
//! C4  only the thread that the cache's slot belongs to uses it, or whoever closed the heap's gate,
//!     or, for a cache without a slot, whoever holds the lock that stands for it
//!
//! Stacks make the most frequent pairs fast (the block freed last is the first to be handed out
//! again, while it is in the CPU's caches), and they may be dropped at any time: the live bits
//! alone say what is free.

pub mod refill;
pub mod slot;

use crate::base::atomic::{AtomicU64, Ordering};
use crate::base::units::{UNIT, UnitIndex};
use crate::slab::class::{CLASS_COUNT, CLASSES};
use crate::slab::remote::{Inbox, Shared};
use crate::span::window::Granule;
use crate::span::{Entry, WINDOW};
use core::cell::Cell;
use core::ptr::NonNull;
use slot::Slot;

/// Marks an entry whose block reads as zero; addresses are multiples of 16.
pub const KNOWN_ZERO: usize = 1;

/// The two ends of a stack.
#[repr(C)]
pub struct Stack {
    /// The last entry; the bottom holds 0.
    top: Cell<*mut usize>,
    /// Where no entry fits any more.
    limit: Cell<*mut usize>,
}

/// See the module.
#[repr(C, align(64))]
pub struct Cache {
    tag: u32,
    unit: UnitIndex,
    /// The thread's slot, or null: a shared cache, or one whose thread has ended.
    pub slot: Cell<*const Slot>,
    /// The next of the heap's caches.
    pub next: Cell<*const Cache>,
    /// The next of the heap's caches whose threads have ended.
    pub next_idle: Cell<*const Cache>,
    /// Slabs in all lists: 0 means that there is nothing to adopt here.
    listed: Cell<u32>,
    stacks: [Stack; CLASS_COUNT],
    lists: [Cell<UnitIndex>; CLASS_COUNT],
    inbox: LoneInbox,
}

/// Other threads write here, so it has a line to itself.
#[repr(C, align(64))]
struct LoneInbox(Inbox);

const STACKS_START: usize = size_of::<Cache>();
const _: () = {
    let mut end = STACKS_START;
    let mut class = 0;
    while class < CLASS_COUNT {
        end += (CLASSES[class].stack as usize + 1) * size_of::<usize>();
        class += 1;
    }
    assert!(end <= UNIT, "a cache with its stacks is one unit");
};

impl Cache {
    /// Makes a cache in a unit that reads as zero.
    pub fn create(unit: UnitIndex) -> NonNull<Cache> {
        let start = WINDOW.address(unit);
        let memory = core::ptr::with_exposed_provenance_mut::<Cache>(start);
        // SAFETY: the unit is the caller's, committed, large enough (asserted above) and aligned;
        // zero bytes are valid for each field, so a reference to it may exist.
        let cache = unsafe { &mut *memory };
        cache.tag = Entry::tag(unit);
        cache.unit = unit;
        let mut bottom = start + STACKS_START;
        for (stack, class) in cache.stacks.iter().zip(&CLASSES) {
            let length = (class.stack as usize + 1) * size_of::<usize>();
            stack.top.set(core::ptr::with_exposed_provenance_mut(bottom));
            stack.limit.set(core::ptr::with_exposed_provenance_mut(bottom + length));
            bottom += length;
        }
        NonNull::from(cache)
    }

    /// The cache that a slab's map entry names.
    pub fn at(unit: UnitIndex) -> NonNull<Cache> {
        let start = WINDOW.address(unit);
        let memory = core::ptr::with_exposed_provenance_mut::<Cache>(start);
        // SAFETY: the window's base is never 0.
        unsafe { NonNull::new_unchecked(memory) }
    }

    /// The unit that the cache lives in, which is also its number.
    pub fn unit(&self) -> UnitIndex {
        self.unit
    }

    /// The class of the slab with this entry, if the slab is this cache's and not queued.
    #[inline(always)]
    pub fn class_of_own(&self, entry: Entry) -> Option<usize> {
        let class = (entry.0 ^ self.tag) as usize;
        (class < CLASS_COUNT).then_some(class)
    }

    /// Where other threads leave this cache's slabs after freeing blocks of them.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox.0
    }

    /// Takes a free block from the class's stack and marks it live. 0: the stack is empty.
    #[inline(always)]
    pub fn pop(&self, class: usize) -> usize {
        let stack = &self.stacks[class];
        let top = stack.top.get();
        // SAFETY: `top` points into the class's stack, whose bottom holds 0 (C4: nobody else
        // moves it now).
        let entry = unsafe { top.read() };
        if entry != 0 {
            // SAFETY: entries are not 0, so `top` is above the bottom.
            stack.top.set(unsafe { top.sub(1) });
            let granule = WINDOW.granule_of_block(entry);
            let word = WINDOW.live_word(granule);
            word.store(word.load(Ordering::Relaxed) | granule.bit(), Ordering::Relaxed);
        }
        entry
    }

    /// Marks a live block of an own slab free and puts it onto its class's stack.
    /// `false`: nothing was done, because the block isn't live or the stack is full.
    #[inline(always)]
    pub fn push(&self, class: usize, granule: Granule, address: usize) -> bool {
        let word = WINDOW.live_word(granule);
        let bits = word.load(Ordering::Relaxed);
        let stack = &self.stacks[class];
        // SAFETY: at most one past the last entry, where the limit is.
        let above = unsafe { stack.top.get().add(1) };
        if bits & granule.bit() == 0 || above == stack.limit.get() {
            return false;
        }
        word.store(bits & !granule.bit(), Ordering::Relaxed);
        // SAFETY: below the limit, so inside the class's stack (C4).
        unsafe { above.write(address) };
        stack.top.set(above);
        true
    }
}

/// The words that threads share to free blocks of a slab they don't own.
pub fn shared_words(slab: UnitIndex) -> Shared<'static> {
    let words: &'static [AtomicU64; 64] = WINDOW.remote_words(slab);
    Shared {
        entry: WINDOW.entry_word(slab),
        summary: &WINDOW.header(slab).remote.summary,
        words,
    }
}
