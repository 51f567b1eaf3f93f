//! The gate: keeps every thread out of a heap while its caches are looked at or changed.
//!
//! | step | by | what |
//! |---|---|---|
//! | 1 | quiescer | takes the gate's lock, `closed` = 1, every slot's `fast` = null |
//! | 2 | quiescer | takes the shared cache's lock |
//! | 3 | quiescer | a barrier in every thread, then waits until each `busy` is 0 |
//! | 4 | others | find null, see `closed`, sleep on it |
//! | 5 | quiescer | opens every slot, `closed` = 0, wakes them, gives the locks back |

use super::record::HeapRecord;
use crate::base::atomic::Ordering;
use crate::cache::Cache;
use crate::cache::slot::ThreadBlock;
use crate::os;

/// The heap without any thread in it; dropped, it opens the gate.
pub struct Quiet<'a> {
    heap: &'a HeapRecord,
}

impl HeapRecord {
    /// Closes the gate and waits until every other thread is outside.
    /// The calling thread must be outside itself.
    pub fn quiesce(&self) -> Quiet<'_> {
        self.close_gate();
        Quiet { heap: self }
    }

    /// See [`HeapRecord::quiesce`]; [`HeapRecord::open_gate`] must follow.
    pub fn close_gate(&self) {
        self.gate.hold();
        self.closed.store(1, Ordering::SeqCst);
        let own = core::ptr::from_ref(&ThreadBlock::current().process).addr();
        let mut others = false;
        self.each_cache(|cache| {
            // SAFETY: a slot is its thread's TLS, and a thread that ends takes its slot out
            // under the lock that `each_cache` holds.
            if let Some(slot) = unsafe { cache.slot.get().as_ref() } {
                slot.close();
                others |= self.number != 0 || core::ptr::from_ref(slot).addr() != own;
            }
        });
        self.shared.hold();
        if !others {
            return;
        }
        os::barrier_all_threads();
        self.each_cache(|cache| {
            // SAFETY: as above.
            if let Some(slot) = unsafe { cache.slot.get().as_ref() } {
                slot.wait_until_outside();
            }
        });
    }

    /// Opens the gate.
    ///
    /// # Safety
    /// The calling thread closed it, or is the forked child of the one that did.
    pub unsafe fn open_gate(&self) {
        let counting = self.counting.load(Ordering::Relaxed);
        self.each_cache(|cache| {
            // SAFETY: as in `close_gate`.
            if let Some(slot) = unsafe { cache.slot.get().as_ref() }
                && !counting
            {
                slot.open();
            }
        });
        self.closed.store(0, Ordering::SeqCst);
        os::wake_all(&self.closed);
        // SAFETY: `close_gate` holds it, by the contract of this function.
        unsafe { self.shared.release_held() };
        // SAFETY: as above.
        unsafe { self.gate.release_held() };
    }

    /// Calls `visit` for each cache of a thread, in use or idle, with the list locked.
    pub fn each_cache(&self, mut visit: impl FnMut(&Cache)) {
        let lists = self.caches.lock();
        let mut at = lists.all;
        // SAFETY: caches in the list are alive while the heap is.
        while let Some(cache) = unsafe { at.as_ref() } {
            visit(cache);
            at = cache.next.get();
        }
    }
}

impl Quiet<'_> {
    /// Calls `visit` for every cache, the shared one too.
    pub fn each_cache(&self, mut visit: impl FnMut(&Cache)) {
        self.heap.each_cache(&mut visit);
        // SAFETY: `close_gate` holds the lock.
        let shared = unsafe { self.heap.shared.held_value() };
        // SAFETY: null or the shared cache, which lives as long as the heap.
        if let Some(cache) = unsafe { shared.as_ref() } {
            visit(cache);
        }
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        // SAFETY: `quiesce` closed it on this thread: a `Quiet` isn't sent to another one.
        unsafe { self.heap.open_gate() };
    }
}
