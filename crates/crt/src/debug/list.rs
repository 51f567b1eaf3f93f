//! The list of all blocks, newest first, and its counters.
//!
//! ```text
//!   newest <-> block <-> block <-> ... <-> oldest       a walk's place lies between two blocks:
//!          older ->            <- newer                 below `above`, at `next`
//! ```
//! * `newest.newer` and `oldest.older` are null; everywhere else, `a.older == b` means
//!   `b.newer == a`.
//! * A block that leaves the list is taken out of every walk's place first.

use super::block::{Block, Header, TYPES, Type, with_busy};
use super::heap::measure;
use core::ffi::c_int;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::os;
use heapmin_engine::os::lock::{Guard, Lock};

/// Walks that can be under way: by threads, and nested in functions of the program's that a walk
/// calls. The longest under way gives its place up when one more begins.
const WALKS: usize = 32;

/// Where a walk is.
#[derive(Clone, Copy)]
pub struct Place {
    /// Whose place it is; 0: nobody's.
    pub ticket: usize,
    /// The block before the next one; null: the next one is the newest.
    pub above: *mut Header,
    /// The block to see next; null: the walk is at its end.
    pub next: *mut Header,
}

const NOBODY: Place = Place { ticket: 0, above: ptr::null_mut(), next: ptr::null_mut() };

/// Blocks and bytes by type, and totals.
#[derive(Clone, Copy)]
pub struct Counters {
    pub blocks: [usize; TYPES],
    pub bytes: [usize; TYPES],
    /// Bytes in use: of all types but free and ignored blocks.
    pub in_use: usize,
    /// Most bytes that were in use at one time.
    pub most_in_use: usize,
    /// Bytes of all allocations so far.
    pub allocated: usize,
}

/// The list.
pub struct List {
    pub newest: *mut Header,
    oldest: *mut Header,
    pub counters: Counters,
    pub places: [Place; WALKS],
    /// Tickets given out.
    pub tickets: usize,
    /// Blocks that came, went, or began or ceased to be busy, so far.
    changes: usize,
}

// SAFETY: the pointers are to blocks of the heap, which any thread may use.
unsafe impl Send for List {}

static LIST: Lock<List> = Lock::new(List {
    newest: ptr::null_mut(),
    oldest: ptr::null_mut(),
    counters: Counters {
        blocks: [0; TYPES],
        bytes: [0; TYPES],
        in_use: 0,
        most_in_use: 0,
        allocated: 0,
    },
    places: [NOBODY; WALKS],
    tickets: 0,
    changes: 0,
});

/// Runs `work` with the list locked.
pub fn locked<R>(work: impl FnOnce(&mut List) -> R) -> R {
    work(&mut LIST.lock())
}

/// Puts a block on the list, as the newest.
///
/// # Safety
/// The block was prepared, and nobody else knows it.
pub unsafe fn insert(block: Block) {
    watch_forks();
    // SAFETY: the caller's; new blocks are on no list.
    locked(|list| unsafe {
        list.link(block);
        list.counters.allocated = list.counters.allocated.saturating_add((*block.0).size);
    });
}

/// Takes a block off the list. `false`: it isn't on it.
pub fn remove(block: Block) -> bool {
    // SAFETY: `with` runs it only for a block that is listed.
    with(block, |list| unsafe { list.unlink(block) }).is_some()
}

/// Whether the block is on the list; nothing but a live block of the heap is touched.
pub fn contains(block: Block) -> bool {
    measure(block.0).is_some() && with(block, |_| ()).is_some()
}

/// Runs `work` with the list locked if the block is on the list. The block must be live.
pub fn with<R>(block: Block, work: impl FnOnce(&mut List) -> R) -> Option<R> {
    let mut list = lock_with(block);
    if list.is_none() && mend() {
        // Its links or those beside it were damaged.
        list = lock_with(block);
    }
    list.map(|mut list| work(&mut list))
}

