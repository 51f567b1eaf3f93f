//! A thread's place in a heap: where it finds its cache, and the two words of the gate.
//!
//! ```text
//!  a thread enters:  busy = 1, then reads `fast`        a quiescer:  `fast` = null for every slot,
//!          leaves:   busy = 0                                        a barrier in every thread,
//!                                                                    waits until each `busy` is 0
//! ```
//! The thread's two steps need no fence of their own: the quiescer's barrier makes every thread
//! either show its `busy` or see the null. A null also stands for "no cache yet" and for "count
//! each operation", so the fast path has one test for all that is unusual.

use super::Cache;
use crate::base::atomic::{AtomicU32, Ordering};
use crate::os;
use core::cell::Cell;
use core::ptr;
use core::sync::atomic::{AtomicPtr, compiler_fence};

/// See the module. All zero in a new thread.
#[repr(C)]
pub struct Slot {
    /// The cache, while the thread may use it at once.
    fast: AtomicPtr<Cache>,
    /// 1 while the thread is inside the heap.
    busy: AtomicU32,
    /// Operations that the thread has done without a cache of its own.
    pub visits: Cell<u32>,
    /// The thread's cache in this heap, whether the gate is open or not.
    pub own: Cell<*const Cache>,
}

/// The thread's block of initial-exec TLS: a line for the engine, and two for the faces.
#[repr(C, align(64))]
pub struct ThreadBlock {
    /// The slot for the process heap.
    pub process: Slot,
    /// Slots for private heaps, by heap number; null before the first use of one.
    pub private: Cell<*const Slot>,
    /// Whether the thread is to get no caches now: it has begun to end, or is about to get one.
    pub shared_only: Cell<bool>,
    /// The slot of the heap of sized blocks that the thread used last, or null.
    pub recent: Cell<*const Slot>,
    /// The cache of the heap that it used last of those that aren't serialised, or null. It may be
    /// destroyed: see [`Cache::handle`].
    pub recent_lone: Cell<*const Cache>,
    /// What the faces keep for each thread: see `api/thread.rs`.
    pub faces: FaceWords,
}

/// The word that holds the address of a block of the process heap, freed when the thread ends.
pub const OWNED_BLOCK: usize = 3;

/// The faces' words, on lines of their own.
#[repr(C, align(64))]
pub struct FaceWords(pub [Cell<usize>; 16]);

const _: () = assert!(size_of::<ThreadBlock>() == 192, "the size of the block in TLS");
const _: () = assert!(core::mem::offset_of!(ThreadBlock, faces) == 64);

impl ThreadBlock {
    /// The calling thread's.
    #[inline(always)]
    pub fn current() -> &'static Self {
        // SAFETY: the block is 192 aligned bytes, zero at first, which is valid for every field;
        // it lives as long as the thread, and the reference is never sent to another one.
        unsafe { &*os::thread_block().cast::<Self>() }
    }
}

impl Slot {
    /// Enters the heap and returns the cache to use, if nothing is unusual. [`Slot::leave`] must
    /// follow in any case.
    #[inline(always)]
    pub fn enter(&self) -> Option<&Cache> {
        self.busy.store(1, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        // Acquire: pairs with the Release in `open`; what a quiescer has changed is seen here.
        // SAFETY: null or the thread's cache, which is never freed while it is here.
        unsafe { self.fast.load(Ordering::Acquire).as_ref() }
    }

    /// Leaves the heap.
    #[inline(always)]
    pub fn leave(&self) {
        // Release: what was done inside comes before the quiescer's seeing 0.
        self.busy.store(0, Ordering::Release);
    }

    /// Waits until the thread is outside; its `fast` is null and the barrier was made.
    pub fn wait_until_outside(&self) {
        let mut rounds = 0;
        while self.busy.load(Ordering::Acquire) != 0 {
            rounds += 1;
            if rounds < 100 {
                core::hint::spin_loop();
            } else {
                // The thread may have been preempted inside.
                os::wait_briefly(&self.busy, 1);
            }
        }
    }

    /// Lets the thread use its cache at once.
    pub fn open(&self) {
        self.fast.store(self.own.get().cast_mut(), Ordering::Release);
    }

    /// Sends the thread the slow way from its next entry on.
    pub fn close(&self) {
        self.fast.store(ptr::null_mut(), Ordering::SeqCst);
    }
}
