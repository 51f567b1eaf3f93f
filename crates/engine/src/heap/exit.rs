//! The end of a thread: its caches stay with their heaps, for the next thread or for adoption.

use super::admit::HELD_BY_CACHE;
use super::gate::{OPEN, QUIET};
use super::record::HeapRecord;
use super::registry::{self, PROCESS, SIZED};
use super::slots;
use crate::base::atomic::Ordering;
use crate::cache::refill::Supplier;
use crate::cache::slot::{OWNED_BLOCK, Slot, ThreadBlock};
use crate::os;
use core::ffi::c_void;
use core::ptr;

/// Puts the hook in place.
pub fn install() {
    os::on_thread_exit(thread_ends);
}

/// Runs among the program's own thread-exit hooks, some of which may allocate and free later:
/// they do so through the shared caches.
unsafe extern "C" fn thread_ends(_: *mut c_void) {
    let block = ThreadBlock::current();
    block.shared_only.set(true);
    block.recent.set(ptr::null());
    block.recent_lone.set(ptr::null());
    while PROCESS.unlock() {}
    while !PROCESS.try_detach(&block.process) {
        os::wait(&PROCESS.closed, QUIET);
    }
    // Not with the list of heaps locked while waiting: whoever keeps a heap quiet may want it.
    while !detach_everywhere() {
        os::wait_briefly(&PROCESS.closed, QUIET);
    }
    slots::give_back(block);
    let owned = block.faces.0[OWNED_BLOCK].replace(0);
    if owned != 0 && SIZED.free_past(false, owned).is_err() {
        // Whoever left it there made it by `malloc`, or it is gone already.
        let _ = PROCESS.free_past(false, owned);
    }
}

/// `false`: some heap's gate is closed, so it is to be tried again.
fn detach_everywhere() -> bool {
    let mut all = true;
    registry::each_heap(|heap| {
        // Nobody else could unlock it.
        while heap.unlock() {}
        // SAFETY: null or this thread's slot.
        if let Some(slot) = unsafe { heap.slot_if_any().as_ref() } {
            all &= heap.try_detach(slot);
        }
    });
    all
}

impl HeapRecord {
    /// Takes the thread's cache away and leaves it idle, with its stacks empty, or marked as not
    /// so. `false`: not while the heap is kept quiet.
    fn try_detach(&self, slot: &Slot) -> bool {
        let mut lists = self.caches.lock();
        // SAFETY: null or the thread's cache.
        let Some(cache) = (unsafe { slot.own.get().as_ref() }) else {
            return true;
        };
        let closed = self.closed.load(Ordering::SeqCst);
        if closed == QUIET {
            return false;
        }
        // Whoever closes the gate from now on waits for the lock first.
        slot.close();
        slot.own.set(ptr::null());
        cache.slot.store(ptr::null_mut(), Ordering::Release);
        self.count_freed(-HELD_BY_CACHE);
        if closed == OPEN {
            cache.spill_all(self);
        } else {
            // What the holder of the heap's lock sees is to stay as it is.
            cache.unspilled.set(true);
        }
        cache.next_idle.set(lists.idle);
        lists.idle = cache;
        true
    }
}