/// Locks the list if the links of the block and beside it agree that it is on the list.
fn lock_with(block: Block) -> Option<Guard<'static, List>> {
    loop {
        let (changes, older, newer) = locked(|list| {
            // SAFETY: a live block, large enough for a header; under the lock nobody writes links.
            let (older, newer) = unsafe { ((*block.0).older, (*block.0).newer) };
            (list.changes, older, newer)
        });
        let are_live = (older.is_null() || measure(older).is_some())
            && (newer.is_null() || measure(newer).is_some());
        let list = LIST.lock();
        // SAFETY: as above.
        let now = unsafe { ((*block.0).older, (*block.0).newer) };
        if now == (older, newer) && are_live {
            return list.is_linked(block).then_some(list);
        }
        if list.changes == changes {
            return None;
        }
        // A neighbour came or went meanwhile.
    }
}

/// Repairs links that were overwritten. What can be reached from one of the two ends stays on the
/// list, and one block between the two halves whose own links are lost; the rest is given up.
/// `true`: there was something to repair.
#[cold]
pub fn mend() -> bool {
    let Some(heap) = ExactHeap::process() else { return false };
    // The heap before the list: see law 3.
    heap.lock();
    let mended = locked(|list| {
        let (newest, oldest) = (list.newest, list.oldest);
        // SAFETY: `run` has found live blocks only.
        let from_newest = run(newest, |header| unsafe { ((*header).newer, (*header).older) });
        // SAFETY: as above.
        let from_oldest = run(oldest, |header| unsafe { ((*header).older, (*header).newer) });
        let is_intact = from_newest.beyond.is_null() && from_newest.last == oldest;
        if !is_intact {
            // SAFETY: the ends of runs of live blocks, or null.
            unsafe { list.join(&from_newest, &from_oldest) };
        }
        !is_intact
    });
    heap.unlock();
    mended
}

/// Blocks from one end of the list whose links agree.
struct Run {
    /// The last of them; null: none.
    last: *mut Header,
    /// Where the last one's link leads on.
    beyond: *mut Header,
}

/// Follows links from one end; `links` tells the link back and the link on.
fn run(end: *mut Header, links: impl Fn(*mut Header) -> (*mut Header, *mut Header)) -> Run {
    let mut run = Run { last: ptr::null_mut(), beyond: end };
    while measure(run.beyond).is_some() {
        let (back, on) = links(run.beyond);
        if back != run.last {
            break;
        }
        run = Run { last: run.beyond, beyond: on };
    }
    run
}

impl List {
    /// Whether the links beside a block lead to it. Its neighbours must be live blocks or null.
    fn is_linked(&self, block: Block) -> bool {
        // SAFETY: the block and its neighbours are live and large enough for headers.
        unsafe {
            let (older, newer) = ((*block.0).older, (*block.0).newer);
            let from_older = if older.is_null() { self.oldest } else { (*older).newer };
            let from_newer = if newer.is_null() { self.newest } else { (*newer).older };
            from_older == block.0 && from_newer == block.0
        }
    }

    /// How often the list has changed.
    pub fn changes(&self) -> usize {
        self.changes
    }

    /// Marks a block as busy, or not.
    ///
    /// # Safety
    /// The block is on the list.
    pub unsafe fn set_busy(&mut self, block: Block, busy: bool) {
        self.changes = self.changes.wrapping_add(1);
        // SAFETY: the block is listed, so it has a header, which is the caller's to change.
        let block_use = unsafe { &mut (*block.0).block_use };
        *block_use = with_busy(*block_use, busy);
    }

    /// Puts a block before the newest one and counts it.
    ///
    /// # Safety
    /// The block is live, has a header and isn't on the list.
    pub unsafe fn link(&mut self, block: Block) {
        let second = self.newest;
        self.changes = self.changes.wrapping_add(1);
        // SAFETY: the caller's; the newest block is listed, so it is live.
        unsafe {
            (*block.0).older = second;
            (*block.0).newer = ptr::null_mut();
            match second.as_mut() {
                Some(second) => second.newer = block.0,
                None => self.oldest = block.0,
            }
            self.newest = block.0;
            for place in &mut self.places {
                if place.above.is_null() && place.next == second && !second.is_null() {
                    place.above = block.0;
                }
            }
            self.count(block, usize::saturating_add);
        }
    }

