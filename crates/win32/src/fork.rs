//! The layer's own locks across `fork`: the forking thread holds them, so that the child finds
//! what they guard whole, and unlocked.

use crate::caller_memory::HEAPS;
use crate::exception::HANDLERS;
use core::sync::atomic::{AtomicU32, Ordering};
use heapmin_engine::os;

/// | value | meaning |
/// |---|---|
/// | 0 | nothing was ever put behind the locks, and nobody takes them |
/// | 1 | a thread is registering the handlers |
/// | 2 | they are registered |
static STATE: AtomicU32 = AtomicU32::new(0);

/// Called before anything is put behind one of the locks.
pub fn watch() {
    match STATE.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Acquire) {
        Ok(_) => {
            os::at_fork(hold, release, release);
            // Release: pairs with the Acquire loads; whoever sees it finds the handlers registered.
            STATE.store(2, Ordering::Release);
        }
        Err(_) => {
            while !is_watched() {
                core::hint::spin_loop();
            }
        }
    }
}

/// `false`: both lists are empty, and their locks are left alone, since a fork could happen while
/// this thread has one.
pub fn is_watched() -> bool {
    STATE.load(Ordering::Acquire) == 2
}

extern "C" fn hold() {
    HANDLERS.hold();
    HEAPS.hold();
}

extern "C" fn release() {
    // SAFETY: `hold` took it in this thread, before the fork.
    unsafe { HEAPS.release_held() };
    // SAFETY: as above.
    unsafe { HANDLERS.release_held() };
}
