//! Getting into a heap the slow way: at first use, without a cache, while the gate is closed, or
//! while operations are counted.
//!
//! A thread without a cache works through the heap's shared one, behind a lock, and gets a cache
//! of its own once it has come often enough. So a thread that hardly allocates costs no memory,
//! which is what most threads of most programs do.

use super::gate::{LOCKED, OPEN, QUIET};
use super::record::HeapRecord;
use super::{exit, fork};
use crate::base::atomic::{AtomicU32, Ordering};
use crate::cache::Cache;
use crate::cache::refill::Supplier;
use crate::cache::slot::{Slot, ThreadBlock};
use crate::os;
use core::ptr;

/// Visits through the shared cache after which a thread gets its own: about as much work as
/// making one.
const PATIENCE: u32 = 64;

/// Bytes that a cache holds on its stacks and in its emptied slabs, more or less; uncounted there,
/// they count from its thread's start to its end.
pub const HELD_BY_CACHE: isize = 256 << 10;

/// 0: nothing done; 1: somebody is at it; 2: hooks are in place; 3: no barrier on this system, so
/// no thread ever gets a cache of its own.
static STARTED: AtomicU32 = AtomicU32::new(0);

/// Puts the hooks in place, once: before the first lock of a heap can be held while another thread
/// forks. `true`: threads may have caches.
pub fn started() -> bool {
    match STARTED.load(Ordering::Acquire) {
        2 => true,
        0 if STARTED.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire).is_ok() => {
            // The C library may allocate in these calls: that goes through the shared cache.
            exit::install();
            fork::install();
            let state = if os::enable_barrier() { 2 } else { 3 };
            STARTED.store(state, Ordering::Release);
            state == 2
        }
        _ => false,
    }
}

/// Whether the calling thread's end will be seen, so that it may be given things to give back then.
pub fn end_is_watched(block: &ThreadBlock) -> bool {
    if block.shared_only.get() {
        return false;
    }
    // The C library may allocate while it notes that the thread's end is to be seen.
    block.shared_only.set(true);
    let watched = started() && os::watch_thread_exit();
    block.shared_only.set(false);
    watched
}

impl HeapRecord {
    /// Runs `operation` inside the heap: with the thread's cache, or with the shared one (`None`
    /// where there is no memory for it). Waits while the gate is closed.
    pub fn inside<R>(&self, operation: impl FnOnce(Option<&Cache>) -> R) -> R {
        self.inside_past(false, operation)
    }

    /// [`HeapRecord::inside`]; `lock`: a heap's lock that another thread holds doesn't matter.
    pub fn inside_past<R>(&self, lock: bool, operation: impl FnOnce(Option<&Cache>) -> R) -> R {
        // SAFETY: null, or the cache of a heap whose users keep each other out by themselves.
        if let Some(cache) = unsafe { self.lone.get().as_ref() } {
            return operation(Some(cache));
        }
        if let Some(slot) = self.slot() {
            while self.may_have_own(slot, lock) {
                if let Some(cache) = self.enter_own(slot, lock) {
                    let result = operation(Some(cache));
                    slot.leave();
                    return result;
                }
            }
        }
        if lock && self.closed.load(Ordering::SeqCst) == LOCKED {
            // Without a slot there is no cache of the thread's own to get past with.
            let shared = self.shared.peek_with(|&cache| cache);
            // SAFETY: null or the shared cache, which the holder of the lock doesn't use now, as
            // whoever asks not to be serialised vouches.
            if let Some(cache) = unsafe { shared.as_ref() } {
                return operation(Some(cache));
            }
        }
        if self.closed.load(Ordering::Relaxed) != OPEN {
            self.stopped.fetch_add(1, Ordering::Relaxed);
        }
        let mut shared = self.shared.lock();
        if shared.is_null()
            && let Some(unit) = self.take_engine_unit()
        {
            *shared = Cache::create(unit).as_ptr();
        }
        // SAFETY: null, or the cache that this lock stands for.
        operation(unsafe { shared.as_ref() })
    }

    /// Whether the thread has a cache in this heap, made now if it has come often enough, or wants
    /// to get `past` a lock, which the shared one is behind.
    fn may_have_own(&self, slot: &Slot, past: bool) -> bool {
        if !slot.own.get().is_null() {
            return true;
        }
        let visits = slot.visits.get();
        let first = self.number == 0 && STARTED.load(Ordering::Relaxed) == 0;
        let past = past && self.closed.load(Ordering::SeqCst) == LOCKED;
        if visits < PATIENCE && !first && !past {
            slot.visits.set(visits + 1);
            return false;
        }
        end_is_watched(ThreadBlock::current()) && self.attach(slot)
    }

    /// Gives the thread a cache. `false`: no memory for one.
    fn attach(&self, slot: &Slot) -> bool {
        let mut lists = self.caches.lock();
        let Some(cache) = self.take_cache(&mut lists) else {
            return false;
        };
        cache.slot.store(ptr::from_ref(slot).cast_mut(), Ordering::Release);
        slot.own.set(cache);
        cache.thread.set(os::thread_id());
        self.count_freed(HELD_BY_CACHE);
        // Closed gates open it later: whoever closes one does so before taking this lock.
        if self.closed.load(Ordering::SeqCst) == OPEN && !self.counting.load(Ordering::Relaxed) {
            slot.open();
        }
        true
    }

    /// Enters with the thread's own cache, or waits for the gate and returns `None`.
    fn enter_own<'a>(&self, slot: &'a Slot, past: bool) -> Option<&'a Cache> {
        if let Some(cache) = slot.enter() {
            return Some(cache);
        }
        let closed = self.closed.load(Ordering::SeqCst);
        let counted = closed == OPEN && self.counting.load(Ordering::Relaxed);
        if counted || (past && closed == LOCKED) || self.is_closed_by_caller() {
            // SAFETY: `may_have_own` saw that it isn't null; the thread is inside, so nobody else
            // uses it.
            return unsafe { slot.own.get().as_ref() };
        }
        slot.leave();
        if closed != OPEN {
            self.stopped.fetch_add(1, Ordering::Relaxed);
            self.wait_at_gate(closed);
        } else {
            core::hint::spin_loop();
        }
        None
    }

    /// Waits for the gate to change. A trim keeps it closed for less time than it can take to be
    /// woken, so the first part of that is spent looking.
    #[cold]
    fn wait_at_gate(&self, closed: u32) {
        if closed == QUIET && os::look(&self.closed, closed) {
            return;
        }
        os::wait(&self.closed, closed);
    }
}
