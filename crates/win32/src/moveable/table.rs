//! The table of moveable objects.
//!
//! | state of an entry | |
//! |---|---|
//! | 0 | never used yet |
//! | another multiple of 16 | free, or between two owners: 16 times the next free entry's number |
//! | with both low bits set | an object, see [`State`] |
//!
//! Free entries are taken from the list of those used before, the last one freed first, else the
//! first never used. The table takes 1 MiB of address space, and memory only for entries used.

use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
use heapmin_engine::exact::ExactHeap;

/// Moveable objects that a process can have.
const ENTRIES: usize = 65_536;
/// From an entry to its handle.
const HANDLE_OFFSET: usize = size_of::<usize>();
/// A step of the numbers that link free entries: the low bits stay clear.
const LINK_STEP: usize = 16;
/// The link of the last free entry, and of one that is being taken or freed: to a number that no
/// entry has.
const LAST: usize = (ENTRIES + 1) * LINK_STEP;

/// An object's entry, laid out as on Windows.
#[repr(C, align(16))]
pub struct Entry {
    state: AtomicUsize,
    data: AtomicPtr<u8>,
}

static TABLE: [Entry; ENTRIES] = [const { Entry::unused() }; ENTRIES];
/// Entries from here on were never used.
static FRESH: AtomicU32 = AtomicU32::new(0);
/// The first free entry's number, counted from 1, or 0: none; above it a count of changes, so that
/// a thread that was away notices that the entry was taken and freed meanwhile.
static FREED: AtomicU64 = AtomicU64::new(0);
const COUNT_STEP: u64 = 1 << 32;
const NUMBER_MASK: u64 = COUNT_STEP - 1;

/// What an entry says about its object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct State(usize);

impl State {
    const IN_USE: usize = 0b11;
    const DISCARDABLE: usize = 0x4;
    const DISCARDED: usize = 0x8;
    const SHARED: usize = 0x8000;
    const LOCK: usize = 1 << 16;
    const LOCKS: usize = 0xFF << 16;
    /// Its data is being resized or discarded, by a thread with the process heap's lock.
    const MOVING: usize = 1 << 24;
    /// From here on, moves are counted: who finds a state unchanged knows that none has happened.
    const MOVE: usize = 1 << 32;

    /// An object without locks.
    pub const fn new(discardable: bool, shared: bool, discarded: bool) -> Self {
        let mut bits = Self::IN_USE;
        if discardable {
            bits |= Self::DISCARDABLE;
        }
        if shared {
            bits |= Self::SHARED;
        }
        if discarded {
            bits |= Self::DISCARDED;
        }
        Self(bits)
    }

    const fn is_object(self) -> bool {
        self.0 & Self::IN_USE == Self::IN_USE
    }

    const fn is_moving(self) -> bool {
        self.0 & Self::MOVING != 0
    }

    /// Times that it is locked, 255 at most.
    pub const fn locks(self) -> u32 {
        ((self.0 & Self::LOCKS) / Self::LOCK) as u32
    }

    /// Locked once more; the count stays at 255.
    pub const fn locked(self) -> Self {
        if self.0 & Self::LOCKS == Self::LOCKS { self } else { Self(self.0 + Self::LOCK) }
    }

    /// Unlocked once. `None`: it isn't locked.
    pub const fn unlocked(self) -> Option<Self> {
        if self.0 & Self::LOCKS == 0 { None } else { Some(Self(self.0 - Self::LOCK)) }
    }

    /// Whether it may be discarded, by its flags.
    pub const fn is_discardable(self) -> bool {
        self.0 & Self::DISCARDABLE != 0
    }

    /// With the flag that it may be discarded.
    pub const fn discardable(self) -> Self {
        Self(self.0 | Self::DISCARDABLE)
    }

    /// Whether it has no data.
    pub const fn is_discarded(self) -> bool {
        self.0 & Self::DISCARDED != 0
    }

    /// Whether it was allocated to be shared with other processes.
    pub const fn is_shared(self) -> bool {
        self.0 & Self::SHARED != 0
    }

    const fn moved(self) -> Self {
        Self(self.0.wrapping_add(Self::MOVE))
    }

    const fn with_data(self, has_data: bool) -> Self {
        if has_data { Self(self.0 & !Self::DISCARDED) } else { Self(self.0 | Self::DISCARDED) }
    }
}

/// The entry with this handle, in use or not.
pub fn at(handle: usize) -> Option<&'static Entry> {
    let offset = handle.checked_sub(TABLE.as_ptr().addr() + HANDLE_OFFSET)?;
    if offset % size_of::<Entry>() != 0 {
        return None;
    }
    TABLE.get(offset / size_of::<Entry>())
}

/// Takes a free entry, for [`Entry::begin`] or [`Entry::give_back`]. `None`: all are in use.
pub fn take() -> Option<&'static Entry> {
    take_freed().or_else(take_fresh)
}

