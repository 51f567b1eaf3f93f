//! The end of a thread: its caches stay with their heaps, for the next thread or for adoption.

use super::record::HeapRecord;
use super::registry::{self, PROCESS};
use super::slots;
use crate::base::atomic::Ordering;
use crate::cache::slot::{Slot, ThreadBlock};
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
    PROCESS.detach(&block.process);
    registry::each_private_heap(|heap| {
        // SAFETY: null or this thread's slot.
        if let Some(slot) = unsafe { heap.slot_if_any().as_ref() } {
            heap.detach(slot);
        }
    });
    slots::give_back(block);
}

impl HeapRecord {
    /// Takes the thread's cache away and leaves it idle, with its stacks empty.
    pub fn detach(&self, slot: &Slot) {
        loop {
            let mut lists = self.caches.lock();
            // SAFETY: null or the thread's cache.
            let Some(cache) = (unsafe { slot.own.get().as_ref() }) else {
                return;
            };
            if self.closed.load(Ordering::SeqCst) == 0 {
                // Whoever closes the gate from now on waits for the lock first.
                slot.close();
                slot.own.set(ptr::null());
                cache.slot.store(ptr::null_mut(), Ordering::Release);
                cache.spill_all(self);
                cache.next_idle.set(lists.idle);
                lists.idle = cache;
                return;
            }
            drop(lists);
            os::wait(&self.closed, 1);
        }
    }
}
