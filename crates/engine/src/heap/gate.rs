//! The gate: keeps every thread out of a heap while its caches are looked at or changed.
//!
//! | step | by | what |
//! |---|---|---|
//! | 1 | quiescer | takes the gate's lock, `closed` = 1, every slot's `fast` = null |
//! | 2 | quiescer | takes the shared cache's lock |
//! | 3 | quiescer | a barrier in every thread, then waits until each `busy` is 0 |
//! | 4 | others | find null, see `closed`, sleep on it |
//! | 5 | quiescer | opens every slot, `closed` = 0, wakes them, gives the locks back |
//!
//! A heap can also stay closed for as long as a program wants ([`HeapRecord::lock`]). Then callers
//! that ask not to be serialised come in all the same, so whoever holds the lock shuts them out
//! too for the length of each operation on the whole heap.

use super::record::{CacheLists, HeapRecord};
use crate::base::atomic::Ordering;
use crate::cache::Cache;
use crate::cache::slot::{Slot, ThreadBlock};
use crate::os;
use core::ptr;

/// `closed` of an open heap.
pub const OPEN: u32 = 0;
/// `closed` while nobody else may be inside.
pub const QUIET: u32 = 1;
/// `closed` while a program holds the heap's lock.
pub const LOCKED: u32 = 2;

/// The heap without any other thread in it; dropped, it makes the gate as it was.
pub struct Quiet<'a> {
    heap: &'a HeapRecord,
    /// `closed` as it was.
    before: u32,
}

impl HeapRecord {
    /// Closes the gate and waits until every other thread is outside.
    /// The calling thread must be outside itself.
    pub fn quiesce(&self) -> Quiet<'_> {
        let before = self.shut();
        Quiet { heap: self, before }
    }

    /// [`HeapRecord::quiesce`], unless another thread has closed the gate.
    pub fn try_quiesce(&self) -> Option<Quiet<'_>> {
        self.try_shut().map(|before| Quiet { heap: self, before })
    }

    /// [`HeapRecord::quiesce`], unless another thread holds the heap's lock.
    pub fn quiesce_unless_locked(&self) -> Option<Quiet<'_>> {
        loop {
            if let Some(before) = self.try_shut() {
                return Some(Quiet { heap: self, before });
            }
            if self.closed.load(Ordering::SeqCst) == LOCKED {
                return None;
            }
            // Another one keeps it quiet for a moment.
            os::wait_briefly(&self.closed, QUIET);
        }
    }

    /// Locks the heap for the calling thread, which may have locked it before.
    pub fn lock(&self) {
        if !self.is_closed_by_caller() {
            self.gate.hold();
            self.close_gate();
            self.closed.store(LOCKED, Ordering::SeqCst);
            os::wake_all(&self.closed);
        }
        self.lock_depth.set(self.lock_depth.get() + 1);
    }

    /// Undoes one [`HeapRecord::lock`]. `false`: the calling thread doesn't hold the lock.
    pub fn unlock(&self) -> bool {
        if !self.is_locked_by_caller() {
            return false;
        }
        let depth = self.lock_depth.get() - 1;
        self.lock_depth.set(depth);
        if depth == 0 {
            // SAFETY: `lock` closed it on this thread.
            unsafe { self.open_gate() };
        }
        true
    }

    /// Whether the calling thread holds the heap's lock.
    pub fn is_locked_by_caller(&self) -> bool {
        self.is_closed_by_caller() && self.lock_depth.get() > 0
    }

    /// Keeps every other thread out. Returns `closed` as it was, for [`HeapRecord::reopen`].
    pub fn shut(&self) -> u32 {
        if !self.is_closed_by_caller() {
            self.gate.hold();
            self.close_gate();
            return OPEN;
        }
        self.shut_wholly()
    }

    /// [`HeapRecord::shut`], unless another thread has closed the gate.
    pub fn try_shut(&self) -> Option<u32> {
        if self.is_closed_by_caller() {
            return Some(self.shut_wholly());
        }
        self.gate.try_hold().then(|| {
            self.close_gate();
            OPEN
        })
    }

    /// With the gate closed by this thread already: keeps those out, too, whom a lock lets in.
    fn shut_wholly(&self) -> u32 {
        let before = self.closed.load(Ordering::SeqCst);
        if before == LOCKED {
            self.closed.store(QUIET, Ordering::SeqCst);
            os::barrier_all_threads();
            // Threads that were about to end have done so, or wait.
            drop(self.caches.lock());
            self.wait_until_empty();
        }
        before
    }

    /// Undoes [`HeapRecord::shut`].
    ///
    /// # Safety
    /// `before` is what that returned, on this thread or on the one that this process is forked of.
    pub unsafe fn reopen(&self, before: u32) {
        match before {
            // SAFETY: `shut` closed it on this thread, by the contract of this function.
            OPEN => unsafe { self.open_gate() },
            LOCKED => {
                self.closed.store(LOCKED, Ordering::SeqCst);
                os::wake_all(&self.closed);
            }
            _ => {}
        }
    }

    /// See [`HeapRecord::shut`] and [`HeapRecord::lock`]; the gate's lock is held.
    fn close_gate(&self) {
        self.closer.store(os::thread_token(), Ordering::Relaxed);
        self.closed.store(QUIET, Ordering::SeqCst);
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
            // SAFETY: a slot is its thread's TLS. A thread that ends takes its slot out with the
            // list locked, and not while the heap is kept quiet; the list was locked since that began.
            if let Some(slot) = unsafe { cache.slot.load(Ordering::Acquire).as_ref() } {
                slot.wait_until_outside();
            }
            at = cache.next.get();
        }
    }

    /// Whether the calling thread has closed the gate: it need not wait for itself.
    pub fn is_closed_by_caller(&self) -> bool {
        self.closed.load(Ordering::SeqCst) != OPEN
            && self.closer.load(Ordering::Relaxed) == os::thread_token()
    }

    /// Opens the gate.
    ///
    /// # Safety
    /// The calling thread closed it, or is the forked child of the one that did.
    unsafe fn open_gate(&self) {
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
        self.closed.store(OPEN, Ordering::SeqCst);
        drop(lists);
        os::wake_all(&self.closed);
        // SAFETY: `close_gate` holds it, by the contract of this function.
        unsafe { self.shared.release_held() };
        // SAFETY: as above.
        unsafe { self.gate.release_held() };
    }

    /// The cache after `cache` in the list of the heap's, or the first.
    pub fn cache_after(&self, cache: Option<&Cache>) -> Option<&Cache> {
        let lists = self.caches.lock();
        let next = cache.map_or(lists.all, |cache| cache.next.get());
        // SAFETY: null, or a cache of the heap: they stay in its list while it exists.
        unsafe { next.as_ref() }
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
        // SAFETY: `quiesce` closed it on this thread: a `Quiet` isn't sent to another one.
        unsafe { self.heap.reopen(self.before) };
    }
}