fn take_freed() -> Option<&'static Entry> {
    // Acquire: pairs with the Release in `give_back`; the entry's link is as written there.
    let mut head = FREED.load(Ordering::Acquire);
    loop {
        let entry = TABLE.get(usize::try_from(head & NUMBER_MASK).ok()?.checked_sub(1)?)?;
        let next = entry.state.load(Ordering::Relaxed) / LINK_STEP;
        // Nonsense if another thread took the entry meanwhile; then the exchange fails.
        let next = if next <= ENTRIES { next as u64 } else { 0 };
        let changed = (head & !NUMBER_MASK).wrapping_add(COUNT_STEP) | next;
        match FREED.compare_exchange_weak(head, changed, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => {
                entry.state.store(LAST, Ordering::Relaxed);
                return Some(entry);
            }
            Err(now) => head = now,
        }
    }
}

fn take_fresh() -> Option<&'static Entry> {
    let all = ENTRIES as u32;
    let next = |used| if used < all { Some(used + 1) } else { None };
    let index = FRESH.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()?;
    TABLE.get(index as usize)
}

/// The right to an entry's data while its object is moving; the process heap's lock is held.
pub struct Moving {
    entry: &'static Entry,
    /// As it was, without the mark.
    pub state: State,
}

impl Moving {
    /// The data; null if it is discarded.
    pub fn data(&self) -> *mut u8 {
        self.entry.data.load(Ordering::Relaxed)
    }

    /// The object's handle.
    pub fn handle(&self) -> usize {
        self.entry.handle()
    }

    /// Ends the move with the data here; null discards it.
    pub fn end(self, data: *mut u8) {
        self.entry.data.store(data, Ordering::Relaxed);
        let state = self.state.with_data(!data.is_null()).moved();
        // Release: pairs with the Acquire in `state`; publishes the data's address.
        self.entry.state.store(state.0, Ordering::Release);
    }
}

impl Entry {
    const fn unused() -> Self {
        Self { state: AtomicUsize::new(0), data: AtomicPtr::new(ptr::null_mut()) }
    }

    /// The handle of its object.
    pub fn handle(&self) -> usize {
        ptr::from_ref(self).addr() + HANDLE_OFFSET
    }

    /// Makes a taken entry that of an object.
    pub fn begin(&self, state: State, data: *mut u8) {
        self.data.store(data, Ordering::Relaxed);
        // Release: pairs with the Acquire in `state`; publishes the data's address.
        self.state.store(state.0, Ordering::Release);
    }

    /// Puts a taken entry on the list of free ones.
    pub fn give_back(&self) {
        let offset = ptr::from_ref(self).addr() - TABLE.as_ptr().addr();
        let number = (offset / size_of::<Self>()) as u64 + 1;
        let mut head = FREED.load(Ordering::Relaxed);
        loop {
            let link = match (head & NUMBER_MASK) as usize {
                0 => LAST,
                next => next * LINK_STEP,
            };
            self.state.store(link, Ordering::Relaxed);
            let changed = (head & !NUMBER_MASK).wrapping_add(COUNT_STEP) | number;
            // Release: pairs with the Acquire in `take_freed`; publishes the link.
            match FREED.compare_exchange_weak(head, changed, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// The object's state at a moment when it isn't moving. `None`: no object.
    pub fn state(&self) -> Option<State> {
        loop {
            // Acquire: pairs with the Releases in `begin` and `end`.
            let state = State(self.state.load(Ordering::Acquire));
            if !state.is_object() {
                return None;
            }
            if !state.is_moving() {
                return Some(state);
            }
            // Whoever moves it holds the heap's lock until that is done.
            let heap = ExactHeap::process()?;
            heap.lock();
            heap.unlock();
        }
    }

    /// Changes the state from `old`, which [`Entry::state`] gave. `false`: it is another one now.
    pub fn change(&self, old: State, new: State) -> bool {
        self.state.compare_exchange(old.0, new.0, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Whether the object's state is still as [`Entry::state`] gave it: then nothing has changed
    /// since, and its data neither.
    pub fn is_still(&self, state: State) -> bool {
        // The loads before this one are not to move behind it.
        fence(Ordering::Acquire);
        self.state.load(Ordering::Relaxed) == state.0
    }

    /// The object's data; null if it is discarded.
    pub fn data(&self) -> *mut u8 {
        self.data.load(Ordering::Relaxed)
    }

    /// Takes the entry from its object, for [`Entry::begin`] or [`Entry::give_back`]: its state
    /// and data. `None`: it is no object's.
    pub fn take_back(&self) -> Option<(State, *mut u8)> {
        loop {
            let state = self.state()?;
            if self.change(state, State(LAST)) {
                return Some((state, self.data.swap(ptr::null_mut(), Ordering::Relaxed)));
            }
        }
    }

    /// Marks the object as moving. The process heap is locked by the caller, until after
    /// [`Moving::end`]. `None`: no object.
    pub fn begin_move(&'static self) -> Option<Moving> {
        loop {
            let state = self.state()?;
            if self.change(state, State(state.0 | State::MOVING)) {
                return Some(Moving { entry: self, state });
            }
        }
    }
}
