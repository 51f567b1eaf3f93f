//! `fork` in a program with threads: every heap is quiet while the process is copied, so that the
//! child finds each one whole, and the caches of threads that it doesn't have are adopted.

use super::demand;
use super::gate::QUIET;
use super::record::HeapRecord;
use super::registry::{self, PROCESS};
use super::sample::REST;
use crate::base::atomic::Ordering;
use crate::cache::slot::ThreadBlock;
use crate::os;
use crate::profile;
use crate::span::POOL;
use crate::span::purge::PURGE;
use core::ptr;

/// In `before_fork`: the gate wasn't shut for the fork.
const UNTOUCHED: u32 = u32::MAX;

/// Puts the hooks in place. They are registered at the first allocation, so `prepare` runs after
/// all of the program's own, and the other two before them.
pub fn install() {
    os::at_fork(prepare, parent, child);
}

extern "C" fn prepare() {
    registry::hold_heaps();
    // Not with the list of heaps locked while waiting: whoever holds a heap's lock may want it.
    while !shut_all() {
        open();
        os::wait_briefly(&PROCESS.closed, QUIET);
        registry::hold_heaps();
    }
    registry::each_heap(HeapRecord::hold_lists);
    PURGE.hold();
    REST.hold();
    POOL.hold();
}

/// `false`: another thread has closed some heap's gate.
fn shut_all() -> bool {
    let mut all = true;
    registry::each_heap(|heap| {
        let before = if all { heap.try_shut() } else { None };
        all &= before.is_some();
        heap.before_fork.set(before.unwrap_or(UNTOUCHED));
    });
    all
}

extern "C" fn parent() {
    release_lists();
    open();
}

extern "C" fn child() {
    release_lists();
    // The gates are still closed, and there is no other thread.
    registry::each_heap(HeapRecord::orphan);
    demand::forked();
    profile::forked();
    open();
}

fn release_lists() {
    // SAFETY: `prepare` took each of these locks in this thread, or in its parent's.
    unsafe {
        POOL.release_held();
        REST.release_held();
        PURGE.release_held();
        registry::each_heap(|heap| heap.release_lists());
    }
}

fn open() {
    registry::each_heap(|heap| {
        let before = heap.before_fork.replace(UNTOUCHED);
        if before != UNTOUCHED {
            // SAFETY: `shut_all` shut it in this thread, or in its parent's.
            unsafe { heap.reopen(before) };
        }
    });
    // SAFETY: `prepare` locked it in this thread, or in its parent's.
    unsafe { registry::release_heaps() };
}

impl HeapRecord {
    fn hold_lists(&self) {
        self.caches.hold();
        self.spans.hold();
    }

    /// # Safety
    /// As for [`crate::os::lock::Lock::release_held`].
    unsafe fn release_lists(&self) {
        // SAFETY: by the contract of this function.
        unsafe { self.spans.release_held() };
        // SAFETY: as above.
        unsafe { self.caches.release_held() };
    }

    /// In the child: caches of threads that don't exist here become idle, with empty stacks as
    /// every idle cache has.
    fn orphan(&self) {
        let here = self.slot_if_any();
        let mut lists = self.caches.lock();
        let mut at = lists.all;
        // SAFETY: caches in the list are alive.
        while let Some(cache) = unsafe { at.as_ref() } {
            let slot = cache.slot.load(Ordering::Acquire);
            if !slot.is_null() && ptr::eq(slot, here) {
                cache.thread.set(os::thread_id());
            } else if !slot.is_null() {
                cache.slot.store(ptr::null_mut(), Ordering::Release);
                cache.spill_all(self);
                cache.next_idle.set(lists.idle);
                lists.idle = cache;
            }
            at = cache.next.get();
        }
    }

    /// The calling thread's slot, without making one.
    pub fn slot_if_any(&self) -> *const crate::cache::slot::Slot {
        let block = ThreadBlock::current();
        if self.number == 0 {
            &block.process
        } else {
            super::slots::slot_in_table(block, self.number)
        }
    }
}
