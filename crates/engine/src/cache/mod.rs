//! A thread's cache in one heap: for each class a stack of free blocks, and the slabs they came
//! from.
//!
//! ```text
//!  one unit:  | Cache: words, 72 pairs of stacks' ends, 72 slab lists | stacks 0 | stacks 1 | …
//!  a pair:    | 0 | entry | entry |      …      || 0 | entry |      …                        |
//!               ^ stops pops  ^ pop             ^ floor      ^ push                  limit ^
//!  an entry:  address of a free block, plus 1 if the block is known to read as zero
//! ```
//! Allocations pop from one stack of the pair, frees push onto the other, and when the first is
//! empty the two change places. With a single stack each operation would have to wait for the
//! store of the one before it: a free finds out where to store only after it has looked up the
//! class of the block that the allocation before it has just loaded. Measured on the pair
//! `malloc`, `free` of one block: 35 cycles with one stack, 20 with two.
//!
//! C1  a block is on a stack at most once, and only on its slab's owner's; its live bit is clear
//! C2  the free blocks of the cache's slabs that are on no stack are counted in `free_granules`;
//!     a search for them happens only while the class's stack is empty, so it can't find those
//!     that are on it
//! C3  a slab with free blocks on no stack, or not carved to its end, is in its class's list
//! C4  only the thread that the cache's slot belongs to uses it, or whoever closed the heap's gate,
//!     or, for a cache without a slot, whoever holds the lock that stands for it
//!
//! Stacks make the most frequent pairs fast (the block freed last is the first to be handed out
//! again, while it is in the CPU's caches), and they may be dropped at any time: the live bits
//! alone say what is free.

mod mark;
pub mod refill;
pub mod slot;
pub mod spill;

use crate::base::atomic::Ordering;
use crate::base::epoch::Epoch;
use crate::base::size_class::{CLASS_COUNT, CLASSES, SizeClass};
use crate::base::units::{UNIT, UnitIndex};
use crate::slab::remote::{Inbox, Shared};
use crate::span::window::{Granule, View};
use crate::span::{Entry, WINDOW};
use core::cell::Cell;
use core::mem::offset_of;
use core::ptr::NonNull;
use core::sync::atomic::AtomicPtr;
use heapmin_directory::layout::CacheLayout;
use slot::Slot;

/// Marks an entry whose block reads as zero; addresses are multiples of 16.
pub const KNOWN_ZERO: usize = 1;

/// The ends of a class's two stacks.
#[repr(C)]
pub struct Stacks {
    /// The last entry of the stack that allocations pop; its bottom holds 0.
    pop: Cell<*mut usize>,
    /// The last entry of the stack that frees push onto.
    push: Cell<*mut usize>,
    /// Where no entry fits any more on that stack.
    limit: Cell<*mut usize>,
    /// The bottom of that stack, which holds 0.
    floor: Cell<*mut usize>,
}

/// See the module.
#[repr(C, align(64))]
pub struct Cache {
    /// First, so that a class's stacks are found without adding an offset.
    stacks: [Stacks; CLASS_COUNT],
    /// The window, on the same line as the tag: all that a free needs before it knows the class.
    view: View,
    tag: u32,
    unit: UnitIndex,
    /// The handle of the cache's heap, or [`no_handle`]. The cache of a heap that isn't serialised
    /// can be asked after its heap was destroyed too: its unit never becomes anything else.
    pub handle: Cell<usize>,
    /// The thread's slot, or null: a shared cache, or one whose thread has ended.
    pub slot: AtomicPtr<Slot>,
    /// The next of the heap's caches.
    pub next: Cell<*const Cache>,
    /// The next of the heap's caches whose threads have ended.
    pub next_idle: Cell<*const Cache>,
    /// Whether the cache is idle and its stacks aren't empty.
    pub unspilled: Cell<bool>,
    /// Slabs in all lists: 0 means that there is nothing to adopt here.
    listed: Cell<u32>,
    lists: [Cell<UnitIndex>; CLASS_COUNT],
    /// Granules that came to be free in slabs since the heap was told, less those that went.
    freed: Cell<i32>,
    /// What the stacks' ends looked like when somebody last looked, and since when.
    pub seen: Cell<(usize, Epoch)>,
    /// New slabs that each class has had, up to 255.
    pub new_slabs: [Cell<u8>; CLASS_COUNT],
    /// Blocks that were put where allocations pop them, so far, by class. Less those that are there:
    /// allocations.
    served: [Cell<u64>; CLASS_COUNT],
    /// See [`mark`].
    marks: mark::Marks,
    /// The thread that has it, or had it last, by the number that the system gives it; 0: none.
    pub thread: Cell<u32>,
    inbox: LoneInbox,
}

/// Other threads write here, so it has a line to itself.
#[repr(C, align(64))]
struct LoneInbox(Inbox);

const fn stack_bytes(class: usize) -> usize {
    (CLASSES[class].stack as usize + 1) * size_of::<usize>()
}

const STACKS_START: usize = size_of::<Cache>();
const _: () = {
    let mut end = STACKS_START;
    let mut class = 0;
    while class < CLASS_COUNT {
        end += 2 * stack_bytes(class);
        class += 1;
    }
    assert!(end <= UNIT, "a cache with its stacks is one unit");
};

