//! The gate: keeps every thread out of a heap while its caches are looked at or changed.
//!
//! | step | by | what |
//! |---|---|---|
//! | 1 | quiescer | takes the gate's lock, `closed` = 1, every slot's `fast` = null |
//! | 2 | quiescer | takes the shared cache's lock |
//! | 3 | quiescer | a barrier in every thread, then waits until each `busy` is 0 |
//! | 4 | others | find null, see `closed`, sleep on it |
//! | 5 | quiescer | opens every slot, `closed` = 0, wakes them, gives the locks back |

use super::record::{CacheLists, HeapRecord};
use crate::base::atomic::Ordering;
use crate::cache::Cache;
use crate::cache::slot::{Slot, ThreadBlock};
use crate::os;
use core::ptr;

/// The heap without any other thread in it; dropped, it opens the gate.
pub struct Quiet<'a> {
    heap: &'a HeapRecord,
    /// Whether the thread had closed the gate before, and opens it later itself.
    nested: bool,
}

impl HeapRecord {
    /// Closes the gate and waits until every other thread is outside.
    /// The calling thread must be outside itself.
    pub fn quiesce(&self) -> Quiet<'_> {
        let nested = self.is_closed_by_caller();
        if !nested {
            self.close_gate();
        }
        Quiet { heap: self, nested }
    }

    /// See [`HeapRecord::quiesce`]; [`HeapRecord::open_gate`] must follow.
    pub fn close_gate(&self) {
        self.gate.hold();
        self.closer.store(os::thread_token(), Ordering::Relaxed);
        self.closed.store(1, Ordering::SeqCst);
        let own = ptr::from_ref(&ThreadBlock::current().process);
        let mut others = false;
        self.caches.lock().each_slot(|slot| {
            slot.close();
            others |= self.number != 0 || !ptr::eq(slot, own);
        });
        self.shared.hold();
        if others {
            os::barrier_all_threads();
            self.wait_until_empty();
        }
    }

    /// Waits for the threads inside, without the list's lock: one of them may want it.
    fn wait_until_empty(&self) {
        let mut at = self.caches.lock().all;
        // SAFETY: caches stay in the list, at the same place, while the heap exists.
        while let Some(cache) = unsafe { at.as_ref() } {
            // SAFETY: a slot is its thread's TLS, and a thread that ends waits for the gate
            // before it takes its slot out.
            if let Some(slot) = unsafe { cache.slot.load(Ordering::Acquire).as_ref() } {
                slot.wait_until_outside();
            }
            at = cache.next.get();
        }
    }

    /// Whether the calling thread has closed the gate: it need not wait for itself.
    pub fn is_closed_by_caller(&self) -> bool {
        self.closed.load(Ordering::SeqCst) != 0
            && self.closer.load(Ordering::Relaxed) == os::thread_token()
    }

    /// Opens the gate.
    ///
    /// # Safety
    /// The calling thread closed it, or is the forked child of the one that did.
    pub unsafe fn open_gate(&self) {
        let counting = self.counting.load(Ordering::Relaxed);
        self.closer.store(0, Ordering::Relaxed);
        let lists = self.caches.lock();
        lists.each_slot(|slot| {
            if !counting {
                slot.open();
            }
        });
        // With the list still locked: a thread that got its cache before has its slot opened
        // here, and one that gets it later finds the gate open and does that itself.
        self.closed.store(0, Ordering::SeqCst);
        drop(lists);
        os::wake_all(&self.closed);
        // SAFETY: `close_gate` holds it, by the contract of this function.
        unsafe { self.shared.release_held() };
        // SAFETY: as above.
        unsafe { self.gate.release_held() };
    }

    /// Calls `visit` for each cache of a thread, in use or idle, with the list locked.
    pub fn each_cache(&self, visit: impl FnMut(&Cache)) {
        self.caches.lock().each_cache(visit);
    }
}

impl CacheLists {
    fn each_slot(&self, mut visit: impl FnMut(&Slot)) {
        self.each_cache(|cache| {
            // SAFETY: a slot is its thread's TLS, and a thread that ends takes its slot out
            // under the lock that these lists are behind.
            if let Some(slot) = unsafe { cache.slot.load(Ordering::Acquire).as_ref() } {
                visit(slot);
            }
        });
    }

    fn each_cache(&self, mut visit: impl FnMut(&Cache)) {
        let mut at = self.all;
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
        let shared = self.heap.shared.lock();
        // SAFETY: null or the shared cache, which lives as long as the heap.
        if let Some(cache) = unsafe { shared.as_ref() } {
            visit(cache);
        }
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        if !self.nested {
            // SAFETY: `quiesce` closed it on this thread: a `Quiet` isn't sent to another one.
            unsafe { self.heap.open_gate() };
        }
    }
}