    /// Takes a block off and out of the counters.
    ///
    /// # Safety
    /// The block is on the list.
    pub unsafe fn unlink(&mut self, block: Block) {
        self.changes = self.changes.wrapping_add(1);
        // SAFETY: the block is listed, so it and its neighbours are live.
        unsafe {
            self.count(block, usize::saturating_sub);
            let (older, newer) = ((*block.0).older, (*block.0).newer);
            match older.as_mut() {
                Some(older) => older.newer = newer,
                None => self.oldest = newer,
            }
            match newer.as_mut() {
                Some(newer) => newer.older = older,
                None => self.newest = older,
            }
            for place in &mut self.places {
                if place.above == block.0 {
                    place.above = newer;
                }
                if place.next == block.0 {
                    place.next = older;
                }
            }
        }
    }

    /// Changes a block's use.
    ///
    /// # Safety
    /// The block is on the list.
    pub unsafe fn set_use(&mut self, block: Block, block_use: c_int) {
        // SAFETY: the block is listed, so it has a header, which is the caller's to change.
        unsafe {
            self.count(block, usize::saturating_sub);
            (*block.0).block_use = block_use;
            self.count(block, usize::saturating_add);
        }
    }

    /// Adds a block to the counters of its type, or subtracts it.
    ///
    /// # Safety
    /// The block has a header.
    unsafe fn count(&mut self, block: Block, change: fn(usize, usize) -> usize) {
        // SAFETY: the caller's.
        let (block_use, size) = unsafe { ((*block.0).block_use, (*block.0).size) };
        let Some(kind) = Type::of(with_busy(block_use, false)) else { return };
        let counters = &mut self.counters;
        let index = kind.number().unsigned_abs() as usize;
        if let Some(blocks) = counters.blocks.get_mut(index) {
            *blocks = change(*blocks, 1);
        }
        if let Some(bytes) = counters.bytes.get_mut(index) {
            *bytes = change(*bytes, size);
        }
        if kind.is_counted() {
            counters.in_use = change(counters.in_use, size);
            counters.most_in_use = counters.most_in_use.max(counters.in_use);
        }
    }

    /// Makes one list of the blocks reached from its two ends.
    ///
    /// # Safety
    /// The last blocks of the runs are live or null; no block can be freed meanwhile.
    unsafe fn join(&mut self, upper: &Run, lower: &Run) {
        let (mut above, below) = (upper.last, lower.last);
        let between = upper.beyond;
        // SAFETY: live blocks, by the caller and by `measure`.
        unsafe {
            if between == lower.beyond && measure(between).is_some() {
                match above.as_mut() {
                    Some(above) => above.older = between,
                    None => self.newest = between,
                }
                (*between).newer = above;
                above = between;
            }
            match above.as_mut() {
                Some(above) => above.older = below,
                None => self.newest = below,
            }
            match below.as_mut() {
                Some(below) => below.newer = above,
                None => self.oldest = above,
            }
            for place in &mut self.places {
                place.next = match place.above.as_ref() {
                    Some(above) => above.older,
                    None if place.ticket != 0 => self.newest,
                    None => ptr::null_mut(),
                };
            }
        }
    }
}

/// Makes sure that a forked child doesn't find the list locked by a thread that it doesn't have.
fn watch_forks() {
    static WATCHED: AtomicBool = AtomicBool::new(false);
    if !WATCHED.load(Ordering::Relaxed) && !WATCHED.swap(true, Ordering::Relaxed) {
        os::at_fork(before_fork, after_fork, after_fork);
    }
}

extern "C" fn before_fork() {
    // The heap before the list: see law 3. The engine's own handler, which was registered before
    // this one, runs after it.
    if let Some(heap) = ExactHeap::process() {
        heap.lock();
    }
    LIST.hold();
}

extern "C" fn after_fork() {
    // SAFETY: taken in `before_fork` by this thread, or by the one that this child was forked from.
    unsafe { LIST.release_held() };
    if let Some(heap) = ExactHeap::process() {
        heap.unlock();
    }
}