impl Cache {
    /// Where readers find what is in it.
    pub const LAYOUT: CacheLayout = CacheLayout {
        bytes: size_of::<Self>() as u32,
        stacks: offset_of!(Self, stacks) as u32,
        unit: offset_of!(Self, unit) as u32,
        slot: offset_of!(Self, slot) as u32,
        next: offset_of!(Self, next) as u32,
        thread: offset_of!(Self, thread) as u32,
        listed: offset_of!(Self, listed) as u32,
        served: offset_of!(Self, served) as u32,
    };

    /// Makes a cache in a unit that reads as zero.
    pub fn create(unit: UnitIndex) -> NonNull<Cache> {
        let start = WINDOW.address(unit);
        let memory = core::ptr::with_exposed_provenance_mut::<Cache>(start);
        // SAFETY: the unit is the caller's, committed, large enough (asserted above) and aligned;
        // zero bytes are valid for each field, so a reference to it may exist.
        let cache = unsafe { &mut *memory };
        cache.view = WINDOW.view();
        cache.tag = Entry::tag(unit);
        cache.unit = unit;
        cache.handle.set(no_handle());
        let mut bottom = start + STACKS_START;
        for (class, stacks) in SizeClass::all().zip(&cache.stacks) {
            let length = stack_bytes(class.index());
            let end = |address| core::ptr::with_exposed_provenance_mut(address);
            stacks.pop.set(end(bottom));
            stacks.push.set(end(bottom + length));
            stacks.floor.set(end(bottom + length));
            stacks.limit.set(end(bottom + 2 * length));
            bottom += 2 * length;
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
    fn class_of_own(&self, entry: Entry) -> Option<SizeClass> {
        SizeClass::from_number(entry.0 ^ self.tag)
    }

    /// Frees the block at `address` if it is a live one of this cache's own slabs and its stack
    /// has room. `false`: nothing was done.
    #[inline(always)]
    pub fn free_own(&self, address: usize) -> bool {
        self.free_own_checked(address, |_| true)
    }

    /// [`Cache::free_own`] if `check(extent)` finds nothing wrong with the block, whose `extent`
    /// bytes are live.
    #[inline(always)]
    pub fn free_own_checked(&self, address: usize, check: impl FnOnce(usize) -> bool) -> bool {
        let Some(granule) = self.view.granule(address) else { return false };
        let Some(class) = self.class_of_own(self.view.entry(granule)) else { return false };
        self.push_checked(class, granule, address, check)
    }

    /// Where other threads leave this cache's slabs after freeing blocks of them.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox.0
    }

    /// Takes a free block from the class's stack and marks it live. 0: the stack is empty.
    #[inline(always)]
    pub fn pop(&self, class: SizeClass) -> usize {
        let stacks = &self.stacks[class.index()];
        let top = stacks.pop.get();
        // SAFETY: `pop` points into one of the class's stacks, whose bottom holds 0 (C4: nobody
        // else moves it now).
        let entry = unsafe { top.read() };
        if entry != 0 {
            // SAFETY: entries are not 0, so `top` is above the bottom.
            stacks.pop.set(unsafe { top.sub(1) });
            let (word, index) = self.view.live_bit(entry);
            word.store(with_bit(word.load(Ordering::Relaxed), index), Ordering::Relaxed);
        }
        entry
    }

    /// Marks a live block of an own slab free and puts it onto its class's stack.
    /// `false`: nothing was done, because the block isn't live or the stack is full.
    #[inline(always)]
    pub fn push(&self, class: SizeClass, granule: Granule, address: usize) -> bool {
        self.push_checked(class, granule, address, |_| true)
    }

    /// [`Cache::push`] if `check(extent)` finds nothing wrong with the block, whose `extent` bytes
    /// are live.
    #[inline(always)]
    fn push_checked(
        &self,
        class: SizeClass,
        granule: Granule,
        address: usize,
        check: impl FnOnce(usize) -> bool,
    ) -> bool {
        let word = self.view.live_word(granule);
        let bits = word.load(Ordering::Relaxed);
        let freed = bits & !granule.bit();
        let stacks = &self.stacks[class.index()];
        // SAFETY: at most one past the last entry, where the limit is.
        let above = unsafe { stacks.push.get().add(1) };
        if freed == bits || above == stacks.limit.get() || !check(class.size()) {
            return false;
        }
        word.store(freed, Ordering::Relaxed);
        // SAFETY: below the limit, so inside the class's stack (C4).
        unsafe { above.write(address) };
        stacks.push.set(above);
        true
    }
}

/// What no handle is: not a multiple of 64 KiB, and a number that nobody comes upon.
pub fn no_handle() -> usize {
    core::ptr::from_ref(&CLASSES).addr() | 1
}

/// The words that threads share to free blocks of a slab they don't own.
pub fn shared_words(slab: UnitIndex) -> Shared<'static> {
    let remote = WINDOW.remote(slab);
    Shared { entry: WINDOW.entry_word(slab), summary: &remote.summary, words: &remote.bits.0 }
}

/// `word` with the bit set that the lowest six bits of `index` name.
///
/// In one instruction: what the compiler makes of the shift and the `or` takes five micro-operations
/// in the middle of the fast path.
#[inline(always)]
fn with_bit(word: u64, index: usize) -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        let mut word = word;
        // SAFETY: works on two registers only.
        unsafe {
            core::arch::asm!(
                "bts {word}, {index}",
                word = inout(reg) word,
                index = in(reg) index,
                options(pure, nomem, nostack),
            );
        }
        word
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        word | 1 << (index & 63)
    }
}
